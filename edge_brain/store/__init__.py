"""What a brain keeps: frames, events, tags, head, scores and settings, in SQLite, pictures beside it.

Frames are addressed by their SHA-256 outside and by a small number inside.

reading ─ writing ─ Store      one brain's; the rest of the folder is what they use
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from pathlib import Path

from edge_brain import backups, files, schema
from edge_brain.database import Database
from edge_brain.errors import BrainDamaged, BrainExists, BrainNotFound, EdgeBrainError, StorageFailed
from edge_brain.store import checks
from edge_brain.store.opening import DATABASE as DATABASE
from edge_brain.store.opening import asides as asides
from edge_brain.store.opening import hold, opened
from edge_brain.store.opening import remains as remains
from edge_brain.store.writing import Writer

_STANDS = "there is a brain in {} already; open it, or choose another folder"
_GONE = (
    "the database of the brain in {0} is gone; `edge-brain --brain {0} doctor --repair` rebuilds it from what is left"
)
_EVENTS_A_BACKUP = 500


class Store(Writer):
    """Frames, events, tags and head of one brain, in SQLite."""

    def __init__(self, folder: Path) -> None:
        """Open the store that stands in `folder`."""
        if not (folder / DATABASE).is_file():
            if remains(folder):
                raise BrainDamaged(_GONE.format(folder))
            raise BrainNotFound(f"there is no brain in {folder}; `edge-brain init {folder}` makes one")
        self._let_go = weakref.finalize(self, os.close, hold(folder))  # also when nobody closes it
        try:
            super().__init__(folder, opened(folder))
        except BaseException:
            self._let_go()
            raise
        self.closed = False

    @classmethod
    def create(cls, folder: Path, settings: dict[str, str]) -> Store:
        """Make a store; the database appears whole or not at all."""
        cls.check_free(folder)
        target = folder / DATABASE
        try:
            for name in ("frames", "backups"):
                files.make_folder(folder / name)
            with files.unborn(folder) as fresh:
                database = Database(fresh)
                try:
                    schema.create(database, settings)
                    database.fold()  # what is still in its log would not come along
                finally:
                    database.close()
                files.put_first(fresh, target)
        except FileExistsError as error:
            raise BrainExists(_STANDS.format(folder)) from error
        except StorageFailed:
            raise
        except OSError as error:
            raise StorageFailed(f"{folder} cannot hold a brain: {error.strerror or error}") from error
        store = cls(folder)
        store.keep_settings()
        return store

    @staticmethod
    def check_free(folder: Path) -> None:
        """Raise BrainExists where a folder holds a brain, or what is left of one."""
        if (folder / DATABASE).exists():
            raise BrainExists(_STANDS.format(folder))
        if remains(folder):
            raise BrainExists(_GONE.format(folder))

    # ── checks ──────────────────────────────────────────────────────────────────────────────────

    def damage(self) -> Iterator[str]:
        """Yield what does not hold in the database."""
        return checks.damage(self.database)

    def lacking(self) -> int:
        """Return how many events stand in backups/ and not in the database, where all of them should be."""
        return checks.lacking(self.database, self.folder)

    def close(self) -> None:
        """Close the database; a whole copy is made first when this process tagged and much is not in one."""
        if self.closed:
            return
        try:
            if self._tagged and self.last_event() - backups.last_covered(self.folder) >= _EVENTS_A_BACKUP:
                self.backup()
        except (OSError, EdgeBrainError):
            pass  # the second line of defence; what was tagged is safe, and the next process tries again
        finally:
            self.database.close()
            self._let_go()
            self.closed = True
