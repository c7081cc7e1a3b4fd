"""From a run to ONNX files that need no constants, no second file and no Python."""
