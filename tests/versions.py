"""Brains as earlier versions left them."""

from __future__ import annotations

from edge_brain import schema
from edge_brain.database import Database


def back_to_version_1(database: Database) -> None:
    """Take away what migrations after the first have added."""
    with_events_of_one_device(database)
    of_frames = ("brightness", "sharpness", "reason", "seen", "discarded", "erased")
    added = [("scores", "story"), ("thumbnails", "crc"), *(("frames", name) for name in of_frames)]
    for table, column in added:
        database.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    for table in ("view_codes", "drops", "leavings"):
        database.execute(f"DROP TABLE {table}")
    database.execute("DELETE FROM settings WHERE key = 'views'")
    database.execute("PRAGMA user_version = 1")


def with_events_of_one_device(database: Database) -> None:
    """Bring back the table of events, and what guards it, of a time when a device knew no other."""
    for table in (
        "segment_events",
        "segment_frames",
        "hub_pictures",
        "under_way",
        "refusals",
        "segments",
        "hubs",
        "devices",
    ):
        database.execute(f"DROP TABLE {table}")
    for trigger in ("a_role_is_its_first_events", "a_tagged_frame_is_not_replaced", "a_tagged_frame_is_not_deleted"):
        database.execute(f"DROP TRIGGER {trigger}")
    database.execute("DROP TRIGGER a_tagged_frame_keeps_its_burst")
    database.execute("DROP INDEX bursts_joined")
    for table, column in (("bursts", "joined"), ("frames", "device"), ("frames", "away"), ("codes", "rough")):
        database.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    database.execute("ALTER TABLE events RENAME TO events_of_all")
    first = schema.MIGRATIONS[0]
    database.execute(next(statement for statement in first if statement.startswith("CREATE TABLE events ")))
    database.execute("INSERT INTO events SELECT * FROM events_of_all")
    database.execute("DROP TABLE events_of_all")
    again = ("INDEX events_by_frame", "TRIGGER events_", "TRIGGER a_role_is_for_good", "TRIGGER a_tagged_frame_")
    for statement in first:
        if statement.startswith(tuple(f"CREATE {name}" for name in again)):
            database.execute(statement)
