"""Who counts in the score at one moment, and what each frame was taken for: arrays, and their bytes.

    balanced accuracy = Σ weight · right      weights are greater than 0 and 1 in all

Any weights will do. Those of a part of the frames are handed down from the whole: a burst leaves its weight to
the frames of it that are in the part, or, when there are none, to the other bursts of its class; a class with no
frame in the part leaves its weight to the other classes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.intp]  # 32 bits on a 32-bit machine, where numpy counts nothing wider
Mask = NDArray[np.bool_]

_COLUMNS = (("frames", "<i4"), ("bursts", "<i4"), ("tagged", "<i4"), ("taken", "<i4"), ("weights", "<f8"))


@dataclass(frozen=True)
class Standing:
    """The frames that count, columns (n,)."""

    names: tuple[str, ...]  # of all classes
    frames: Places  # their numbers, each once
    bursts: Places
    tagged: Places  # places in `names`
    taken: Places  # the same; −1 where there was no answer
    weights: Floats

    @cached_property
    def right(self) -> Floats:
        """1 where the answer was right, else 0."""
        return np.asarray(self.tagged == self.taken, np.float64)

    def mean(self, right: Floats, part: Mask) -> float:
        """Return the balanced accuracy of a part, not empty, of the frames, were these right (n,)."""
        cells, classes, weights = self._cells
        own = np.where(part, self.weights, 0.0)
        held, hit = np.bincount(cells, own), np.bincount(cells, own * right)
        live = held > 0
        shares = weights[live] * hit[live] / held[live]
        of_class = np.bincount(classes, weights)
        of_live = np.bincount(classes[live], weights[live], len(of_class))
        there = of_live > 0
        hits = np.bincount(classes[live], shares, len(of_class))
        return float((of_class[there] * hits[there] / of_live[there]).sum() / of_class[there].sum())

    @cached_property
    def _cells(self) -> tuple[Places, Places, Floats]:
        """The cell (a burst in a class) of each frame, the class of each cell, the weight of each cell."""
        cells, first, _ = _grouped(self.tagged, self.bursts)
        return cells, self.tagged[first], np.bincount(cells, self.weights).astype(np.float64)


def standing(
    names: Sequence[str],
    frames: Sequence[int],
    bursts: Sequence[int] | NDArray[np.intp],
    tagged: Sequence[str | None],
    taken: Sequence[str | None],
    weights: Floats | None = None,
) -> Standing:
    """Return the standing of frames; without weights, classes weigh the same and in a class the bursts do."""
    places: dict[str | None, int] = {name: place for place, name in enumerate(names)}
    places[None] = -1
    own = np.array([places[label] for label in tagged], np.intp)
    answers = np.array([places[label] for label in taken], np.intp)
    scenes = np.asarray(bursts, np.intp)
    if weights is None:
        weights = _equal_weights(own, scenes)
    return Standing(tuple(names), np.array(frames, np.intp), scenes, own, answers, weights)


def to_bytes(standing: Standing) -> bytes:
    """Return a standing as a line of JSON and its columns."""
    columns = [getattr(standing, name).astype(kind).tobytes() for name, kind in _COLUMNS]
    return b"".join([json.dumps(standing.names).encode(), b"\n", *columns])


def from_bytes(data: bytes) -> Standing:
    """Return the standing that `to_bytes` wrote."""
    line, _, rest = data.partition(b"\n")
    kinds = [np.dtype(kind) for _, kind in _COLUMNS]
    count, start, columns = len(rest) // sum(kind.itemsize for kind in kinds), 0, []
    for kind in kinds:
        columns.append(np.frombuffer(rest, kind, count, start))
        start += count * kind.itemsize
    frames, bursts, tagged, taken = (column.astype(np.intp) for column in columns[:-1])
    return Standing(tuple(json.loads(line)), frames, bursts, tagged, taken, columns[-1].astype(np.float64))


def _equal_weights(tagged: Places, bursts: Places) -> Floats:
    cells, first, sizes = _grouped(tagged, bursts)
    bursts_of_class = np.bincount(tagged[first])
    classes = np.count_nonzero(bursts_of_class)
    return np.asarray(1.0 / (classes * bursts_of_class[tagged] * sizes[cells]))


def _grouped(tagged: Places, bursts: Places) -> tuple[Places, Places, Places]:
    """Return the cell of each frame, the first frame of each cell, the frames in each cell."""
    keys = tagged.astype(np.int64) * (int(bursts.max(initial=0)) + 1) + bursts
    _, first, cells, sizes = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    return cells, first, sizes
