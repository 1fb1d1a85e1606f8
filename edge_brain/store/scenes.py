"""Which bursts are one scene: those that share a frame, on whatever devices it was tagged.

The first event of a scene says which burst stands for it and what its role is. The others are joined to that
burst. Only events decide, so that whoever has seen the same ones has the same scenes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from edge_brain.database import Database
from edge_brain.records import Role
from edge_brain.store.frames import delete_empty_burst
from edge_brain.store.order import EARLIEST_FIRST, EARLIEST_OF_ONE


@dataclass(frozen=True)
class Scene:
    """Bursts that have to be joined, or joined otherwise, or need another role."""

    bursts: tuple[int, ...]
    first: int  # of the bursts: that stands for all
    role: Role
    is_news: bool  # they had a role before, and frames of them may be learned


def unsettled(database: Database, frames: Collection[int]) -> list[Scene]:
    """Return the scenes of some frames that do not stand yet as their events say."""
    scenes = _linked(database, frames)
    place_of = {burst: place for place, scene in enumerate(scenes) for burst in scene}
    members: list[list[tuple[int, int, Role | None]]] = [[] for _ in scenes]  # burst, that which stands for it, role
    for column in ("number", "joined"):
        query = f"SELECT number, role, coalesce(joined, number) AS stands FROM bursts WHERE {column} IN"
        for rows in database.among(query, place_of):
            for row in rows:
                members[place_of[row["stands"]]].append((row["number"], row["stands"], row["role"]))
    lone = _firsts(database, [own[0][0] for own in members if len(own) == 1])
    found = list[Scene]()
    for own in members:
        bursts = tuple(burst for burst, _, _ in own)
        first = lone.get(bursts[0]) if len(bursts) == 1 else _first(database, bursts)
        if first is not None and any((stands, role) != first for _, stands, role in own):
            found.append(Scene(bursts, *first, any(role for _, _, role in own)))
    return found


def frames_of(database: Database, scenes: Iterable[Scene]) -> set[int]:
    """Return the frames of scenes, also those that were never tagged."""
    query = "SELECT number FROM frames WHERE burst IN"
    bursts = [burst for scene in scenes for burst in scene.bursts]
    return {row["number"] for rows in database.among(query, bursts) for row in rows}


def settle(database: Database, scenes: Sequence[Scene]) -> None:
    """Let scenes stand as their events say; their tagged frames, which have no tag meanwhile, are still to be brought.

    No burst is in two of them.
    """
    others = [(burst, scene) for scene in scenes for burst in scene.bursts if burst != scene.first]
    database.execute_many("UPDATE bursts SET joined = NULL WHERE number = ?", [(scene.first,) for scene in scenes])
    joined = [(scene.first, burst) for burst, scene in others]
    database.execute_many("UPDATE bursts SET joined = ? WHERE number = ?", joined)
    roles = [(scene.role, burst) for scene in scenes for burst in scene.bursts]
    database.execute_many("UPDATE bursts SET role = ? WHERE number = ?", roles)
    untagged = "NOT EXISTS (SELECT 1 FROM events WHERE frame = frames.number)"
    database.execute_many(f"UPDATE frames SET burst = ? WHERE burst = ? AND {untagged}", joined)


def bring(database: Database, frames: Collection[int]) -> None:
    """Give frames the bursts that stand for the scenes they were tagged in: they may have been kept here in others."""
    query = """SELECT DISTINCT frames.number, frames.burst, coalesce(joined, bursts.number) AS scene
                 FROM frames JOIN events ON events.frame = frames.number JOIN bursts ON bursts.number = events.burst
                WHERE frames.number IN"""
    moved = [row for rows in database.among(query, frames) for row in rows if row["burst"] != row["scene"]]
    places = [(row["scene"], row["number"]) for row in moved]
    database.execute_many("UPDATE frames SET burst = ? WHERE number = ?", places)
    for burst in {row["burst"] for row in moved}:
        delete_empty_burst(database, burst)


def _firsts(database: Database, bursts: Collection[int]) -> dict[int, tuple[int, Role]]:
    """Return for each of some bursts itself, and the role of its first event."""
    query = f"""SELECT number, (
                    SELECT events.role FROM events WHERE burst = bursts.number AND events.role NOT NULL
                  ORDER BY {EARLIEST_OF_ONE} LIMIT 1) AS role FROM bursts WHERE number IN"""
    found = (row for rows in database.among(query, bursts) for row in rows)
    return {row["number"]: (row["number"], row["role"]) for row in found if row["role"] is not None}


def _first(database: Database, bursts: Sequence[int]) -> tuple[int, Role] | None:
    """Return burst and role of the first event of some bursts."""
    row = database.row(
        f"""SELECT burst, events.role FROM events JOIN bursts ON bursts.number = burst
             WHERE burst IN ({", ".join("?" * len(bursts))}) AND events.role NOT NULL
          ORDER BY {EARLIEST_FIRST} LIMIT 1""",
        bursts,
    )
    return None if row is None else (row["burst"], row["role"])


def _linked(database: Database, frames: Collection[int]) -> list[set[int]]:
    """Return the bursts that events put some frames in, as they stand, those together that share a frame."""
    of_frame = dict[int, int]()  # frame → a burst of it
    leads = dict[int, int]()  # burst → another of its scene, or itself

    def lead(burst: int) -> int:
        while leads.setdefault(burst, burst) != burst:
            leads[burst] = burst = leads[leads[burst]]
        return burst

    for frame, burst in _told(database, frames):
        leads[lead(burst)] = lead(of_frame.setdefault(frame, burst))
    scenes = dict[int, set[int]]()
    for burst in leads:
        scenes.setdefault(lead(burst), set()).add(burst)
    return list(scenes.values())


def _told(database: Database, frames: Collection[int]) -> Iterator[tuple[int, int]]:
    query = """SELECT DISTINCT frame, coalesce(joined, bursts.number) FROM events JOIN bursts ON bursts.number = burst
                WHERE frame IN"""
    for rows in database.among(query, frames):
        for row in rows:
            yield row[0], row[1]
