"""What a brain of many devices holds, in numbers and piece by piece: never all of it at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from edge_brain import clock
from edge_brain.records import Change, Role
from edge_brain.roll import Tally
from edge_brain.store.codes import CODES, checked_code, checked_views
from edge_brain.store.reading import Reader

_AT_ONCE = 1024  # frames, with their codes
_AHEAD_S = 300.0  # that a clock may be ahead before it is told


@dataclass(frozen=True)
class Coded:
    """Learned frames with their classes, their codes, and those of their views."""

    labels: list[str]
    codes: list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Said:
    """What one device has said."""

    device: str
    events: int
    numbers: int  # that they have, each counted once
    first: int  # the least of them
    last: int


class Census:
    """Counts and reads the frames of one store."""

    def __init__(self, store: Reader) -> None:
        self._store, self._database = store, store.database

    def tallies(self, role: Role) -> list[Tally]:
        """Return how many frames of a role each burst has, by class and by the device that took them."""
        rows = self._database.rows(
            """SELECT tags.label, device, tags.burst, bursts.name, count(*)
                 FROM tags JOIN frames ON frames.number = tags.frame JOIN bursts ON bursts.number = tags.burst
                WHERE tags.role = ? GROUP BY tags.label, device, tags.burst""",
            (role,),
        )
        return [Tally(*row) for row in rows]

    def classes(self) -> Counter[tuple[str, Role]]:
        """Return how many frames there are of each class and role."""
        rows = self._database.rows("SELECT label, role, count(*) AS frames FROM tags GROUP BY label, role")
        return Counter({(row["label"], row["role"]): row["frames"] for row in rows})

    def first_of_classes(self) -> list[str]:
        """Return the frame of each class that came first, by the names of the classes."""
        query = (
            "SELECT id FROM frames JOIN (SELECT label, min(frame) AS first FROM tags GROUP BY label) ON number = first"
        )
        return [row["id"] for row in self._database.rows(f"{query} ORDER BY label")]

    def learned_in(self, bursts: Collection[int]) -> list[Change]:
        """Return the learned frames of some bursts."""
        query = "SELECT frame FROM tags WHERE role = 'learned' AND burst IN"
        frames = [row["frame"] for rows in self._database.among(query, bursts) for row in rows]
        return [change for part in _parts(frames) for change in self._store.tagged(part)]

    def reserved(self) -> Iterator[list[Change]]:
        """Yield all reserved frames, some at a time."""
        for part in _parts(self._numbers("reserved")):
            yield self._store.tagged(part)

    def learned_codes(self, at_once: int) -> Iterator[Coded]:
        """Yield classes and codes of all learned frames, so many at a time."""
        query = f"""SELECT tags.label, {CODES} FROM tags JOIN codes ON codes.frame = tags.frame
                 LEFT JOIN view_codes ON view_codes.frame = codes.frame WHERE tags.frame IN"""
        for part in _parts(self._numbers("learned"), at_once):
            rows = [row for some in self._database.among(query, part) for row in some]
            yield Coded([row["label"] for row in rows], [(checked_code(row), checked_views(row)) for row in rows])

    def said(self) -> list[Said]:
        """Return what each device has said, in the order of their ids."""
        rows = self._database.rows(
            """SELECT device, count(*), count(DISTINCT sequence), min(sequence), max(sequence)
                 FROM events GROUP BY device ORDER BY device"""
        )
        return [Said(*row) for row in rows]

    def ahead(self, now: float) -> dict[str, float]:
        """Return by how many seconds the clocks of devices are ahead of a wall time, of those by which it matters.

        Who has heard of a later reading goes on from there: so of each moment only the first to tell of it counts.
        """
        rows = self._database.rows(
            """SELECT device, max(first) AS clock FROM (
                   SELECT device, min(clock) AS first FROM events WHERE clock > :now GROUP BY clock / :moment)
             GROUP BY device ORDER BY device""",
            {"now": clock.earliest(now + _AHEAD_S), "moment": clock.MILLISECOND},
        )
        return {row["device"]: clock.wall_time(row["clock"]) - now for row in rows}

    def events(self) -> int:
        """Return how many events there are."""
        return int(self._database.value("SELECT count(*) FROM events"))

    def frames(self) -> int:
        """Return how many frames there are, also those that wait for a code."""
        return int(self._database.value("SELECT count(*) FROM frames"))

    def _numbers(self, role: Role) -> list[int]:
        return [row[0] for row in self._database.rows("SELECT frame FROM tags WHERE role = ? ORDER BY frame", (role,))]


def _parts(numbers: list[int], at_once: int = _AT_ONCE) -> Iterator[list[int]]:
    for start in range(0, len(numbers), at_once):
        yield numbers[start : start + at_once]
