"""Which bursts are one scene: those that share a frame, on whatever devices it was tagged.

The first event of a scene says which burst stands for it and what its role is. The others are joined to that
burst. Only events decide, so that whoever has seen the same ones has the same scenes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from edge_brain.database import Database
from edge_brain.records import Role
from edge_brain.store.frames import delete_empty_burst
from edge_brain.store.order import EARLIEST_FIRST

_AT_ONCE = 500  # numbers in one query


@dataclass(frozen=True)
class Scene:
    """Bursts that have to be joined, or joined otherwise, or need another role."""

    bursts: tuple[int, ...]
    first: int  # of the bursts: that stands for all
    role: Role
    is_news: bool  # they had a role before, and frames of them may be learned


def unsettled(database: Database, frames: Iterable[int]) -> Iterator[Scene]:
    """Yield the scenes of some frames that do not stand yet as their events say."""
    for scene in _linked(database, frames):
        marks = ", ".join("?" * len(scene))
        members = database.rows(
            f"SELECT number, role, coalesce(joined, number) AS stands FROM bursts"
            f" WHERE number IN ({marks}) OR joined IN ({marks})",
            [*scene, *scene],
        )
        bursts = tuple(row["number"] for row in members)
        first = _first(database, bursts)
        if first is not None and any((row["stands"], row["role"]) != first for row in members):
            yield Scene(bursts, *first, any(row["role"] for row in members))


def frames_of(database: Database, scene: Scene) -> list[int]:
    """Return the frames of a scene, also those that were never tagged."""
    marks = ", ".join("?" * len(scene.bursts))
    return [row["number"] for row in database.rows(f"SELECT number FROM frames WHERE burst IN ({marks})", scene.bursts)]


def settle(database: Database, scene: Scene) -> None:
    """Let a scene stand as its events say; its tagged frames, which have no tag meanwhile, are still to be brought."""
    for burst in scene.bursts:
        joined = None if burst == scene.first else scene.first
        database.execute("UPDATE bursts SET joined = ? WHERE number = ?", (joined, burst))
    for burst in scene.bursts:
        database.execute("UPDATE bursts SET role = ? WHERE number = ?", (scene.role, burst))
        untagged = "NOT EXISTS (SELECT 1 FROM events WHERE frame = frames.number)"
        database.execute(f"UPDATE frames SET burst = ? WHERE burst = ? AND {untagged}", (scene.first, burst))


def bring(database: Database, frame: int) -> None:
    """Give a frame the burst that stands for the scene it was tagged in: it may have been kept here in another."""
    row = database.row(
        """SELECT frames.burst, coalesce(joined, bursts.number) AS scene
             FROM frames JOIN events ON events.frame = frames.number JOIN bursts ON bursts.number = events.burst
            WHERE frames.number = ? LIMIT 1""",
        (frame,),
    )
    if row is not None and row["burst"] != row["scene"]:
        database.execute("UPDATE frames SET burst = ? WHERE number = ?", (row["scene"], frame))
        delete_empty_burst(database, row["burst"])


def _first(database: Database, bursts: Sequence[int]) -> tuple[int, Role] | None:
    """Return burst and role of the first event of some bursts."""
    row = database.row(
        f"""SELECT burst, events.role FROM events JOIN bursts ON bursts.number = burst
             WHERE burst IN ({", ".join("?" * len(bursts))}) AND events.role NOT NULL
          ORDER BY {EARLIEST_FIRST} LIMIT 1""",
        bursts,
    )
    return None if row is None else (row["burst"], row["role"])


def _linked(database: Database, frames: Iterable[int]) -> list[set[int]]:
    """Return the bursts that events put some frames in, as they stand, those together that share a frame."""
    of_frame = dict[int, int]()  # frame → a burst of it
    leads = dict[int, int]()  # burst → another of its scene, or itself

    def lead(burst: int) -> int:
        while leads.setdefault(burst, burst) != burst:
            leads[burst] = burst = leads[leads[burst]]
        return burst

    for frame, burst in _told(database, list(frames)):
        leads[lead(burst)] = lead(of_frame.setdefault(frame, burst))
    scenes = dict[int, set[int]]()
    for burst in leads:
        scenes.setdefault(lead(burst), set()).add(burst)
    return list(scenes.values())


def _told(database: Database, frames: Sequence[int]) -> Iterator[tuple[int, int]]:
    for start in range(0, len(frames), _AT_ONCE):
        part = frames[start : start + _AT_ONCE]
        query = f"""SELECT DISTINCT frame, coalesce(joined, bursts.number)
                      FROM events JOIN bursts ON bursts.number = burst
                     WHERE frame IN ({", ".join("?" * len(part))})"""
        for row in database.rows(query, part):
            yield row[0], row[1]
