"""Brains as older versions left them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from edge_brain.store import DATABASE

_SINCE_VERSION_1 = (
    "DROP TABLE view_codes",
    "DELETE FROM settings WHERE key = 'views'",
    "ALTER TABLE scores DROP COLUMN story",
    "PRAGMA user_version = 1",
)


def back_to_version_1(folder: Path) -> None:
    """Take away from a closed brain what later versions have added."""
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as database:
        for statement in _SINCE_VERSION_1:
            database.execute(statement)
