"""The Brain Score: arithmetic on the reserved frames and what the brain took them for.

class accuracy   mean over the class's reserved bursts of the share of frames that were right
balanced         mean of the class accuracies: each burst of a class weighs the same
interval         Wilson's (1927), 90 %, for that mean, on as many trials as there are independent
bursts in effect: Kish's 1/Σw², w a burst's weight in the mean. A burst that shows
in several classes, such as a session, is one trial, not several
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from edge_brain.records import ClassScore, Image, Level, Score

LEAST_CLASSES, LEAST_LEARNED, LEAST_RESERVED_BURSTS, LEAST_BURSTS = 2, 5, 2, 6
GOOD, GREAT = (0.75, 0.60, 0.50), (0.90, 0.80, 0.70)  # balanced, lower end, weakest class
_Z90 = 1.6448536269514722  # normal quantile: 5 % above, 5 % below


def measure(images: Sequence[Image], learned: Mapping[str, tuple[int, int]]) -> Score:
    """Return the score without advice.

    `images` are the reserved frames with what they were taken for; `learned` says for each class how many
    frames and how many bursts it has learned.
    """
    tallies = _tallies(images)
    per_class = {
        label: _class_score(tallies.get(label, {}), *learned.get(label, (0, 0)))
        for label in sorted({*learned, *tallies})
    }
    known = [score.accuracy for score in per_class.values() if score.accuracy is not None]
    balanced = sum(known) / len(known) if known else None
    interval = None if balanced is None else wilson(balanced, _independent_bursts(tallies))
    return Score(
        level=_level(per_class, balanced, interval, len({image.burst for image in images})),
        accuracy=sum(own.right for own in per_class.values()) / len(images) if images else None,
        balanced_accuracy=balanced,
        interval=interval,
        classes=len(per_class),
        learned=sum(score.learned for score in per_class.values()),
        reserved=len(images),
        per_class=per_class,
        advice=[],
        images=list(images),
    )


def wilson(share: float, trials: float) -> tuple[float, float]:
    """Return Wilson's 90 % interval for a share seen in (possibly fractional) independent trials."""
    square = _Z90**2
    centre = (share + square / (2 * trials)) / (1 + square / trials)
    half = _Z90 / (1 + square / trials) * math.sqrt(share * (1 - share) / trials + square / (4 * trials**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def _tallies(images: Sequence[Image]) -> dict[str, dict[str, list[int]]]:
    """Return label → burst → [frames that were right, frames]."""
    tallies: dict[str, dict[str, list[int]]] = {}
    for image in images:
        tally = tallies.setdefault(image.label or "", {}).setdefault(image.burst, [0, 0])
        tally[0] += image.right is True
        tally[1] += 1
    return tallies


def _class_score(bursts: Mapping[str, Sequence[int]], learned: int, learned_bursts: int) -> ClassScore:
    shares = [right / tried for right, tried in bursts.values()]
    return ClassScore(
        accuracy=sum(shares) / len(shares) if shares else None,
        right=sum(right for right, _ in bursts.values()),
        learned=learned,
        reserved=sum(tried for _, tried in bursts.values()),
        learned_bursts=learned_bursts,
        reserved_bursts=len(shares),
    )


def _independent_bursts(tallies: Mapping[str, Mapping[str, object]]) -> float:
    """Return Kish's effective number of bursts: 1/Σw², w a burst's weight in the balanced accuracy."""
    weights: dict[str, float] = {}
    for bursts in tallies.values():
        for burst in bursts:
            weights[burst] = weights.get(burst, 0.0) + 1 / (len(tallies) * len(bursts))
    return 1 / sum(weight**2 for weight in weights.values())


def _level(
    per_class: Mapping[str, ClassScore], balanced: float | None, interval: tuple[float, float] | None, bursts: int
) -> Level:
    if balanced is None or interval is None or len(per_class) < LEAST_CLASSES or bursts < LEAST_BURSTS:
        return "Still Learning"
    scores = per_class.values()
    if any(s.learned < LEAST_LEARNED or s.reserved_bursts < LEAST_RESERVED_BURSTS for s in scores):
        return "Still Learning"
    weakest = min(s.accuracy for s in scores if s.accuracy is not None)
    for level, (least, least_low, least_class) in (("Great", GREAT), ("Good", GOOD)):
        if balanced >= least and interval[0] >= least_low and weakest >= least_class:
            return level  # type: ignore[return-value]
    return "Low"
