"""The tables: made once, never half, and guarded against whoever writes into them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from pictures import scene
from versions import back_to_version_1

from edge_brain import Brain, schema
from edge_brain.database import Database
from edge_brain.errors import BrainTooNew
from edge_brain.store import DATABASE

VERSION = len(schema.MIGRATIONS)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    """A database without tables."""
    database = Database(tmp_path / DATABASE)
    yield database
    database.close()


def tables(database: Database) -> list[tuple[str, str]]:
    return [tuple(row) for row in database.rows("SELECT name, sql FROM sqlite_master ORDER BY name")]


def content(connection: sqlite3.Connection) -> list[str]:
    return list(connection.iterdump())


def content_of(brain: Brain) -> list[str]:
    stranger = sqlite3.connect(brain.folder / DATABASE)
    lines = content(stranger)
    stranger.close()
    return lines


def test_migrating_twice_changes_nothing(empty: Database) -> None:
    schema.migrate(empty)
    first = tables(empty)
    assert {"events", "frames", "codes", "tags", "head", "scores", "settings"} <= {name for name, _ in first}
    assert empty.value("PRAGMA user_version") == VERSION
    schema.migrate(empty)
    assert tables(empty) == first


def test_a_brain_of_a_later_version_is_refused_and_left_alone(brain: Brain) -> None:
    brain.tag(scene("mug"), "mug")
    brain.store.database.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = tables(brain.store.database)
    with pytest.raises(BrainTooNew, match=f"schema {VERSION + 1}.*up to {VERSION}; install a newer edge_brain"):
        Brain.open(brain.folder)
    assert tables(brain.store.database) == before
    assert brain.store.database.value("PRAGMA user_version") == VERSION + 1
    assert len(brain.store.frames()) == 1


def test_a_migration_that_fails_leaves_nothing(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = (*schema.MIGRATIONS, ("CREATE TABLE more (number INTEGER)", "CREATE TABLE nonsense ("))
    monkeypatch.setattr(schema, "MIGRATIONS", broken)
    with pytest.raises(sqlite3.OperationalError):
        schema.migrate(empty)
    assert tables(empty) == []
    assert empty.value("PRAGMA user_version") == 0


def test_an_older_brain_is_brought_up_and_keeps_what_it_holds(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    tag, digest = brain.tag(scene("mug"), "mug"), brain.head_digest()
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, ("CREATE TABLE more (number INTEGER)",)))
    with Brain.open(brain.folder) as later:
        assert later.store.database.value("PRAGMA user_version") == VERSION + 1
        assert later.store.frame(tag.frame_id).label == "mug"
        assert later.head_digest() == digest


def test_a_brain_of_version_1_gets_what_came_since_and_keeps_every_row(tmp_path: Path) -> None:
    with Brain.create(tmp_path / "old", extractor="pixels", views=False) as first:
        tags = [first.tag(scene("mug", number), "mug") for number in range(3)]
        first.untag(tags[0].frame_id)
        first.store.database.execute(
            "INSERT INTO scores (event, edition, at, level, classes, learned, reserved, cause)"
            " VALUES (3, '1', 1.5e9, 'Still Learning', 1, 2, 1, 'learned 2 frames of `mug`')"
        )
        digest = first.head_digest()
        back_to_version_1(first.store.database)
        of_then = {name: columns_of(first, name) for name in schema.TABLES - {"views", "settings"}}
        columns = {name: known for name, known in of_then.items() if known}
        rows = {name: rows_of(first, name, columns[name]) for name in columns}
        assert {"events", "frames", "codes", "tags", "bursts", "scores"} <= rows.keys()
    with Brain.open(tmp_path / "old") as later:
        assert later.store.database.value("PRAGMA user_version") == VERSION > 1
        assert {name: rows_of(later, name, columns[name]) for name in columns} == rows
        assert [row["story"] for row in later.store.database.rows("SELECT story FROM scores")] == [None]
        measured = {tuple(row) for row in later.store.database.rows("SELECT brightness, sharpness FROM frames")}
        assert measured == {(None, None)}
        assert later.head_digest() == digest and not later.views
        assert list(later.store.damage()) == []


def columns_of(brain: Brain, table: str) -> list[str]:
    return [row["name"] for row in brain.store.database.rows(f"PRAGMA table_info({table})")]


def rows_of(brain: Brain, table: str, columns: list[str]) -> list[tuple[object, ...]]:
    return [tuple(row) for row in brain.store.database.rows(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1, 2")]


# ── what must never be ──────────────────────────────────────────────────────────────────────────

OF = "(SELECT number FROM bursts WHERE role = '{}' LIMIT 1)"
LEARNED, RESERVED = OF.format("learned"), OF.format("reserved")
UNTAGGED = "(SELECT max(number) FROM frames WHERE number NOT IN (SELECT frame FROM tags))"

FORBIDDEN = {
    "an event gets another label": ("UPDATE events SET label = 'cup'", "append-only"),
    "an event gets another time": ("UPDATE events SET clock = clock + 1 WHERE number = 1", "append-only"),
    "an event is deleted": ("DELETE FROM events WHERE number = 1", "append-only"),
    "a reserved burst becomes learned": ("UPDATE bursts SET role = 'learned' WHERE role = 'reserved'", "for good"),
    "a learned burst becomes reserved": ("UPDATE bursts SET role = 'reserved' WHERE role = 'learned'", "for good"),
    "a burst loses its role": ("UPDATE bursts SET role = NULL", "for good"),
    "a burst gets a role there is none of": ("INSERT INTO bursts (name, role) VALUES ('x', 'both')", "CHECK"),
    "a reserved frame is tagged as learned": (
        f"INSERT INTO tags SELECT number, 'mug', 'learned', burst FROM frames WHERE number = {UNTAGGED}",
        "role of its burst",
    ),
    "a reserved frame is tagged under a learned burst": (
        f"INSERT INTO tags SELECT number, 'mug', 'learned', {LEARNED} FROM frames WHERE number = {UNTAGGED}",
        "burst of its frame",
    ),
    "a reserved tag is replaced by a learned one": (
        "INSERT OR REPLACE INTO tags SELECT frame, label, 'learned', burst FROM tags WHERE role = 'reserved'",
        "role of its burst",
    ),
    "a reserved tag becomes learned": ("UPDATE tags SET role = 'learned' WHERE role = 'reserved'", "keeps its"),
    "a tag moves to another burst": (f"UPDATE tags SET burst = {LEARNED} WHERE role = 'reserved'", "keeps its"),
    "a tag moves to another frame": (f"UPDATE tags SET frame = {UNTAGGED} WHERE frame = 1", "keeps its"),
    "a reserved frame moves to a learned burst": (
        f"UPDATE frames SET burst = {LEARNED} WHERE burst = {RESERVED}",
        "keeps its burst",
    ),
    "a class counts no frame": ("UPDATE head SET count = 0", "CHECK"),
    "an event is replaced": (
        "INSERT OR REPLACE INTO events SELECT number, device, sequence, clock, frame, burst, 'cup', role, who, crc"
        " FROM events WHERE number = 1",
        "append-only",
    ),
    "an event stands twice": (
        "INSERT OR REPLACE INTO events SELECT 99, device, sequence, clock, frame, burst, label, role, who, crc"
        " FROM events WHERE number = 1",
        "append-only",
    ),
    "a reserved burst is replaced by a learned one": (
        "INSERT OR REPLACE INTO bursts (number, name, role)"
        " SELECT number, name, 'learned' FROM bursts WHERE role = 'reserved'",
        "for good",
    ),
    "a reserved burst's name is taken by a learned one": (
        "INSERT OR REPLACE INTO bursts (number, name, role)"
        " SELECT number + 9, name, 'learned' FROM bursts WHERE role = 'reserved'",
        "for good",
    ),
    "a burst is deleted": ("DELETE FROM bursts WHERE role = 'reserved'", "for good"),
    "a tagged frame is replaced by one of another burst": (
        "INSERT OR REPLACE INTO frames (number, id, burst, source, suffix, width, height, bytes, taken_at)"
        f" SELECT number, id, {LEARNED}, source, suffix, width, height, bytes, taken_at"
        f" FROM frames WHERE burst = {RESERVED}",
        "keeps its burst",
    ),
    "a tagged frame is deleted": ("DELETE FROM frames", "keeps its burst"),
}
POINTERS = {
    "an event of a frame that is not there": (
        "INSERT INTO events SELECT 99, device, 99, clock, 99, burst, label, role, who, crc FROM events LIMIT 1"
    ),
    "a code of a frame that is not there": (
        "INSERT INTO codes (frame, code, crc) SELECT 99, code, crc FROM codes LIMIT 1"
    ),
    "a frame of a burst that is not there": "UPDATE frames SET burst = 99",
}


@pytest.fixture
def guarded(brain: Brain) -> Brain:
    """A brain with a learned, a reserved, and a reserved frame that was untagged."""
    tags = [brain.tag(scene("mug", number), "mug") for number in range(2)]
    tags.append(brain.tag(scene("mug", 5), "mug", burst=tags[1].burst))
    assert [tag.role for tag in tags] == ["learned", "reserved", "reserved"]
    brain.untag(tags[2].frame_id)
    return brain


@pytest.mark.parametrize(("sql", "said"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_nobody_who_writes_can_make_it_so_that(guarded: Brain, sql: str, said: str) -> None:
    stranger = sqlite3.connect(guarded.folder / DATABASE)  # as any tool opens it: no pragmas of ours
    before = content(stranger)
    with pytest.raises(sqlite3.IntegrityError, match=said):
        stranger.execute(sql)
    stranger.rollback()
    assert content(stranger) == before
    stranger.close()


@pytest.mark.parametrize("sql", POINTERS.values(), ids=POINTERS)
def test_nothing_of_ours_can_write(brain: Brain, sql: str) -> None:
    brain.tag(scene("mug"), "mug")
    before = content_of(brain)
    with pytest.raises(sqlite3.IntegrityError, match=r"FOREIGN KEY|keeps its burst"):
        brain.store.database.execute(sql)
    assert content_of(brain) == before


def test_what_is_allowed_is_not_refused(guarded: Brain) -> None:
    database = guarded.store.database
    database.execute("UPDATE tags SET label = 'cup' WHERE frame = 1")
    database.execute("DELETE FROM tags WHERE frame = 1")
    database.execute(f"INSERT INTO tags SELECT number, 'mug', 'reserved', burst FROM frames WHERE number = {UNTAGGED}")
    database.execute("INSERT INTO bursts (name) VALUES ('new')")
    database.execute("UPDATE bursts SET role = 'learned' WHERE name = 'new'")
    assert database.value("SELECT count(*) FROM tags") == 2
