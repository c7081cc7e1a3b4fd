"""From a drawing to an answer: pixels, onnxruntime, words. No torch."""
