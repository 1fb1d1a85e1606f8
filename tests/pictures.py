"""Made-up pictures: scenes of a class that look like one another, but not so much that they are one scene.

Under the extractor "pixels" two scenes of a class have a cosine near 0.7 and two of different classes one
near 0.4; `again` stays above 0.97, a near-duplicate, and `changed` falls between it and another scene.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_brain.images import encode_jpeg

Pixels = NDArray[np.uint8]
_BRIGHT, _BLOCK = 220, 8


def scene(label: str, number: int = 0) -> Pixels:
    """Return a scene of a class, uint8 RGB, shape (64, 64, 3): the class's bright blocks, some of them switched."""
    bright = _random(label).random((8, 8, 3)) < 0.3
    switched = _random(label, number).random((8, 8, 3)) < 0.11
    return _blocks(bright ^ switched)


def again(picture: Pixels, number: int = 0) -> Pixels:
    """Return the picture taken once more: another file, the same scene."""
    noise = _random("again", number).integers(0, 4, picture.shape)
    return np.clip(picture.astype(int) + noise, 0, 255).astype(np.uint8)


def changed(picture: Pixels, blocks: int, number: int = 0) -> Pixels:
    """Return the picture with some of its bright blocks gone dark."""
    bright = picture[::_BLOCK, ::_BLOCK].copy() > 128
    lit = np.flatnonzero(bright)
    bright.reshape(-1)[_random("changed", number).choice(lit, blocks, replace=False)] = False
    return _blocks(bright)


def save(folder: Path, name: str, picture: Pixels) -> Path:
    """Write a picture as a JPEG file below a folder and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_jpeg(picture))
    return path


def _blocks(bright: NDArray[np.bool_]) -> Pixels:
    levels = np.where(bright, _BRIGHT, 0).astype(np.uint8)
    return levels.repeat(_BLOCK, axis=0).repeat(_BLOCK, axis=1)


def _random(*seed: str | int) -> np.random.Generator:
    return np.random.default_rng([zlib.crc32(part.encode()) if isinstance(part, str) else part for part in seed])
