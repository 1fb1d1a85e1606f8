"""How good a picture is to learn from: its light, its sharpness, its size; and which pictures to take again.

    brightness  mean luma, 0 … 1
    sharpness   change over one pixel ÷ change over five, both root mean square, along rows or along columns,
                whichever is less: an even ramp has 0.2, a step 0.45, noise 1, whatever the contrast
    side        the shorter side, in pixels, of the part that is looked at

Sharpness is taken at 160 pixels, near what the network sees, and needs no second picture to compare with; the lesser
of the two directions sees a hand that shook sideways. Whoever calls scales the picture; nothing is decoded here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_brain.records import Fault

SIDE = 160  # pixels, the shorter side at which sharpness is measured

# Accuracy on produce, everyday objects and hand signs, spoilt on purpose: at a brightness of 0.1 it fell by 5 to 21
# points, at a sharpness of 0.25 by 6 to 15, at 80 pixels by 5 to 35. Of good pictures 1 in 100 is under 0.27.
DARK, BLURRED, TINY = 0.10, 0.25, 80
_FAR = 5  # pixels
_NOISE = 1.0  # of 255, so that an even wall is not sharp
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # Rec. 601, as JPEG has it


def measure(pixels: NDArray[np.uint8]) -> tuple[float, float | None]:
    """Return brightness and sharpness of uint8 RGB, shape (height, width, 3); too small for sharpness, None."""
    luma = pixels.astype(np.float32) @ _LUMA
    brightness = float(luma.mean()) / 255
    if min(luma.shape) <= _FAR:
        return brightness, None
    return brightness, min(_sharpness(luma), _sharpness(luma.T))


def working_size(width: int, height: int) -> tuple[int, int]:
    """Return the size, width and height, to which a picture is scaled before it is measured."""
    scale = min(1.0, SIDE / min(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def faults(brightness: float | None, sharpness: float | None, side: int) -> tuple[Fault, ...]:
    """Return what is wrong with a picture; what was not measured is taken to be right."""
    wrong: list[Fault] = []
    if brightness is not None and brightness < DARK:
        wrong.append("dark")
    if sharpness is not None and sharpness < BLURRED:
        wrong.append("blurred")
    if side < TINY:
        wrong.append("tiny")
    return tuple(wrong)


def _sharpness(luma: NDArray[np.float32]) -> float:
    near, far = luma[1:] - luma[:-1], luma[_FAR:] - luma[:-_FAR]
    return _root_mean_square(near) / (_root_mean_square(far) + _NOISE)


def _root_mean_square(values: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(values * values)))
