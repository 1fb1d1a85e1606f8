"""Makes room on a device that nobody looks after: what may go, in which order, and how much of it.

    1. untagged frames of which a better, or tagged, near-duplicate stays       those first that were last
    2. untagged frames                                                          seen longest ago

Tagged frames, reserved ones among them, and copies of the database are never dropped: when nothing else is left it
says so. Every drop is counted in the brain (`Brain.drops`).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from edge_brain import ballast, clock, files, head
from edge_brain.brain import Brain
from edge_brain.errors import BadInput
from edge_brain.field import twins
from edge_brain.records import Dropped
from edge_brain.store.thinning import Spare

FLOOR_BYTES = 500 * 2**20
BALLAST_BYTES = 8 * 2**20
_SLACK = 0.05  # of the quota or the floor: room for some more, else each frame that comes drives out one
_WINDOW = 2048  # untagged frames that are compared with one another: 10 MiB of rows
_SEARCHED = 4  # windows; a service that only has to drop what is oldest must not look through everything each time
_AT_ONCE = 64  # frames that go in one transaction: others wait for it


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
        self._brain, self._thinning = brain, brain.store.thinning
        self._quota, self._floor, self._ballast = quota_bytes, floor_bytes, ballast_bytes
        self._swept = False

    def make(self) -> Dropped:
        """Drop what has to go, lay the ballast when there is room for it, and say how it stands."""
        self._thinning.clear_leavings()  # of one that was killed
        self._sweep()
        by_reason, missing = self._drop(*self._due())
        if self._ballast and _free(self._brain.folder) >= 2 * self._ballast:
            ballast.lay(self._brain.folder, self._ballast)
        used, free = self._used(), _free(self._brain.folder)
        return Dropped(by_reason, used, free, missing <= 0, _advice(missing) if missing > 0 else "")

    def _drop(self, over: int, under: int) -> tuple[dict[str, tuple[int, int]], int]:
        """Drop frames until the folder is no more `over`, the disk no more `under`; return what went, and what lacks.

        What goes is counted, not measured again: a file system may give its room back later.
        """
        by_reason: dict[str, tuple[int, int]] = {}
        if max(over, under) > 0:
            for why, some in self._to_go():
                unused = self._thinning.unused_bytes()
                frames, size = self._thinning.drop(some, why, clock.now())
                before = by_reason.get(why, (0, 0))
                by_reason[why] = before[0] + frames, before[1] + size
                under -= size
                over -= size + self._thinning.unused_bytes() - unused
                if max(over, under) <= 0:
                    break
        return {why: went for why, went in by_reason.items() if went[0]}, max(over, under)

    def _due(self) -> tuple[int, int]:
        """Return by how much the folder is over its quota, and the disk under its floor: some more than it is."""
        to_lay = 0 if ballast.lies(self._brain.folder) else self._ballast
        over, under = 0, self._floor - (_free(self._brain.folder) - to_lay)
        under = under + int(_SLACK * self._floor) if under > 0 else 0
        if self._quota is not None:
            over = self._used() + to_lay - self._quota
            over = over + int(_SLACK * self._quota) if over > 0 else 0
        return over, under

    def _used(self) -> int:
        return files.size(self._brain.folder) - self._thinning.unused_bytes()

    def _to_go(self) -> Iterator[tuple[str, list[Spare]]]:
        """Yield the frames that may go and why, most dispensable first, some at a time."""
        spare, gone = self._thinning.spare(), set[int]()
        for start in range(0, min(len(spare), _SEARCHED * _WINDOW), _WINDOW):
            for some in _parts(self._near_duplicates(spare[start : start + _WINDOW])):
                gone.update(each.number for each in some)
                yield "near-duplicate", some
        for some in _parts([each for each in spare if each.number not in gone]):
            yield "untagged", some

    def _near_duplicates(self, window: list[Spare]) -> list[Spare]:
        codes = self._thinning.codes(window)
        window = [each for each in window if each.number in codes]
        if not window:
            return []
        length, zero_point = (int(self._brain.store.setting(key)) for key in ("code_length", "zero_point"))
        rows = head.plain_rows([codes[each.number] for each in window], length, zero_point)
        tagged = (head.plain_rows(some, length, zero_point) for some in self._thinning.tagged_codes(_WINDOW))
        found = twins.spare(rows, [each.sharpness for each in window], tagged)
        return [window[place] for place in np.flatnonzero(found)]

    def _sweep(self) -> None:
        """Remove what killed writers have left, once: since then nobody was killed but others."""
        if not self._swept:
            files.sweep_below(self._brain.folder)
            self._swept = True


def _advice(missing: int) -> str:
    return (
        f"{missing / 2**20:.1f} MiB more are wanted, and no untagged frame is left that could go; tagged ones never "
        "do. Raise the quota, free space on the disk, or move the brain to a larger one"
    )


def _parts(spare: list[Spare]) -> Iterator[list[Spare]]:
    for start in range(0, len(spare), _AT_ONCE):
        yield spare[start : start + _AT_ONCE]


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free
