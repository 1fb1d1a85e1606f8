"""Reads what can still be read of a damaged database: row by row, and only what its checksum vouches for.

A page that cannot be read takes the rows on it, and no others. Copies in backups/, also those of an earlier
edge_brain, are read in the same way.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from edge_brain import schema
from edge_brain.database import Database
from edge_brain.errors import EdgeBrainError
from edge_brain.records import Exposure
from edge_brain.replica import Event
from edge_brain.store.codes import code_checksum
from edge_brain.store.ledger import event_checksum

_AT_ONCE = 256  # rows
_BEYOND = 16384  # numbers that are tried after the last row, when nobody can tell which is the last
_MAGIC = b"SQLite format 3\0"
_PAGE = 4096
_MOST_PAGES = 2**21  # 8 GiB
_READING = (sqlite3.Error, EdgeBrainError, OverflowError)


@dataclass(frozen=True)
class Known:
    """What a database knows of a frame; code, views and thumbnail only where they are what was written."""

    id: str
    burst: str
    source: str | None
    suffix: str
    width: int
    height: int
    size: int  # bytes of its file
    taken_at: float | None
    brightness: float | None
    sharpness: float | None
    reason: str | None
    seen: int | None
    discarded: int | None
    erased: bool
    device: str | None
    away: bool
    code: bytes
    rough: bool  # the code, which was made from the thumbnail
    views: bytes
    thumbnail: bytes


@dataclass(frozen=True)
class Salvaged:
    """A frame that is brought back, and what was known of it."""

    exposure: Exposure
    burst: str
    size: int  # bytes of its file
    seen: int | None = None
    discarded: int | None = None
    erased: bool = False
    device: str | None = None
    away: bool = False
    rough: bool = False


def event_of(entry: Mapping[str, Any]) -> Event | None:
    """Return the event that a segment's entry or a row holds; None when it is none, or not what one is."""
    types: dict[str, tuple[type, ...]] = {"sequence": (int,), "clock": (int,), "label": (str, type(None))}
    fields = {key: entry.get(key) for key in Event.__dataclass_fields__}
    if not all(isinstance(value, types.get(key, (str,))) for key, value in fields.items()):
        return None
    whole = fields["role"] in ("learned", "reserved") and len(str(fields["frame"])) == 64
    return Event(**fields) if whole else None  # type: ignore[arg-type]


