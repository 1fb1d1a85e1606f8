"""Brains as earlier versions left them."""

from __future__ import annotations

from edge_brain.database import Database


def back_to_version_1(database: Database) -> None:
    """Take away what migrations after the first have added."""
    added = [("scores", "story"), ("frames", "brightness"), ("frames", "sharpness")]
    for table, column in added:
        database.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    database.execute("DROP TABLE view_codes")
    database.execute("DELETE FROM settings WHERE key = 'views'")
    database.execute("PRAGMA user_version = 1")
