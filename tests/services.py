"""A service as a process of its own, and this process as the systemd that started it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

WAIT_S = 30.0  # an upper guard: a slow machine is no failure

# nobody need wait two seconds for a status, nor five after a disk has refused, nor for a stalled camera
RUN = """
import sys
from functools import partial
from edge_brain.cli import main
from edge_brain.service import diary, process, syncing, turns
diary._EVERY_S, turns._REST_S, process._PAUSE_S = 0.1, 0.5, 0.5
turns._MINUTE_S = syncing._FIRST_S = 0.5
process.open_source = partial(process.open_source, deadline_s=1.0)
main(["service", "run", sys.argv[1]])
"""


class Service:
    """One run of a service; what it tells systemd is heard."""

    def __init__(self, file: Path, program: str = RUN, arguments: Sequence[str] = (), watchdog_s: float = 4.0) -> None:
        self.file = file
        self._address = f"\0edge-brain-test-{os.getpid()}-{id(self)}"
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._listener.bind(self._address)
        self.heard = deque[str](maxlen=10_000)
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", program, str(file), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={
                **os.environ, "NOTIFY_SOCKET": "@" + self._address[1:], "WATCHDOG_USEC": str(int(1e6 * watchdog_s)),
                "WATCHDOG_PID": "", "JOURNAL_STREAM": "",
            },
        )  # fmt: skip

    def until(self, text: str, *, without: str | None = None) -> str:
        """Wait for a message in which a text stands, and another does not, and return it."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end and (message := self.next(WAIT_S)) is not None:
            if text in message and (without is None or without not in message):
                return message
        raise AssertionError(f"no {text!r} in {list(self.heard)[-10:]}; {self.process.poll()}")

    def next(self, timeout_s: float) -> str | None:
        """Return the next message; None when none comes in time, or the process has ended."""
        waited = 0.0
        while waited < timeout_s:
            self._listener.settimeout(0.25)
            try:
                message = self._listener.recv(65536).decode()
            except TimeoutError:
                if self.process.poll() is not None:
                    return None
                waited += 0.25
                continue
            self.heard.append(message)
            return message
        return None

    def end(self, how: int = signal.SIGTERM, within_s: float = 5.0) -> int:
        """Send a signal, wait for the end, and return the exit code."""
        self.process.send_signal(how)
        return self.process.wait(within_s)

    def errors(self) -> str:
        """Return what it said on standard error, once it has ended."""
        return self.process.communicate(timeout=WAIT_S)[1]

    def close(self) -> None:
        """Let nothing be left of it."""
        self.process.kill()
        self.process.communicate()
        self._listener.close()


def said(file: Path) -> dict[str, Any]:
    """Return the status that the service of a settings file wrote last."""
    path = file.parent / "kitchen" / "service" / f"{file.stem}.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found
