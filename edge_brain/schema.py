"""The tables of brain.db, and the numbered migrations that make them.

    settings ─ device id, extractor, region              views ─ caches: the solved classifier, the last answers
    bursts ─┬─ frames ─┬─ codes, view_codes, thumbnails  scores ─ the score's history
            │          ├─ events   append-only: the truth
            └──────────┴─ tags     the fold: greatest (clock, device) wins
                            └────── head   n and s of each class, of learned tags only
    drops ── how many untagged frames went when room was needed     leavings ─ their files that are still to go

A frame that was discarded is out of sight until it is brought back; of one that was erased there is no picture
any more, only what its events refer to.

What must never be is refused here, by triggers, whoever writes: an event that is changed or deleted, a
burst whose role changes, a tag whose role is not its burst's. So no reserved frame can be learned.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from edge_brain.database import SAVED, Database
from edge_brain.errors import BrainDamaged, BrainTooNew

_FIRST = (
    """CREATE TABLE settings (
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE bursts (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        role TEXT CHECK (role IN ('learned', 'reserved'))
    ) STRICT""",
    """CREATE TABLE frames (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE CHECK (length(id) = 64),
        burst INTEGER NOT NULL REFERENCES bursts,
        source TEXT,
        suffix TEXT NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        taken_at REAL
    ) STRICT""",
    "CREATE INDEX frames_by_burst ON frames (burst)",
    """CREATE TABLE codes (
        frame INTEGER PRIMARY KEY REFERENCES frames,
        code BLOB NOT NULL,
        crc INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE thumbnails (
        frame INTEGER PRIMARY KEY REFERENCES frames,
        jpeg BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE events (
        number INTEGER PRIMARY KEY,
        device TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        clock INTEGER NOT NULL,
        frame INTEGER NOT NULL REFERENCES frames,
        burst INTEGER NOT NULL REFERENCES bursts,
        label TEXT,
        role TEXT CHECK (role IN ('learned', 'reserved')),
        who TEXT NOT NULL,
        crc INTEGER NOT NULL,
        UNIQUE (device, sequence)
    ) STRICT""",
    "CREATE INDEX events_by_frame ON events (frame, clock)",
    """CREATE TABLE tags (
        frame INTEGER PRIMARY KEY REFERENCES frames,
        label TEXT NOT NULL,
        role TEXT NOT NULL,
        burst INTEGER NOT NULL REFERENCES bursts
    ) STRICT""",
    "CREATE INDEX tags_by_label ON tags (label, role, burst)",
    """CREATE TABLE head (
        label TEXT PRIMARY KEY,
        count INTEGER NOT NULL CHECK (count > 0),
        sums BLOB NOT NULL,
        crc INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE views (
        name TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        value BLOB NOT NULL,
        crc INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE scores (
        number INTEGER PRIMARY KEY,
        event INTEGER NOT NULL,
        edition TEXT NOT NULL,
        at REAL NOT NULL,
        level TEXT NOT NULL,
        accuracy REAL,
        balanced_accuracy REAL,
        low REAL,
        high REAL,
        classes INTEGER NOT NULL,
        learned INTEGER NOT NULL,
        reserved INTEGER NOT NULL,
        cause TEXT NOT NULL
    ) STRICT""",
    """CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END""",
    """CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END""",
    """CREATE TRIGGER events_are_not_replaced BEFORE INSERT ON events
        WHEN EXISTS (SELECT 1 FROM events WHERE number = NEW.number)
          OR EXISTS (SELECT 1 FROM events WHERE device = NEW.device AND sequence = NEW.sequence)
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END""",
    """CREATE TRIGGER a_role_is_for_good BEFORE UPDATE OF role ON bursts
        WHEN OLD.role IS NOT NULL AND NEW.role IS NOT OLD.role
        BEGIN SELECT RAISE(ABORT, 'the role of a burst is for good'); END""",
    """CREATE TRIGGER a_role_is_not_replaced BEFORE INSERT ON bursts
        WHEN EXISTS (SELECT 1 FROM bursts WHERE (number = NEW.number OR name = NEW.name) AND role IS NOT NULL)
        BEGIN SELECT RAISE(ABORT, 'the role of a burst is for good'); END""",
    """CREATE TRIGGER a_role_is_not_deleted BEFORE DELETE ON bursts
        WHEN OLD.role IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'the role of a burst is for good'); END""",
    """CREATE TRIGGER a_tagged_frame_is_not_replaced BEFORE INSERT ON frames
        WHEN EXISTS (SELECT 1 FROM frames JOIN events ON events.frame = frames.number
                      WHERE frames.number = NEW.number OR frames.id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'a frame that was tagged keeps its burst'); END""",
    """CREATE TRIGGER a_tagged_frame_is_not_deleted BEFORE DELETE ON frames
        WHEN EXISTS (SELECT 1 FROM events WHERE frame = OLD.number)
        BEGIN SELECT RAISE(ABORT, 'a frame that was tagged keeps its burst'); END""",
    """CREATE TRIGGER a_tag_has_its_bursts_role BEFORE INSERT ON tags
        WHEN NEW.role IS NOT (SELECT role FROM bursts WHERE number = NEW.burst)
          OR NEW.burst IS NOT (SELECT burst FROM frames WHERE number = NEW.frame)
        BEGIN SELECT RAISE(ABORT, 'a tag has the burst of its frame and the role of its burst'); END""",
    """CREATE TRIGGER a_tag_keeps_its_role BEFORE UPDATE ON tags
        WHEN NEW.role IS NOT OLD.role OR NEW.burst IS NOT OLD.burst OR NEW.frame IS NOT OLD.frame
        BEGIN SELECT RAISE(ABORT, 'a tag keeps its frame, its burst and its role'); END""",
    """CREATE TRIGGER a_tagged_frame_keeps_its_burst BEFORE UPDATE OF burst ON frames
        WHEN NEW.burst IS NOT OLD.burst AND EXISTS (SELECT 1 FROM events WHERE frame = OLD.number)
        BEGIN SELECT RAISE(ABORT, 'a frame that was tagged keeps its burst'); END""",
)

_SECOND = (
    "ALTER TABLE scores ADD COLUMN story TEXT",  # JSON: deeds and reasons; NULL in older lines
    "ALTER TABLE frames ADD COLUMN brightness REAL",  # NULL in frames that came before
    "ALTER TABLE frames ADD COLUMN sharpness REAL",
)
_THIRD = (
    """CREATE TABLE view_codes (
        number INTEGER PRIMARY KEY,
        frame INTEGER NOT NULL UNIQUE REFERENCES frames,
        codes BLOB NOT NULL,
        crc INTEGER NOT NULL
    ) STRICT""",
    # a brain that was made before there were views learns none until it is retrained
    "INSERT INTO settings (key, value) SELECT 'views', '' WHERE EXISTS (SELECT 1 FROM settings)",
)
_FOURTH = (
    "ALTER TABLE frames ADD COLUMN reason TEXT",  # why a camera's frame was kept; NULL for what a person gave
    # reading of the hybrid clock when it came, or the like of it was before the camera again; NULL in older frames
    "ALTER TABLE frames ADD COLUMN seen INTEGER",
    "ALTER TABLE thumbnails ADD COLUMN crc INTEGER",  # NULL in older ones
    """CREATE TABLE drops (
        number INTEGER PRIMARY KEY,
        at REAL NOT NULL,
        why TEXT NOT NULL,
        frames INTEGER NOT NULL,
        bytes INTEGER NOT NULL
    ) STRICT""",
    # files of frames that were dropped, until they are gone from the disk
    """CREATE TABLE leavings (
        id TEXT PRIMARY KEY,
        suffix TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
)
_FIFTH = (
    # reading of the hybrid clock when it was taken out of sight: what it was tagged as, its events before that say
    "ALTER TABLE frames ADD COLUMN discarded INTEGER",
    # 1: its thumbnail is gone for good, and its file, too, once `bytes` is 0
    "ALTER TABLE frames ADD COLUMN erased INTEGER NOT NULL DEFAULT 0",
)

TABLES = frozenset(
    {"settings", "bursts", "frames", "codes", "view_codes", "thumbnails", "events", "tags", "head", "views", "scores"}
    | {"drops", "leavings"}
)
# the first makes version 1; append, never change
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    _FIRST,
    _SECOND,
    _THIRD,
    _FOURTH,
    _FIFTH,
)


SETTINGS = frozenset(
    {"device", "clock", "edition", "extractor", "fingerprint", "code_length", "zero_point", "region", "views"}
)


def create(database: Database, settings: Mapping[str, str]) -> None:
    """Make all tables in an empty database, and write down how pictures become codes; it becomes a new device."""
    migrate(database)
    with database.transaction():
        for key, value in {"device": uuid.uuid4().hex[:16], "clock": "0", "edition": "1", **settings}.items():
            database.execute("INSERT INTO settings (key, value) VALUES (?, ?)", (key, value))


def bring_up(database: Database) -> None:
    """Bring a brain's database to this version; one that lacks tables or settings raises BrainDamaged."""
    if version(database) == 0:  # an empty file is a database to SQLite
        raise BrainDamaged(f"{database.path} is empty. {SAVED}")
    migrate(database)
    if missing := missing_tables(database):
        raise BrainDamaged(f"{database.path} lacks the tables {', '.join(sorted(missing))}. {SAVED}")
    if missing := missing_settings(database):
        raise BrainDamaged(f"{database.path} lacks the settings {', '.join(sorted(missing))}. {SAVED}")


def missing_tables(database: Database) -> frozenset[str]:
    """Return the tables that ought to be there and are not."""
    return TABLES - {row["name"] for row in database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}


def missing_settings(database: Database) -> frozenset[str]:
    """Return the settings that ought to be there and are not."""
    return SETTINGS - {row["key"] for row in database.rows("SELECT key FROM settings")}


def migrate(database: Database) -> None:
    """Bring a database to this version's tables, all of it or nothing; a later one is refused."""
    if version(database) == len(MIGRATIONS):
        return
    with database.transaction():
        found = version(database)  # another process may have been faster
        if found > len(MIGRATIONS):
            raise BrainTooNew(
                f"{database.path} is of schema {found}, this edge_brain knows up to {len(MIGRATIONS)}; "
                "install a newer edge_brain"
            )
        for statements in MIGRATIONS[found:]:
            database.script(statements)
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def version(database: Database) -> int:
    """Return the number of the last migration that a database has seen."""
    return int(database.value("PRAGMA user_version"))
