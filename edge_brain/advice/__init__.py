"""What to do next to raise the score, most useful first: arithmetic on a score and the evidence beside it.

    changed place                what was measured before holds no longer
    suspect                      when tags are wrong, all else is learned and judged wrongly
    weak device                  what is measured on the whole does not hold at one site
    add class, add frames,       what keeps the brain from the next level, the neediest first
    add scene, reserve small
    confused, unbalanced,        what costs accuracy, though no level hangs on it
    picture quality, suspect,
    unknown device
    ready                        when the brain is Great: nothing else is needed, but at a weak or an unknown device

Each is one sentence with class names and numbers. What nobody can know is a range or "at least".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import overload

from edge_brain.advice import costs, needs
from edge_brain.evidence import Evidence
from edge_brain.records import Advice, Score

MOST = 8  # pieces: who is told more does nothing
_SURE = 0.5  # a frame that is more likely tagged wrongly than not
_MANY = 0.02  # of all frames wrongly tagged: then nothing else matters more


class Told(Sequence[Advice]):
    """Advice that is worked out when it is first looked at; it says the same ever after."""

    def __init__(self, work: Callable[[], Iterable[Advice]]) -> None:
        self._work = work
        self._advice: list[Advice] | None = None

    def _all(self) -> list[Advice]:
        if self._advice is None:
            self._advice = list(self._work())
            self._work = tuple  # and lets go of the brain
        return self._advice

    @overload
    def __getitem__(self, place: int) -> Advice: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Advice]: ...
    def __getitem__(self, place: int | slice) -> Advice | Sequence[Advice]:
        return self._all()[place]

    def __len__(self) -> int:
        return len(self._all())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._all() == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._all())

    def __reduce__(self) -> tuple[type, tuple[list[Advice]]]:
        return list, (self._all(),)  # copies and pickles need no brain


def advise(score: Score, evidence: Evidence | None = None) -> list[Advice]:
    """Return the advice for a score, most useful first; without evidence, what the score alone tells."""
    known = evidence or Evidence(score.images)
    moved, poor = costs.changed_place(known.drift, known.strangers), costs.quality(known.images)
    plain = [each for each in known.suspects if each.sure >= _SURE]
    wrong = costs.suspects(plain)
    if len(plain) >= _MANY * (score.learned + score.reserved):
        first, last = wrong, []
    else:
        first, last = [], wrong
    weak, unknown = costs.weak_devices(score), costs.unknown_devices(score)
    if score.level == "Great":
        text = "The brain is ready to be used: release it, and keep tagging what it gets wrong."
        return [*moved, *weak, *unknown, Advice("ready", (), text), *wrong, *poor]
    if score.level == "Still Learning":
        return [*first, *needs.missing(score), *last, *poor][:MOST]
    needed = needs.needed(score, known)
    named = {label for advice in needed for label in advice.labels}
    few = [advice for advice in costs.unbalanced(score) if not named & set(advice.labels)]
    told = [*moved, *first, *weak, *needed, *costs.confused(known.images), *few, *poor, *last, *unknown][:MOST]
    return told or [needs.more_of_all(score)]
