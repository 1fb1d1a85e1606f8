"""What every source promises, whatever is behind it: one suite for all, cameras that stall and are cut included."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from cameras import MjpegServer, RtspServer, Server, is_red, picamera2, red

from edge_brain import BadInput, Shot, Source, SourceLost, clock, open_source
from edge_brain.capture import folder, mjpeg
from edge_brain.images import encode_jpeg

pytestmark = pytest.mark.usefixtures("once")  # no runtime is asked for here

LONG_S = 30.0  # an upper guard on a slow machine, never what is measured


def until(met: Callable[[], object], what: str = "") -> None:
    """Wait until something is so."""
    guard, pause = clock.elapsed() + LONG_S, threading.Event()
    while not met():
        assert clock.elapsed() < guard, what or "waited too long"
        pause.wait(0.01)


def children() -> set[int]:
    """Return the processes that this one has started and that are not gone, ended ones included."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                status = (entry / "stat").read_text()
            except OSError:  # gone meanwhile
                continue
            if int(status.rpartition(")")[2].split()[1]) == os.getpid():
                found.add(int(entry.name))
    return found


def handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


class Rig:
    """A source under test and what can happen to it."""

    spec: str
    shows_red = True
    live = True
    deadline_s = 0.6
    back_off_s = 0.05

    def open(self, *, wait: bool = False) -> Source:
        return open_source(self.spec, wait=wait, back_off_s=self.back_off_s, deadline_s=self.deadline_s)

    def stall(self) -> None:
        """Let it give nothing, and not say so."""

    def cut(self) -> None:
        """Let it break off; it may come again by itself."""

    def mend(self) -> None:
        """Let it be as before."""

    def close(self) -> None:
        """Take it down."""


class Served(Rig):
    """A camera on the network."""

    def __init__(self, server: Server, spec: str) -> None:
        self.server, self.spec = server, spec

    def stall(self) -> None:
        self.server.stalled.set()

    def cut(self) -> None:
        self.server.cut()

    def mend(self) -> None:
        self.server.stalled.clear()

    def close(self) -> None:
        self.server.close()


class Usb(Rig):
    """The made-up camera in the child process where a real one would be read."""

    spec = "usb:synthetic:mug,plate?fps=25&hold=100"
    shows_red = False

    def __init__(self) -> None:
        self._before = children()

    def _signal(self, number: signal.Signals) -> None:
        for child in children() - self._before:
            os.kill(child, number)

    def stall(self) -> None:
        self._signal(signal.SIGSTOP)  # as a driver that hangs

    def cut(self) -> None:
        self._signal(signal.SIGKILL)


class Still(Served):
    """A camera on the network that is asked for one picture after the other."""

    def cut(self) -> None:
        self.server.status = b"503 Busy"

    def mend(self) -> None:
        self.server.status = b"200 OK"
        self.server.stalled.clear()


class Synthetic(Rig):
    """The made-up camera; what happens to it is in its script."""

    shows_red = False

    def __init__(self, fault: str) -> None:
        self.spec = f"synthetic:mug,plate?fps=25&hold=100&{fault}=0.5-2"


class PiCamera(Rig):
    spec = "picamera"

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.module = picamera2()
        monkeypatch.setitem(sys.modules, "picamera2", self.module)
        self.stall, self.mend = self.module.stalled.set, self.module.stalled.clear


class Simulated(Rig):
    spec = "synthetic:mug,plate?fps=25&hold=100&pace=0&stalled=1-4&lost=5-6"
    shows_red = live = False


class Video(Rig):
    live = False

    def __init__(self, tmp_path: Path) -> None:
        self.spec = str(tmp_path / "red.avi")
        writer = cv2.VideoWriter(self.spec, cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (64, 48))
        for number in range(30):
            writer.write(red(number)[..., ::-1])
        writer.release()


