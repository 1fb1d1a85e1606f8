"""Makes room on a device that nobody looks after: what may go, in which order, and how much of it.

    0. picture files of no frame, left behind by writers that were killed or found the disk full
    1. frames that a person has discarded, those that were never tagged
    2. untagged frames of which a better, or tagged, near-duplicate stays       those first that were last
    3. untagged frames                                                          seen longest ago

Tagged frames, reserved ones among them, and copies of the database are never dropped: when nothing else is left it
says so. Every drop is counted in the brain (`Brain.drops`).
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from edge_brain import ballast, clock, files, head
from edge_brain.brain import Brain
from edge_brain.errors import BadInput
from edge_brain.field import twins
from edge_brain.outcomes import Dropped
from edge_brain.store.thinning import Spare, Thinning

FLOOR_BYTES = 500 * 2**20
BALLAST_BYTES = 8 * 2**20
_SLACK = 0.05  # of the quota or the floor: room for some more, else each frame that comes drives out one
_WINDOW = 2048  # untagged frames that are compared with one another: 10 MiB of rows
_SEARCHED = 4  # windows; a service that only has to drop what is oldest must not look through everything each time
_Answer = TypeVar("_Answer")
_AT_ONCE = 64  # frames that go in one transaction: others wait for it


@dataclass
class _Need:
    """How many bytes the folder is over its quota, and the disk under its floor, and some more."""

    over: int
    under: int
    free: int  # bytes that the disk shall have free in the end

    @property
    def due(self) -> int:
        return max(self.over, self.under)


class Room:
    """Keeps a brain within a quota, and the file system it lies on above a floor."""

    def __init__(
        self,
        brain: Brain,
        *,
        quota_bytes: int | None = None,
        floor_bytes: int = FLOOR_BYTES,
        ballast_bytes: int = BALLAST_BYTES,
    ) -> None:
        """Take a brain, how much its folder may hold (None: anything) and how much has to stay free on its disk."""
        if min(quota_bytes or 0, floor_bytes, ballast_bytes) < 0:
            raise BadInput("a quota, a floor and ballast are numbers of bytes, 0 or more")
        self._brain = brain
        self._quota, self._floor, self._ballast = quota_bytes, floor_bytes, ballast_bytes
        self._swept = False

    def make(self) -> Dropped:
        """Drop what has to go, lay the ballast when there is room for it, and say how it stands."""
        self._ask(Thinning.clear_leavings)  # of one that was killed
        self._sweep()
        need, by_reason = self._need(), dict[str, tuple[int, int]]()
        if need.due > 0:
            strays = self._ask(lambda thinning: thinning.clear_strays(clock.now()))
            if strays[0]:
                by_reason["stray"], need = strays, self._need()
        by_reason |= self._drop(need)
        if self._ballast and _free(self._brain.folder) >= 2 * self._ballast:
            ballast.lay(self._brain.folder, self._ballast)
        return Dropped(by_reason, self._used(), _free(self._brain.folder), need.due <= 0, _advice(need.due))

    def _ask(self, ask: Callable[[Thinning], _Answer]) -> _Answer:
        """Ask the store, which threads may share one at a time."""
        with self._brain.alone:
            return ask(self._brain.store.thinning)

    def _drop(self, need: _Need) -> dict[str, tuple[int, int]]:
        """Drop frames until nothing is due, or none is left; return how many went and why, and bytes of their files.

        A file system may give room back later than it was told to, and another process may drop as well: what is due
        on the disk is the less of what was counted and of what is measured.
        """
        frames, sizes, held = Counter[str](), Counter[str](), self._ask(Thinning.held_bytes)
        for why, spare in self._to_go(need) if need.due > 0 else ():
            for some in _parts(spare, need):
                gone, size = self._ask(lambda thinning: thinning.drop(some, why, clock.now()))  # noqa: B023
                frames[why] += gone
                sizes[why] += size
                before, held = held, self._ask(Thinning.held_bytes)
                need.over -= before - held
                need.under = min(need.under - size, need.free - _free(self._brain.folder))
            if need.due <= 0:
                break
        return {why: (gone, sizes[why]) for why, gone in frames.items() if gone}

    def _need(self) -> _Need:
        to_lay = 0 if ballast.lies(self._brain.folder) else self._ballast
        over, free = 0, _free(self._brain.folder) - to_lay
        if self._quota is not None and (over := self._used() + to_lay - self._quota) > 0:
            over += int(_SLACK * self._quota)
        wanted = self._floor if free >= self._floor else self._floor + int(_SLACK * self._floor)
        return _Need(max(over, 0), max(wanted - free, 0), wanted + to_lay)

    def _used(self) -> int:
        """Return what the folder holds; of the database what is in it, for its log and its empty pages come and go."""
        path = self._brain.store.database.path
        beside = [path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")]
        own = sum(each.stat().st_size for each in beside if each.exists())
        return files.size(self._brain.folder) - own + self._ask(Thinning.database_bytes)

    def _to_go(self, need: _Need) -> Iterator[tuple[str, list[Spare]]]:
        """Yield why frames may go, and which in which order, most dispensable first.

        Those whose pictures are elsewhere come last, and only for the quota: on the disk their rows free nothing.
        """
        found, alike = self._ask(Thinning.spare), set[int]()
        every, away = ([each for each in found if bool(each.away) is elsewhere] for elsewhere in (False, True))
        yield "discarded", [each for each in every if each.discarded]
        spare = [each for each in every if not each.discarded]
        for start in range(0, min(len(spare), _SEARCHED * _WINDOW), _WINDOW):
            twins_of = self._near_duplicates(spare[start : start + _WINDOW])
            alike.update(each.number for each in twins_of)
            yield "near-duplicate", twins_of
        yield "untagged", [each for each in spare if each.number not in alike]
        if need.over > 0:
            yield "untagged", away

    def _near_duplicates(self, window: list[Spare]) -> list[Spare]:
        codes = self._codes([each.number for each in window])
        window = [each for each in window if each.number in codes]
        if not window:
            return []
        rows, told = self._rows([codes[each.number] for each in window]), self._ask(Thinning.tagged)
        others = (self._rows([*self._codes(part).values()]) for part in _cut(told, _WINDOW))
        found = twins.spare(rows, [each.sharpness for each in window], others)
        return [window[place] for place in np.flatnonzero(found)]

    def _codes(self, numbers: Sequence[int]) -> dict[int, bytes]:
        return self._ask(lambda thinning: thinning.codes(numbers))

    def _rows(self, codes: Sequence[bytes]) -> NDArray[np.int8]:
        with self._brain.alone:
            length, zero_point = (int(self._brain.store.setting(key)) for key in ("code_length", "zero_point"))
        return head.plain_rows(codes, length, zero_point)

    def _sweep(self) -> None:
        """Remove what killed writers have left, once: since then nobody was killed but others."""
        if not self._swept:
            files.sweep_below(self._brain.folder)
            self._swept = True


def _advice(missing: int) -> str:
    if missing <= 0:
        return ""
    return (
        f"{missing / 2**20:.1f} MiB more are wanted, and no untagged frame is left that could go; tagged ones never "
        "do. Raise the quota, free space on the disk, or move the brain to a larger one"
    )


def _parts(spare: Sequence[Spare], need: _Need) -> Iterator[list[Spare]]:
    """Yield the first frames, a few at a time, while bytes are due."""
    part, size = list[Spare](), 0
    for each in spare:
        if need.due <= 0:
            return
        part.append(each)
        size += each.bytes
        if len(part) == _AT_ONCE or size >= need.due:
            yield part
            part, size = [], 0
    if part:
        yield part


def _cut(numbers: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free
