"""Pictures for a bench: bursts such as a camera would give, painted by whole numbers alone, the same on every machine.

A kind is how its discs are spread and where its bands run; a scene is where they begin and which of them are lit;
the frames of a burst are the scene moved a little, each with noise of its own, so that a JPEG of them is as heavy as
a camera's.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 1280, 720
_UNITS = 1024  # across the height, whatever that is
_STEP = 3  # pixels that the scene moves between two frames
_NOISE = 8  # levels
_WORD = 0xFFFFFFFF


def burst(
    kind: int, scene: int, frames: int, *, width: int = WIDTH, height: int = HEIGHT
) -> Iterator[NDArray[np.uint8]]:
    """Yield so many frames of one scene of a kind of thing, uint8 RGB, shape (height, width, 3)."""
    margin = _STEP * frames
    canvas = _paint(kind, scene, width + margin, height + margin, height)
    noise = _noise(scene, width + margin, height + margin)
    for frame in range(frames):
        down, right = frame * _STEP, (frames - frame) * _STEP
        yield canvas[down : down + height, right : right + width] + noise[right : right + height, down : down + width]


def _paint(kind: int, scene: int, width: int, height: int, unit: int) -> NDArray[np.uint8]:
    """Paint a scene, no level above 255 − the noise; `unit` pixels are as many units as the height has."""
    x = np.arange(width, dtype=np.int32)[None, :] * _UNITS // unit + _drawn(0, _UNITS, kind, scene, 1)
    y = np.arange(height, dtype=np.int32)[:, None] * _UNITS // unit + _drawn(0, _UNITS, kind, scene, 2)
    cell, slope = _drawn(120, 400, kind, 3), _drawn(-3, 4, kind, 4)
    across, down = x % cell - cell // 2, y % cell - cell // 2
    disc = across * across + down * down < (cell * _drawn(25, 45, kind, 5) // 100) ** 2
    lit = disc & (_hashed(x // cell * 7919 + y // cell, scene) % 4 > 0)
    canvas = np.empty((height, width, 3), np.uint8)
    for colour in range(3):
        run = _drawn(300, 900, kind, 6, colour)
        band = abs((x * (1 + abs(slope)) + y * slope + _drawn(0, run, scene, 7, colour)) % run - run // 2) * 160 // run
        canvas[..., colour] = np.where(lit, _drawn(90, 255 - _NOISE, kind, 8, colour), 20 + band)
    return canvas


def _noise(scene: int, width: int, height: int) -> NDArray[np.uint8]:
    places = np.arange(width * height, dtype=np.uint32).reshape(height, width, 1)
    levels = _hashed(places, scene) >> np.arange(0, 24, 8, dtype=np.uint32) & np.uint32(_NOISE - 1)
    return np.asarray(levels, dtype=np.uint8)


def _drawn(low: int, high: int, *seed: int) -> int:
    """Return a whole number from `low` up to `high`, without it, always the same one for a seed."""
    state = 0
    for part in seed:
        state = _mixed((state ^ part) + 0x9E3779B9 & _WORD)
    return low + state % (high - low)


def _mixed(state: int) -> int:
    """Return another number of 32 bits, all of which depend on all of the given one (finalizer of MurmurHash3)."""
    state = (state ^ state >> 16) * 0x85EBCA6B & _WORD
    state = (state ^ state >> 13) * 0xC2B2AE35 & _WORD
    return state ^ state >> 16


def _hashed(numbers: NDArray[np.generic], seed: int) -> NDArray[np.uint32]:
    """Do the same to an array."""
    state = numbers.astype(np.uint32) + np.uint32(_mixed(seed + 1))
    state = (state ^ state >> np.uint32(16)) * np.uint32(0x85EBCA6B)
    state = (state ^ state >> np.uint32(13)) * np.uint32(0xC2B2AE35)
    return np.asarray(state ^ state >> np.uint32(16))
