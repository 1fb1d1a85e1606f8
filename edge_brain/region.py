"""The part of every picture that is looked at, in fractions of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_brain.errors import BadInput


@dataclass(frozen=True)
class Region:
    """A region of interest, in fractions of the upright picture."""

    x: float = 0.0
    y: float = 0.0
    width: float = 1.0
    height: float = 1.0

    def __post_init__(self) -> None:
        for start, size in ((self.x, self.width), (self.y, self.height)):
            # a sum like 0.7 + 0.3 may come out a hair above 1; no comparison with nan is true
            if not (0 <= start < 1 and size > 0 and start + size <= 1 + 1e-9):
                raise BadInput(
                    f"region {self}: not inside the picture; give x,y,width,height as fractions of it, "
                    "x + width and y + height at most 1, like 0.25,0.25,0.5,0.5"
                )

    @classmethod
    def of(cls, region: Region | str | None) -> Region:
        """Return a region as it is, one that is written as text, or for None the whole picture."""
        return cls.parse(region) if isinstance(region, str) else region or cls()

    @classmethod
    def parse(cls, text: str) -> Region:
        """Read ``x,y,width,height``, as ``str`` of a region writes it."""
        try:
            x, y, width, height = map(float, text.split(","))
        except ValueError as error:  # a word, or not four of them
            raise BadInput(f"region {text!r}: give x,y,width,height, like 0.25,0.25,0.5,0.5") from error
        return cls(x, y, width, height)

    def __str__(self) -> str:
        return ",".join(repr(float(number)) for number in (self.x, self.y, self.width, self.height))

    def crop(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Cut the region out of uint8 RGB, shape (height, width, 3); it keeps at least one pixel."""
        top, bottom = _edges(self.y, self.height, pixels.shape[0])
        left, right = _edges(self.x, self.width, pixels.shape[1])
        return np.ascontiguousarray(pixels[top:bottom, left:right])


def _edges(start: float, size: float, pixels: int) -> tuple[int, int]:
    """Round both edges, not edge and length: regions that touch share no pixel and leave none out."""
    first = min(math.floor(start * pixels + 0.5), pixels - 1)
    return first, min(max(math.floor((start + size) * pixels + 0.5), first + 1), pixels)
