"""The tagged frames of one role in memory: rows, labels, bursts; and which of them look alike.

Frames stand in the order of their bursts' names and their ids, and bursts are drawn by their names: numbers are one
database's, and devices that were told the same have to come to the same, to the last bit.

To find near-duplicates without going through all rows, each has a sketch: its numbers, with random signs,
summed up in 128 heaps, which keeps squared distances to within an eighth or so (Charikar, Chen,
Farach-Colton, "Finding frequent items in data streams", 2002). Sketches choose the candidates, rows decide.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from edge_brain.records import Change

_SKETCH = 128
_WIDER = 2.0  # candidates may be so much farther, squared, in the sketch than in truth

_Of = TypeVar("_Of")
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Tally:
    """How many frames of a class a burst has that one device took."""

    label: str
    device: str | None  # None: this one
    burst: int
    burst_name: str
    frames: int


@dataclass(frozen=True)
class Selection:
    """Some frames, burst by burst: rows int8 (n, views, d), who they are, their burst numbers (n,)."""

    rows: NDArray[np.int8]
    frames: list[Change]  # `after` is what they are tagged as
    bursts: NDArray[np.intp]

    @cached_property
    def floats(self) -> NDArray[np.float32]:
        """The rows of the frames as they are, float32 (n, d), made once: what a classifier multiplies."""
        return self.rows[:, 0].astype(np.float32)


class Roll:
    """Frames of one role, put, relabelled and taken away in any order; arrays that grow by doubling."""

    def __init__(self, length: int, views: int = 1) -> None:
        self.tallies: dict[str, Counter[int]] = {}  # label → burst → frames
        self.taken: dict[str | None, Counter[int]] = {}  # device that took them → burst → frames
        self._keys: dict[int, int] = {}  # burst → what stands for its name, in an order of chance
        self._rows = np.zeros((64, views, length), np.int8)
        self._frames: list[Change] = []
        self._places: dict[int, int] = {}  # frame number → index of its row
        self._all: Selection | None = None
        self._sketches = np.zeros((0, _SKETCH), np.float32)
        self._sketched = 0  # how many rows, from the first, have a sketch
        self._signs = np.random.default_rng(0).choice(np.array([-1, 1], np.float32), length)

    def __len__(self) -> int:
        return len(self._frames)

    def held(self, frame: int) -> tuple[str, NDArray[np.int8]] | None:
        """Return label and rows (views, d) of a frame, None for one that is not here."""
        place = self._places.get(frame)
        return None if place is None else (self._frames[place].after or "", self._rows[place].copy())

    def apply(self, change: Change, rows: NDArray[np.int8]) -> None:
        """Put a frame in, give it another label or other views, or take it away; `rows` (views, d) are its own."""
        self._all = None
        place = self._places.get(change.frame)
        if place is not None:
            self._count(self._frames[place], -1)
        if change.after is None:
            self._remove(change.frame)
            return
        self._count(change, +1)
        if place is not None:
            self._frames[place], self._rows[place] = change, rows
            return
        self.hold(change, rows)

    def count(self, tally: Tally) -> None:
        """Count frames that are not held: what is asked of tallies alone is answered as if they were."""
        self._keys[tally.burst] = _key(tally.burst_name)
        _add(self.tallies, tally.label, tally.burst, tally.frames)
        _add(self.taken, tally.device, tally.burst, tally.frames)

    def hold(self, change: Change, rows: NDArray[np.int8]) -> None:
        """Put a frame in that is counted."""
        self._all = None
        place = self._places[change.frame] = len(self._frames)
        if place == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[place] = rows
        self._frames.append(change)

    def all(self) -> Selection:
        """Return all frames; the same object until something changes."""
        if self._all is None:
            self._all = self.select(None)
        return self._all

    def select(self, bursts: set[int] | None) -> Selection:
        """Return the frames of some bursts, or of all."""
        chosen = [place for place, frame in enumerate(self._frames) if bursts is None or frame.burst in bursts]
        places = sorted(chosen, key=self._name)
        frames = [self._frames[place] for place in places]
        return Selection(self._rows[places], frames, np.array([frame.burst for frame in frames], np.intp))

    def some_bursts(self, frames: int, most: int | None = None) -> set[int]:
        """Return bursts, at most so many, that hold about so many frames in all, each class in its turn.

        They are the same for the same roll, and the first of them for any number of frames.
        """
        if not self.tallies:
            return set()
        drawn_in_turn = zip(*map(self._in_turn, self.tallies.values()), strict=True)
        bursts, turns, keys, sizes = (np.concatenate(each) for each in drawn_in_turn)
        order = np.lexsort((keys, turns))
        drawn, first = np.unique(bursts[order], return_index=True)  # a burst may show in several classes
        held = np.zeros(len(drawn), np.int64)
        np.add.at(held, np.searchsorted(drawn, bursts), sizes)
        rank = np.argsort(first)
        before = np.cumsum(held[rank]) - held[rank]
        return set(drawn[rank][before < frames][:most].tolist())

    def _name(self, place: int) -> tuple[str, str]:
        frame = self._frames[place]
        return frame.burst_name, frame.id

    def _in_turn(self, tally: Counter[int]) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Return the bursts of a class, the place and the key of each in an order of chance, how many frames it has."""
        bursts, sizes = (np.fromiter(each, np.int64, len(tally)) for each in (tally.keys(), tally.values()))
        keys = np.fromiter((self._keys[burst] for burst in tally), np.int64, len(tally))
        return bursts, np.argsort(np.argsort(keys)), keys, sizes

    def _count(self, change: Change, sign: int) -> None:
        self.count(Tally(change.after or "", change.device, change.burst, change.burst_name, sign))

    def _remove(self, frame: int) -> None:
        place, last = self._places.pop(frame), len(self._frames) - 1
        self._rows[place], self._frames[place] = self._rows[last], self._frames[last]
        self._frames.pop()
        if place != last:
            self._places[self._frames[place].frame] = place
        self._sketched = min(self._sketched, place)

    def alike(self, row: NDArray[np.int8], label: str, least_cosine: float) -> list[tuple[float, Change]]:
        """Return the frames of a class whose rows have at least that cosine with this one, and the cosine."""
        if label not in self.tallies:
            return []
        self._sketch_the_rest()
        gaps = ((self._sketches[: len(self)] - self._sketch(row[None])) ** 2).sum(axis=1)
        near = np.flatnonzero(gaps <= _WIDER * 2 * (1 - least_cosine)).tolist()
        candidates = [place for place in near if self._frames[place].after == label]
        likeness = cosines(self._rows[candidates, 0], row).tolist()
        return [(each, self._frames[p]) for each, p in zip(likeness, candidates, strict=True) if each >= least_cosine]

    def _sketch_the_rest(self) -> None:
        if self._sketched == len(self):
            return
        if len(self._sketches) < len(self._rows):
            grown = np.zeros((len(self._rows), _SKETCH), np.float32)
            grown[: self._sketched] = self._sketches[: self._sketched]
            self._sketches = grown
        new = slice(self._sketched, len(self))
        self._sketches[new] = self._sketch(self._rows[new, 0])
        self._sketched = len(self)

    def _sketch(self, rows: NDArray[np.int8]) -> NDArray[np.float32]:
        signed = unit(rows) * self._signs
        padding = -signed.shape[1] % _SKETCH
        heaps = np.pad(signed, ((0, 0), (0, padding))).reshape(len(rows), -1, _SKETCH)
        return np.asarray(heaps.sum(axis=1))


