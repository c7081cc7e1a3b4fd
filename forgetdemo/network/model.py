"""The network as a torch module: pixels in [0, 1] in, logits out."""

from collections.abc import Mapping
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from forgetdemo.files.checkpoint import Arrays, CheckpointError
from forgetdemo.settings.architecture import NETWORK, Architecture
from forgetdemo.settings.constants import MNIST_MEAN, MNIST_STD


class MnistCNN(nn.Module):
    """Convolutions and dense layers as `architecture` describes them; by default the paper's CNN.

    conv 1→32→64, 3×3, ReLU and 2×2 max-pool each; dense 3136→128→64→10 (Fabbri 2024). Shapes below
    are of that one. Deviation: returns logits instead of log-probabilities; log-softmax belongs to
    the loss. No buffers and no dropout, so a mask over the parameters covers everything that can
    change. A layer's module is an attribute under the layer's name.
    """

    def __init__(self, architecture: Architecture = NETWORK) -> None:
        super().__init__()
        self.architecture = architecture
        for conv in architecture.convolutions:
            module = nn.Conv2d(conv.inputs, conv.outputs, conv.kernel, padding=conv.kernel // 2)
            self.add_module(conv.name, module)
        for dense in architecture.dense:
            self.add_module(dense.name, nn.Linear(dense.inputs, dense.outputs))

    @property
    def dense(self) -> list[nn.Linear]:
        """The dense layers, in order."""
        return [cast(nn.Linear, self.get_submodule(n)) for n in self.architecture.dense_names]

    @property
    def last(self) -> nn.Linear:
        """The layer that makes the logits: a row of its weight, and a bias, per class."""
        return self.dense[-1]

    def maps(self, pixels: Tensor) -> list[Tensor]:
        """What each convolution takes, and what the last one leaves.

        Args:
            pixels: (B, 1, 28, 28) in [0, 1].
        Returns:
            Normalised pixels (B, 1, 28, 28), signed; then (B, 32, 14, 14) and (B, 64, 7, 7), ≥ 0.
        """
        found = [normalised(pixels)]
        for conv in self.architecture.convolutions:
            filtered = self.get_submodule(conv.name)(found[-1])
            # ReLU after pooling: equal bits to the paper's order, a quarter of the work.
            found.append(F.relu(F.max_pool2d(filtered, conv.pool)))
        return found

    def features(self, pixels: Tensor) -> Tensor:
        """Convolution features of `pixels` (B, 1, 28, 28) in [0, 1]: (B, 3136), ≥ 0."""
        return self.maps(pixels)[-1].flatten(1)

    def hidden(self, features: Tensor) -> list[Tensor]:
        """What each dense layer takes: `features` (B, 3136), then (B, 128) and (B, 64), ≥ 0."""
        found = [features]
        for layer in self.dense[:-1]:
            found.append(F.relu(layer(found[-1])))
        return found

    def head(self, features: Tensor) -> Tensor:
        """Logits (B, 10) from convolution features (B, 3136)."""
        logits: Tensor = self.last(self.hidden(features)[-1])
        return logits

    def forward(self, pixels: Tensor) -> Tensor:
        """Logits (B, 10) of `pixels` (B, 1, 28, 28), floats in [0, 1]."""
        return self.head(self.features(pixels))


def normalised(pixels: Tensor) -> Tensor:
    """What the first layer takes of pixels in [0, 1], signed."""
    return (pixels - MNIST_MEAN) / MNIST_STD


def new_model(seed: int, architecture: Architecture = NETWORK) -> MnistCNN:
    """Build a freshly initialised model; the same seed gives the same weights.

    Torch's global random state is left as it was found.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MnistCNN(architecture).eval()


def arrays_of(model: MnistCNN) -> Arrays:
    """Copy the weights into named float32 arrays, as checkpoint files hold them."""
    return {
        name: value.detach().contiguous().numpy().copy()
        for name, value in model.state_dict().items()
    }


def load_model(arrays: Mapping[str, np.ndarray]) -> MnistCNN:
    """Build a model in eval mode from named arrays, strictly.

    Raises:
        CheckpointError: a name is missing or unknown, or a shape or dtype differs.
    """
    want = NETWORK.shapes
    have = {name: tuple(value.shape) for name, value in arrays.items()}
    if want != have or any(value.dtype != np.float32 for value in arrays.values()):
        wrong = sorted(n for n in want | have if want.get(n) != have.get(n)) or ["dtype"]
        raise CheckpointError(
            f"these are not the weights of this network (differs at: {', '.join(wrong)}); "
            "use a file that forgetdemo wrote"
        )
    model = MnistCNN().eval()
    model.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in arrays.items()})
    return model


def clone(model: MnistCNN) -> MnistCNN:
    """An independent copy in eval mode; the input is left alone."""
    copy = MnistCNN(model.architecture).eval()
    copy.load_state_dict(model.state_dict())
    return copy
