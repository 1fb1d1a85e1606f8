"""Rows of a frame: those that come with it, its burst, itself, its code and its thumbnail; and which are held."""

from __future__ import annotations

import sqlite3

from edge_brain.database import Database
from edge_brain.errors import UnknownFrame
from edge_brain.records import Exposure
from edge_brain.store.codes import insert_code, insert_thumbnail


def insert_burst(database: Database, name: str) -> None:
    """Begin a burst, unless there is one of that name."""
    if database.row("SELECT 1 FROM bursts WHERE name = ?", (name,)) is None:
        database.execute("INSERT INTO bursts (name) VALUES (?)", (name,))


def insert_frame(
    database: Database,
    frame: Exposure,
    burst: str,
    *,
    seen: int | None,
    size: int | None = None,
    device: str | None = None,
    away: bool = False,
) -> int:
    """Keep a frame of a burst and return its number; `size` of its file, bytes, when its data is not at hand.

    `device` is that which took it, None this one; one that is away has its file elsewhere.
    """
    insert_burst(database, burst)
    number = database.execute(
        "INSERT INTO frames (id, burst, source, suffix, width, height, bytes, taken_at, brightness, sharpness,"
        " reason, seen, device, away) VALUES (?, (SELECT coalesce(joined, number) FROM bursts WHERE name = ?),"
        " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            frame.id, burst, frame.source, frame.suffix,
            frame.width, frame.height, len(frame.data) if size is None else size, frame.taken_at,
            frame.brightness, frame.sharpness, frame.reason, seen, device, int(away),
        ),
    )  # fmt: skip
    insert_looks(database, number, frame)
    return number


def insert_looks(database: Database, number: int, frame: Exposure) -> None:
    """Keep the code and the thumbnail of a frame, those that it has and that are not here."""
    for table, value, insert in (("codes", frame.code, insert_code), ("thumbnails", frame.thumbnail, insert_thumbnail)):
        if value and database.row(f"SELECT 1 FROM {table} WHERE frame = ?", (number,)) is None:
            insert(database, number, value)


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
