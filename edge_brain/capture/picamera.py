"""The Raspberry Pi's own cameras, through picamera2, which comes by apt and not by pip.

Its "RGB888" names the bytes of a little-endian word: in memory they lie blue, green, red. So that is what we ask
for, and turn round.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import TimeoutError  # Python's own only from 3.11 on
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from edge_brain import clock
from edge_brain.capture import spec as specs
from edge_brain.capture.source import Raw, Reader
from edge_brain.capture.spec import Spec
from edge_brain.errors import ExtraMissing, SourceLost

_SIZE = 640, 480
_GLANCE_S = 0.2  # how often a `read` that waits looks whether it shall stop


def opener(what: Spec, deadline_s: float) -> Callable[[], Reader]:
    """Return what opens the camera; raises ExtraMissing where there is no picamera2, BadInput for wrong options."""
    specs.known(what.options, ("size", "fps"), what.name)
    size = specs.size(what.options, what.name) or _SIZE
    fps = specs.number(what.options, "fps", 0.0, 1.0, 1000.0, what.name)
    try:
        library = import_module("picamera2")
    except ImportError as error:
        raise ExtraMissing(
            f"source {what.name!r} needs picamera2: `sudo apt install python3-picamera2`, and an environment that sees "
            "it: `python3 -m venv --system-site-packages …`"
        ) from error
    return partial(PiCamera, library, int(what.target), size, fps, deadline_s)


class PiCamera(Reader):
    """A camera at the Pi's ribbon connector."""

    def __init__(self, library: Any, index: int, size: tuple[int, int], fps: float, deadline_s: float) -> None:
        self._deadline_s, self._stopped = deadline_s, threading.Event()
        cameras = library.Picamera2.global_camera_info()
        if index >= len(cameras):
            raise SourceLost(
                f"there is no camera {index}, {len(cameras)} in all; `rpicam-hello --list-cameras` shows them"
            )
        try:
            self._camera = library.Picamera2(index)
        except (RuntimeError, IndexError) as error:
            raise SourceLost(f"the camera does not open: {error}; does another program use it?") from error
        try:
            controls = {"FrameRate": fps} if fps else {}
            wanted = self._camera.create_video_configuration(
                main={"size": size, "format": "RGB888"},
                controls=controls,
                queue=False,  # what is taken after it was asked for, not what lay ready
            )
            self._camera.configure(wanted)
            self._camera.start()
        except BaseException:
            self._camera.close()
            raise

    def read(self) -> Raw:
        """Wait for the next picture and return it."""
        until = clock.elapsed() + self._deadline_s
        job = self._camera.capture_array("main", wait=False)
        while not self._stopped.is_set():
            try:
                picture = job.get_result(timeout=_GLANCE_S)
                return Raw(np.ascontiguousarray(picture[..., 2::-1], dtype=np.uint8))
            except TimeoutError as error:
                if clock.elapsed() >= until:
                    raise SourceLost(f"no picture for {self._deadline_s:g} s; is the ribbon cable seated?") from error
        raise SourceLost("closed")

    def stop(self) -> None:
        """Let the `read` that waits be the last."""
        self._stopped.set()

    def close(self) -> None:
        """Let go of the camera."""
        self.stop()
        self._camera.stop()
        self._camera.close()
