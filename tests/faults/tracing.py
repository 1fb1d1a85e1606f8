"""strace: counts the system calls by which a process changes a folder, and does harm at one of them."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from nursery import Ended, Nursery
from tally import LONG_BEFORE, Missing

WRITES = ("write", "pwrite64", "writev", "pwritev", "fsync", "fdatasync", "ftruncate", "fallocate")
NAMES = ("rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat", "openat")
_OPENED = '"/proc/self/fd/'  # a folder by its handle, as a hub's is
_CALL = re.compile(r"\d+ +(\w+)\((.*)")
T = TypeVar("T")


@dataclass(frozen=True)
class Point:
    """The `number`-th time that a process makes a system call."""

    call: str
    number: int

    def __str__(self) -> str:
        return f"{self.call} {self.number}"


def points(nursery: Nursery, act: str, place: Path, calls: Sequence[str] = (*WRITES, *NAMES)) -> list[Point]:
    """Let a child do an act unharmed, and return the system calls by which it changes its place, in order."""
    with TemporaryDirectory() as folder:
        trace = Path(folder) / "trace"
        pid = nursery.bear(act, place)
        with _strace(pid, "-y", "-s", "4096", "-o", trace, "-e", f"trace={_known(calls)}"):
            ended = nursery.go()
        assert ended.said[-1] == "closed", ended.said
        return list(_in_folder(trace.read_text(errors="replace").splitlines(), str(place)))


def harm(
    nursery: Nursery, act: str, place: Path, point: Point, how: str, *, way: str = "do", on: bool = False
) -> Ended:
    """Let a child do an act and harm it at a point: `signal=KILL`, `error=EIO` …; from there on with `on`."""
    pid = nursery.bear(act, place, way)
    inject = f"inject={point.call}:{how}:when={point.number}{'+' if on else ''}"
    with _strace(pid, "-o", "/dev/null", "-e", f"trace={point.call}", "-e", inject):
        return nursery.go()


def spread(items: Sequence[T], most: int | None) -> list[T]:
    """Return at most so many items, evenly spread, the first and the last among them; all for None."""
    if most is None or len(items) <= most:
        return list(items)
    return [items[round(place * (len(items) - 1) / (most - 1))] for place in range(most)]


def _known(calls: Sequence[str]) -> str:
    return ",".join(f"?{call}" for call in calls)  # a machine may lack some: Arm has no rename, only renameat


def _in_folder(lines: Sequence[str], folder: str) -> Iterator[Point]:
    made = Counter[str]()
    for line in lines:
        found = _CALL.match(line)
        if not found:
            continue
        call, told = found.groups()
        made[call] += 1
        if (folder in told or _OPENED in told) and (call != "openat" or "O_CREAT" in told):
            yield Point(call, made[call])


@contextmanager
def _strace(pid: int, *arguments: object) -> Iterator[None]:
    if not shutil.which("strace"):
        raise Missing("strace is not installed")
    command = ["strace", "-f", *map(str, arguments), "-p", str(pid)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        if "attached" not in first:
            raise Missing(f"strace may not attach here: {first.strip()}")
        yield
        process.wait(LONG_BEFORE)
