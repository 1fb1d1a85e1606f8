"""Rows of a frame that comes: its burst, itself, its code and its thumbnail."""

from __future__ import annotations

from edge_brain.database import Database
from edge_brain.records import Exposure
from edge_brain.store.codes import insert_code, insert_thumbnail


def insert_burst(database: Database, name: str) -> None:
    """Begin a burst, unless there is one of that name."""
    if database.row("SELECT 1 FROM bursts WHERE name = ?", (name,)) is None:
        database.execute("INSERT INTO bursts (name) VALUES (?)", (name,))


def insert_frame(database: Database, frame: Exposure, burst: str, *, seen: int | None, size: int | None = None) -> int:
    """Keep a frame of a burst and return its number; `size` of its file, bytes, when its data is not at hand."""
    insert_burst(database, burst)
    number = database.execute(
        "INSERT INTO frames (id, burst, source, suffix, width, height, bytes, taken_at, brightness, sharpness,"
        " reason, seen) VALUES (?, (SELECT number FROM bursts WHERE name = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            frame.id, burst, frame.source, frame.suffix,
            frame.width, frame.height, len(frame.data) if size is None else size, frame.taken_at,
            frame.brightness, frame.sharpness, frame.reason, seen,
        ),
    )  # fmt: skip
    insert_code(database, number, frame.code)
    insert_thumbnail(database, number, frame.thumbnail)
    return number
