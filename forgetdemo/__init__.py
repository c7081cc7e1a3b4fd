"""forgetdemo: train a small CNN on digits, make it forget one, and measure what is left."""

import os

# Here, before any module can import it: onnxruntime reports its sessions to its makers by default,
# and writes a device's name under the user's cache. It asks the environment when it starts.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
