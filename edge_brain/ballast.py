"""A file that only takes up room: thrown off when the disk is full, so that a person can still tag.

On a full disk even deleting rows fails, for that is written first, too. So a few MiB are laid by in good times.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from edge_brain import files

NAME = "ballast"
_PIECE = 2**18


def lies(folder: Path) -> bool:
    """Say whether there is ballast in a brain's folder."""
    return (folder / NAME).is_file()


def lay(folder: Path, size_bytes: int) -> bool:
    """Lay ballast, unless it lies there; False when the disk has no room for it, and then nothing is left of it.

    It is written, with bytes that no file system can make smaller: one with holes would hold no room at all.
    """
    if lies(folder):
        return True
    piece = os.urandom(_PIECE)
    with suppress(OSError), files.unborn(folder) as fresh:
        with fresh.open("wb") as file:
            for start in range(0, size_bytes, _PIECE):
                file.write(piece[: size_bytes - start])
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(folder / NAME)
        files.sync_folder(folder)
    return lies(folder)


def drop(folder: Path) -> bool:
    """Throw the ballast off; say whether there was any."""
    try:
        (folder / NAME).unlink()
        files.sync_folder(folder)
    except OSError:  # there is none, or the disk refuses even that: what was to be written then says so itself
        return False
    return True
