"""Processes that are born ready: a parent loads everything once, its children each do one act and may be harmed.

    Nursery.bear(act, place) ─> a child that waits ─ strace takes hold ─> Nursery.go() ─> what it said

They talk by a socket, so that every `write` of a child is one to a file.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tally import LONG_BEFORE

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Ended:
    """How a child ended, and what it said until then."""

    said: list[str]
    killed: bool


class Nursery:
    """Bears one child at a time."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(LONG_BEFORE)
        paths = [str(HERE), str(HERE.parent), str(HERE.parent.parent)]
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1"},
            )
        self._lines = self._socket.makefile("r", encoding="utf-8")

    def bear(self, act: str, place: Path, way: str = "do") -> int:
        """Bear a child that is about to do an act in some way of `acts`, and return its process id."""
        self._socket.sendall(f"{act}\t{place}\t{way}\n".encode())
        return int(self._lines.readline().removeprefix("ready "))

    def go(self) -> Ended:
        """Let the child do its act; TimeoutError when it hangs."""
        self._socket.sendall(b"go\n")
        said = []
        for line in self._lines:
            if line.startswith("ended "):
                status = os.waitstatus_to_exitcode(int(line.removeprefix("ended ")))
                assert status in (0, -signal.SIGKILL), f"ended with {status} after {said}"
                return Ended(said, status != 0)
            said.append(line.rstrip("\n"))
        raise AssertionError("the nursery itself has ended")

    def __enter__(self) -> Nursery:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()
        self._socket.close()
        if kind is not None:
            self._process.kill()
        self._process.wait()


def serve(line: socket.socket) -> None:
    """Bear a child for each act that is asked for, until nobody asks any more."""
    import acts
    import exchanges  # what takes long to load is loaded once, in the process that bears all others

    while asked := _heard(line):
        pid = os.fork()
        if pid == 0:
            act, place, way = asked.split("\t")
            line.sendall(f"ready {os.getpid()}\n".encode())
            if not _heard(line):
                os._exit(1)  # nobody wants to see it done any more
            _do(
                line,
                (acts.ACTS | exchanges.EXCHANGES)[act],
                Path(place),
                {"do": acts.do, "stubborn": acts.do_stubbornly}[way],
            )
            os._exit(0)
        line.sendall(f"ended {os.waitpid(pid, 0)[1]}\n".encode())


def _do(line: socket.socket, act: object, place: Path, way: object) -> None:
    def say(text: str) -> None:
        line.sendall(text.replace("\n", " ").encode() + b"\n")

    from edge_brain.errors import EdgeBrainError

    try:
        way(act, place, say)  # type: ignore[operator]
    except Exception as error:
        known = isinstance(error, EdgeBrainError)
        say(f"refused: {error}" if known else f"broken: {''.join(traceback.format_exception(error)[-6:])}")


def _heard(line: socket.socket) -> str:
    """Return the next line, a character at a time: what follows it is the child's to hear."""
    heard = b""
    while not heard.endswith(b"\n"):
        more = line.recv(1)
        if not more:
            return ""
        heard += more
    return heard.decode().rstrip("\n")


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
