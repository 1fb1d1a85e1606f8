"""The child process in which cameras and streams are read: what hangs there is killed.

parent  ChildReader ── stdin: the device, one line of JSON; stays open as long as we live ──>  child  serve()
                    <── stdout: head, note, pixels; head, note, pixels; …                ──

head    kind (P picture, F failure, E end), height, width, length of the note
note    of a picture JSON with burst and truth, or nothing; of a failure the reason

The device goes by the pipe, not by the command line, where everybody would see the password. The child ends when
its stdin does or it gets another parent, so that no orphan keeps the camera open, not even after kill −9.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import numpy as np

from edge_brain import clock
from edge_brain.capture import spec as specs
from edge_brain.capture.source import Raw, Reader
from edge_brain.capture.spec import Spec
from edge_brain.errors import SourceLost

_HEAD = struct.Struct("<cIII")
_PIPE_BYTES = 2**20  # the most that Linux gives everybody; the 64 KiB of a new pipe cost twice the time
_LARGEST = 2**28  # bytes of one picture; more is nonsense
_START_S = 10.0  # at least, until the first picture: Python and OpenCV start, a stream waits for its key frame
# -c, not -m: the folder we stand in must not be searched first, and edge_brain is found wherever the parent has it
_PROGRAM = (
    "import sys; sys.path[:] = [*filter(None, sys.path), {!r}]; from edge_brain.capture.child import serve; serve()"
)


@dataclass(frozen=True)
class Device:
    """What the child opens."""

    target: str  # index, path or URL, or a synthetic spec that stands in for a device
    width: int = 0  # 0: as the device likes
    height: int = 0
    fps: float = 0.0

    @classmethod
    def of(cls, what: Spec) -> Device:
        """Read the device from a spec; raises BadInput for options that cannot be meant."""
        if what.target.startswith("synthetic:"):
            from edge_brain.capture.script import Script

            Script.of(Spec.parse(what.target))  # wrong ones are refused here, not in the child
            return cls(what.target)
        specs.known(what.options, ("size", "fps"), what.name)
        width, height = specs.size(what.options, what.name) or (0, 0)
        return cls(what.target, width, height, specs.number(what.options, "fps", 0.0, 1.0, 1000.0, what.name))

    def open(self) -> Reader:
        """Open it, in the child."""
        if self.target.startswith("synthetic:"):
            from edge_brain.capture.script import Script
            from edge_brain.capture.synthetic import SyntheticReader

            return SyntheticReader(Script.of(Spec.parse(self.target)), clock.elapsed())
        from edge_brain.capture.opencv import Camera

        return Camera(self.target, size=(self.width, self.height) if self.width else None, fps=self.fps)


# ── the parent's side ───────────────────────────────────────────────────────────────────────────


class ChildReader(Reader):
    """A device that is read in a child process; one that gives nothing for `deadline_s` is killed."""

    def __init__(self, device: Device, *, deadline_s: float) -> None:
        self._deadline_s, self._patience_s = deadline_s, max(_START_S, deadline_s)
        root = str(Path(__file__).resolve().parents[2])
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM.format(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # OpenCV and FFmpeg talk there, and may say the password
            bufsize=0,
            start_new_session=True,  # else Ctrl-C in a terminal would take the camera from a parent that ends in order
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._pipe = self._process.stdout
        with suppress(OSError):  # more than this user may have: it works with less
            fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        with suppress(BrokenPipeError):  # it died at once; `read` says so
            self._process.stdin.write(json.dumps(asdict(device)).encode() + b"\n")

    def read(self) -> Raw | None:
        """Wait for the next picture and return it; None at the end."""
        until = clock.elapsed() + self._patience_s
        kind, height, width, note_bytes = _HEAD.unpack(self._exactly(_HEAD.size, until))
        if not (kind in b"PFE" and height * width * 3 <= _LARGEST and note_bytes <= _LARGEST):
            raise SourceLost("the child process that reads it wrote nonsense")
        note = bytes(self._exactly(note_bytes, until)).decode()
        if kind == b"F":
            raise SourceLost(note)
        if kind == b"E":
            return None
        pixels = np.frombuffer(self._exactly(height * width * 3, until), np.uint8).reshape(height, width, 3)
        self._patience_s = self._deadline_s
        return Raw(pixels, **json.loads(note or "{}"))

    def stop(self) -> None:
        """Kill the child, which ends a `read` that waits."""
        self._process.kill()

    def close(self) -> None:
        """Kill the child and wait until it is gone, and the device free."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        with suppress(subprocess.TimeoutExpired):  # it hangs inside the kernel, and dies when its driver lets go
            self._process.wait(self._deadline_s)

    def _exactly(self, size: int, until: float) -> bytearray:
        """Read so many bytes; raises SourceLost when the child ends or `until` is past."""
        data = bytearray(size)
        rest = memoryview(data)
        while rest:
            if not select.select([self._pipe], [], [], max(0.0, until - clock.elapsed()))[0]:
                raise SourceLost(f"no picture for {self._patience_s:g} s")
            got = os.readv(self._pipe.fileno(), [rest])
            if not got:
                raise SourceLost("the child process that reads it has died")
            rest = rest[got:]
        return data


# ── the child's side ────────────────────────────────────────────────────────────────────────────


def serve() -> None:
    """Read the device that stdin names, and write its pictures to stdout, until the parent is gone."""
    # what a library prints must not come between the pictures
    pipe = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    stdin = os.fdopen(0, "rb", buffering=0, closefd=False)  # unbuffered: `_die_with` watches it
    device = Device(**json.loads(stdin.readline()))
    threading.Thread(target=_die_with, args=(os.getppid(),), daemon=True).start()
    try:
        reader = device.open()
        while (raw := reader.read()) is not None:
            _write(pipe, b"P", raw)
        _write(pipe, b"E")
    except SourceLost as error:
        _write(pipe, b"F", note=str(error))


def _write(pipe: IO[bytes], kind: bytes, raw: Raw | None = None, note: str = "") -> None:
    height, width = raw.pixels.shape[:2] if raw is not None and raw.pixels is not None else (0, 0)
    if raw is not None and raw.burst is not None:
        note = json.dumps({"burst": raw.burst, "truth": raw.truth})
    text = note.encode()
    pipe.write(_HEAD.pack(kind, height, width, len(text)) + text)
    if raw is not None and raw.pixels is not None:
        rest = memoryview(raw.pixels.data).cast("B")
        while rest:
            rest = rest[pipe.write(rest) :]


def _die_with(parent: int) -> None:
    """Kill this process when its parent is gone: a device that hangs would not let it end otherwise."""
    while os.getppid() == parent:
        # readable means the end of it: nothing more is ever written. A fork of the parent may hold it open
        if select.select([0], [], [], 1.0)[0] and not os.read(0, 1):
            break
    os.kill(os.getpid(), signal.SIGKILL)
