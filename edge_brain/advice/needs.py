"""What keeps a brain from the next level, class by class: frames, scenes, accuracy, certainty."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from edge_brain import score as scoring
from edge_brain.advice import words
from edge_brain.curve import Range, more_scenes
from edge_brain.evidence import Evidence
from edge_brain.records import Advice, ClassScore, Score
from edge_brain.reserve import role_of_next_burst

_NEEDY = 5  # classes that are advised one by one


@dataclass(frozen=True)
class _Bounds:
    """What the next level asks for."""

    level: str
    balanced: float
    low: float
    weakest: float


def missing(score: Score) -> list[Advice]:
    """Return what a brain lacks that is still learning."""
    advice = []
    if score.classes < scoring.LEAST_CLASSES:
        lacking = scoring.LEAST_CLASSES - score.classes
        text = f"Tag {lacking} more class{'es' if lacking > 1 else ''}: a brain tells classes apart, so it needs two."
        advice.append(Advice("add class", (), text))
    needy = [(label, own, wants) for label, own in _by_need(score) if (wants := _wants(own))]
    advice += [
        Advice(_kind(own), (label,), f"`{label}` needs {' and '.join(wants)}.{_one_scene(own)}")
        for label, own, wants in needy[:_NEEDY]
    ]
    others = tuple(label for label, _, _ in needy[_NEEDY:])
    if others:
        verb = "needs" if len(others) == 1 else "need"
        text = f"After that, {words.in_a_row(others)} {verb} frames or scenes, too."
        advice.append(Advice("add frames", others, text))
    bursts = len({image.burst for image in score.images})
    if not advice and bursts < scoring.LEAST_BURSTS:
        text = (
            f"Tag another scene of any class: {bursts} of at least {scoring.LEAST_BURSTS} bursts are reserved, "
            "and about every fourth new scene is."
        )
        advice.append(Advice("add scene", (), text))
    return advice


def _by_need(score: Score) -> list[tuple[str, ClassScore]]:
    return sorted(score.per_class.items(), key=lambda item: item[1].learned)


def _kind(own: ClassScore) -> str:
    """Return what a class lacks first: frames, or, where it has enough of one scene, another scene."""
    return "add scene" if _one_scene(own) and own.learned >= scoring.LEAST_LEARNED else "add frames"


def _one_scene(own: ClassScore) -> str:
    frames = own.learned + own.reserved
    if own.learned_bursts + own.reserved_bursts > 1 or frames < 2:
        return ""
    return f" So far all {frames} frames show one scene: show it in another place, or in other light."


def _wants(own: ClassScore) -> list[str]:
    wants = []
    frames = scoring.LEAST_LEARNED - own.learned
    if frames > 0:
        wants.append(words.count(frames, "more learned frame"))
    bursts = scoring.LEAST_RESERVED_BURSTS - own.reserved_bursts
    if bursts > 0:
        wants.append(f"{words.count(_scenes_until(own, bursts), 'more scene')}, so that {bursts} more can be reserved")
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


def needed(score: Score, known: Evidence) -> list[Advice]:
    """Return what keeps the brain from the next level: weak classes, too low an accuracy, too wide an interval."""
    bounds = _Bounds("Good", *scoring.GOOD) if score.level == "Low" else _Bounds("Great", *scoring.GREAT)
    advice = [*_weak(score, known, bounds)][: words.NAMED]
    balanced, interval = score.balanced_accuracy, score.interval
    if balanced is None or interval is None:
        return advice
    if balanced < bounds.balanced:
        advice.append(_too_low(score, balanced, known, bounds))
    elif interval[0] < bounds.low:
        advice.append(_too_wide(score, balanced, interval[0], bounds))
    return advice


def _weak(score: Score, known: Evidence, bounds: _Bounds) -> Iterator[Advice]:
    weak = [(own.accuracy, label, own) for label, own in score.per_class.items() if own.accuracy is not None]
    for accuracy, label, own in sorted(weak, key=lambda item: item[:2]):
        if accuracy >= bounds.weakest:
            return
        shown = own.learned_bursts + own.reserved_bursts
        scenes = more_scenes(1 - accuracy, own.judged_bursts, 1 - bounds.weakest, shown, known.slope)
        yield Advice(
            "add frames", (label,),
            f"`{label}` is right in {accuracy:.0%} of the {words.count(own.judged_bursts, 'scene')} it was judged by: "
            f"{words.scenes(scenes)} of it, at other distances and in other light, should bring it to the "
            f"{bounds.weakest:.0%} that {bounds.level} takes.",
            words.some([each for each in known.images if each.label == label and each.right is False]),
        )  # fmt: skip


def _too_low(score: Score, balanced: float, known: Evidence, bounds: _Bounds) -> Advice:
    shown = sum(own.learned_bursts + own.reserved_bursts for own in score.per_class.values())
    scenes = more_scenes(1 - balanced, score.bursts, 1 - bounds.balanced, shown / score.classes, known.slope)
    return Advice(
        "add frames", (),
        f"All classes together are right in {balanced:.0%}: {words.scenes(scenes)} of each class should bring that "
        f"to the {bounds.balanced:.0%} that {bounds.level} takes.",
    )  # fmt: skip


def _too_wide(score: Score, balanced: float, low: float, bounds: _Bounds) -> Advice:
    """Advise more scenes where the accuracy would do, but is not sure enough: as many as would do if it stays so."""
    doubt = math.sqrt(balanced * (1 - balanced) / score.bursts) / 2
    least = _bursts_until(min(balanced + doubt, 1.0), bounds.low, score.bursts) or score.bursts
    most = _bursts_until(balanced - doubt, bounds.low, score.bursts)
    more = max(least - score.bursts, 1)
    scenes = Range(more, None if most is None else max(most - score.bursts, more + 1))
    return Advice(
        "reserve small", (),
        f"The accuracy is high enough, but {words.count(score.bursts, 'scene')} are too few to be sure, it may be as "
        f"low as {low:.0%}: {words.scenes(scenes)} of all classes together should make it surely over "
        f"{bounds.low:.0%}, as {bounds.level} takes.",
    )  # fmt: skip


def _bursts_until(share: float, low: float, now: int) -> int | None:
    """Return how many bursts it takes until such a share is surely over `low`; None where ten times as many do not."""
    return next((bursts for bursts in range(now, 10 * now) if scoring.expected(share, bursts)[0] >= low), None)


def more_of_all(score: Score) -> Advice:
    """Return what always helps."""
    text = f"Show every one of the {score.classes} classes in more scenes, at other distances and in other light."
    return Advice("add scene", (), text)
