"""When a device may sync: an interface is up, it is the hour, a command says yes; and if it may not, why not.

Nothing is guessed: a clock that was never set knows no hours, and an interface that nobody knows is not up.
"""

from __future__ import annotations

import os
import re
import select
import shlex
import signal
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from edge_brain import clock

_INTERFACES = Path("/sys/class/net")
_COMMAND_S = 30.0  # that a command may take
_LOOK_S = 0.1  # at most between two looks at a command that runs
_SAID_BYTES = 4096  # the last of what a command says


@dataclass(frozen=True)
class Hours:
    """A part of the day by the local clock, also over midnight."""

    begin: int  # minutes of the day
    end: int

    def __contains__(self, minute: int) -> bool:
        if self.begin < self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end

    def __str__(self) -> str:
        return "-".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in (self.begin, self.end))


@dataclass(frozen=True)
class Conditions:
    """All of what has to hold; None where nothing is asked."""

    interface: str | None = None
    hours: Hours | None = None
    command: tuple[str, ...] | None = None


def interface(text: str) -> str | None:
    """Return the name of a network interface; None when the text can be none."""
    return text if re.fullmatch(r"[\w.:@-]{1,15}", text, re.ASCII) and text.strip(".") else None


def hours(text: str) -> Hours | None:
    """Return the hours that a text such as 22:00-06:00 says; None when it says none."""
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*(?:(24:00)|([01]?\d|2[0-3]):([0-5]\d))", text.strip())
    if not found:
        return None
    begin = 60 * int(found[1]) + int(found[2])
    end = 24 * 60 if found[3] else 60 * int(found[4]) + int(found[5])
    return Hours(begin, end) if begin != end else None


def command(text: str) -> tuple[str, ...] | None:
    """Return the words of a command, quoted as in a shell, which is not asked; None when there are none."""
    try:
        return tuple(shlex.split(text)) or None
    except ValueError:  # a quote without its other
        return None


def hold(
    conditions: Conditions,
    *,
    stop: threading.Event | None = None,
    now_s: float | None = None,
    interfaces: Path = _INTERFACES,
) -> str | None:
    """Return why a device may not sync now; None when all that is asked holds.

    `now_s` is the wall time (else now), `interfaces` where Linux tells of the network; `stop` ends a command early.
    """
    if conditions.interface is not None and (why := _is_down(conditions.interface, interfaces)):
        return why
    if conditions.hours is not None and (why := _is_outside(conditions.hours, clock.now() if now_s is None else now_s)):
        return why
    if conditions.command is not None:
        return _says_no(conditions.command, stop or threading.Event())
    return None


def _is_down(name: str, interfaces: Path) -> str | None:
    """Return why an interface cannot be used; None when it is up.

    Some drivers never say whether it is, only whether it has a carrier.
    """
    try:
        state = (interfaces / name / "operstate").read_text().strip()
    except OSError:
        there = ", ".join(sorted(path.name for path in interfaces.glob("*"))) or "none that this machine tells of"
        return f"there is no interface {name}; there are: {there}"
    if state == "up":
        return None
    if state == "unknown":
        with suppress(OSError):  # one that is down refuses to say
            if (interfaces / name / "carrier").read_text().strip() == "1":
                return None
    return f"the interface {name} is {'not up' if state == 'unknown' else state}"


def _is_outside(hours: Hours, now_s: float) -> str | None:
    if not clock.was_set(now_s):
        return f"the clock was never set: it says {clock.stamp(now_s)}, so nobody knows whether it is {hours}"
    minute = clock.minute_of_day(now_s)
    return None if minute in hours else f"it is {minute // 60:02d}:{minute % 60:02d}, not between {hours}"


def _says_no(words: tuple[str, ...], stop: threading.Event) -> str | None:
    """Run a command; return what it says when it does not end with 0 in time."""
    typed = f"`{shlex.join(words)}`"
    try:
        running = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )
    except (OSError, ValueError) as error:
        return f"{typed} cannot be run: {getattr(error, 'strerror', None) or error}"
    assert running.stdout is not None
    with running.stdout as pipe:
        said, in_time = _followed(running, pipe, stop)
    last = said.decode("utf-8", "replace").strip().splitlines()[-1:]
    if not in_time:
        return f"{typed} did not end within {_COMMAND_S:.0f} s" if not stop.is_set() else f"{typed} was not waited for"
    ended = f"{typed} ended with {running.returncode}" if running.returncode >= 0 else f"{typed} was killed"
    return None if running.returncode == 0 else ": ".join([ended, *last])


def _followed(running: subprocess.Popen[bytes], pipe: IO[bytes], stop: threading.Event) -> tuple[bytes, bool]:
    """Wait for a command; return the last that it said, and whether it ended in time, or had to be killed."""
    said, deadline = b"", clock.elapsed() + _COMMAND_S
    open_still = True
    while running.poll() is None:
        if stop.is_set() or clock.elapsed() > deadline:
            with suppress(ProcessLookupError):  # it ended in this moment
                os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            return said, False
        if not open_still:
            stop.wait(_LOOK_S)
        elif select.select([pipe], [], [], _LOOK_S)[0]:
            data = os.read(pipe.fileno(), _SAID_BYTES)
            open_still, said = bool(data), (said + data)[-_SAID_BYTES:]
    while open_still and select.select([pipe], [], [], 0)[0] and (data := os.read(pipe.fileno(), _SAID_BYTES)):
        said = (said + data)[-_SAID_BYTES:]
    return said, True
