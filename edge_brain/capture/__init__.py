"""Where frames come from: cameras, streams, videos, folders, and a synthetic camera, behind one small interface.

with open_source("usb:0") as source:
    for shot in source:
        brain.predict(shot.pixels)

usb:0  usb:/dev/v4l/by-id/…     opencv     in a child process: a device that hangs is killed
picamera  picamera:1            picamera   the Pi's own cameras
rtsp://…                        opencv     in a child process
http://…  https://…             mjpeg      MJPEG, or a still picture asked for again and again
FILE                            opencv     a video
DIR                             folder     pictures as they come to lie there
synthetic:…                     synthetic  scripted scenes and faults, for tests
"""

from __future__ import annotations

from edge_brain.capture.source import Shot, Source, State

__all__ = ["Shot", "Source", "State"]


def open_source(spec: str, *, wait: bool = False, back_off_s: float = 0.5, deadline_s: float = 5.0) -> Source:
    """Open a source."""
    raise NotImplementedError