def _add(tallies: dict[_Of, Counter[int]], of: _Of, burst: int, frames: int) -> None:
    """Count frames of a burst in, or, where it is a negative number, out; what has none left is gone."""
    tally = tallies.setdefault(of, Counter())
    tally[burst] += frames
    if not tally[burst]:
        del tally[burst]
    if not tally:
        del tallies[of]


def _key(name: str) -> int:
    """Return a number that brings bursts into an order of chance, on every machine the same."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big") >> 1


def together(first: Selection, second: Selection) -> Selection:
    """Return the frames of two selections, one after the other."""
    rows = np.concatenate([first.rows, second.rows])
    return Selection(rows, [*first.frames, *second.frames], np.concatenate([first.bursts, second.bursts]))


def unit(rows: NDArray[np.int8]) -> NDArray[np.float32]:
    """Return rows (n, d), each divided by its length."""
    floats = rows.astype(np.float32)
    return np.asarray(floats / np.maximum(np.linalg.norm(floats, axis=1, keepdims=True), 1.0))


def cosines(rows: NDArray[np.int8], row: NDArray[np.int8]) -> NDArray[np.float32]:
    """Return the cosines, shape (n,), of rows (n, d) with one row (d,)."""
    return np.asarray((unit(rows) @ unit(row[None]).T)[:, 0])
