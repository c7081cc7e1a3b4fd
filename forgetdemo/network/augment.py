"""Batched distortions on tensors: one call per batch, no per-image work."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from forgetdemo.settings.constants import IMAGE_SIZE

ROTATION = math.radians(12)  # largest angle, either way
SCALE = 0.12  # largest relative change of size
SHEAR = 0.15  # largest slope
SHIFT = 1.5  # largest move, pixels
ELASTIC = 1.0  # standard deviation of the local displacement, pixels
ELASTIC_GRID = 5  # displacements are drawn on 5×5 points and smoothed in between
THICKNESS = 0.4  # largest blend with the dilated or eroded picture
CONTRAST = 1.5  # undoes the greying of strokes by interpolation: MNIST's ink is nearly white
UNTOUCHED = 0.1  # share of each batch that stays as it is


def distort(pixels: Tensor, generator: torch.Generator) -> Tensor:
    """Rotate, scale, shear, shift, bend and thicken or thin each image a little, at random.

    Args:
        pixels: (B, 1, 28, 28) float32 in [0, 1]; not changed.
        generator: the only source of randomness.
    Returns:
        The same shape and range. Source: the usual MNIST distortions (Simard et al. 2003), with
        a coarse grid in place of their Gaussian-smoothed field.
    """
    size = len(pixels)

    def uniform(limit: float) -> Tensor:
        return (torch.rand(size, generator=generator) * 2 - 1) * limit

    angle, shear = uniform(ROTATION), uniform(SHEAR)
    zoom_x, zoom_y = 1 + uniform(SCALE), 1 + uniform(SCALE)
    unit = 2 / IMAGE_SIZE  # one pixel in grid_sample's coordinates
    cos, sin = torch.cos(angle), torch.sin(angle)
    row_x = torch.stack([cos * zoom_x, (shear * cos - sin) * zoom_y, uniform(SHIFT * unit)], 1)
    row_y = torch.stack([sin * zoom_x, (shear * sin + cos) * zoom_y, uniform(SHIFT * unit)], 1)
    affine = torch.stack([row_x, row_y], 1)  # -> (B, 2, 3)
    grid = F.affine_grid(affine, [size, 1, IMAGE_SIZE, IMAGE_SIZE], align_corners=False)
    coarse = torch.randn(size, 2, ELASTIC_GRID, ELASTIC_GRID, generator=generator)
    bend = F.interpolate(coarse * (ELASTIC * unit), IMAGE_SIZE, mode="bilinear", align_corners=True)
    grid = grid + bend.permute(0, 2, 3, 1)  # -> (B, 28, 28, 2)
    warped = F.grid_sample(pixels, grid, mode="bilinear", align_corners=False)
    amount = uniform(THICKNESS).view(-1, 1, 1, 1)
    thick = F.max_pool2d(warped, 3, 1, 1)
    thin = -F.max_pool2d(-warped, 3, 1, 1)
    inked = torch.lerp(warped, torch.where(amount > 0, thick, thin), amount.abs())
    result = ((inked - 0.5) * CONTRAST + 0.5).clamp(0, 1)
    result[: int(size * UNTOUCHED)] = pixels[: int(size * UNTOUCHED)]
    return result
