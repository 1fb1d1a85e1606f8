"""Whether there is a brain in a folder, or what is left of one; and its database, open and sound at first sight."""

from __future__ import annotations

from pathlib import Path

from edge_brain import ballast, files, schema
from edge_brain.database import SAVED, Database
from edge_brain.errors import BrainBusy, BrainDamaged, DiskFull, StorageFailed

DATABASE = "brain.db"
ASIDE = "damaged-"


def remains(folder: Path) -> bool:
    """Say whether a folder without a database holds what only a brain leaves: frames, copies, a write-ahead log."""
    left = (f"{DATABASE}-wal", "backups/brain-*.db", "backups/events-*.jsonl", f"{ASIDE}*/{DATABASE}")
    frames = f"frames/??/{'?' * 64}.*"
    return any(next(folder.glob(pattern), None) for pattern in (*left, frames))


def asides(folder: Path) -> list[Path]:
    """Return the folders of what repairs have set aside, oldest first."""
    found = [path for path in folder.glob(f"{ASIDE}*") if path.name.removeprefix(ASIDE).isdecimal()]
    return sorted(found, key=lambda path: int(path.name.removeprefix(ASIDE)))


def hold(folder: Path) -> int:
    """Hold a brain's folder together with others; BrainBusy while it is being repaired."""
    try:
        return files.hold(folder, alone=False)
    except BlockingIOError as error:
        raise BrainBusy(f"the brain in {folder} is being repaired; nothing was changed, try again") from error
    except OSError as error:
        raise StorageFailed(f"{folder} cannot be opened: {error.strerror or error}") from error


def opened(folder: Path) -> Database:
    """Return the open database of a folder, brought up to this version; what is left open by a failure is closed."""
    if not (folder / DATABASE).stat().st_size:  # which SQLite would take for a new one
        raise BrainDamaged(f"{folder / DATABASE} is empty. {SAVED}")
    try:
        return _brought_up(folder / DATABASE)
    except DiskFull:  # even its log wants room, and tables that are made anew want more
        ballast.drop(folder)
        return _brought_up(folder / DATABASE)


def _brought_up(path: Path) -> Database:
    database = Database(path)
    try:
        schema.bring_up(database)
    except BaseException:
        database.close()
        raise
    return database
