"""A name that is given once: of two who give it to a file of theirs in the same moment, one is told that it is taken.

    a second link to the file ─> a rename that replaces nothing ─> in turn, under a lock ─> an empty file, then filled

Each is tried where the one before is not to be had, as on vFAT, exFAT and shares of a network.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
from pathlib import Path

_HERE = -100  # AT_FDCWD
_NO_REPLACE = 1  # RENAME_NOREPLACE, which vFAT, exFAT and SMB know


def take_name(path: Path, target: Path, turns: Path | None = None) -> None:
    """Give a finished file its name, which is not durable yet; FileExistsError when it is taken.

    Where a file system has no way to do so in one step, those who do so take turns, by a lock of the folder `turns`.
    """
    try:
        os.link(path, target)  # unlike a rename it fails when the name is taken
    except FileExistsError:
        if path.stat().st_nlink < 2:  # else it was us: over NFS the answer to the first asking may get lost
            raise
    except OSError:  # a file system without links, such as vFAT
        if not _renamed_first(path, target) and not (turns and _renamed_in_turn(path, target, turns)):
            _take_first(path, target)


def _renamed_first(path: Path, target: Path) -> bool:
    """Rename unless the name is taken, in one step; False where that is not to be had."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_HERE, os.fsencode(path), _HERE, os.fsencode(target), _NO_REPLACE) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
        return False
    raise OSError(number, os.strerror(number), str(target))


def _renamed_in_turn(path: Path, target: Path, turns: Path) -> bool:
    """Rename unless the name is taken, holding a lock meanwhile; False where there are no locks."""
    handle = os.open(turns, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:
            return False
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        path.rename(target)
        return True
    finally:
        os.close(handle)


def _take_first(path: Path, target: Path) -> None:
    """Take the name with an empty file, then fill it: a power cut between the two leaves it empty."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL))
    try:
        path.replace(target)
    except OSError:
        target.unlink()
        raise
