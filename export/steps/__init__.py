"""Learning without torch: gradient steps, traced from torch into plain ONNX inference graphs."""
