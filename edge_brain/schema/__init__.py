"""The tables of brain.db, which numbered migrations make.

    settings ─ device id, extractor, region              views ─ caches: the solved classifier, the last answers
    bursts ─┬─ frames ─┬─ codes, view_codes, thumbnails  scores ─ the score's history
            │          ├─ events   append-only: the truth
            └──────────┴─ tags     the fold: greatest (clock, device) wins
                            └────── head   n and s of each class, of learned tags only
    drops ── how many untagged frames went when room was needed     leavings ─ their files that are still to go
    hubs ─┬─ segments ─┬─ segment_events, segment_frames   what each hub is known to hold of these
          ├─ hub_pictures                                  whose pictures were read back from it
          ├─ under_way                                     segments that were not read back yet
          └─ refusals                                      what was set aside, and why      devices ─ their names

A frame that was discarded is out of sight until it is brought back; of one that was erased there is no picture
any more, only what its events refer to. One that is away has its picture on another device, or in a hub.

Events of all devices are one set, in which none stands twice. Bursts that share a frame are one scene: they are
`joined` to that whose first event is the earliest, and have the role that it says.

What must never be is refused here, by triggers, whoever writes: an event that is changed or deleted, a
burst whose role changes but to what an earlier event says that came later, a tag whose role is not its burst's.
So no reserved frame can be learned.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from edge_brain.database import SAVED, Database
from edge_brain.errors import BrainDamaged, BrainTooNew
from edge_brain.schema import migrations

TABLES = frozenset(
    {"settings", "bursts", "frames", "codes", "view_codes", "thumbnails", "events", "tags", "head", "views", "scores"}
    | {
        "drops",
        "leavings",
        "devices",
        "hubs",
        "segments",
        "segment_events",
        "segment_frames",
        "hub_pictures",
        "under_way",
        "refusals",
    }
)
MIGRATIONS = migrations.ALL


SETTINGS = frozenset(
    {"device", "clock", "edition", "extractor", "fingerprint", "code_length", "zero_point", "region", "views"}
)


def create(database: Database, settings: Mapping[str, str]) -> None:
    """Make all tables in an empty database, and write down how pictures become codes; it becomes a new device."""
    migrate(database)
    with database.transaction():
        for key, value in {"device": new_device(), "clock": "0", "edition": "1", **settings}.items():
            database.execute("INSERT INTO settings (key, value) VALUES (?, ?)", (key, value))


def new_device() -> str:
    """Return an id that no other device has."""
    return uuid.uuid4().hex[:16]


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
