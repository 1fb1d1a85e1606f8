"""What OpenCV gives becomes shots: cameras with a stand-in for cv2.VideoCapture, videos for real."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge_brain import BadInput, SourceLost, open_source
from edge_brain.capture.opencv import Camera


class FakeCapture:
    """As cv2.VideoCapture: gives blue-green-red, now and then fails once, and in the end for good."""

    def __init__(self, target: int | str, api: int) -> None:
        self.target, self.api = target, api
        self.set_: list[tuple[int, float]] = []
        self.reads = 0
        self.released = False

    def isOpened(self) -> bool:
        return self.target != 7

    def set(self, key: int, value: float) -> bool:
        self.set_.append((key, value))
        return True

    def read(self) -> tuple[bool, Any]:
        self.reads += 1
        if self.reads == 2 or self.reads > 4:
            return False, None
        return True, np.full((48, 64, 3), (40, 30, 220), np.uint8)

    def release(self) -> None:
        self.released = True


@pytest.fixture
def captures(monkeypatch: pytest.MonkeyPatch) -> list[FakeCapture]:
    made: list[FakeCapture] = []

    def make(target: int | str, api: int) -> FakeCapture:
        made.append(FakeCapture(target, api))
        return made[-1]

    monkeypatch.setattr(cv2, "VideoCapture", make)
    return made


def test_a_usb_camera_is_asked_for_mjpg_and_gives_red_as_red(captures: list[FakeCapture]) -> None:
    camera = Camera("0", size=(1280, 720), fps=15)
    [capture] = captures
    assert (capture.target, capture.api) == (0, cv2.CAP_V4L2)
    assert capture.set_ == [
        (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),
        (cv2.CAP_PROP_FRAME_WIDTH, 1280),
        (cv2.CAP_PROP_FRAME_HEIGHT, 720),
        (cv2.CAP_PROP_FPS, 15),
        (cv2.CAP_PROP_BUFFERSIZE, 1),
    ]
    pixels = camera.read().pixels
    assert pixels is not None
    assert pixels[0, 0].tolist() == [220, 30, 40]
    camera.close()
    assert capture.released


def test_one_damaged_picture_is_passed_over_and_many_are_a_camera_lost(captures: list[FakeCapture]) -> None:
    camera = Camera("/dev/v4l/by-id/a")
    assert captures[0].target == "/dev/v4l/by-id/a"
    for _ in range(3):
        camera.read()
    with pytest.raises(SourceLost, match="unplugged"):
        camera.read()
    assert captures[0].reads == 14


def test_a_camera_that_does_not_open_is_let_go(captures: list[FakeCapture]) -> None:
    with pytest.raises(SourceLost, match="/dev/video7 does not open; is it plugged in"):
        Camera("7")
    assert captures[0].released


def test_a_video_gives_every_frame_in_order_and_ends(data: Path) -> None:
    with open_source(str(data / "_video" / "carving_ice.mp4")) as source:
        assert not source.live
        taken = [(shot.number, shot.moment) for shot in source]
        assert source.state.condition == "ended"
        assert source.next() is None
    capture = cv2.VideoCapture(str(data / "_video" / "carving_ice.mp4"))
    frames = 0
    while capture.read()[0]:
        frames += 1
    capture.release()
    assert [number for number, _ in taken] == list(range(frames))
    assert 4.0 < taken[-1][1] < 4.6, "the position in a video of 4.4 s"


def test_an_animated_gif_is_a_video(data: Path) -> None:
    with open_source(str(data / "_video" / "bolt-multi-size-detection_preview.gif")) as source:
        moments = [shot.moment for shot in source]
    assert len(moments) == 37
    assert all(one < after for one, after in pairwise(moments))


@pytest.mark.parametrize("content", [b"", b"no video", b"RIFF\0\0\0\0AVI LIST"])
def test_a_file_that_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "film%d.mp4"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="not a video that can be played"):
        open_source(str(path))


def test_a_single_picture_is_refused_with_what_to_give_instead(tmp_path: Path) -> None:
    (tmp_path / "a.JPG").write_bytes(b"whatever")
    with pytest.raises(BadInput, match="a single picture; give the folder"):
        open_source(str(tmp_path / "a.JPG"))
