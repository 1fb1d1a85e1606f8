"""The pictures of a folder, ready to be compared: arrays of what their codes, outlines, clocks and names say.

What follows from it is `orders` and `scenes`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.intp]  # of pictures

_ONE_SECOND = 30  # pictures; more were not taken in one second, but written
_CLOCK_SET_S = 5 * 365 * 86400.0  # a longer gap is a clock that was set
_STAND_FOR_ALL = 128  # pictures whose pairs stand for those of all
_NUMBERS = 8  # in a name, from its end
_DIGITS = 15  # of a number, its last: a float holds so many


@dataclass(frozen=True)
class Shot:
    """A picture of a folder and what can tell its scene."""

    id: str
    label: str
    name: str  # its path, without that of its class's folder
    taken_at: float | None
    row: NDArray[np.int8]  # of its code
    outline: NDArray[np.int8]  # of its thumbnail
    burst: str | None = None  # where it is known


class Pictures:
    """Shots in the order of their names; what they say as arrays, and how alike any of them are."""

    def __init__(self, shots: Sequence[Shot]) -> None:
        self._rows, self._outlines = _unit([shot.row for shot in shots]), _unit([shot.outline for shot in shots])
        numbers = {label: number for number, label in enumerate(sorted({shot.label for shot in shots}))}
        self.class_of = np.array([numbers[shot.label] for shot in shots], np.intp)
        self.classes = [np.flatnonzero(self.class_of == number) for number in numbers.values()]
        self.times = _times(shots)
        self.shapes, self.numbers = _numbers(shots)

    def __len__(self) -> int:
        return len(self.class_of)

    def likeness(self, left: Places, right: Places) -> tuple[Floats, Floats]:
        """Return the cosines of the codes and of the outlines of pairs, each (n,)."""
        cosines, outlines = np.empty(len(left)), np.empty(len(left))
        for start in range(0, len(left), 1024):
            block = slice(start, start + 1024)
            for rows, told in ((self._rows, cosines), (self._outlines, outlines)):
                np.einsum("nd,nd->n", rows[left[block]], rows[right[block]], out=told[block])
        return cosines, outlines

    def blocks(self, members: Places) -> Iterator[tuple[int, NDArray[np.float32], NDArray[np.float32]]]:
        """Yield the cosines of codes and outlines of some members with all, each (m, n), and the index of the first."""
        rows, outlines = self._rows[members], self._outlines[members]
        for start in range(0, len(members), 256):
            block = slice(start, start + 256)
            yield start, rows[block] @ rows.T, outlines[block] @ outlines.T

    def gaps(self, left: Places, right: Places) -> Floats:
        """Return the seconds from one picture of each pair to the other; nan where the clocks say nothing of it."""
        seconds = self.times[right] - self.times[left]
        return np.where(np.abs(seconds) < _CLOCK_SET_S, seconds, np.nan)


def pairs(members: Places, apart: int = 1) -> tuple[Places, Places]:
    """Return the pairs of members, or of some that stand for them, that have so many places between them."""
    count = min(len(members), _STAND_FOR_ALL)
    chosen = np.linspace(0, len(members) - 1, count).astype(np.intp)
    left, right = np.triu_indices(count, 1)
    far = chosen[right] - chosen[left] >= apart
    return members[chosen[left[far]]], members[chosen[right[far]]]


def counted(name: str) -> list[tuple[int, str]]:
    """Return what to sort names by, as a person would count them."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in _split(name)]


def _split(name: str) -> list[str]:
    return re.split("([0-9]+)", name)


def _unit(rows: Sequence[NDArray[np.int8]]) -> NDArray[np.float32]:
    floats = np.stack(rows).astype(np.float32)
    return np.asarray(floats / np.maximum(np.linalg.norm(floats, axis=1, keepdims=True), 1.0))


def _times(shots: Sequence[Shot]) -> Floats:
    """Return when the shots were taken, seconds since 1970; nan where nobody knows."""
    seconds = Counter(int(shot.taken_at) for shot in shots if shot.taken_at is not None)
    known = [shot.taken_at is not None and seconds[int(shot.taken_at)] <= _ONE_SECOND for shot in shots]
    return np.array([shot.taken_at if told else np.nan for shot, told in zip(shots, known, strict=True)], np.float64)


def _numbers(shots: Sequence[Shot]) -> tuple[Places, list[Floats]]:
    """Return which names are alike but for their numbers, and their last, last but one … number; nan where is none."""
    parts = [_split(_without(shot.label, re.sub(r"\.[^./]*$", "", shot.name))) for shot in shots]
    found: dict[tuple[str, ...], int] = {}
    shapes = np.array([found.setdefault(tuple(part[::2]), len(found)) for part in parts], np.intp)
    numbers = [[float(digits[-_DIGITS:]) for digits in part[1::2]][::-1][:_NUMBERS] for part in parts]
    columns = np.full((max(map(len, numbers), default=0), len(shots)), np.nan)
    for place, told in enumerate(numbers):
        columns[: len(told), place] = told
    return shapes, list(columns)


def _without(label: str, name: str) -> str:
    """Return a name without that of its class, if it begins with a letter: glass12.jpg and metal12.jpg are alike."""
    return re.sub(re.escape(label), "@", name, flags=re.IGNORECASE) if label[0].isalpha() else name
