"""Work that ends in a folder: train, unlearn, relearn, evaluate, sweeps, tuning."""
