"""Tests, room by room; what several of them need is in helpers/."""

import forgetdemo as forgetdemo  # first: it keeps onnxruntime silent
