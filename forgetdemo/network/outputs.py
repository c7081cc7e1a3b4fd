"""One output of the last layer, edited by hand: masked, muted, or let go again."""

import torch

from forgetdemo.network.model import MnistCNN
from forgetdemo.settings.relearning import MASKED, MASKED_BELOW


def set_output(model: MnistCNN, digit: int, bias: float) -> None:
    """Make one logit `bias` for every image, in place: its row of weights becomes 0."""
    with torch.no_grad():
        model.last.weight[digit] = 0
        model.last.bias[digit] = bias


def mask_output(model: MnistCNN, digit: int) -> None:
    """The trivial control, in place: that one answer never wins, everything else is as before."""
    set_output(model, digit, MASKED)


def lift_mask(model: MnistCNN, digit: int) -> bool:
    """Set a masked output's bias to the mean of the others, in place; say whether it was masked.

    Gradients of cross-entropy are bounded, so SGD would need thousands of steps to climb out of a
    bias of -1e4: that would call a masked output "forgotten", though nothing was.
    """
    bias = model.last.bias
    masked = bool(bias[digit] < MASKED_BELOW)
    if masked:
        with torch.no_grad():
            bias[digit] = bias[torch.arange(len(bias)) != digit].mean()
    return masked
