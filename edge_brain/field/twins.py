"""Which of many pictures can go, because another one that stays shows the same: arithmetic over their codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from edge_brain import reserve
from edge_brain.roll import unit

_AT_ONCE = 512  # rows that are multiplied at once: 2 MiB of cosines


def spare(rows: NDArray[np.int8], sharpness: Sequence[float], others: Iterable[NDArray[np.int8]]) -> NDArray[np.bool_]:
    """Say of each picture, rows int8 (n, d), whether one that stays is nearly the same.

    Stays: each of `others`, some rows (m, d) at a time, and of these pictures the sharpest of those alike; of
    equally sharp ones the last.
    """
    order = sorted(range(len(rows)), key=lambda place: (sharpness[place], place), reverse=True)
    units = unit(rows[order])
    spare = _alike_any(units, others)
    alike = _alike(units)
    for place in range(1, len(order)):
        spare[place] |= bool((alike[place, :place] & ~spare[:place]).any())
    told = np.zeros(len(rows), np.bool_)
    told[order] = spare
    return told


def _alike_any(units: NDArray[np.float32], others: Iterable[NDArray[np.int8]]) -> NDArray[np.bool_]:
    """Say of each picture whether any of the others is nearly the same."""
    found = np.zeros(len(units), np.bool_)
    for rows in others:
        if len(rows):
            other = unit(rows)
            for start in range(0, len(units), _AT_ONCE):
                part = slice(start, start + _AT_ONCE)
                found[part] |= (units[part] @ other.T >= reserve.NEAR_DUPLICATE).any(axis=1)
    return found


def _alike(units: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which pictures are nearly the same, bool (n, n)."""
    alike = np.zeros((len(units), len(units)), np.bool_)
    for start in range(0, len(units), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        alike[part] = units[part] @ units.T >= reserve.NEAR_DUPLICATE
    return alike
