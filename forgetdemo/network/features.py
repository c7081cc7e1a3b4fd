"""Convolution features that a warm worker keeps: equal bits to computing them again, no wait."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from forgetdemo.data import Dataset, Images
from forgetdemo.metrics.report import ModelReport, report_of_logits
from forgetdemo.network.batches import EVAL_BATCH, as_pixels
from forgetdemo.network.model import MnistCNN, normalised
from forgetdemo.settings.architecture import layer_of

BUDGET = 520 * 2**20  # bytes of features; a pool, a test set and a monitor have 400 MiB


class Remembered:
    """Features by the content of both the convolutions and the images; the oldest go first."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._features: OrderedDict[tuple[str, str], Tensor] = OrderedDict()

    def features(self, model: MnistCNN, images: Images) -> Tensor:
        """Features (N, 3136) of all images, as `conv_features`; do not change them."""
        key = of_convolutions(model), of_pixels(images)
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
        """A model's report on the test images, as `stages.evaluate.measure`.

        A model whose own convolutions moved is not remembered: it is measured once.
        """
        known = any(convolutions == of_convolutions(model) for convolutions, _ in self._features)
        features = (self.features if known else conv_features)(model, data.test)
        return report_of_features(model, features, data, forget, substitute)

    def _bytes(self) -> int:
        """Size of everything that is kept."""
        return sum(tensor.nbytes for tensor in self._features.values())


def of_convolutions(model: MnistCNN) -> str:
    """A name for the weights that decide the features."""
    found = hashlib.blake2b(digest_size=16)
    for name, weight in model.named_parameters():
        if layer_of(name) in model.architecture.conv_names:
            found.update(weight.detach().contiguous().numpy().tobytes())
    return found.hexdigest()


def of_pixels(images: Images) -> str:
    """A name for these images in this order."""
    return hashlib.blake2b(images.pixels.tobytes(), digest_size=16).hexdigest()


Featurise = Callable[[MnistCNN, Images], Tensor]


@torch.no_grad()
def conv_features(model: MnistCNN, images: Images) -> Tensor:
    """Convolution features (N, 3136) float32 of all images, in batches.

    The bits are those of `model.features`. Blocks of channels, oneDNN's own layout, give the same
    several times faster where this machine has it: the first batch is made both ways, and unless
    all its bits agree, so are the others; a shorter last batch never takes the short cut.
    """
    starts = range(0, len(images), EVAL_BATCH)
    featurise, found = model.features, []
    for start in starts:
        pixels = as_pixels(images, np.arange(start, min(start + EVAL_BATCH, len(images))))
        whole = len(pixels) == EVAL_BATCH
        found.append(featurise(pixels) if whole else model.features(pixels))
        if start == 0 and len(starts) > 2 and torch.backends.mkldnn.is_available():
            blocked = partial(blocked_features, model)
            featurise = blocked if torch.equal(blocked(pixels), found[0]) else model.features
    return torch.cat(found)


@torch.no_grad()
def report_of_features(
    model: MnistCNN, features: Tensor, data: Dataset, forget: int, substitute: int | None
) -> ModelReport:
    """A model's report on the test images, of which these are its features."""
    logits = torch.cat([model.head(part) for part in features.split(EVAL_BATCH)]).numpy()
    return report_of_logits(logits, data.test.labels, forget, substitute)


def blocked_features(model: MnistCNN, pixels: Tensor) -> Tensor:
    """`model.features` without gradients, all layers in oneDNN's layout: nothing is reordered
    between them.
    """
    found = normalised(pixels).to_mkldnn()
    for conv in model.architecture.convolutions:
        filtered = model.get_submodule(conv.name)(found)
        found = F.relu(F.max_pool2d(filtered, conv.pool))
    return found.to_dense().flatten(1)
