"""The paper's CNN: 429,258 weights, pixels in [0, 1] in, logits out."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from forgetdemo.files.checkpoint import Arrays, CheckpointError
from forgetdemo.settings.constants import MNIST_MEAN, MNIST_STD, NUM_CLASSES


class MnistCNN(nn.Module):
    """conv 1→32→64, 3×3, ReLU and 2×2 max-pool each; dense 3136→128→64→10 (Fabbri 2024).

    Deviation: returns logits instead of log-probabilities; log-softmax belongs to the loss. No
    buffers and no dropout, so a mask over the parameters covers everything that can change.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.fc1 = nn.Linear(64 * 7 * 7, 128)
        self.fc2 = nn.Linear(128, 64)
        self.fc3 = nn.Linear(64, NUM_CLASSES)

    def features(self, pixels: Tensor) -> Tensor:
        """Convolution features of `pixels` (B, 1, 28, 28) in [0, 1]: (B, 3136), ≥ 0."""
        x = (pixels - MNIST_MEAN) / MNIST_STD
        x = self.block1(x)  # -> (B, 32, 14, 14)
        return self.block2(x).flatten(1)  # (B, 64, 7, 7) -> (B, 3136)

    def block1(self, normalised: Tensor) -> Tensor:
        """(B, 1, 28, 28) → (B, 32, 14, 14). ReLU after pooling: equal bits, a quarter the work."""
        return F.relu(F.max_pool2d(self.conv1(normalised), 2))

    def block2(self, hidden: Tensor) -> Tensor:
        """(B, 32, 14, 14) → (B, 64, 7, 7)."""
        return F.relu(F.max_pool2d(self.conv2(hidden), 2))

    def embed(self, features: Tensor) -> Tensor:
        """Penultimate features (B, 64), ≥ 0, from convolution features (B, 3136)."""
        return F.relu(self.fc2(F.relu(self.fc1(features))))

    def head(self, features: Tensor) -> Tensor:
        """Logits (B, 10) from convolution features (B, 3136)."""
        return self.fc3(self.embed(features))

    def forward(self, pixels: Tensor) -> Tensor:
        """Logits (B, 10) of `pixels` (B, 1, 28, 28), floats in [0, 1]."""
        return self.head(self.features(pixels))


def new_model(seed: int) -> MnistCNN:
    """Build a freshly initialised model; the same seed gives the same weights.

    Torch's global random state is left as it was found.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MnistCNN().eval()


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
    model = MnistCNN().eval()
    want = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    have = {name: tuple(value.shape) for name, value in arrays.items()}
    if want != have or any(value.dtype != np.float32 for value in arrays.values()):
        wrong = sorted(n for n in want | have if want.get(n) != have.get(n)) or ["dtype"]
        raise CheckpointError(
            f"these are not the weights of this network (differs at: {', '.join(wrong)}); "
            "use a file that forgetdemo wrote"
        )
    model.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in arrays.items()})
    return model


def clone(model: MnistCNN) -> MnistCNN:
    """An independent copy in eval mode; the input is left alone."""
    copy = MnistCNN().eval()
    copy.load_state_dict(model.state_dict())
    return copy
