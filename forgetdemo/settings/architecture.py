"""The network, described once: its layers' names and sizes, and everything that follows from them.

Torch-free, so that settings, pages and exports read it too; `network.model` builds the module.
"""

import math
from dataclasses import dataclass
from functools import cached_property

from forgetdemo.settings.constants import IMAGE_SIZE, NUM_CLASSES


@dataclass(frozen=True)
class Conv:
    """A convolution that keeps the picture's size (odd kernel), then max-pooling and a ReLU."""

    name: str
    inputs: int  # channels
    outputs: int
    kernel: int = 3  # pixels, both sides
    pool: int = 2  # the picture shrinks by this, both sides

    @property
    def shape(self) -> tuple[int, ...]:
        """Of its weight: (outputs, inputs, kernel, kernel)."""
        return self.outputs, self.inputs, self.kernel, self.kernel


@dataclass(frozen=True)
class Dense:
    """A fully connected layer; a ReLU follows all but the last."""

    name: str
    inputs: int
    outputs: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Of its weight: (outputs, inputs)."""
        return self.outputs, self.inputs


@dataclass(frozen=True)
class Architecture:
    """Convolutions, then dense layers; every layer has a weight and a bias, and nothing else.

    Raises:
        ValueError: there is no dense layer, two layers share a name, a convolution would change
            the picture's size, or a layer does not take what the one before it makes.
    """

    image: tuple[int, int, int]  # channels, height, width of what is put in
    convolutions: tuple[Conv, ...]
    dense: tuple[Dense, ...]

    def __post_init__(self) -> None:
        if not self.dense:
            raise ValueError("a network needs a dense layer, whose outputs are its answers")
        if len(set(self.names)) < len(self.names):
            raise ValueError(f"two layers have one name: {', '.join(self.names)}")
        channels = self.image[0]
        for conv in self.convolutions:
            if conv.kernel % 2 == 0:
                raise ValueError(f"{conv.name}: its kernel must be odd, got {conv.kernel}")
            _require_fit(conv, channels)
            channels = conv.outputs
        width = self.features
        for layer in self.dense:
            _require_fit(layer, width)
            width = layer.outputs

    @cached_property
    def maps(self) -> tuple[int, int, int]:
        """Channels, height and width of what the last convolution leaves."""
        channels, height, width = self.image
        for conv in self.convolutions:
            channels, height, width = conv.outputs, height // conv.pool, width // conv.pool
        return channels, height, width

    @property
    def features(self) -> int:
        """How many convolution features the first dense layer takes: `maps`, flattened."""
        return math.prod(self.maps)

    @property
    def layers(self) -> tuple[Conv | Dense, ...]:
        """All layers, in order."""
        return (*self.convolutions, *self.dense)

    @property
    def names(self) -> tuple[str, ...]:
        """Of all layers, in order."""
        return tuple(layer.name for layer in self.layers)

    @property
    def conv_names(self) -> tuple[str, ...]:
        """Of the convolutions, in order."""
        return tuple(layer.name for layer in self.convolutions)

    @property
    def dense_names(self) -> tuple[str, ...]:
        """Of the dense layers, in order."""
        return tuple(layer.name for layer in self.dense)

    @property
    def last(self) -> Dense:
        """The layer whose outputs are the logits."""
        return self.dense[-1]

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of every tensor by its name, "conv1.weight", in the order of the model's."""
        return {
            f"{layer.name}.{part}": shape
            for layer in self.layers
            for part, shape in (("weight", layer.shape), ("bias", (layer.outputs,)))
        }

    @property
    def weights(self) -> int:
        """How many weights there are, biases included."""
        return sum(self.weights_by_layer.values())

    @property
    def weights_by_layer(self) -> dict[str, int]:
        """The same for each layer."""
        return {layer.name: math.prod(layer.shape) + layer.outputs for layer in self.layers}

    @property
    def weights_per_output(self) -> int:
        """How many of them feed one of the answers: a row of the last layer, and its bias."""
        return self.last.inputs + 1


def layer_of(name: str) -> str:
    """The layer that a tensor belongs to: 'fc1.weight' → 'fc1'."""
    return name.split(".")[0]


def _require_fit(layer: Conv | Dense, given: int) -> None:
    """Raise ValueError unless a layer takes as many inputs as there are."""
    if layer.inputs != given:
        raise ValueError(f"{layer.name} takes {layer.inputs} inputs, but is given {given}")


NETWORK = Architecture(  # Fabbri 2024's: 429,258 weights
    image=(1, IMAGE_SIZE, IMAGE_SIZE),
    convolutions=(Conv("conv1", 1, 32), Conv("conv2", 32, 64)),
    dense=(Dense("fc1", 64 * 7 * 7, 128), Dense("fc2", 128, 64), Dense("fc3", 64, NUM_CLASSES)),
)
