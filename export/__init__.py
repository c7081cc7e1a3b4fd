"""From a run to ONNX files that need no constants, no second file and no Python."""

import forgetdemo as forgetdemo  # first: it keeps onnxruntime silent
