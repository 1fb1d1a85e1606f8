"""The Brain Score: arithmetic on frames and what a brain that never learned them took them for.

Two witnesses, and every burst of either weighs the same: a reserved burst is judged by the brain as it is, a
learned one by the brain as it would be had it never learned that burst (exact, see `head.leaving`).

The level is of the whole. How each device does stands beside it (see `devices`), and where one is weak the advice says
so before all else, also of a Great brain: of its own few scenes a device could not hold a level.

class accuracy   mean over the class's judged bursts of the share of frames that were right
balanced         mean of the class accuracies
interval         90 %, for what half as many further bursts will show, beta-binomial with a uniform prior: the
                 score of n bursts says not only how uncertain it is itself but what to expect of the next n/2.
                 n is Kish's effective number 1/Σw², w a burst's weight in the mean; a burst that shows in
                 several classes, such as a session, is one trial, not several

The reserved bursts alone miss the truth on unseen scenes by 0.097, 0.023, 0.000 and 0.017 (magnetic tiles, hand
signs, video, produce; half the scenes tagged, 40 draws), both witnesses by 0.071, 0.014, 0.006 and 0.013.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate

from edge_brain.records import ClassScore, Image, Level, Score

LEAST_CLASSES, LEAST_LEARNED, LEAST_RESERVED_BURSTS, LEAST_BURSTS = 2, 5, 2, 6
GOOD, GREAT = (0.75, 0.60, 0.50), (0.90, 0.80, 0.70)  # balanced, lower end, weakest class
_TAIL = 0.05  # of the interval, on either side

Tallies = dict[str, dict[str, tuple[int, int]]]  # label → burst → (frames that were right, frames)


def measure(images: Sequence[Image], learned: Mapping[str, tuple[int, int]], left_out: Sequence[Image] = ()) -> Score:
    """Return the score without advice.

    `images` are the reserved frames with what they were taken for, `left_out` learned ones with what they
    would be taken for had their bursts not been learned; one without an answer is passed over. `learned` says
    for each class how many frames and how many bursts it has learned.
    """
    reserved, others = _tally(images), _tally([image for image in left_out if image.predicted is not None])
    judged = {label: others.get(label, {}) | reserved.get(label, {}) for label in sorted({*others, *reserved})}
    per_class = {
        label: _class_score(judged.get(label, {}), reserved.get(label, {}), *learned.get(label, (0, 0)))
        for label in sorted({*learned, *judged})
    }
    known = [score.accuracy for score in per_class.values() if score.accuracy is not None]
    balanced = math.fsum(known) / len(known) if known else None
    interval = None if balanced is None else expected(balanced, _independent_bursts(judged))
    return Score(
        level=_level(per_class, balanced, interval, len({image.burst for image in images})),
        accuracy=sum(own.right for own in per_class.values()) / len(images) if images else None,
        balanced_accuracy=balanced,
        interval=interval,
        classes=len(per_class),
        learned=sum(score.learned for score in per_class.values()),
        reserved=len(images),
        bursts=len({burst for bursts in judged.values() for burst in bursts}),
        per_class=per_class,
        advice=[],
        images=list(images),
    )


def expected(share: float, bursts: float) -> tuple[float, float]:
    """Return between which shares, nine times of ten, half as many further bursts will be right.

    `share` of so many (perhaps fractional) independent bursts were. Beta-binomial: Gelman et al., "Bayesian Data
    Analysis", 2013; Wilson's interval, widened for the further bursts, held the truth less often (0.79 at 0.95).
    """
    further = max(1, round(bursts / 2))
    right, wrong = share * bursts + 1, (1 - share) * bursts + 1
    logs = [0.0]
    for count in range(further):
        ratio = (further - count) / (count + 1) * (right + count) / (wrong + further - 1 - count)
        logs.append(logs[-1] + math.log(ratio))
    top = max(logs)
    weights = list(accumulate(math.exp(each - top) for each in logs))
    low, high = (bisect_left(weights, tail * weights[-1]) for tail in (_TAIL, 1 - _TAIL))
    return low / further, high / further


def _tally(images: Sequence[Image]) -> Tallies:
    """Return how many frames of each burst of each class were right."""
    tallies: Tallies = {}
    for image in images:
        bursts = tallies.setdefault(image.label or "", {})
        right, tried = bursts.get(image.burst, (0, 0))
        bursts[image.burst] = right + (image.right is True), tried + 1
    return tallies


def _class_score(
    judged: Mapping[str, tuple[int, int]], reserved: Mapping[str, tuple[int, int]], learned: int, learned_bursts: int
) -> ClassScore:
    shares = [right / tried for right, tried in judged.values()]
    return ClassScore(
        accuracy=math.fsum(shares) / len(shares) if shares else None,
        right=sum(right for right, _ in reserved.values()),
        learned=learned,
        reserved=sum(tried for _, tried in reserved.values()),
        learned_bursts=learned_bursts,
        reserved_bursts=len(reserved),
        judged_bursts=len(shares),
    )


def _independent_bursts(tallies: Mapping[str, Mapping[str, object]]) -> float:
    """Return Kish's effective number of bursts: 1/Σw², w a burst's weight in the balanced accuracy.

    Sums are rounded once: the least difference can add a trial to the interval, and two devices must not differ.
    """
    parts: dict[str, list[float]] = {}
    for bursts in tallies.values():
        for burst in bursts:
            parts.setdefault(burst, []).append(1 / (len(tallies) * len(bursts)))
    return 1 / math.fsum(math.fsum(each) ** 2 for each in parts.values())


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
