"""A camera that is made up: scripted scenes and scripted faults, to test an app without a camera.

    synthetic:mug*3,plate,nothing?fps=20&hold=2&seed=1&lost=3-5&black=9-10

    mug          a scene, shown for `hold` seconds; the next one of the same name is the same kind of thing
                 in another place and light, as one would take it again
    mug*3        three such scenes, one after the other
    nothing      an empty table
    then         all over again, with new scenes, for ever

option                  default
fps=20                  10          pictures a second
hold=2                  2           seconds a scene stays
size=640x480            320x240     of the pictures
seed=1                  0           another world: other things, other places, other noise
once=1                  0           end after the last scene
pace=0                  1           do not wait: as fast as asked for, and `moment` is made-up time
lost=3-5,20-21                      from second 3 to 5 the camera is gone, and says so; likewise
stalled=3-5                         … it gives nothing, and does not say so
frozen=3-9                          … it gives one picture again and again
black=3-6                           … it gives black ones

Everything follows from the spec: the same pictures on every machine. Frames of a scene move a little and have
noise. A shot's `truth` is the name of its scene (None in black), its `burst` the scene.
"""

from __future__ import annotations

import math
import re
import threading
import zlib
from dataclasses import dataclass
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from edge_brain import clock
from edge_brain.capture import spec as specs
from edge_brain.capture.health import Health
from edge_brain.capture.source import Raw, Reader, Shot, Source, State
from edge_brain.capture.spec import Spec
from edge_brain.errors import BadInput, SourceLost

FAULTS = ("lost", "stalled", "frozen", "black")
OPTIONS = ("fps", "hold", "size", "seed", "once", "pace", *FAULTS)
NOTHING = "nothing"
_CELLS = 8  # a thing is a pattern of so many coloured cells each way
_MOTION, _NOISE, _NOISE_TILE = 8, 8, 16  # pixels, levels, pixels
_MOST_SCENES = 10_000


@dataclass(frozen=True)
class Script:
    """What a synthetic camera shows, and when it fails."""

    scenes: tuple[str, ...]
    fps: float
    hold_s: float
    width: int
    height: int
    seed: int
    once: bool
    waits: bool  # shows what is now, as a camera does; else as fast as asked for
    faults: tuple[tuple[str, float, float], ...]  # which, from, to, seconds

    @classmethod
    def of(cls, spec: Spec) -> Script:
        """Read a script from a spec; raises BadInput for one that cannot be meant."""
        options, name = spec.options, spec.name
        specs.known(options, OPTIONS, name)
        width, height = specs.size(options, name) or (320, 240)
        return cls(
            scenes=tuple(_scenes(spec.target, name)),
            fps=specs.number(options, "fps", 10.0, 0.01, 1000.0, name),
            hold_s=specs.number(options, "hold", 2.0, 0.001, 1e6, name),
            width=width,
            height=height,
            seed=int(specs.number(options, "seed", 0, 0, 2**31, name)),
            once=bool(specs.number(options, "once", 0, 0, 1, name)),
            waits=bool(specs.number(options, "pace", 1, 0, 1, name)),
            faults=tuple(found for fault in FAULTS for found in _spans(fault, options.get(fault, ""), name)),
        )

    def fault(self, moment: float) -> tuple[str, float] | None:
        """Return which fault there is at a moment and since when."""
        return next(((fault, start) for fault, start, end in self.faults if start <= moment < end), None)

    def scene(self, moment: float) -> int | None:
        """Return the number of the scene at a moment, counted on through all repetitions; None after the end."""
        number = math.floor(moment / self.hold_s + 1e-9)
        return None if self.once and number >= len(self.scenes) else number


def _scenes(text: str, spec: str) -> list[str]:
    scenes: list[str] = []
    for part in text.split(","):
        found = re.fullmatch(r"([^*]+?)(?:\*(\d{1,5}))?", unquote(part.strip()))
        if not found or found[2] == "0":
            raise BadInput(f"source {spec!r}: {part!r} is not a scene; write names like mug*3,plate,nothing")
        scenes += [found[1]] * int(found[2] or 1)
    if len(scenes) > _MOST_SCENES:
        raise BadInput(f"source {spec!r}: {len(scenes)} scenes, of at most {_MOST_SCENES}")
    return scenes


def _spans(fault: str, text: str, spec: str) -> list[tuple[str, float, float]]:
    spans = []
    for part in filter(None, text.split(",")):
        found = re.fullmatch(r"(\d+\.?\d*)-(\d+\.?\d*)", part)
        if not found or not float(found[1]) < float(found[2]):
            raise BadInput(f"source {spec!r}: {fault}={part} is not a span of seconds like 3-5")
        spans.append((fault, float(found[1]), float(found[2])))
    return spans


