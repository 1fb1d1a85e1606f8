"""Whether the place has changed: the scenes learned last beside those before, and what the brain knew of both.

Each scene's distance to its own class, the last scenes left out all together, is taken relative to what is usual
in that class; then Mann and Whitney's test (1947) asks whether the last lie farther out than the others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

LAST = 12  # scenes
_LEAST_LAST, _LEAST_EARLIER, _LEAST_IN_CLASS = 8, 16, 4  # scenes that can be compared
_MOST_OF_A_CLASS = 1 / 3  # its mean would move when more of it is left out
_SURE = 3.0  # standard deviations: 1 in 700 by chance
_TO_DEVIATION = 1.4826  # of a normal, from the median of absolute differences


@dataclass(frozen=True)
class Drift:
    """The last scenes lie farther from what was learned than the scenes before."""

    scenes: int  # that were compared as the last
    share: float  # of pairs of a last and an earlier scene in which the last lies farther out; 0.5 is chance
    frames: tuple[int, ...]  # where the last scenes stand among the frames that were given, farthest first


def last_bursts(bursts: Indices) -> set[int]:
    """Return the burst numbers, which grow in the order in which scenes came, of the last scenes."""
    return {int(number) for number in np.unique(bursts)[-LAST:]}


def drift(own: Floats, classes: Indices, bursts: Indices) -> Drift | None:
    """Return the drift, or None where there is none, or too little to tell.

    `own` (n,) are the distances to the own class, as if the own burst (of the last: all of them) were not learned.
    """
    recent = np.isin(bursts, list(last_bursts(bursts)))
    unusual = np.full(len(own), np.nan)
    for label in np.unique(classes):
        here = classes == label
        early, late = bursts[here & ~recent], bursts[here & recent]
        count, last = len(np.unique(early)), len(np.unique(late))
        if count < _LEAST_IN_CLASS or last > _MOST_OF_A_CLASS * (count + last) or not np.isfinite(own[here]).all():
            continue
        middle = np.median(own[here & ~recent])
        scale = _TO_DEVIATION * np.median(np.abs(own[here & ~recent] - middle))
        unusual[here] = (own[here] - middle) / max(float(scale), 1e-9)
    told = np.isfinite(unusual)
    if not told.any():
        return None
    numbers, place = np.unique(bursts[told], return_inverse=True)
    scenes = np.bincount(place, unusual[told]) / np.bincount(place)
    late = np.isin(numbers, bursts[recent])
    compared, earlier = int(late.sum()), int((~late).sum())
    if compared < _LEAST_LAST or earlier < _LEAST_EARLIER:
        return None
    farther = (scenes[late][:, None] > scenes[~late]).sum() + 0.5 * (scenes[late][:, None] == scenes[~late]).sum()
    pairs = compared * earlier
    sure = (farther - pairs / 2) / math.sqrt(pairs * (len(scenes) + 1) / 12)
    if sure < _SURE:
        return None
    places = np.flatnonzero(told & recent)
    farthest = places[np.argsort(-unusual[places], kind="stable")]
    return Drift(compared, float(farther / pairs), tuple(int(each) for each in farthest))
