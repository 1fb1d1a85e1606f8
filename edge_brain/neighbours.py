"""Which frames look most like a picture: cosines of the rows, which tell near-duplicates too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_brain.records import Near
from edge_brain.roll import Selection


def nearest(rows: NDArray[np.int8], frames: Selection, count: int) -> list[list[Near]]:
    """Return for each row (n, d) the frames whose own rows are most like it, so many at most, best first.

    The products are integers under 2²⁴, exact in float32: the same code has the likeness 1, and ties are ties.
    """
    if not frames.frames:
        return [[] for _ in rows]
    asked = rows.astype(np.float32)
    squares = np.outer(_squares(asked), _squares(frames.floats))
    likeness = (asked @ frames.floats.T) / np.sqrt(np.maximum(squares, 1.0))
    return [_best(own, frames, min(count, len(frames.frames))) for own in likeness]


def _squares(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(np.einsum("ij,ij->i", rows, rows), np.float64)


def _best(likeness: NDArray[np.float64], frames: Selection, count: int) -> list[Near]:
    """Return the frames of the greatest likeness (n,), equal ones in the order of their ids."""
    least = np.partition(likeness, -count)[-count]
    near = [
        Near(frame.id, frame.after or "", frame.burst_name, float(likeness[place]))
        for place in np.flatnonzero(likeness >= least).tolist()
        for frame in [frames.frames[place]]
    ]
    return sorted(near, key=lambda each: (-each.likeness, each.id))[:count]
