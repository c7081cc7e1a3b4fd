"""The scripts behind every number in README: run them as `python -m benchmarks.<name>`."""

import forgetdemo as forgetdemo  # first: it keeps onnxruntime silent
