"""A small picture of what a camera sees, drawn with characters.

In colour a character is two pixels, one above the other: the upper half block, its colour and its background.
Without colour it is one pixel, the darker the emptier.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_brain import images
from edge_brain.cli.live.sheet import Cell
from edge_brain.config import Colours

_RAMP = " .:-=+*#%@"
_CUBE = np.array([0, 95, 135, 175, 215, 255])
_STEADY = 10  # of 255: the noise of a camera; what changes less is not sent again


class Painter:
    """Draws one picture after the other; what hardly changed stays as it was."""

    def __init__(self, colours: Colours) -> None:
        self.colours = colours
        self._shown: NDArray[np.int16] | None = None

    def paint(self, pixels: NDArray[np.uint8], width: int, height: int) -> list[list[Cell]]:
        """Return uint8 RGB, shape (height, width, 3), as rows of cells that fit into so many."""
        columns, rows = _size(pixels, width, height)
        coloured = self.colours != "none"
        small = images.fit(pixels, columns, 2 * rows if coloured else rows).astype(np.int16)
        if self._shown is not None and self._shown.shape == small.shape:
            steady = np.abs(small - self._shown).max(axis=2, keepdims=True) <= _STEADY
            small = np.where(steady, self._shown, small)
        self._shown = small
        return _blocks(small, exact=self.colours == "true") if coloured else _greys(small)


def _size(pixels: NDArray[np.uint8], width: int, height: int) -> tuple[int, int]:
    """Return columns and rows, of cells twice as high as wide, that keep the picture's proportions."""
    tall, broad = pixels.shape[:2]
    scale = min(width / broad, 2 * height / tall)
    return max(1, min(width, round(scale * broad))), max(1, min(height, round(scale * tall / 2)))


def _blocks(small: NDArray[np.int16], *, exact: bool) -> list[list[Cell]]:
    """Draw two rows of pixels with each row of half blocks."""
    if exact:
        names = [[f"2;{red};{green};{blue}" for red, green, blue in row] for row in small.tolist()]
    else:
        names = [[f"5;{number}" for number in row] for row in _indexed(small).tolist()]
    pairs = zip(names[::2], names[1::2], strict=True)
    return [
        [Cell("▀", f"38;{upper};48;{lower}") for upper, lower in zip(above, below, strict=True)]
        for above, below in pairs
    ]


def _indexed(small: NDArray[np.int16]) -> NDArray[np.intp]:
    """Return the nearest of xterm's 256 colours: a cube of 6 × 6 × 6 from 16 on, and 24 greys from 232 on."""
    steps = np.abs(small[..., None] - _CUBE).argmin(axis=-1)
    grey = np.clip(np.rint((small.mean(axis=-1) - 8) / 10), 0, 23).astype(np.intp)
    far = ((small - _CUBE[steps]) ** 2).sum(axis=-1)
    far_grey = ((small - (8 + 10 * grey)[..., None]) ** 2).sum(axis=-1)
    return np.asarray(np.where(far_grey < far, 232 + grey, 16 + steps @ np.array([36, 6, 1])))


def _greys(small: NDArray[np.int16]) -> list[list[Cell]]:
    levels = small.mean(axis=2) * (len(_RAMP) - 1) / 255
    return [[Cell(_RAMP[round(level)]) for level in row] for row in levels.tolist()]
