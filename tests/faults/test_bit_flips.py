"""A bit that flips in the database, wherever a checksum or an invariant guards it, is found by doctor."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator

import pytest
from pictures import scene

from edge_brain import Brain, doctor, examine

# each in every row; what people only read, and no checksum guards, is not among them: sources, times, widths
FLIPPED = {
    "head": ("label", "count", "sums", "crc"),
    "codes": ("frame", "code", "crc"),
    "view_codes": ("frame", "codes", "crc"),
    "thumbnails": ("frame", "jpeg", "crc"),
    "events": ("device", "sequence", "clock", "frame", "burst", "label", "role", "who", "crc"),
    "views": ("value", "crc"),
    "frames": ("id", "burst", "suffix", "bytes"),
    "tags": ("frame", "label", "role", "burst"),
    "bursts": ("number", "role"),
}
ROWS = 6  # of a table, at most


@pytest.fixture
def held(taught: Brain, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """The database of a brain as a disk holds it: without the triggers and keys that guard it against programs."""
    monkeypatch.setattr(doctor, "_LEAST_FREE_BYTES", 0)
    taught.retag([taught.store.frames()[3].id], "cup")
    taught.keep_exposures([taught.exposer.expose(scene("walk"))])
    taught.score()
    connection = sqlite3.connect(taught.folder / "brain.db", isolation_level=None)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    yield connection
    connection.close()


def flipped(value: object, chance: random.Random) -> object:
    """Return a value with one bit changed."""
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(20))
    data = bytearray(value if isinstance(value, bytes) else str(value).encode())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(7)  # a text stays one
    return bytes(data) if isinstance(value, bytes) else data.decode()


def test_a_flipped_bit_is_found_in_rows_of_every_table(taught: Brain, held: sqlite3.Connection) -> None:
    assert all(finding.ok for finding in examine(taught))
    for table, columns in FLIPPED.items():
        chance = random.Random(table)
        key = {"head": "label", "views": "name"}.get(table, "rowid")
        rows = held.execute(f"SELECT {key} FROM {table}").fetchall()
        assert rows
        for (row,) in chance.sample(rows, min(ROWS, len(rows))):
            column = chance.choice(columns)
            query = f"SELECT {column}, rowid FROM {table} WHERE {key} = ?"
            value, number = held.execute(query, (row,)).fetchone()
            if value is None:
                continue  # the role of a burst that nobody tagged
            wrong, moves = flipped(value, chance), column in ("frame", "number") and table not in ("head", "events")
            try:
                held.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (wrong, number))
            except sqlite3.IntegrityError:
                continue  # it would be the number of another row
            found = [finding for finding in examine(taught) if not finding.ok]
            assert found, f"{column} of {table} {row}: {value!r} became {wrong!r}"
            held.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, wrong if moves else number))
    assert all(finding.ok for finding in examine(taught)), "each was flipped back"


def test_a_flipped_bit_of_a_blob_is_found_in_every_row(taught: Brain, held: sqlite3.Connection) -> None:
    blobs = {"head": "sums", "codes": "code", "view_codes": "codes", "thumbnails": "jpeg", "views": "value"}
    chance = random.Random(0)
    for table, column in blobs.items():
        rows = held.execute(f"SELECT rowid, {column} FROM {table}").fetchall()
        assert rows
        for number, blob in rows:
            held.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (flipped(blob, chance), number))
            assert any("checksum" in line for line in taught.store.damage())
            held.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (blob, number))
    assert list(taught.store.damage()) == []
