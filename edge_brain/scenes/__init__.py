"""Which pictures of a folder show one scene, where nobody recorded it.

    near-duplicates   pairs of a class that chance does not make so alike, by code or by outline
    time and numbers  neighbours in an order that the pictures bear out     ┐
    sessions          instead of those, where a folder consists of sessions ┘ orders

Pictures that are joined by any chain of pairs are one burst. Where the evidence is doubtful they are joined: bursts
that were merged cost the score some sharpness, a burst that was split makes it lie. Of tiles in several exposures,
their scenes hidden, the score said 92 % where 42 % was true when only codes were compared, picture after picture; with
this it says 41 % where 39 % is. Of clothing, produce and CIFAR 0.3, 1.9 and 0.0 % of the photographs are joined.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge_brain import reserve
from edge_brain.scenes import orders
from edge_brain.scenes.orders import Tie
from edge_brain.scenes.shots import Floats, Pictures, Shot, counted, pairs

_BESIDE_OUTLINES = 0.75  # least cosine of the codes: smooth pictures have hardly an outline
_ONE_VIEW = 0.60  # a class whose outlines are that alike stands before one background, and they show no more than that
_LEAST_NEAR = 0.88  # cosine; under it nothing is a near-duplicate, however unlike the others are
_BY_CHANCE = 0.01  # of the pictures may have a near-duplicate
_LEAST_PAIRS = 20  # fewer say nothing of chance


@dataclass(frozen=True)
class Found:
    """The bursts of some shots, in the order of the shots."""

    bursts: list[str]
    ties: dict[str, Tie]  # by burst, what most of it was joined by; none for a picture alone


def find(shots: Sequence[Shot]) -> Found:
    """Return the burst of each shot: as known, else named by the first of its pictures in the order of their names.

    The order of the shots makes no difference, nor does it when some are known by an earlier call.
    """
    order = sorted(range(len(shots)), key=lambda place: (shots[place].label, counted(shots[place].name)))
    in_turn = [shots[place] for place in order]
    joined = _Joined([shot.burst for shot in in_turn])
    if shots:
        pictures = Pictures(in_turn)
        in_sessions = orders.sessions(pictures)
        for left, right, tie in orders.neighbours(pictures) if in_sessions is None else in_sessions:
            joined.join(left, right, tie)
        for left, right in _near_duplicates(pictures):
            joined.join(left, right, "likeness")
    names, ties = joined.bursts([shot.id for shot in in_turn])
    bursts = dict(zip(order, names, strict=True))
    return Found([bursts[place] for place in range(len(shots))], ties)


class _Joined:
    """Pictures that are joined pair by pair; bursts that are known stay apart."""

    def __init__(self, known: Sequence[str | None]) -> None:
        self._known = list(known)
        self._by: list[Counter[Tie]] = [Counter() for _ in known]
        first: dict[str, int] = {}
        self._above = [
            place if burst is None else first.setdefault(burst, place) for place, burst in enumerate(self._known)
        ]

    def join(self, left: int, right: int, tie: Tie) -> None:
        """Make one burst of those of two pictures."""
        top, under = sorted((self._top(left), self._top(right)))
        if top == under or None not in (self._known[top], self._known[under]):
            return
        self._above[under] = top
        self._known[top] = self._known[top] or self._known[under]
        self._by[top] += self._by[under]
        self._by[top][tie] += 1

    def bursts(self, ids: Sequence[str]) -> tuple[list[str], dict[str, Tie]]:
        """Return the name of each picture's burst, and what most of a burst was joined by."""
        tops = [self._top(place) for place in range(len(ids))]
        names = [self._known[top] or ids[top] for top in tops]
        return names, {
            name: self._by[top].most_common(1)[0][0] for name, top in zip(names, tops, strict=True) if self._by[top]
        }

    def _top(self, place: int) -> int:
        while self._above[place] != place:
            self._above[place] = place = self._above[self._above[place]]
        return place


def _near_duplicates(pictures: Pictures) -> list[tuple[int, int]]:
    """Return the pairs of a class that are near-duplicates, the most alike first."""
    found: list[tuple[float, int, int]] = []
    for members in pictures.classes:
        cosines, outlines = pictures.likeness(*pairs(members))
        least = _least_near(cosines, len(members))
        one_view = len(outlines) >= _LEAST_PAIRS and bool(np.median(outlines) >= _ONE_VIEW)
        for start, cosine, outline in pictures.blocks(members):
            near = cosine >= least
            if not one_view:
                near |= (outline >= reserve.SAME_OUTLINE) & (cosine >= _BESIDE_OUTLINES)
            row, column = np.nonzero(np.triu(near, start + 1))
            left, right = members[row + start], members[column]
            together = ~(np.abs(pictures.gaps(left, right)) > reserve.VISIT_S)  # a fixed camera shows the same tomorrow
            found += zip(-cosine[row, column][together], left[together].tolist(), right[together].tolist(), strict=True)
    return [(left, right) for _, left, right in sorted(found)]


def _least_near(cosines: Floats, pictures: int) -> float:
    """Return the cosine that chance gives to one picture in a hundred of a class, by the cosines of some pairs.

    ln(1 − cosine) of independent photographs falls off exponentially towards the most alike, so that two percentiles
    tell the rest (of 17,700 pairs of clothing 0.902 was to be expected once and 0.906 was seen; of produce 0.970 and
    0.973). Where many pairs are near-duplicates the fall looks slow, and what holds for all sets stands.
    """
    if len(cosines) < _LEAST_PAIRS:
        return reserve.NEAR_DUPLICATE
    often, seldom = 0.25, 0.05
    upper, outer = np.quantile(np.log(np.maximum(1 - cosines, 1e-4)), [often, seldom])
    fall = (upper - outer) / np.log(often / seldom)
    expected = 1 - np.exp(upper - fall * np.log(often * pictures / _BY_CHANCE))
    return float(np.clip(expected, _LEAST_NEAR, reserve.NEAR_DUPLICATE))
