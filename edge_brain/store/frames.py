"""Rows of a frame: those that come with it, its burst, itself, its code and its thumbnail; and which are held."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import count

from edge_brain.database import Database
from edge_brain.errors import UnknownFrame
from edge_brain.records import Exposure
from edge_brain.store.codes import insert_codes, insert_thumbnails


@dataclass(frozen=True)
class Newcomer:
    """A frame that is not here yet, and how it comes."""

    frame: Exposure
    burst: str
    seen: int | None  # reading of the hybrid clock
    size: int | None = None  # of its file, bytes, when its data is not at hand
    device: str | None = None  # that took it; None: this one
    away: bool = False  # its file is elsewhere


def insert_bursts(database: Database, names: Collection[str]) -> dict[str, int]:
    """Begin bursts, those that are not here yet, and return the numbers of all."""
    query = "SELECT name, number FROM bursts WHERE name IN"
    held = {row["name"]: row["number"] for rows in database.among(query, names) for row in rows}
    new = dict(zip((name for name in names if name not in held), count(database.next_number("bursts"))))
    database.execute_many("INSERT INTO bursts (name, number) VALUES (?, ?)", new.items())
    return held | new


def insert_frames(database: Database, newcomers: Mapping[int, Newcomer]) -> None:
    """Keep frames under these numbers, with their codes and thumbnails."""
    insert_bursts(database, {each.burst for each in newcomers.values()})
    database.execute_many(
        "INSERT INTO frames (number, id, burst, source, suffix, width, height, bytes, taken_at, brightness, sharpness,"
        " reason, seen, device, away) VALUES (?, ?, (SELECT coalesce(joined, number) FROM bursts WHERE name = ?),"
        " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                number, frame.id, each.burst, frame.source, frame.suffix, frame.width, frame.height,
                len(frame.data) if each.size is None else each.size, frame.taken_at, frame.brightness,
                frame.sharpness, frame.reason, each.seen, each.device, int(each.away),
            )
            for number, each in newcomers.items() for frame in [each.frame]
        ],
    )  # fmt: skip
    insert_looks(
        database,
        {number: each.frame.code for number, each in newcomers.items()},
        {number: each.frame.thumbnail for number, each in newcomers.items()},
    )


def insert_looks(database: Database, codes: Mapping[int, bytes], thumbnails: Mapping[int, bytes]) -> None:
    """Keep codes and thumbnails of frames by their numbers, those that are not here yet; an empty one is none."""
    insert_codes(database, _lacking(database, "codes", codes))
    insert_thumbnails(database, _lacking(database, "thumbnails", thumbnails))


def _lacking(database: Database, table: str, given: Mapping[int, bytes]) -> dict[int, bytes]:
    some = {number: value for number, value in given.items() if value}
    found = database.among(f"SELECT frame FROM {table} WHERE frame IN", some)
    held = {row["frame"] for rows in found for row in rows}
    return {number: value for number, value in some.items() if number not in held}


def delete_frame(database: Database, number: int, burst: int) -> None:
    """Delete a frame that was never tagged, and its burst when that is left without any."""
    for table in ("codes", "view_codes", "thumbnails"):
        database.execute(f"DELETE FROM {table} WHERE frame = ?", (number,))
    database.execute("DELETE FROM frames WHERE number = ?", (number,))
    delete_empty_burst(database, burst)


def delete_empty_burst(database: Database, number: int) -> None:
    """Delete a burst that has no role and no frame any more."""
    database.execute(
        "DELETE FROM bursts WHERE number = :burst AND role IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM frames WHERE burst = :burst)",
        {"burst": number},
    )


def held(row: sqlite3.Row | None, frame_id: str) -> sqlite3.Row:
    """Return the row of a frame; UnknownFrame when there is none, or its picture was erased."""
    if row is None:
        raise UnknownFrame(f"this brain holds no frame {frame_id!r}; `edge-brain images` lists those it holds")
    if row["erased"]:
        raise UnknownFrame(f"the picture of frame {frame_id!r} was erased for good; tag the picture itself to have it")
    return row
