"""Convolution features that a warm worker keeps: equal bits to computing them again, no wait."""

import hashlib
from collections import OrderedDict

import torch
from torch import Tensor

from forgetdemo.config import CONV_LAYERS
from forgetdemo.data import Dataset, Images
from forgetdemo.evaluate import ModelReport, report_of_logits
from forgetdemo.model import MnistCNN
from forgetdemo.train import EVAL_BATCH
from forgetdemo.unlearn import conv_features

BUDGET = 520 * 2**20  # bytes of features; a pool, a test set and a monitor have 400 MiB


class Remembered:
    """Features by the content of both the convolutions and the images; the oldest go first."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._features: OrderedDict[str, Tensor] = OrderedDict()

    def features(self, model: MnistCNN, images: Images) -> Tensor:
        """Features (N, 3136) of all images, as `conv_features`; do not change them."""
        key = digest(model, images)
        found = self._features.get(key)
        if found is None:
            found = conv_features(model, images)
            self._features[key] = found
            while len(self._features) > 1 and self._bytes() > self._budget:
                self._features.popitem(last=False)
        self._features.move_to_end(key)
        return found

    @torch.no_grad()
    def measure(
        self, model: MnistCNN, data: Dataset, forget: int, substitute: int | None
    ) -> ModelReport:
        """A model's report on the test images, as `pipeline.measure`."""
        parts = self.features(model, data.test).split(EVAL_BATCH)
        logits = torch.cat([model.head(part) for part in parts]).numpy()
        return report_of_logits(logits, data.test.labels, forget, substitute)

    def _bytes(self) -> int:
        """Size of everything that is kept."""
        return sum(tensor.nbytes for tensor in self._features.values())


def digest(model: MnistCNN, images: Images) -> str:
    """A name for what decides the features: the convolutions' weights and the pixels."""
    found = hashlib.blake2b(digest_size=16)
    for name, weight in model.named_parameters():
        if name.split(".")[0] in CONV_LAYERS:
            found.update(weight.detach().contiguous().numpy().tobytes())
    found.update(images.pixels.tobytes())
    return found.hexdigest()
