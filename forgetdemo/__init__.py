"""forgetdemo: train a small CNN on digits, make it forget one, and measure what is left."""
