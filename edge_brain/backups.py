"""Copies of a brain's database beside it: the last three whole ones, and the events since each.

    backups/brain-00000512.db       everything up to event 512
    backups/events-00000512.jsonl   what came after it, a line an event, appended as it is tagged

The copies are the second line of defence: the first is that brain.db itself loses nothing.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from edge_brain import files
from edge_brain.errors import StorageFailed

_KEPT = 3


def add(folder: Path, event: int, write: Callable[[Path], None]) -> Path:
    """Let `write` make a copy that covers all up to `event`; it appears whole, and the oldest ones go."""
    backups = folder / "backups"
    target, unfinished = backups / f"brain-{event:08d}.db", backups / f".brain-{os.getpid()}.db"
    try:
        backups.mkdir(exist_ok=True)
        unfinished.unlink(missing_ok=True)
        write(unfinished)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.rename(target)
        files.sync_folder(backups)
    except OSError as error:
        raise StorageFailed(
            f"no copy could be made in {files.printable(backups)}: {error.strerror or error}; the brain is unharmed"
        ) from error
    with suppress(OSError):  # what cannot go now goes with the next copy
        for old in copies(folder)[:-_KEPT]:
            old.unlink(missing_ok=True)
            _segment(backups, _covered(old)).unlink(missing_ok=True)
    return target


def copies(folder: Path) -> list[Path]:
    """Return the whole copies, oldest first."""
    return sorted((folder / "backups").glob("brain-*.db"))


def last_covered(folder: Path) -> int:
    """Return the number of the last event that is in a whole copy; 0 when there is none."""
    found = copies(folder)
    return _covered(found[-1]) if found else 0


def append_segment(folder: Path, lines: Sequence[str]) -> None:
    """Append events to the segment that follows the last copy; some may stand there twice, which is harmless."""
    if not lines:
        return
    backups = folder / "backups"
    backups.mkdir(exist_ok=True)
    data = "".join(line + "\n" for line in lines).encode()
    handle = os.open(_segment(backups, last_covered(folder)), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        if os.write(handle, data) < len(data):  # one write: processes that tag at once do not mix their lines
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(handle)


def _covered(copy: Path) -> int:
    return int(copy.stem.removeprefix("brain-"))


def _segment(backups: Path, event: int) -> Path:
    return backups / f"events-{event:08d}.jsonl"
