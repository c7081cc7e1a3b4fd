"""Weights inside an exported file: what is put in is in it, and nothing else moves."""

import numpy as np
import pytest

from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.predict.compared import Compared, load_compared
from forgetdemo.predict.weights import varint, weights_in, with_weights
from forgetdemo.settings.constants import MODELS_DIR


@pytest.fixture(scope="module")
def compared() -> Compared:
    return load_compared((MODELS_DIR / "before.onnx").read_bytes())


def test_weights_put_into_a_file_are_the_weights_in_it(compared: Compared) -> None:
    tensors = compared.about["tensors"]
    weights = weights_in(compared.base, tensors)
    other = {name: value + np.float32(1) for name, value in weights.items()}
    found = weights_in(with_weights(compared.base, tensors, other), tensors)
    assert all((found[name] == other[name]).all() for name in weights)
    assert with_weights(compared.base, tensors, weights) == compared.base
    with pytest.raises(CheckpointError, match="is missing or has another shape"):
        with_weights(compared.base, tensors, {})


def test_numbers_as_protobuf_writes_them() -> None:
    assert [varint(n) for n in (0, 127, 128, 300)] == [b"\0", b"\x7f", b"\x80\x01", b"\xac\x02"]
