"""Read the script of a synthetic camera: which scenes it shows, and when it fails.

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

A comma, star, ampersand or percent sign in a name is written %2C, %2A, %26, %25. Everything follows from the spec.
A shot's `truth` is the name of its scene (None in black), its `burst` the scene.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from urllib.parse import unquote

from edge_brain.capture import spec as specs
from edge_brain.capture.spec import Spec
from edge_brain.errors import BadInput

FAULTS = ("lost", "stalled", "frozen", "black")
OPTIONS = ("fps", "hold", "size", "seed", "once", "pace", *FAULTS)
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