class Folder(Rig):
    live = False

    def __init__(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "inbox"
        self.spec = str(self.folder)
        self.folder.mkdir()
        for number in range(8):
            (self.folder / f"{number}.jpg").write_bytes(encode_jpeg(red(number)))

    def stall(self) -> None:
        self.folder.rename(self.folder.with_name("elsewhere"))

    cut = stall

    def mend(self) -> None:
        self.folder.with_name("elsewhere").rename(self.folder)


KINDS = ("usb", "rtsp", "mjpeg", "still", "picamera", "synthetic", "simulated", "video", "folder")
LIVE = KINDS[:6]
CAN_STALL = ("usb", "rtsp", "mjpeg", "still", "picamera", "stalled", "folder")
CAN_BREAK = ("usb", "rtsp", "mjpeg", "still", "synthetic")
PASSWORD = "hush%40hush"


def rig_of(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    if kind == "usb":
        return Usb()
    if kind == "rtsp":
        rtsp = RtspServer()
        return Served(rtsp, f"rtsp://admin:{PASSWORD}@127.0.0.1:{rtsp.port}/live?token=hushhush")
    if kind in ("mjpeg", "still"):
        http = MjpegServer("Authorization: Basic YWRtaW46aHVzaEBodXNo\r\n")
        path = "stream" if kind == "mjpeg" else "still.jpg"
        return (Served if kind == "mjpeg" else Still)(
            http, f"http://admin:{PASSWORD}@127.0.0.1:{http.port}/{path}?pwd=hushhush"
        )
    if kind == "picamera":
        return PiCamera(monkeypatch)
    if kind in ("video", "folder"):
        return Video(tmp_path) if kind == "video" else Folder(tmp_path)
    return Simulated() if kind == "simulated" else Synthetic("lost" if kind == "synthetic" else "stalled")


@pytest.fixture
def rig(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(mjpeg, "STILL_S", 0.02)
    monkeypatch.setattr(folder, "POLL_S", 0.02)
    rig = rig_of(request.param, tmp_path, monkeypatch)
    yield rig
    rig.close()


def of(*kinds: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("rig", kinds, indirect=True)


def shots(source: Source, count: int) -> list[Shot]:
    """Return the next shots, waiting for each as long as it takes."""
    taken: list[Shot] = []
    guard = clock.elapsed() + LONG_S
    while len(taken) < count:
        assert clock.elapsed() < guard, source.state
        shot = source.next(0.5)
        if shot is not None:
            taken.append(shot)
    return taken


@of(*KINDS)
def test_a_source_gives_rgb_shots_whose_numbers_and_moments_go_forward(rig: Rig) -> None:
    with rig.open() as source:
        assert source.live == rig.live
        taken = shots(source, 5)
        assert source.state.condition == "ok"
    for shot in taken:
        assert shot.pixels.dtype == np.uint8
        assert shot.pixels.ndim == 3
        assert shot.pixels.shape[2] == 3
        assert shot.pixels.flags.c_contiguous
        assert is_red(shot.pixels) or not rig.shows_red
    for one, after in pairwise(taken):
        assert after.number > one.number
        assert after.moment > one.moment
    assert len({shot.pixels.tobytes() for shot in taken}) > 1, "not one picture over and over"


@of(*LIVE)
def test_a_slow_reader_of_a_live_source_sees_no_old_pictures(rig: Rig) -> None:
    with rig.open() as source:
        first = shots(source, 1)[0]
        until(lambda: source._number > first.number + 5)
        newest = source._number - 1
        assert shots(source, 1)[0].number >= newest


@of(*KINDS)
def test_a_source_closes_twice_and_leaves_nothing_behind(rig: Rig) -> None:
    threads, processes = set(threading.enumerate()), children()
    rig.open().close()  # once before, so that what libraries open for good does not count
    until(lambda: children() == processes)
    open_handles = handles()
    source = rig.open()
    shots(source, 2)
    source.close()
    source.close()
    assert source.state.condition == "ended"
    assert source.next(0.1) is None
    assert list(source) == []
    until(lambda: {t for t in threading.enumerate() if t.name != "a test's camera"} <= threads)
    until(lambda: children() == processes)
    until(lambda: handles() <= open_handles, "a handle is left")


@of(*CAN_STALL)
def test_a_source_that_stalls_keeps_the_timeout_is_lost_and_heals(rig: Rig) -> None:
    with rig.open() as source:
        last = shots(source, 2)[-1]
        rig.stall()
        begun = clock.elapsed()
        while source.state.condition == "ok":
            before = clock.elapsed()
            shot = source.next(0.05)
            assert clock.elapsed() - before < 5
            last = shot or last
            assert clock.elapsed() - begun < 10, "lost is said within 10 s"
        assert source.state.condition == "lost"
        assert source.state.detail
        rig.mend()
        if isinstance(rig, Folder):
            (rig.folder / "new.jpg").write_bytes(encode_jpeg(red(7)))
        again = shots(source, 1)[0]
        assert again.number > last.number
        assert again.moment > last.moment
        assert source.state.condition == "ok"


@of(*CAN_BREAK)
def test_a_source_that_is_cut_is_lost_and_heals(rig: Rig) -> None:
    rig.back_off_s = 0.3
    with rig.open() as source:
        last = shots(source, 2)[-1]
        rig.cut()
        until(lambda: source.state.condition == "lost")
        assert source.state.detail
        rig.mend()
        until(lambda: source.state.condition == "ok")
        assert shots(source, 1)[0].number > last.number


@of("rtsp", "mjpeg", "still")
def test_a_password_is_never_shown(rig: Rig) -> None:
    assert isinstance(rig, Served)
    with rig.open() as source:
        shots(source, 1)
        said = [source.name]
        rig.server.close()
        until(lambda: source.state.condition == "lost")
        said.append(source.state.detail)
    with pytest.raises(SourceLost) as lost:
        rig.open()
    said += [str(lost.value), repr(lost.value)]
    assert source.name.partition("?")[0] in str(lost.value)
    assert not any("hush" in text for text in said), said
    assert "127.0.0.1" in source.name


@of("rtsp", "mjpeg", "still", "picamera", "folder")
def test_a_source_that_is_not_there_is_lost_at_once_or_waited_for(rig: Rig) -> None:
    rig.stall()
    if isinstance(rig, Served):
        rig.spec = rig.spec.replace(str(rig.server.port), "9")  # the discard port: nobody listens
    if isinstance(rig, PiCamera):
        rig.module.running.append(0)  # another program has it
    if isinstance(rig, Folder):
        rig.spec += "/"
    with pytest.raises(SourceLost):
        rig.open()
    with rig.open(wait=True) as source:
        assert source.next(0.05) is None
        assert source.state.condition == "lost"
        if isinstance(rig, PiCamera):
            rig.module.running.clear()
        if not isinstance(rig, Served):
            rig.mend()
            assert shots(source, 1)
            assert source.state.condition == "ok"


@pytest.mark.parametrize(
    "spec",
    [
        "", "nonsense", "usb:", "usb:one", "usb:0?size=big", "usb:0?colour=red", "picamera:x", "rtsp://", "http:///a",
        "http://user:pa/ss@camera/", "http://user:hush@camera:port/", "rtsp://camera/a b", "synthetic:",
        "synthetic:mug*0", "synthetic:mug?fps=0", "synthetic:mug?fps=fast", "synthetic:mug?lost=5-3",
        "synthetic:mug?speed=2", "synthetic:mug?fps=1&fps=2", "usb:synthetic:mug?lost=x", "no/such/file.mp4", "a\0b",
    ],
)  # fmt: skip
def test_a_spec_that_cannot_be_meant_is_refused_at_once(spec: str) -> None:
    threads = threading.active_count()
    for wait in (False, True):
        with pytest.raises(BadInput, match="source ") as refused:
            open_source(spec, wait=wait)
        assert "hush" not in str(refused.value)
        assert "pa/ss" not in str(refused.value)
    assert threading.active_count() == threads


@pytest.mark.parametrize("wrong", [{"back_off_s": 0.0}, {"deadline_s": -1.0}, {"deadline_s": float("nan")}])
def test_deadlines_are_seconds_above_zero(wrong: dict[str, float]) -> None:
    with pytest.raises(BadInput, match="seconds above 0"):
        open_source("synthetic:mug", **wrong)
