"""A terminal for tests: a real pseudo-terminal with a process before it and a screen in memory behind it."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import pyte
from pictures import again, scene

from edge_brain.capture import Shot, Source, State

TESTS = Path(__file__).resolve().parent
_DEADLINE_S = 60  # nothing is expected to take that long

# a session leader gets the terminal that it opens first as its own: then Ctrl-C and Ctrl-Z mean something
_LEAD = "import os, sys; os.close(os.open(sys.argv[1], os.O_RDWR)); os.execvp(sys.argv[2], sys.argv[2:])"
_SHELL = 'set -m; "$@"; echo stopped here; read line; fg'
_RUN = "import terminals; terminals.run()"


class Told(Source):
    """A camera that shows what a file says: "mug 3" is the third scene of a mug, "lost" or "frozen" its state."""

    name, live = "told", True

    def __init__(self, script: Path) -> None:
        self._script, self._number, self._opened_at = script, 0, time.monotonic()

    @property
    def state(self) -> State:
        told = self._script.read_text().split()
        return State("ok") if len(told) == 2 else State(told[0], "the cable is out")  # type: ignore[arg-type]

    def next(self, timeout_s: float = 1.0) -> Shot | None:
        if self.state.condition != "ok":
            return None
        label, number = self._script.read_text().split()
        self._number += 1
        pixels = again(scene(label, int(number)), self._number)
        return Shot(pixels, self._number, time.monotonic() - self._opened_at)

    def close(self) -> None:
        pass


def run() -> None:
    """Run `edge-brain` with a source `told:FILE`; called in the process that the terminal is of."""
    from edge_brain import capture
    from edge_brain.cli import main

    known = getattr(capture, "open_source", None)
    capture.open_source = lambda spec: Told(Path(spec[5:])) if spec.startswith("told:") else known(spec)
    main()


class Terminal:
    """`edge-brain` before a terminal."""

    def __init__(
        self, *arguments: object, columns: int = 80, rows: int = 24, shell: bool = False, **environment: str
    ) -> None:
        """Start it; with a `shell` it is started from one that tells when it was stopped, and lets it go on."""
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self._master, self._slave = os.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(self._slave)
        command = [sys.executable, "-W", "error", "-c", _RUN, *map(str, arguments)]
        self.process = self._start(["sh", "-c", _SHELL, "sh", *command] if shell else command, environment)

    def _start(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        known = {key: value for key, value in os.environ.items() if key not in ("COLORTERM", "NO_COLOR")}
        path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
        return subprocess.Popen(
            [sys.executable, "-c", _LEAD, os.ttyname(self._slave), *command],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
            env={**known, "TERM": "xterm-256color", "PYTHONPATH": path, "PYTHONUTF8": "1", **environment},
        )

    @property
    def lines(self) -> list[str]:
        """What stands on the screen."""
        return [line.rstrip() for line in self.screen.display]

    @property
    def settings(self) -> list[Any]:
        """How the terminal is set, as `stty` would say."""
        return termios.tcgetattr(self._slave)

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size."""
        self.screen.resize(rows, columns)
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def hang_up(self) -> None:
        """Take the terminal away, as a broken line does."""
        os.close(self._slave)
        os.close(self._master)
        self._slave = self._master = -1

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def wait_for(self, *texts: str) -> None:
        """Wait until all of these stand on the screen."""
        deadline = time.monotonic() + _DEADLINE_S
        while not all(text in "\n".join(self.lines) for text in texts):
            assert time.monotonic() < deadline, "\n".join([f"{texts} is not there, but:", *self.lines])
            assert self.process.poll() is None or self._read(), "\n".join([f"ended without {texts}:", *self.lines])
            self._read()

    def wait_for_the_end(self) -> int:
        """Wait until the process has ended, and return its exit code."""
        deadline = time.monotonic() + _DEADLINE_S
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "\n".join(["it does not end:", *self.lines])
            self._read()
        while self._read():
            pass
        return self.process.returncode

    def _read(self) -> bool:
        ready, _, _ = select.select([self._master], [], [], 0.05)
        if ready:
            data = os.read(self._master, 65536)
            self.raw += data
            self._stream.feed(data)
        return bool(ready)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        if self._master >= 0:
            self.hang_up()
