"""How a service is, for people and programs: <brain>/service/NAME.json, and the lock that says whether it runs.

NAME.lock    held by the running service; the kernel frees it, however the process ended
NAME.json    written whole, at most every two seconds; not durable: after a power cut it is written anew
NAME.jsonl   what was observed, where the settings want it
NAME.log     see logs
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from edge_brain import clock
from edge_brain.errors import BadInput, BrainNotFound, StorageFailed
from edge_brain.store import DATABASE

_TRIES, _PAUSE_S = 10, 0.05  # `status` looks at the lock by taking it for a moment


@dataclass(frozen=True)
class Trouble:
    """What went wrong and was lived with."""

    count: int = 0  # since the service was started
    last: str | None = None
    at: str | None = None
    now: bool = False  # whether it is still so


@dataclass(frozen=True)
class Sync:
    """How it goes with a hub; counts are of all since the service was started."""

    hub: str  # where it is, without a password
    succeeded: str | None = None  # when all was exchanged last: 2026-05-04T10:20:30Z
    failed: str | None = None  # when it failed last
    failure: str | None = None  # and why
    failures: int = 0  # since it went well last
    skipped: str | None = None  # which condition did not hold the last time; None: it was tried
    next: str | None = None  # when it is tried again; None while it is at work
    exchanges: int = 0  # that came to their end
    events_sent: int = 0
    events_taken: int = 0
    pictures_sent: int = 0
    pictures_fetched: int = 0
    pictures_thinned: int = 0
    sent_bytes: int = 0
    read_bytes: int = 0
    aside: int = 0  # things that could not be exchanged the last time
    aside_first: str | None = None  # the first of them, and why


@dataclass(frozen=True)
class Mqtt:
    """How it goes with an MQTT broker; counts are of all since the service was started."""

    broker: str  # host and port
    connected: bool = False
    failure: str | None = None  # why it was not told the last time that it was not
    tagged: int = 0  # frames that messages have tagged
    refused: int = 0  # messages that have tagged nothing


@dataclass(frozen=True)
class Status:
    """How a service is, as it last said itself."""

    name: str
    pid: int
    version: str
    started: str  # 2026-05-04T10:20:30Z
    at: str  # when this was written
    clock_s: float  # the same, on the clock that only goes forward
    state: str  # "starting" | "running" | "repairing" | "stopped" | "failed"
    source: str  # as it is stored with frames: without its password
    source_state: str  # "ok" | "lost" | "frozen" | "black" | "ended"
    source_detail: str
    shots: int  # that were looked at
    rate: float | None  # shots looked at a second, lately
    latency_ms: float | None
    label: str | None  # the class before the camera; None: nothing that the brain knows
    observation: Mapping[str, Any] | None  # the last change of it
    kept: Mapping[str, int]  # frames by reason
    dropped: Mapping[str, int]  # frames that were not kept, by reason
    room: Mapping[str, int]  # stored frames that went since the start, by reason
    room_lacks: str | None  # what to do when there is too little room, and nothing left that may go
    score: Mapping[str, Any] | None  # level, balanced_accuracy, interval, classes, learned, reserved
    disk_free_bytes: int | None
    trouble: Trouble = field(default_factory=Trouble)
    repaired: str | None = None  # what came of the last repair
    quota_bytes: int | None = None  # that the brain's folder may hold; None: no quota
    floor_bytes: int | None = None  # that have to stay free on the disk
    sync: Sync | None = None  # None: it is not set up
    mqtt: Mqtt | None = None  # likewise


@dataclass(frozen=True)
class Service:
    """A service of a brain as it is seen from outside."""

    name: str
    running: bool
    silent_s: float | None  # how long ago it was heard of
    status: Status | None  # what it last said of itself, if that can be read

    @property
    def state(self) -> str:
        """What it is doing: as it says, but "ended" for one that could not say so itself."""
        said = "running" if self.status is None else self.status.state
        return said if self.running or said in ("stopped", "failed") else "ended"


def folder_of(brain: Path) -> Path:
    """Return where the services of a brain keep their files."""
    return brain / "service"


def write(brain: Path, status: Status) -> None:
    """Put a status in the place of the last one; OSError when the disk refuses."""
    path = folder_of(brain) / f"{status.name}.json"
    unborn = path.with_name(f".{status.name}.json.new")
    try:
        unborn.write_text(json.dumps(asdict(status), ensure_ascii=False) + "\n", encoding="utf-8")
        unborn.replace(path)
    except OSError:
        with suppress(OSError):
            unborn.unlink(missing_ok=True)
        raise


def read(brain: Path, name: str) -> Status | None:
    """Return what a service last said; None when there is nothing, or nothing that can be read."""
    try:
        values = json.loads((folder_of(brain) / f"{name}.json").read_text(encoding="utf-8"))
        known = {each.name for each in fields(Status)}
        parts = {
            "trouble": Trouble(**values["trouble"]),
            "sync": Sync(**sync) if (sync := values.get("sync")) else None,
            "mqtt": Mqtt(**mqtt) if (mqtt := values.get("mqtt")) else None,
        }
        return Status(**{key: value for key, value in values.items() if key in known} | parts)
    except (OSError, ValueError, TypeError, KeyError):  # an older or newer edge_brain's, or damaged: it is only told
        return None


def names(brain: Path, only: str | None = None) -> list[str]:
    """Return the names of the services that run, or ran, on a brain; all, or the one that is asked for."""
    if not ((brain / DATABASE).is_file() or folder_of(brain).is_dir()):
        raise BrainNotFound(f"there is no brain in {brain}; give its folder: edge-brain --brain DIR service …")
    found = sorted(path.stem for path in folder_of(brain).glob("*.lock"))
    if only is not None and only not in found:
        raise BadInput(f"{brain} had no service {only!r}; it had {', '.join(found) or 'none yet'}")
    return found if only is None else [only]


def seen(brain: Path, only: str | None = None) -> list[Service]:
    """Return the services that run, or ran, on a brain; all, or the one that is asked for."""
    found = []
    for name in names(brain, only):
        running, said = runs(brain, name), read(brain, name)
        silent = None if said is None else round(silent_s(said, running=running), 1)
        found.append(Service(name, running, silent, said))
    return found


def silent_s(status: Status, *, running: bool) -> float:
    """Return how many seconds ago a service said that; of one that ended, or ran before a reboot, by the wall clock."""
    if running:
        return max(0.0, clock.elapsed() - status.clock_s)
    return max(0.0, clock.now() - clock.seconds(status.at))


@contextmanager
def held(brain: Path, name: str) -> Iterator[None]:
    """Be the only service of that name on a brain, or raise BadInput at once."""
    path = folder_of(brain) / f"{name}.lock"
    try:
        path.parent.mkdir(exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StorageFailed(
            f"could not make {path}: {error.strerror or error}; free some space, or make the disk writable, "
            "and try again"
        ) from error
    try:
        if not _taken(handle):
            raise BadInput(
                f"a service named {name!r} runs on {brain} already; see `edge-brain service status`, "
                "or give this one another name in its settings"
            )
        yield
    finally:
        os.close(handle)


def runs(brain: Path, name: str) -> bool:
    """Say whether a service of that name runs on a brain."""
    try:
        handle = os.open(folder_of(brain) / f"{name}.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    """Take a lock for good; one that is held only for a moment, by somebody who looks, is waited for."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            threading.Event().wait(_PAUSE_S)
        else:
            return True
    return False
