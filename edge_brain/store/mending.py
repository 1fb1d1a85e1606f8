"""Writes a database anew from what was salvaged: frames, events as they were, and what follows from them.

    tables ─> frames ─> events ─> tags and head, folded anew      one transaction, in a file that nobody has open

It is a new device: numbers of events that were lost must not be given a second time.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from edge_brain import schema
from edge_brain.database import Database
from edge_brain.errors import BrainDamaged
from edge_brain.replica import Event
from edge_brain.store import checks, scenes
from edge_brain.store.codes import insert_views
from edge_brain.store.frames import Newcomer, insert_bursts, insert_frames
from edge_brain.store.ledger import Ledger, insert_events
from edge_brain.store.salvage import Salvaged, Wreck

_TOLD = ("scores", "drops")  # tables that nothing else depends on


def rebuild(
    path: Path,
    settings: Mapping[str, str],
    frames: Iterable[Salvaged],
    events: Iterable[Event],
    reading: int,
    told: Wreck | None,
) -> Database:
    """Make a whole database in an empty file and return it, open; BrainDamaged when it is not sound in the end.

    Events of other frames than `frames` are passed over. `reading` is the greatest of the hybrid clock. What only
    tells what was is taken from `told`.
    """
    database = Database(path)
    try:
        schema.create(database, settings)
        with database.transaction():
            numbers: dict[str, int] = {}
            for frame in frames:
                numbers[frame.exposure.id] = _add_frame(database, frame)
                reading = max(reading, frame.seen or 0, frame.discarded or 0)
            _add_events(database, events, numbers)
            ledger = _ledger(database, reading)
            ledger.refold()
            ledger.close()
            if told is not None:
                _tell(database, told)
        if wrong := next(checks.damage(database), None):
            raise BrainDamaged(f"what was rebuilt is not sound: {wrong}; nothing was changed")
    except BaseException:
        database.close()
        raise
    return database


def _add_frame(database: Database, frame: Salvaged) -> int:
    newcomer = Newcomer(frame.exposure, frame.burst, frame.seen, frame.size, frame.device, frame.away)
    number = database.next_number("frames")
    insert_frames(database, {number: newcomer})
    if frame.exposure.views:
        insert_views(database, {number: frame.exposure.views})
    if frame.rough:
        database.execute("UPDATE codes SET rough = 1 WHERE frame = ?", (number,))
    query = "UPDATE frames SET discarded = ?, erased = ? WHERE number = ?"
    database.execute(query, (frame.discarded, int(frame.erased), number))
    return number


def _add_events(database: Database, events: Iterable[Event], numbers: Mapping[str, int]) -> None:
    for event in events:
        frame = numbers.get(event.frame)
        if frame is None:
            continue  # it was nowhere to be found, which is told
        burst = insert_bursts(database, [event.burst])[event.burst]
        fields = (event.device, event.sequence, event.clock, frame, burst, event.label, event.role, event.who)
        insert_events(database, {database.next_number("events"): fields})
    told = [row["frame"] for row in database.rows("SELECT DISTINCT frame FROM events")]
    scenes.settle(database, scenes.unsettled(database, told))
    scenes.bring(database, told)


def _ledger(database: Database, reading: int) -> Ledger:
    held = {row["key"]: row["value"] for row in database.rows("SELECT key, value FROM settings")}
    return Ledger(database, held["device"], int(held["zero_point"]), reading, views=1 + len(held["views"].split()))


def _tell(database: Database, told: Wreck) -> None:
    """Copy the rows of the tables that only tell what was; events that they name have other numbers now, or none."""
    last = database.value("SELECT coalesce(max(number), 0) FROM events")
    for table in _TOLD:
        columns = [row["name"] for row in database.rows(f"PRAGMA table_info({table})")]
        for line in told.lines(table):
            row: dict[str, Any] = {column: line.get(column) for column in columns}
            names, places = ", ".join(columns), ", ".join(f":{column}" for column in columns)
            with suppress(sqlite3.IntegrityError, ValueError):  # it is not what was written: told, and no more
                json.loads(row.get("story") or "{}")
                database.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", row)
    database.execute("UPDATE scores SET event = min(event, ?)", (last,))
