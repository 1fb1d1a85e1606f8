"""A watched folder: pictures as they come to lie there, oldest first, each once.

A file is given when it was the same at two looks and decodes as a whole. One that does not is waited for
while it changes and `PATIENCE_S` longer, then counted as refused and passed over until it changes again.
Hidden files and names that end like an unfinished download are not looked at. It is polled, so it works
on network shares and sticks, too; a folder that is gone is lost, and heals when it is there again.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from edge_brain import clock, files, images
from edge_brain.capture.healing import SIDE
from edge_brain.capture.source import Shot, Source, State
from edge_brain.errors import BadInput, BadPicture

POLL_S = 0.5
PATIENCE_S = 5.0  # a slow upload pauses, too
_TEMPORARY = (".tmp", ".temp", ".part", ".partial", ".crdownload", ".filepart", ".swp", "~")


@dataclass
class _File:
    stamp: tuple[int, int, int]  # time of change, size, inode: another stamp, another picture
    since: float  # when this stamp was first seen
    done: bool = False  # given or refused
    broken: str = ""  # why it did not decode as it is


class Folder(Source):
    """A folder in which pictures come to lie."""

    live = False

    def __init__(self, path: str) -> None:
        self.name = files.printable(path)
        self.refused = 0  # files that were passed over
        self._folder = Path(path)
        self._files: dict[Path, _File] = {}
        self._ready: deque[Path] = deque()
        self._number, self._started, self._look_at = 0, clock.elapsed(), 0.0
        self._lost, self._refusal = "", ""
        self._closed = threading.Event()

    @property
    def state(self) -> State:
        """How the source is; files that were refused are told in its detail."""
        if self._closed.is_set():
            return State("ended")
        if self._lost:
            return State("lost", self._lost)
        return State("ok", f"{self.refused} refused, last {self._refusal}" if self.refused else "")

    def next(self, timeout_s: float = 1.0) -> Shot | None:
        """Return the next picture, the oldest first; None when none comes in `timeout_s`."""
        until = clock.elapsed() + timeout_s
        while not self._closed.is_set():
            while self._ready:
                shot = self._shot(self._ready.popleft())
                if shot is not None:
                    return shot
            pause_s = self._look_at - clock.elapsed()
            if pause_s <= 0:
                self.look()
            elif self._closed.wait(max(0.0, min(pause_s, until - clock.elapsed()))) or clock.elapsed() >= until:
                return None
        return None

    def close(self) -> None:
        """End the watch; may be called twice."""
        self._closed.set()

    def look(self) -> str:
        """Take stock of what is new, has settled or is gone; return why the folder cannot be read, or ""."""
        started = clock.elapsed()
        found: dict[Path, _File] = {}
        try:
            for path in files.walk(self._folder):
                stamp = _stamp(path)
                if stamp is None or path.name.lower().endswith(_TEMPORARY):
                    continue
                before = self._files.get(path)
                found[path] = before if before and before.stamp == stamp else _File(stamp, started)
        except BadInput as error:
            self._lost = str(error)
        else:
            self._lost = ""
            settled = [path for path, file in found.items() if file is self._files.get(path) and not file.done]
            self._files = found
            self._ready = deque(sorted(settled, key=lambda path: found[path].stamp[0]))
        # a large folder on a slow card takes a while to walk: never more than a tenth of the time
        self._look_at = clock.elapsed() + max(POLL_S, 9 * (clock.elapsed() - started))
        return self._lost

    def _shot(self, path: Path) -> Shot | None:
        """Read a file that has settled; None when it is no whole picture, or has changed meanwhile."""
        file = self._files[path]
        if not file.broken:
            try:
                data = _read(path)
                picture = images.decode(data, at_least=SIDE, name=files.printable(path))
            except BadPicture as error:
                file.broken = str(error)
            except OSError as error:
                file.broken = f"{files.printable(path)}: {error.strerror or error}"
        if _stamp(path) != file.stamp:
            return None  # the next look sees it as another one
        if file.broken:
            if clock.elapsed() - file.since >= PATIENCE_S:
                file.done, self._refusal = True, file.broken
                self.refused += 1
            return None
        file.done = True
        taken_at = picture.taken_at if picture.taken_at is not None else file.stamp[0] / 1e9
        shot = Shot(picture.pixels, self._number, clock.elapsed() - self._started, taken_at, data=data)
        self._number += 1
        return shot


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when a file does; None for one that is gone or no regular file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size, status.st_ino) if path.is_file() else None


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(images.MAX_BYTES + 1)  # one more, so that `decode` refuses what is too large
