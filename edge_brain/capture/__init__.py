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

from collections.abc import Callable
from functools import partial

from edge_brain import clock
from edge_brain.capture.healing import Live
from edge_brain.capture.source import Reader, Shot, Source, State
from edge_brain.capture.spec import Spec
from edge_brain.errors import BadInput, SourceLost

__all__ = ["Shot", "Source", "State", "open_source"]


def open_source(spec: str, *, wait: bool = False, back_off_s: float = 0.5, deadline_s: float = 5.0) -> Source:
    """Open a camera, stream, video or folder; use it in a `with` and iterate over its shots.

    A source that gives nothing for `deadline_s` is lost: `state` says so, `next` returns None, and it is opened again,
    first after `back_off_s`, then after twice as long each time, up to 30 s. With `wait` that is so from the start.
    Raises BadInput for a spec that cannot be meant, SourceLost for one that does not open, and ExtraMissing.
    """
    if not (back_off_s > 0 and deadline_s > 0):
        raise BadInput(f"back_off_s={back_off_s}, deadline_s={deadline_s}: give seconds above 0")
    what = Spec.parse(spec)
    if what.kind == "video":
        from edge_brain.capture.opencv import Video

        return Video(what.target)
    if what.kind == "folder":
        return _folder(what, wait)
    if what.kind == "synthetic":
        from edge_brain.capture.script import Script
        from edge_brain.capture.synthetic import Simulated

        script = Script.of(what)
        if not script.waits:
            return Simulated(script, what.name, deadline_s=deadline_s)
    source = Live(what.name, _opener(what, deadline_s), back_off_s=back_off_s, deadline_s=deadline_s)
    return source if wait else source.open()


def _folder(what: Spec, wait: bool) -> Source:
    from edge_brain.capture.folder import Folder

    folder = Folder(what.target)
    lost = folder.look()
    if lost and not wait:
        raise SourceLost(lost)
    return folder


def _opener(what: Spec, deadline_s: float) -> Callable[[], Reader]:
    """Return what opens the device, again and again; what can be known to be wrong before is raised here."""
    if what.kind == "http":
        from edge_brain.capture.mjpeg import HttpReader

        return partial(HttpReader, what.target, deadline_s=deadline_s)
    if what.kind == "picamera":
        from edge_brain.capture.picamera import opener

        return opener(what, deadline_s)
    if what.kind == "synthetic":
        from edge_brain.capture.script import Script
        from edge_brain.capture.synthetic import SyntheticReader

        return partial(SyntheticReader, Script.of(what), clock.elapsed())
    from edge_brain.capture.child import ChildReader, Device

    return partial(ChildReader, Device.of(what), deadline_s=deadline_s)
