"""The child process that reads a camera: it dies with us, it is killed when it hangs, and it tells no password."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_brain import BadInput, SourceLost, clock
from edge_brain.capture.child import ChildReader, Device
from edge_brain.capture.spec import Spec

OPEN_AND_TELL = """
import os, sys
from edge_brain.capture.child import ChildReader, Device
reader = ChildReader(Device("synthetic:mug?fps=50"), deadline_s=10.0)
reader.read()
if "fork" in sys.argv and os.fork() == 0:
    sys.stdin.read()  # a fork that holds the pipe to the child open
    os._exit(0)
print(reader._process.pid, flush=True)
while True:
    reader.read()
"""


def until(met: Callable[[], object]) -> None:
    guard, pause = clock.elapsed() + 30, threading.Event()
    while not met():
        assert clock.elapsed() < guard
        pause.wait(0.01)


def runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("fork", [[], ["fork"]], ids=["alone", "with a fork that holds the pipe"])
def test_the_child_is_gone_after_the_parent_was_killed(fork: list[str]) -> None:
    command = [sys.executable, "-W", "ignore", "-c", OPEN_AND_TELL, *fork]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert runs(child)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        until(lambda: not runs(child))


def test_a_child_that_gives_nothing_is_lost_after_the_deadline_and_killed() -> None:
    reader = ChildReader(Device("synthetic:mug?fps=50&stalled=0.2-1000"), deadline_s=0.3)
    with pytest.raises(SourceLost, match=r"^no picture for 0\.3 s$"):
        while True:
            reader.read()
    reader.close()
    assert not runs(reader._process.pid)


def test_a_child_that_dies_is_lost() -> None:
    reader = ChildReader(Device("synthetic:mug?fps=50"), deadline_s=10.0)
    reader.read()
    os.kill(reader._process.pid, signal.SIGKILL)
    with pytest.raises(SourceLost, match="died"):
        while True:
            reader.read()
    reader.close()


def test_the_child_tells_why_the_device_is_lost_and_when_it_has_ended() -> None:
    for script, reason in (("mug?lost=0-9", "its script says lost"), ("mug?once=1&hold=0.1", "")):
        reader = ChildReader(Device(f"synthetic:{script}"), deadline_s=10.0)
        if reason:
            with pytest.raises(SourceLost, match=reason):
                reader.read()
        else:
            while reader.read() is not None:
                pass
        reader.close()


def test_what_the_child_reads_arrives_to_the_bit() -> None:
    from edge_brain.capture.painter import Painter
    from edge_brain.capture.script import Script

    painter = Painter(Script.of(Spec.parse("synthetic:mug,plate?fps=20&size=640x480")))
    reader = ChildReader(Device("synthetic:mug,plate?fps=20&size=640x480"), deadline_s=10.0)
    raw = reader.read()
    reader.close()
    assert raw is not None
    assert raw.pixels is not None
    assert (raw.truth, raw.burst) == ("mug", "scene 0")
    assert raw.pixels.tobytes() in [painter.paint(number).pixels.tobytes() for number in range(20)]


def test_no_command_line_shows_the_password() -> None:
    reader = ChildReader(Device("rtsp://admin:hush@127.0.0.1:9/"), deadline_s=10.0)
    line = Path(f"/proc/{reader._process.pid}/cmdline").read_bytes()
    with pytest.raises(SourceLost, match="does not open") as lost:
        reader.read()
    reader.close()
    assert b"hush" not in line
    assert "hush" not in str(lost.value)


def test_a_device_that_is_not_there_says_what_to_do() -> None:
    reader = ChildReader(Device("/dev/v4l/by-id/none"), deadline_s=10.0)
    with pytest.raises(SourceLost, match="is it plugged in") as lost:
        reader.read()
    reader.close()
    assert "/dev/v4l/by-id/none" in str(lost.value)


def test_the_options_of_a_camera_reach_it() -> None:
    assert Device.of(Spec.parse("usb:0?size=1280x720&fps=15")) == Device("0", 1280, 720, 15.0)
    assert Device.of(Spec.parse("/dev/video2")) == Device("/dev/video2")
    with pytest.raises(BadInput, match="there is no option 'zoom'; there are size, fps"):
        Device.of(Spec.parse("usb:0?zoom=2"))
