"""What a service tells while it runs: lines to standard error and to a file that does not grow.

    standard error       <4>lost: …             the priority only where systemd's journal reads it
    NAME.log, NAME.log.1 2026-05-04T10:20:30Z warning source lost: …        1 MB each

A camera that comes and goes for a week must not push everything else out, so of one topic only so many lines are
told in an hour; how many were left out is told with the next.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Literal, TextIO

from edge_brain import clock
from edge_brain.errors import BadInput

Level = Literal["error", "warning", "info"]

_PRIORITIES = {"error": 3, "warning": 4, "info": 6}
_FILE_BYTES = 10**6
_BURST, _EACH_S = 20, 60.0  # lines of one topic at once, and seconds until another may be told
_LOOK_AGAIN_S = 0.5


class BoundedFile:
    """A file of lines: when it is full it becomes NAME.1, and what was that is gone."""

    def __init__(self, path: Path, most_bytes: int = _FILE_BYTES) -> None:
        self._path, self._most = path, most_bytes

    def append(self, line: str) -> None:
        """Add a line; OSError when the disk refuses."""
        data = (line.replace("\n", " ") + "\n").encode("utf-8", "backslashreplace")
        with self._path.open("ab", buffering=0) as file:  # a line is written whole, or it is not counted on
            full = file.tell() + len(data) > self._most and file.tell() > 0
            if not full:
                file.write(data)
                return
        self._path.replace(older(self._path))
        self._path.write_bytes(data)


@dataclass
class _Topic:
    """How many lines of one topic may be told."""

    asked: float  # when one was told last, or should have been
    left: float = _BURST
    passed_over: int = 0

    def may(self) -> bool:
        """Say whether one more may be told now."""
        now = clock.elapsed()
        self.left = min(_BURST, self.left + (now - self.asked) / _EACH_S)
        self.asked = now
        if self.left < 1:
            self.passed_over += 1
            return False
        self.left -= 1
        return True


class Log:
    """Tells people what happens."""

    def __init__(self, stream: TextIO, path: Path | None = None, *, priorities: bool = False) -> None:
        """`priorities` puts <3>, <4>, <6> before each line, as systemd's journal wants them."""
        self._stream, self._priorities = stream, priorities
        self._file = None if path is None else BoundedFile(path)
        self._topics: dict[str, _Topic] = {}
        self._lock = threading.Lock()  # who syncs tells, too

    def tell(self, text: str, level: Level = "info", *, topic: str = "") -> None:
        """Tell something, unless too much was told on its topic lately."""
        with self._lock:
            known = self._topics.setdefault(topic, _Topic(clock.elapsed()))
            if not known.may():
                return
            text = " ".join(text.split())
            if known.passed_over:
                text += f" ({known.passed_over} lines like this one were left out)"
                known.passed_over = 0
            self._write(text, level)

    def _write(self, text: str, level: Level) -> None:
        start = f"<{_PRIORITIES[level]}>" if self._priorities else ""
        with suppress(OSError, UnicodeEncodeError):  # nobody reads it any more: the work goes on
            self._stream.write(f"{start}{text}\n")
            self._stream.flush()
        if self._file is not None:
            with suppress(OSError):  # a full disk is told in the status and to the journal
                self._file.append(f"{clock.stamp(clock.now())} {level} {text}")


def older(path: Path) -> Path:
    """Return where the lines before those of a bounded file are."""
    return path.with_name(path.name + ".1")


def tail(path: Path, lines: int) -> list[str]:
    """Return the last lines of a bounded file."""
    found = deque[str](maxlen=lines)
    for part in (older(path), path):
        try:
            found.extend(part.read_text(encoding="utf-8", errors="replace").splitlines())
        except FileNotFoundError:
            continue
        except OSError as error:
            raise BadInput(f"{part} cannot be read: {error.strerror or error}") from error
    return list(found)


def follow(path: Path, wait: Callable[[float], object]) -> Iterator[str]:
    """Yield the lines that are added from now on, for ever; `wait` is called with seconds when there are none."""
    file, rest = _opened(path), b""
    try:
        if file is not None:
            file.seek(0, os.SEEK_END)
        while True:
            data = file.read() if file is not None else b""
            *whole, rest = (rest + data).split(b"\n")
            yield from (line.decode("utf-8", "replace") for line in whole)
            if data:
                continue
            if file is None or _is_another(path, file):
                if file is not None:
                    file.close()
                file = _opened(path)
            wait(_LOOK_AGAIN_S)
    finally:
        if file is not None:
            file.close()


def _opened(path: Path) -> FileIO | None:
    try:
        return path.open("rb", buffering=0)
    except FileNotFoundError:
        return None


def _is_another(path: Path, file: FileIO) -> bool:
    try:
        return path.stat().st_ino != os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return False  # it is about to come back: read on in the old one until then