class Painter:
    """Paints the pictures of a script; picture `number` is due at number ÷ fps."""

    def __init__(self, script: Script) -> None:
        self._script = script
        size = (script.height + _NOISE_TILE, script.width + _NOISE_TILE, 3)
        self._noise = _random(script.seed, "noise").integers(0, _NOISE, size, dtype=np.uint8)
        self._canvas: tuple[int, NDArray[np.uint8]] | None = None  # the scene painted last

    def paint(self, number: int) -> Raw:
        """Return the picture of that number, faults that show included."""
        script, shown = self._script, number
        fault = script.fault(number / script.fps)
        if fault and fault[0] == "frozen":
            shown = math.ceil(fault[1] * script.fps)
        scene = script.scene(shown / script.fps) or 0
        name = script.scenes[scene % len(script.scenes)]
        if fault and fault[0] == "black":
            return Raw(np.zeros((script.height, script.width, 3), np.uint8), burst=f"scene {scene}")
        if self._canvas is None or self._canvas[0] != scene:
            self._canvas = scene, self._paint_scene(name, scene)
        down, right = (round(_MOTION / 2 * (1 + math.sin(shown / pace))) for pace in (7.0, 5.0))
        # neighbours never have the same noise: 7 and 16 have no common divisor
        noise_down, noise_right = 7 * shown % _NOISE_TILE, 5 * (shown // _NOISE_TILE) % _NOISE_TILE
        height, width = script.height, script.width
        pixels = (
            self._canvas[1][down : down + height, right : right + width]
            + self._noise[noise_down : noise_down + height, noise_right : noise_right + width]
        )
        return Raw(pixels, burst=f"scene {scene}", truth=name)

    def _paint_scene(self, name: str, scene: int) -> NDArray[np.uint8]:
        """Paint a scene with a margin to move in, levels 16 to 240, so that noise can be added."""
        script, random = self._script, _random(self._script.seed, "scene", scene)
        cells = np.full((_CELLS, _CELLS, 3), 40.0)
        if name != NOTHING:
            bright = _random(script.seed, name).random(cells.shape) < 0.3
            bright ^= random.random(cells.shape) < 0.11  # its place among other things
            cells = np.where(bright, 215.0, 16.0)
        levels = np.clip(cells * random.uniform(0.9, 1.1), 16, 240).astype(np.uint8)  # light
        rows = np.arange(script.height + _MOTION) * _CELLS // (script.height + _MOTION)
        columns = np.arange(script.width + _MOTION) * _CELLS // (script.width + _MOTION)
        return np.ascontiguousarray(levels[rows][:, columns])


def _random(*seed: int | str) -> np.random.Generator:
    return np.random.default_rng([zlib.crc32(part.encode()) if isinstance(part, str) else part for part in seed])


class SyntheticReader(Reader):
    """The made-up camera as a device that shows what is now; the script runs on from `started`, lost or not."""

    def __init__(self, script: Script, started: float) -> None:
        self._script, self._started = script, started
        self._painter = Painter(script)
        self._next = 0
        self._stopped = threading.Event()

    def read(self) -> Raw | None:
        """Wait for the next picture that is due and return it; None at the end."""
        script = self._script
        while True:
            late = math.floor((clock.elapsed() - self._started) * script.fps)
            number = max(self._next, late)  # as a camera, it passes over what nobody fetched
            moment = number / script.fps
            if self._stopped.wait(max(0.0, self._started + moment - clock.elapsed())):
                raise SourceLost("closed")
            if script.scene(moment) is None:
                return None
            fault = script.fault(moment)
            if fault and fault[0] == "lost":
                raise SourceLost("its script says lost")
            self._next = number + 1
            if not fault or fault[0] != "stalled":
                return self._painter.paint(number)

    def stop(self) -> None:
        """Make a `read` that waits in another thread end soon; returns at once."""
        self._stopped.set()


class Simulated(Source):
    """The made-up camera without waiting: each `next` moves the made-up time on, by its timeout if nothing comes."""

    live = False

    def __init__(self, script: Script, name: str, *, deadline_s: float = 5.0) -> None:
        self.name = name
        self._script, self._deadline_s = script, deadline_s
        self._painter, self._health = Painter(script), Health()
        self._next = 0  # number of the picture that is due next
        self._last = 0.0  # moment of the last shot
        self._closed = False

    @property
    def state(self) -> State:
        """How the source is at the made-up time."""
        script, moment = self._script, self._next / self._script.fps
        if self._closed or script.scene(moment) is None:
            return State("ended")
        # of the picture last due, not of the next one: that is still to come
        fault = script.fault((self._next - 1) / script.fps) if self._next else None
        if fault and fault[0] == "lost":
            return State("lost", "its script says lost")
        if fault and fault[0] == "stalled" and moment - self._last > self._deadline_s:
            return State("lost", f"no picture for {moment - self._last:.0f} s")
        return self._health.state

    def next(self, timeout_s: float = 1.0) -> Shot | None:
        """Return the next shot; None at the end, and when none is due in `timeout_s` of made-up time."""
        script, first = self._script, self._next
        while not self._closed and (self._next - first) / script.fps <= timeout_s:
            number, moment = self._next, self._next / script.fps
            if script.scene(moment) is None:
                return None
            self._next += 1
            fault = script.fault(moment)
            if not fault or fault[0] not in ("lost", "stalled"):
                raw = self._painter.paint(number)
                assert raw.pixels is not None
                self._last = moment
                self._health.saw(raw.pixels, moment)
                return Shot(raw.pixels, number, moment, burst=raw.burst, truth=raw.truth)
        return None

    def close(self) -> None:
        """End it; may be called twice."""
        self._closed = True
