"""Which bursts to tag first: those that bring most of what waits, and most of what is in doubt, near to a tag.

    worth of a burst  =  Σ_i  doubt_i / frames_i · max(0, likeness of i to the burst − likeness of i to what has a tag)

over all frames i that wait; frames_i are those of its burst, so that each burst weighs the same. The burst of the
greatest worth comes first and counts as tagged from then on, and so forth: what is like nothing else brings only
itself near, what is like the bursts before it brings nothing more. That is the facility location of Wei, Iyer and
Bilmes ("Submodularity in data subset selection and active learning", 2015), its sum weighed by the margin: doubt is 1
less the distance between the first two probabilities. Likeness is the cosine of rows less the mean of all, which have
much in common; under 0 it says nothing. `tools/queue_order.py` measures what it is worth.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge_brain.head.calibration import probabilities
from edge_brain.head.classifier import Classifier
from edge_brain.learner import Learner
from edge_brain.records import Frame
from edge_brain.roll import unit

_MOST = 2048  # frames, about, that are compared with each other: of more that wait some bursts stand for all
_SAME = 1e-4  # of worth: sums of likenesses in float32 are no surer
_AT_ONCE = 512  # rows that are multiplied at once, to spare memory

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]


def useful_first(frames: Sequence[Frame], rows: NDArray[np.int8], learner: Learner) -> list[Frame]:
    """Return frames that wait, rows (n, d), burst by burst, those of which a learner would learn most first."""
    bursts = list(dict.fromkeys(frame.burst for frame in frames))
    places = {burst: place for place, burst in enumerate(bursts)}
    tagged = np.concatenate([roll.all().rows[:, 0] for roll in (learner.learned, learner.reserved)])
    doubt = doubts(learner.classifier(calibrated=False), rows)
    best = order(rows, np.array([places[frame.burst] for frame in frames], np.intp), tagged, doubt)
    rank = {bursts[place]: rank for rank, place in enumerate(best)}
    return sorted(frames, key=lambda frame: rank[frame.burst])


def order(waiting: NDArray[np.int8], bursts: Indices, tagged: NDArray[np.int8], doubt: Floats) -> list[int]:
    """Return the bursts in the order of their worth, the first to come first where it is the same.

    `waiting` (n, d) and `tagged` (m, d) are rows; `bursts` (n,) says of each frame that waits, in the order they came,
    which burst it is of: 0, 1, 2 … as they came. When much more than 2,000 frames wait some bursts are ordered, and
    the others follow as they came.
    """
    count = int(bursts.max()) + 1 if len(bursts) else 0
    chosen = np.arange(0, count, max(1, round(len(bursts) / _MOST)))
    kept = np.isin(bursts, chosen)
    best = _greedy(*_likenesses(waiting[kept], bursts[kept], tagged), doubt[kept] / np.bincount(bursts)[bursts[kept]])
    first = chosen[best].tolist()
    return [*first, *sorted(set(range(count)) - set(first))]


def doubts(known: Classifier, rows: NDArray[np.int8]) -> Floats:
    """Return how undecided a classifier is about each row (n, d): 0 when it is sure, 1 when it cannot tell."""
    if len(known.labels) < 2:
        return np.ones(len(rows), np.float32)
    shares = probabilities(known.distances(rows.astype(np.float32)), known.calibration.temperature)
    first_two = np.partition(shares, -2, axis=1)[:, -2:]
    return np.asarray(1 - (first_two[:, 1] - first_two[:, 0]), np.float32)


def _likenesses(waiting: NDArray[np.int8], bursts: Indices, tagged: NDArray[np.int8]) -> tuple[Floats, Floats]:
    """Return of each frame that waits the likeness to each burst that waits, (n, b), and to what is tagged, (n,)."""
    rows = unit(np.concatenate([waiting, tagged]))
    rows -= rows.mean(axis=0) if len(rows) else 0
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    asked, known = rows[: len(waiting)], rows[len(waiting) :]
    by_burst = np.argsort(bursts, kind="stable")
    _, starts = np.unique(bursts[by_burst], return_index=True)
    grouped = asked[by_burst]
    likeness, near = np.empty((len(asked), len(starts)), np.float32), np.zeros(len(asked), np.float32)
    for start in range(0, len(asked), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        likeness[part] = np.maximum.reduceat(asked[part] @ grouped.T, starts, axis=1)
        near[part] = (asked[part] @ known.T).max(axis=1, initial=0.0)
    return likeness, near


def _greedy(likeness: Floats, near: Floats, weights: NDArray[np.float64]) -> list[int]:
    """Return the places of all bursts, each the one of the greatest worth after those before it.

    `likeness` (n, b) of frames to bursts, `near` (n,) to what has a tag, `weights` (n,) of the frames. After each burst
    the worth of the others falls by what the frames that it brought nearer had given them.
    """
    worth = weights @ np.maximum(likeness - near[:, None], 0)
    told = []
    for _ in range(likeness.shape[1]):
        place = int((worth >= worth.max() - _SAME).argmax())
        told.append(place)
        worth[place] = -np.inf
        nearer = np.flatnonzero(likeness[:, place] > near)
        own, before, after = likeness[nearer], near[nearer, None], likeness[nearer, place][:, None]
        worth -= weights[nearer] @ (np.maximum(own - before, 0) - np.maximum(own - after, 0))
        near[nearer] = after[:, 0]
    return told
