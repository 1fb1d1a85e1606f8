"""The only module that opens a device: cameras and streams for the child process, videos for everybody.

OpenCV gives BGR; it ends here.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_brain import files
from edge_brain.capture.source import Raw, Reader, Shot, Source, State
from edge_brain.errors import BadInput, SourceLost

_BAD_READS = 10  # in a row: a camera's MJPG is now and then damaged, an unplugged camera fails at once each time
# OpenCV reads it when it opens a stream; TCP, because over UDP a lost packet is half a grey picture
_FFMPEG = "rtsp_transport;tcp|fflags;nobuffer|flags;low_delay"


class Camera(Reader):
    """A USB camera or an RTSP stream. Its `read` may hang for ever, which is why it runs in a child process."""

    def __init__(self, target: str, *, size: tuple[int, int] | None = None, fps: float = 0) -> None:
        if target.startswith("rtsp"):
            os.putenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", _FFMPEG)
            self._capture = cv2.VideoCapture(target, cv2.CAP_FFMPEG)
            reason = "the stream does not open; is the address right, with user and password, and is the camera on?"
        else:
            device = f"/dev/video{target}" if target.isdecimal() else target
            self._capture = cv2.VideoCapture(int(target) if target.isdecimal() else target, cv2.CAP_V4L2)
            there = "is it no camera, or does another program use it?" if Path(device).exists() else "is it plugged in?"
            reason = f"{device} does not open; {there} `ls /dev/v4l/by-id` shows the cameras"
        if not self._capture.isOpened():
            self._capture.release()
            raise SourceLost(reason)
        if not target.startswith("rtsp"):
            self._ask(size, fps)

    def _ask(self, size: tuple[int, int] | None, fps: float) -> None:
        """Ask a V4L2 device for MJPG, which USB 2 has room for, and for what was wished; it may do otherwise."""
        self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        if size is not None:
            self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
            self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
        if fps:
            self._capture.set(cv2.CAP_PROP_FPS, fps)
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)

    def read(self) -> Raw:
        """Wait for the next picture and return it."""
        for _ in range(_BAD_READS):
            got, picture = self._capture.read()
            if got and picture is not None:
                return Raw(_rgb(picture))
        raise SourceLost("it gives no more pictures; was it unplugged or switched off?")

    def stop(self) -> None:
        """Do nothing: whoever waits for this kills the process."""

    def close(self) -> None:
        """Let go of the device."""
        self._capture.release()


class Video(Source):
    """A video file: every frame in order, then the end."""

    live = False

    def __init__(self, path: str) -> None:
        self.name = files.printable(path)
        # not CAP_ANY: that would take a name with % for a series of pictures
        self._capture: cv2.VideoCapture | None = cv2.VideoCapture(path, cv2.CAP_FFMPEG)
        self._number, self._moment = 0, 0.0
        self._step = 1 / (self._capture.get(cv2.CAP_PROP_FPS) or 25.0)
        self._ahead = self._read()  # one, so that a file that is no video is refused at once
        if self._ahead is None:
            self.close()
            raise BadInput(
                f"source {self.name}: not a video that can be played; give a whole MP4, AVI, MKV, WebM or GIF"
            )

    @property
    def state(self) -> State:
        """How the source is: "ok" until the last frame was given."""
        return State("ok" if self._ahead else "ended")

    def next(self, timeout_s: float = 1.0) -> Shot | None:
        """Return the next frame; None at the end."""
        shot = self._ahead
        if shot is not None:
            self._ahead = self._read()
        return shot

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        if self._capture is not None:
            self._capture.release()
        self._capture = self._ahead = None

    def _read(self) -> Shot | None:
        if self._capture is None:
            return None
        got, picture = self._capture.read()
        if not got or picture is None:
            return None
        position = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if self._number and not position > self._moment:  # some files give none, or go back
            position = self._moment + self._step
        shot = Shot(_rgb(picture), self._number, position)
        self._number, self._moment = self._number + 1, position
        return shot


def _rgb(picture: Any) -> NDArray[np.uint8]:
    grey = picture.ndim == 2 or picture.shape[2] == 1
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB if grey else cv2.COLOR_BGR2RGB), dtype=np.uint8)
