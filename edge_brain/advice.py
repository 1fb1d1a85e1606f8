"""What to do next to raise the score, most useful first: arithmetic on the figures of a score.

While it is Still Learning the advice is what is missing, class by class; after that it is the class that
holds the score back, and the pair that is taken for one another.
"""

from __future__ import annotations

from collections import Counter

from edge_brain import score as scoring
from edge_brain.records import Advice, ClassScore, Score
from edge_brain.reserve import role_of_next_burst

_PAIRS = 3


def advise(score: Score) -> list[Advice]:
    """Return the advice for a score."""
    if score.level == "Still Learning":
        return _missing(score)
    if score.level == "Great":
        return [Advice("ready", (), "The brain is ready to be used; keep tagging what it gets wrong.")]
    return [*_weak(score), *_confused(score), *_more_bursts(score)]


def _missing(score: Score) -> list[Advice]:
    advice = []
    if score.classes < scoring.LEAST_CLASSES:
        lacking = scoring.LEAST_CLASSES - score.classes
        text = f"Tag {lacking} more class{'es' if lacking > 1 else ''}: a brain tells classes apart, so it needs two."
        advice.append(Advice("add class", (), text))
    for label, own in sorted(score.per_class.items(), key=lambda item: item[1].learned):
        wants = _wants(own)
        if wants:
            advice.append(Advice("add frames", (label,), f"`{label}` needs {' and '.join(wants)}."))
    bursts = len({image.burst for image in score.images})
    if not advice and bursts < scoring.LEAST_BURSTS:
        text = (
            f"Tag another scene of any class: {bursts} of at least {scoring.LEAST_BURSTS} bursts are reserved, "
            "and about every fourth new scene is."
        )
        advice.append(Advice("add scene", (), text))
    return advice


def _wants(own: ClassScore) -> list[str]:
    wants = []
    frames = scoring.LEAST_LEARNED - own.learned
    if frames > 0:
        wants.append(f"{frames} more learned frame{'s' if frames > 1 else ''}")
    bursts = scoring.LEAST_RESERVED_BURSTS - own.reserved_bursts
    if bursts > 0:
        scenes = _scenes_until(own, bursts)
        wants.append(f"{scenes} more scene{'s' if scenes > 1 else ''}, so that {bursts} more can be reserved")
    return wants


def _scenes_until(own: ClassScore, bursts: int) -> int:
    """Return how many further bursts it takes until so many of them are reserved."""
    learned, reserved, scenes = own.learned_bursts, own.reserved_bursts, 0
    while reserved < own.reserved_bursts + bursts:
        scenes += 1
        if role_of_next_burst(learned, reserved) == "reserved":
            reserved += 1
        else:
            learned += 1
    return scenes


def _weak(score: Score) -> list[Advice]:
    least = scoring.GOOD[2] if score.level == "Low" else scoring.GREAT[2]
    weak = [(own.accuracy, label, own) for label, own in score.per_class.items() if own.accuracy is not None]
    return [
        Advice(
            "weak class", (label,),
            f"`{label}` is right in {accuracy:.0%} of its reserved scenes ({own.right} of {own.reserved} frames): "
            "tag it in more scenes, at other distances and in other light.",
        )
        for accuracy, label, own in sorted(weak, key=lambda item: item[:2]) if accuracy < least
    ]  # fmt: skip


def _confused(score: Score) -> list[Advice]:
    pairs = Counter(
        (image.label, image.predicted) for image in score.images if not image.right and image.label and image.predicted
    )
    return [
        Advice(
            "confused", (label, taken_for),
            f"{count} frame{'s' if count > 1 else ''} of `{label}` "
            f"{'were' if count > 1 else 'was'} taken for `{taken_for}`: tag both in like scenes.",
        )
        for (label, taken_for), count in sorted(pairs.items(), key=lambda item: -item[1])[:_PAIRS]
    ]  # fmt: skip


def _more_bursts(score: Score) -> list[Advice]:
    bounds = scoring.GOOD if score.level == "Low" else scoring.GREAT
    balanced, interval = score.balanced_accuracy, score.interval
    if balanced is None or interval is None or balanced < bounds[0] or interval[0] >= bounds[1]:
        return []
    text = (
        f"The accuracy is high enough, but it may be as low as {interval[0]:.0%}: "
        "tag more scenes of every class, so that more are reserved and the figure is surer."
    )
    return [Advice("add scene", (), text)]
