"""What times and numbers say of scenes, which they do in one folder and not in the next: believed when pictures agree.

    order     pictures of a class one after the other: by the clock, by a number in their names, by their names
    alike     more so than 95 of 100 pairs of their class that lie half the order apart, by code or by outline
    believed  40 of 100 neighbours or more are alike; when those beyond some gap are not, gaps part scenes
    session   pictures of several classes taken in one go, where a folder consists of such series

Measured, of 100 neighbours: 86 are alike on exposures of one tile, 97 on video, 70 on series of one to five
photographs; where the numbers say nothing 9 to 21 (CIFAR, produce, hand signs), and 26 on one picture a class in the
order of the classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge_brain import reserve
from edge_brain.scenes.shots import Floats, Pictures, Places, pairs

Tie = Literal["time", "numbers", "likeness"]
Link = tuple[int, int, Tie]  # two pictures of one scene, and what says so
Flags = NDArray[np.bool_]

_BELIEVED, _DISPROVED = 0.4, 0.25  # share of neighbours that are alike
_LEAST = 20  # pairs; fewer prove nothing
_SAME_VIEW = 0.6  # of outlines of neighbours
_FEW = 4  # pictures; fewer have none that lie far apart
_RARE = 0.95  # of the pairs that are no neighbours less alike than what is called alike
_STEPS = (1, 2, 4, 8)  # from a picture to others of its scene
_SESSIONS = 8  # in which a class must show, if it has so many pictures: so few still leave it two in reserve
_MOST = 0.8  # of the pictures: have a number, are in a session of several classes
_SESSION_ALIKE = 0.15  # share of a session's pairs across classes that are alike; chance makes 0.1, students make 0.3


def neighbours(pictures: Pictures) -> Iterator[Link]:
    """Yield the pairs of each class that times or numbers make one scene."""
    together, values = np.zeros(len(pictures), np.intp), np.arange(len(pictures), dtype=np.float64)
    clock = _Order(pictures, "time", pictures.times, together)
    if clock.is_disproved(reserve.PAUSE_S):  # it tells when files were written, not when pictures were taken
        pictures.times[:] = np.nan
        clock = _Order(pictures, "time", pictures.times, together)
    named = _Order(pictures, "numbers", values, pictures.shapes)
    numbered = [_Order(pictures, "numbers", numbers, pictures.shapes) for numbers in pictures.numbers]
    settled = np.zeros(len(pictures), np.bool_)
    for order in (clock, *numbered):
        if order.parts_scenes():
            settled[order.left] = settled[order.right] = True
            yield from order.links(order.narrow())
    for order in (clock, named, *numbered):
        open_ = ~(settled[order.left] & settled[order.right])
        if order.is_believed():
            yield from order.links(order.alike_enough() & open_)
        elif order in (clock, named) and not order.is_disproved():
            yield from order.links(order.next_to() & open_)


@dataclass(frozen=True)
class _Line:
    """The pictures of one class in an order."""

    places: Places
    gaps: Floats  # from each to the next; infinite where one series ends and another begins
    bars: tuple[float, float]  # what makes a cosine and an outline alike
    varied: bool  # whether they show things unlike enough to disprove an order by

    def steps(self, step: int, widest: float) -> tuple[Places, Places]:
        """Return the pairs that are so many steps apart, with no gap between them wider than that."""
        parts = np.append(0, np.cumsum(self.gaps > widest))
        near = parts[step:] == parts[:-step]
        return self.places[:-step][near], self.places[step:][near]


class _Order:
    """Neighbours in an order, (n,) pairs within classes and series, and what is to be thought of it."""

    def __init__(self, pictures: Pictures, tie: Tie, values: Floats, series: Places) -> None:
        self._pictures, self._tie = pictures, tie
        self._lines = list(_lines(pictures, values, series))
        told = [(line, *line.steps(1, _ANY)) for line in self._lines]
        self.left = np.concatenate([_NO_PLACES, *(left for _, left, _ in told)])
        self.right = np.concatenate([_NO_PLACES, *(right for _, _, right in told)])
        self._bars = np.concatenate([np.empty((0, 2)), *(np.tile(line.bars, (len(left), 1)) for line, left, _ in told)])
        self._varied = np.repeat([line.varied for line in self._lines], [len(left) for _, left, _ in told])
        self._gaps = values[self.right] - values[self.left]
        self._likeness = pictures.likeness(self.left, self.right)
        self._alike = _above(self._likeness, self._bars)

    def is_believed(self) -> bool:
        """Say whether neighbours are more alike than chance makes them."""
        return len(self._alike) >= _LEAST and bool(self._alike.mean() >= _BELIEVED)

    def is_disproved(self, widest: float = np.inf) -> bool:
        """Say whether neighbours, up to a gap, are no more alike than chance makes them."""
        told = self._alike[self._varied & (self._gaps <= widest)]
        return len(told) >= _LEAST and bool(told.mean() < _DISPROVED)

    def parts_scenes(self) -> bool:
        """Say whether narrow gaps lie within scenes, and wide ones between them."""
        if len(self._alike) < _LEAST:
            return False
        wide = self._alike[self._gaps > self._widest]
        if len(wide) < _LEAST / 4 or wide.mean() >= _BELIEVED:
            return False
        within = np.concatenate([
            _above(self._pictures.likeness(*line.steps(step, self._widest)), np.array(line.bars))
            for line in self._lines for step in _STEPS
        ])  # fmt: skip
        return len(within) >= _LEAST and bool(within.mean() >= 0.5)

    @cached_property
    def _widest(self) -> float:
        """The gap up to which more neighbours are alike than not."""
        order = np.argsort(self._gaps, kind="stable")
        gaps, gained = self._gaps[order], np.cumsum(self._alike[order] - 0.5)
        gained[:-1][gaps[1:] == gaps[:-1]] = -np.inf  # equal gaps all or none
        return float(gaps[gained.argmax()])

    def narrow(self) -> Flags:
        """Return which neighbours no wide gap parts, whatever they show: of the exposures of a tile some are black."""
        return np.asarray((self._gaps <= self._widest) & self._on_one_visit())

    def alike_enough(self) -> Flags:
        """Return which neighbours are alike enough to be one scene when the order is believed."""
        bars = np.stack([self._bars[:, 0], np.maximum(self._bars[:, 1], _SAME_VIEW)], axis=1)
        bars[self._varied, 0] = np.minimum(bars[self._varied, 0], reserve.SAME_SCENE)
        return np.asarray(_above(self._likeness, bars) & self._on_one_visit())

    def next_to(self) -> Flags:
        """Return which neighbours are one scene though nothing is known of their order."""
        told = zip(self._likeness[0].tolist(), self._passed().tolist(), strict=True)
        return np.array([
            reserve.is_same_scene(cosine, None if np.isnan(gap) else gap, next_to=True) for cosine, gap in told
        ], np.bool_)  # fmt: skip

    def links(self, chosen: Flags) -> Iterator[Link]:
        """Yield the pairs that are chosen."""
        for left, right in zip(self.left[chosen].tolist(), self.right[chosen].tolist(), strict=True):
            yield left, right, self._tie

    def _on_one_visit(self) -> Flags:
        return ~(self._passed() > reserve.VISIT_S)

    def _passed(self) -> Floats:
        """Return the seconds from one to the next; nan where nobody knows, or the clock was set back meanwhile."""
        gaps = self._pictures.gaps(self.left, self.right)
        return np.where(gaps >= 0, gaps, np.nan)


_ANY = float(np.finfo(np.float64).max)  # gap, but the infinite one between two series
_NO_PLACES = np.empty(0, np.intp)
_ABSOLUTE = (reserve.SAME_SCENE, reserve.SAME_OUTLINE)


def _lines(pictures: Pictures, values: Floats, series: Places) -> Iterator[_Line]:
    for members in pictures.classes:
        known = members[np.isfinite(values[members])]
        places = known[np.lexsort((known, values[known], series[known]))]
        gaps = np.where(np.diff(series[places]) == 0, np.diff(values[places]), np.inf)
        bars, varied = _ABSOLUTE, False
        if len(places) >= _FEW:
            cosines, outlines = pictures.likeness(*pairs(places, apart=max(2, len(places) // 2)))
            bars = float(np.quantile(cosines, _RARE)), float(np.quantile(outlines, _RARE))
            varied = bool(np.median(cosines) < reserve.SCENE_CHANGE)
        yield _Line(places, gaps, bars, varied)


def _above(likeness: tuple[Floats, Floats], bars: Floats) -> Flags:
    """Return which of (n,) pairs are above their bars, (n, 2) or (2,), with their codes or their outlines."""
    return np.asarray((likeness[0] > bars[..., 0]) | (likeness[1] > bars[..., 1]))


# ── sessions ────────────────────────────────────────────────────────────────────────────────────


def sessions(pictures: Pictures) -> list[Link] | None:
    """Return the pairs that follow each other in the sessions of which a folder consists; None when it does not.

    Then a session is the burst: one who makes all the signs makes them all with the same hand.
    """
    common = np.bincount(pictures.shapes).argmax()
    numbers = [np.where(pictures.shapes == common, column, np.nan) for column in pictures.numbers]
    in_turn: list[tuple[Tie, Floats, float]] = [("time", pictures.times, reserve.PAUSE_S)]
    in_turn += [("numbers", column, 1.0) for column in numbers]
    for tie, values, pause in in_turn:
        line = np.argsort(values, kind="stable")[: int(np.isfinite(values).sum())]
        gaps = np.diff(values[line])
        if len(line) < max(2, _MOST * len(pictures)) or (tie == "numbers" and (gaps == 0).any()):
            continue  # numbers that several pictures have do not run on from class to class
        if _are_sessions(pictures, line, np.append(0, np.cumsum(gaps > pause))):
            near = gaps <= pause
            return [(left, right, tie) for left, right in zip(line[:-1][near], line[1:][near], strict=True)]
    return None


def _are_sessions(pictures: Pictures, line: Places, session: Places) -> bool:
    """Say whether what was taken in one go is alike across classes, and each class shows in enough sessions."""
    label = pictures.class_of[line]
    shown = np.unique(np.stack([session, label], axis=1), axis=0)
    sessions_of = np.bincount(shown[:, 1], minlength=len(pictures.classes))
    if session[-1] + 1 < _SESSIONS or (sessions_of < np.minimum(_SESSIONS, np.bincount(pictures.class_of))).any():
        return False
    if (np.bincount(shown[:, 0])[session] > 1).mean() < _MOST:
        return False

    def likeness(left: Places, right: Places, *, together: bool) -> tuple[Floats, Floats]:
        chosen = (label[left] != label[right]) & ((session[left] == session[right]) == together)
        return pictures.likeness(line[left[chosen]], line[right[chosen]])

    place = np.arange(len(line))
    cosines, outlines = likeness(*pairs(place), together=False)
    if len(cosines) < _LEAST:
        return False
    bars = np.array([np.quantile(cosines, _RARE), np.quantile(outlines, _RARE)])
    within = np.concatenate(
        [_above(likeness(place[:-step], place[step:], together=True), bars) for step in _STEPS if step < len(place)]
    )
    return len(within) >= _LEAST and bool(within.mean() >= _SESSION_ALIKE)
