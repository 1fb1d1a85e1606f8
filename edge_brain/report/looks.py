"""How a frame looks: its brightness and its sharpness, measured on its thumbnail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge_brain import images

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # Rec. 601


@dataclass(frozen=True)
class Looks:
    """Measures of one frame; they say something beside those of other frames of the same brain."""

    brightness: float  # mean luma, 0 … 1
    sharpness: float  # variance of the luma's Laplacian, levels squared; low where nothing has an edge


def measure(thumbnail: bytes) -> Looks:
    """Measure a thumbnail, JPEG; raises BadPicture when it is damaged."""
    luma = images.decode(thumbnail, name="thumbnail").pixels @ _LUMA
    around = np.pad(luma, 1, mode="edge")
    laplacian = around[:-2, 1:-1] + around[2:, 1:-1] + around[1:-1, :-2] + around[1:-1, 2:] - 4 * luma
    return Looks(float(luma.mean()) / 255, float(laplacian.var()))
