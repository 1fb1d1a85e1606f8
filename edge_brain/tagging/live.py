"""A session before a camera: a key tags what the source shows now.

A burst goes on as long as the same class is tagged and the picture still shows the scene of the burst's frames, by
the rules that captured frames have (`field.bursts`: the source's own word, else likeness and pause). The person ends
it by saying that the thing was moved. It is named after its first frame.

What is seen between two tags does not end it: a hand that passes through must not make one scene count as two.

A camera shows what is now, a video is played at its own pace, and a picture of a folder stays until it is tagged or
skipped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from edge_brain import clock, quality
from edge_brain.brain import Brain
from edge_brain.capture.source import Shot, Source, State
from edge_brain.field.bursts import Bursts
from edge_brain.records import Exposure, Tag, Tagging
from edge_brain.tagging.session import WHO, Done, Session

_PATIENCE_S = 0.05  # for a shot: keys wait as long
_REMEMBERED = 32  # frames of a burst
_LEAP_S = 0.5  # a video that we are slower than is not run after
_STALE = ("lost", "frozen", "black")  # what is shown is not what is there


@dataclass(frozen=True)
class _Seen:
    """A shot that was looked at."""

    shot: Shot
    code: bytes  # int8
    taken_at: float | None  # seconds since 1970


@dataclass(frozen=True)
class _Tagged:
    """What is remembered of a shot that was tagged; its pixels are not, they are large."""

    id: str
    code: bytes  # int8
    moment: float
    hint: str | None  # the source's, which scene it is


@dataclass(frozen=True)
class _Stand:
    """What decides about bursts."""

    frames: tuple[_Tagged, ...] = ()  # of the last burst
    parted: bool = False  # the next tag begins a burst, whatever it looks like


class Live(Session):
    """Tags what a source shows."""

    def __init__(self, brain: Brain, source: Source) -> None:
        self.source = source
        self._seen: _Seen | None = None
        self._stand = _Stand()
        self._position: float | None = None  # seconds, in what is played
        self._paused = False
        super().__init__(brain)
        self.commands |= {"n": self.part, " ": self.pause, "s": self.skip, "right": self.skip}

    @property
    def title(self) -> str:
        """The source."""
        return self.source.name

    @property
    def help(self) -> tuple[tuple[str, str], ...]:
        """The keys that mean something now."""
        return ("n", "moved"), ("s →", "skip") if self._stays else ("space", "hold")

    @property
    def state(self) -> State:
        """How the source is."""
        return self.source.state

    @property
    def paused(self) -> bool:
        """Whether the picture is held."""
        return self._paused

    @property
    def pixels(self) -> NDArray[np.uint8] | None:
        """The picture that is shown."""
        return None if self.shot is None else self.shot.pixels

    @property
    def shot(self) -> Shot | None:
        """The shot that is shown."""
        return None if self._seen is None else self._seen.shot

    @property
    def code(self) -> bytes:
        """The code of what is shown, int8."""
        return b"" if self._seen is None else self._seen.code

    @property
    def parted(self) -> bool:
        """Whether the next tag begins a burst because a person said that the thing was moved."""
        return self._stand.parted

    @property
    def place(self) -> str:
        """The burst that a tag would go on with, or that it would begin one."""
        if not self.done:
            return "no burst yet: a key begins one"
        last, number = self.done[-1], len(self.bursts)
        if not self._goes_on(last.label):
            return f"new scene: a key begins burst {number + 1}"
        frames = {frame for each in self.done if each.burst == last.burst for frame in each.were}
        return f"burst {number}: {len(frames)} × {last.label}"

    # ── looking ─────────────────────────────────────────────────────────────────────────────────

    def step(self, passed_s: float) -> None:
        """Look at the newest shot of a live source, or play any other by so many seconds."""
        if self._paused or self._stays:
            return
        shot = self.source.next(_PATIENCE_S) if self.source.live else self._play(passed_s)
        if shot is not None:
            self._look(shot)

    @property
    def _stays(self) -> bool:
        """Whether a picture is shown that waits for a key: the file of a folder."""
        return not self.source.live and self._seen is not None and self._seen.shot.data is not None

    def _play(self, passed_s: float) -> Shot | None:
        """Return the shot that is to be seen now, of a source that waits for us; None while none is."""
        newest = None
        if self._position is not None:
            self._position += min(passed_s, _LEAP_S)
        while newest is None or newest.data is None:
            latest = newest or (None if self._seen is None else self._seen.shot)
            if latest is not None and self._position is not None and latest.moment >= self._position:
                break
            shot = self.source.next(_PATIENCE_S)
            if shot is None or self._position is None:  # time stands still while nothing comes
                self._position = None if shot is None else shot.moment
                return shot or newest
            newest = shot
        return newest

    def _look(self, shot: Shot) -> None:
        now = clock.now() if self.source.live else None
        self._seen = _Seen(shot, b"", now if shot.taken_at is None else shot.taken_at)
        self.think()

    def think(self) -> None:
        """Ask the brain what the shot shows."""
        if self._seen is not None:
            ((code, self.prediction),) = self.brain.look_at([self._seen.shot.pixels])
            self._seen = replace(self._seen, code=code)

    # ── commands ────────────────────────────────────────────────────────────────────────────────

    def tag(self, label: str) -> str:
        """Tag the shot that is shown."""
        seen = self._seen
        if seen is None:
            return "no picture yet: nothing was tagged"
        if self.state.condition in _STALE and not self._paused:
            return f"not tagged, the source is {self.state.condition}; to tag what it showed last, hold it with space"
        exposure = self._expose(seen)
        held = self.brain.store.holds(exposure.id)
        was = self.brain.store.frame(exposure.id).label if held else None
        (tag,) = self.brain.tag_exposures([Tagging(exposure, label, self._burst(label, exposure))], who=WHO)
        if tag.new:
            going_on = self.done and self.done[-1].burst == tag.burst
            own = _Tagged(tag.frame_id, seen.code, seen.shot.moment, seen.shot.burst)
            self.done.append(Done(label, tag.burst, {tag.frame_id: was}, partial(self._stand_at, self._stand)))
            self._stand = _Stand((*self._stand.frames[-_REMEMBERED:], own) if going_on else (own,))
        if self._stays:
            self._pass_on()
        return _told(tag, exposure) if tag.new else f"this very picture is `{label}` already"

    def _expose(self, seen: _Seen) -> Exposure:
        picture = seen.shot.pixels if seen.shot.data is None else seen.shot.data
        exposure = self.brain.exposer.expose(picture, self.source.name, views=self.brain.views)
        return exposure if exposure.taken_at is not None else replace(exposure, taken_at=seen.taken_at)

    def _burst(self, label: str, exposure: Exposure) -> str | None:
        """Return the burst of a tag; None where none goes on: then a near-duplicate's, or one of its own."""
        if self._goes_on(label):
            return self.done[-1].burst
        return exposure.id if self._stand.parted or self._told_apart() else None

    def _goes_on(self, label: str) -> bool:
        """Say whether a tag of what is shown goes on with the last burst."""
        seen = self._seen
        if seen is None or not self.done or self.done[-1].label != label or self._stand.parted:
            return False
        bursts = Bursts(int(self.brain.store.setting("zero_point")))
        for each in self._stand.frames:
            if len(each.code) == len(seen.code):  # else another process has changed the extractor
                bursts.keep(each.id, self.done[-1].burst, each.code, each.moment, each.hint)
        return bursts.of(seen.code, seen.shot.moment, seen.shot.burst) is not None

    def _told_apart(self) -> bool:
        """Say whether the source itself knows that this is another scene than was tagged last."""
        hint = None if self._seen is None else self._seen.shot.burst
        return hint is not None and any(each.hint != hint for each in self._stand.frames[-1:])

    def _stand_at(self, stand: _Stand) -> None:
        self._stand = stand

    def part(self) -> str:
        """Begin a new burst with the next tag, for the thing was moved; or go on after all."""
        self._stand = replace(self._stand, parted=not self._stand.parted)
        return "the next tag begins a new burst" if self._stand.parted else "no new burst, unless the scene is another"

    def skip(self) -> str:
        """Go on to the next picture of a folder."""
        if not self._stays:
            return "only a picture of a folder is skipped"
        self._pass_on()
        return ""

    def _pass_on(self) -> None:
        """Show the next picture at once, so that the next key means it."""
        self._seen = self.prediction = None
        shot = self.source.next(_PATIENCE_S)
        if shot is not None:
            self._look(shot)

    def pause(self) -> str:
        """Hold the picture, or let it go on."""
        self._paused = not self._paused
        return "the picture is held; space lets it go on" if self._paused else "the picture goes on"


def _told(tag: Tag, exposure: Exposure) -> str:
    faults = quality.faults(exposure.brightness, exposure.sharpness, min(exposure.width, exposure.height))
    doubt = f"; {' and '.join(faults)}: u takes it back" if faults else ""
    return f"tagged `{tag.label}`: {tag.role}{doubt}"