class Wreck:
    """A database of which nothing is taken on trust."""

    def __init__(self, path: Path) -> None:
        """Open it for reading; BrainDamaged or StorageFailed when nothing of it can be read."""
        self._database = Database(path, sealed=True)
        try:
            self._database.value("SELECT count(*) FROM sqlite_master")
        except BaseException:
            self._database.close()
            raise
        self._bursts = self._names("bursts", "name")
        ids = self._names("frames", "id")
        self._numbers = {name: number for number, name in sorted(ids.items()) if re.fullmatch("[0-9a-f]{64}", name)}

    def close(self) -> None:
        """Close it."""
        self._database.close()

    @cached_property
    def settings(self) -> dict[str, str]:
        """Its settings, those that can be read."""
        with suppress(*_READING):
            return {row["key"]: row["value"] for row in self._database.rows("SELECT key, value FROM settings")}
        return {}

    def frames(self) -> list[str]:
        """Return the ids of its frames in the order they came."""
        return list(self._numbers)

    def events(self) -> Iterator[Event]:
        """Yield its events in the order of their numbers, those that are what was written."""
        ids = {number: frame_id for frame_id, number in self._numbers.items()}
        for row in self._rows("events", "number"):
            fields = tuple(row)[1:-1]
            if row["crc"] != event_checksum(fields):
                continue
            burst = self._bursts.get(row["burst"], f"burst {row['burst']} of {row['device']}")
            event = event_of({**dict(row), "frame": ids.get(row["frame"]), "burst": burst})
            if event is not None:
                yield event

    def known(self, frame_id: str) -> Known | None:
        """Return what it knows of a frame."""
        number = self._numbers.get(frame_id)
        row = None if number is None else self._row("frames", "number", number)
        if number is None or row is None:
            return None
        held = dict(row)
        code, views, thumbnail = (
            self._guarded(table, column, number)
            for table, column in (("codes", "code"), ("view_codes", "codes"), ("thumbnails", "jpeg"))
        )
        fields: dict[str, Any] = {key: held.get(key) for key in Known.__dataclass_fields__}
        fields["burst"] = self._bursts.get(held["burst"], f"burst {held['burst']} of a damaged database")
        fields |= {"size": held["bytes"], "code": code, "views": views, "thumbnail": thumbnail}
        fields |= {"erased": held.get("erased") == 1, "away": held.get("away") == 1}
        known = Known(**{**fields, "rough": bool(code) and self._is_rough(number)})
        return known if known.id == frame_id and _plausible(known) else None

    def _is_rough(self, number: int) -> bool:
        row = self._row("codes", "frame", number)
        return row is not None and dict(row).get("rough") == 1

    def lines(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table that only tells what was: scores, drops."""
        return [dict(row) for row in self._rows(table, "number")]

    def _names(self, table: str, column: str) -> dict[int, str]:
        """Return the names in a table by number; those on a page that is gone stand in the table's index once more."""
        names = {row["number"]: row[column] for row in self._rows(table, "number") if isinstance(row[column], str)}
        with suppress(*_READING):
            query = f"SELECT number, {column} FROM {table} INDEXED BY sqlite_autoindex_{table}_1 ORDER BY {column}"
            for row in self._database.rows(query):
                names.setdefault(row["number"], row[column])
        return names

    def _guarded(self, table: str, column: str, number: int) -> bytes:
        row = self._row(table, "frame", number)
        value = b"" if row is None else row[column]
        if row is None or not isinstance(value, bytes):
            return b""
        crc = dict(row).get("crc")  # none of thumbnails of an earlier edge_brain
        return value if crc in (None, code_checksum(number, value)) else b""

    def _row(self, table: str, key: str, number: int) -> sqlite3.Row | None:
        with suppress(*_READING):
            return self._database.row(f"SELECT * FROM {table} WHERE {key} = ?", (number,))
        return None

    def _rows(self, table: str, key: str) -> Iterator[sqlite3.Row]:
        """Yield the rows of a table that can be read, in the order of their numbers."""
        try:
            last = int(self._database.value(f"SELECT max({key}) FROM {table}") or 0)
        except _READING:
            last = 0
        start = reached = 0
        while start <= max(last, reached + _BEYOND):
            try:
                query = f"SELECT * FROM {table} WHERE {key} > ? ORDER BY {key} LIMIT {_AT_ONCE}"
                rows = self._database.rows(query, (start,))
                if not rows:
                    return
                start = rows[-1][key]
            except _READING:
                near = range(start + 1, start + 1 + _AT_ONCE)
                rows = [row for number in near if (row := self._row(table, key, number)) is not None]
                start += _AT_ONCE
            for row in rows:
                reached = row[key]
                yield row


def _plausible(known: Known) -> bool:
    """Say whether the fields of a frame, which no checksum guards, are what they may be."""
    numbers, maybe = (known.width, known.height), (known.taken_at, known.brightness, known.sharpness)
    return (
        all(isinstance(number, int) and number > 0 for number in numbers)
        and isinstance(known.size, int)
        and known.size >= (0 if known.erased else 1)
        and all(number is None or isinstance(number, float) for number in maybe)
        and all(text is None or isinstance(text, str) for text in (known.source, known.reason, known.device))
        and all(reading is None or isinstance(reading, int) for reading in (known.seen, known.discarded))
        and (known.discarded is not None or not known.erased)
        and re.fullmatch(r"\.[a-z]{2,8}", str(known.suffix)) is not None
    )


def with_new_header(path: Path, scratch: Path) -> bool:
    """Copy a database, and its log, with new first bytes, as long as it was; False when that would be of no use.

    They say nothing that is not known, and the list of the tables stands after them. Of a database that was cut
    short SQLite reads nothing; with empty pages at its end, all that is not on those.
    """
    with path.open("rb") as file:
        start = file.read(101)
    pages = path.stat().st_size // _PAGE
    if not pages or start[100] not in (5, 13):  # the first page of a table
        return False
    said = int.from_bytes(start[28:32], "big") if start.startswith(_MAGIC) else 0
    pages = said if pages < said <= _MOST_PAGES else pages
    shutil.copyfile(path, scratch)
    numbers = [1, pages, 0, 0, 1, 4, 0, 0, 1, len(schema.MIGRATIONS), 0, 0]
    fixed = _PAGE.to_bytes(2, "big") + bytes([2, 2, 0, 64, 32, 32])
    made = _MAGIC + fixed + b"".join(number.to_bytes(4, "big") for number in numbers) + bytes(20)
    made += (1).to_bytes(4, "big") + (3040000).to_bytes(4, "big")
    with scratch.open("r+b") as file:
        file.write(made)
        file.truncate(pages * _PAGE)  # what is added is a hole, which takes no room
    log = path.with_name(f"{path.name}-wal")
    if log.is_file():
        shutil.copyfile(log, scratch.with_name(f"{scratch.name}-wal"))
    return True
