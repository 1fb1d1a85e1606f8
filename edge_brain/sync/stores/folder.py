"""A hub in a folder: on a disk, a USB stick, a share of the network.

An object is written as all our files are: unfinished in the hub's own folder, synced, renamed, the folder synced.
Each call opens the hub's folder anew, looks that it is the hub it was, and stays within what it has opened: of a
stick that is pulled out in the midst nothing comes to lie under the mount point, and a listing is not short.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edge_brain import clock, files
from edge_brain.errors import BadInput, EdgeBrainError, HubFull, HubRefused, HubUnreachable, StorageFailed, StoreMissing
from edge_brain.sync.stores import mounts
from edge_brain.sync.stores.store import MARKER, Item, checked, checked_folder, held_to_most, is_legal

_FULL = (errno.ENOSPC, errno.EDQUOT)
_REFUSED = (
    errno.EROFS, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.EFBIG,
    errno.EINVAL,
)  # fmt: skip
_LEFT_S = 3600.0  # after which nobody writes an unfinished file any more


class Folder:
    """A hub in a folder. With `create` the folder may be empty, or not be there; the one above it has to be."""

    def __init__(self, location: str, *, create: bool = False) -> None:
        if not location or "\0" in location:
            raise BadInput(f"{location!r} is no path of a hub: give a folder")
        self._path = Path(location).expanduser().absolute()
        self.name = files.printable(self._path)
        self._swept = False
        if create:
            mounts.look(self._path)
            self._make()
        self._seen: tuple[int, bytes | None] | None = None  # the disk the hub is on, and its marker
        with self._opened() as base:
            self._seen = _look(base)
        if self._seen[1] is None:  # without a marker an empty mount point looks like a hub to be
            mounts.look(self._path)

    def list(self, folder: str) -> Iterator[Item]:
        """Yield all objects below a folder, at any depth, each once, in no order."""
        folder = checked_folder(folder)
        with self._opened() as base:
            prefix = f"{folder}/" if folder else ""
            yield from _below(_inside(base, f"{prefix}any", self.name).parent, prefix)
            _answers(base)

    def read(self, name: str) -> bytes:
        """Return the bytes of an object, from the disk; StoreMissing when there is none."""
        with self._opened(name) as base:
            try:
                return _read(_inside(base, checked(name), self.name), f"{name} in {self.name}")
            except FileNotFoundError as error:
                _answers(base)
                raise StoreMissing(f"there is no {name} in {self.name}") from error

    def add(self, name: str, data: bytes) -> bool:
        """Put an object, whole or not at all, and for good; False when one of the name stands there, which stays."""
        try:
            self._write(name, data, first=True)
        except FileExistsError:
            return False
        return True

    def replace(self, name: str, data: bytes) -> None:
        """Put an object, whole or not at all, whatever stands there."""
        self._write(name, data, first=False)

    def size(self, name: str) -> int | None:
        """Return the size of an object in bytes; None when there is none."""
        with self._opened(name) as base:
            try:
                found = _inside(base, checked(name), self.name).lstat()
            except FileNotFoundError:
                _answers(base)
                return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def close(self) -> None:
        """Do nothing: nothing is held between two calls, so that the stick can be unmounted."""

    def _write(self, name: str, data: bytes, *, first: bool) -> None:
        checked(name, data)
        with self._opened(name) as base:
            self._sweep(base)
            path = _inside(base, name, self.name)
            if first and os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)
            with files.whole(path, first=first, made_in=base) as file:
                file.write(data)

    def _sweep(self, base: Path) -> None:
        """Remove what killed writers have left, once."""
        if not self._swept:
            self._swept = True
            with suppress(OSError):  # it only takes up room, and no one sees it
                files.sweep(base, before=clock.now() - _LEFT_S)

    def _make(self) -> None:
        try:
            if not self._path.is_dir():
                self._path.mkdir(exist_ok=True)  # not those above it: a path that is mistyped is not followed
                files.sync_folder(self._path.parent)
        except OSError as error:
            raise self._told(error) from error

    @contextmanager
    def _opened(self, name: str = "") -> Iterator[Path]:
        """Open the hub's folder and yield a path to what was opened, whatever is mounted or unmounted meanwhile."""
        handle = -1
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
            base = Path(f"/proc/self/fd/{handle}")
            self._look_again(base, name)
            yield base
        except FileExistsError:
            raise
        except StorageFailed as error:
            raise self._told(error.__cause__ if isinstance(error.__cause__, OSError) else error) from error
        except OSError as error:
            if isinstance(error, EdgeBrainError):
                raise
            raise self._told(error) from error
        finally:
            if handle >= 0:
                os.close(handle)

    def _look_again(self, base: Path, name: str) -> None:
        if self._seen is None:
            return
        disk, marker = _look(base)
        if self._seen[1] is None and disk == self._seen[0]:  # being made
            self._seen = disk, marker
        if (disk, marker) != self._seen:
            raise HubUnreachable(
                f"{self.name} is not the hub that it was when it was opened: was the stick pulled out, or the share "
                "unmounted? Nothing was written"
            )
        if marker is None and name != MARKER:
            raise HubRefused(f"there is no hub at {self.name}: nothing there is called {MARKER}")

    def _told(self, error: OSError) -> EdgeBrainError:
        """Return what an error of the system means for the hub."""
        why = error.strerror or str(error)
        if error.errno in _FULL:
            return HubFull(f"{self.name} is full ({why}): free some space there, or take a larger one")
        if error.errno in _REFUSED:
            return HubRefused(f"{self.name} refused: {why}. Make it writable, or take another place")
        if error.errno == errno.ENOENT:
            return HubUnreachable(f"{self.name} is not there: plug the stick in, or mount the share")
        return HubUnreachable(f"{self.name} does not answer: {why}")


def _look(base: Path) -> tuple[int, bytes | None]:
    """Return the disk that a folder is on, and the marker in it."""
    try:
        marker = _read(base / MARKER, MARKER, remembered=True)
    except FileNotFoundError:
        marker = None
    return base.stat().st_dev, marker


def _answers(base: Path) -> None:
    """Raise OSError when the disk is gone: of one that was pulled out, FAT finds nothing and says nothing."""
    with suppress(FileNotFoundError):
        _read(base / MARKER, MARKER)


def _inside(base: Path, name: str, hub: str) -> Path:
    """Return where an object lies; raises HubRefused when a link would lead elsewhere."""
    path = base
    for part in name.split("/")[:-1]:
        path /= part
        if path.is_symlink():
            raise HubRefused(f"{name} lies behind a link in {hub}, and no hub has links: remove it")
    return base / name


def _below(folder: Path, prefix: str) -> Iterator[Item]:
    try:
        with os.scandir(folder) as entries:
            inside = {entry.name: entry for entry in entries if is_legal(prefix + entry.name)}
    except FileNotFoundError:
        return
    for name, entry in inside.items():
        if entry.is_dir(follow_symlinks=False):
            yield from _below(folder / name, f"{prefix}{name}/")
        elif entry.is_file(follow_symlinks=False):
            with suppress(FileNotFoundError):  # replaced in this moment
                yield Item(prefix + name, entry.stat(follow_symlinks=False).st_size)


def _read(path: Path, what: str, *, remembered: bool = False) -> bytes:
    """Return the bytes of a file from the disk itself, unless as this machine remembers them will do."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)  # a pipe would have us wait for ever
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise FileNotFoundError(errno.ENOENT, "no file", what)
        held_to_most(what, status.st_size)
        if not remembered and hasattr(os, "posix_fadvise"):
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(handle)
