"""Brains as earlier versions left them."""

from __future__ import annotations

from edge_brain.database import Database


def back_to_version_1(database: Database) -> None:
    """Take away what migrations after the first have added."""
    of_frames = ("brightness", "sharpness", "reason", "seen", "discarded", "erased")
    added = [("scores", "story"), ("thumbnails", "crc"), *(("frames", name) for name in of_frames)]
    for table, column in added:
        database.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    for table in ("view_codes", "drops", "leavings"):
        database.execute(f"DROP TABLE {table}")
    database.execute("DELETE FROM settings WHERE key = 'views'")
    database.execute("PRAGMA user_version = 1")
