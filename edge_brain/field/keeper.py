"""Which of a camera's shots are worth keeping, untagged, for a person to tag later.

    shot ─ a reason? ─> trigger ─ the sharpest of the next moments ─ unlike what is kept ─> frame, burst, reason

    every      so much time has passed         surprised  the brain knows nothing like it
    change     it is like nothing kept lately  unsure     the brain wavers between classes

Of the moments after a trigger one picture is held, the best so far; dark, blurred and tiny ones never are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from edge_brain import quality, reserve
from edge_brain.brain import Brain
from edge_brain.capture import Source
from edge_brain.errors import BadInput, ExtractorMismatch
from edge_brain.field.bursts import Bursts
from edge_brain.records import Exposure, Kept, Observation, Tag
from edge_brain.region import Region
from edge_brain.watching import Look, Watcher

# Cosine to the kept frames. Of a fixed camera two shots of a second in which nothing moves lie at 0.98 (bottles on a
# table, a car park); a hand, or a car that comes into view, takes it under 0.95.
_CHANGED = 0.95
_UNSURE = 0.6  # probability
_TELL_SEEN_S = 30.0  # each time is a write to the disk


@dataclass(frozen=True)
class Rules:
    """What is kept; when none of the first three is given, frames on change and those that the brain is unsure of."""

    every_s: float | None = None  # a frame each so many seconds
    on_change: bool = False
    unsure: bool = False  # frames that the brain is unsure of, or surprised by
    best_of_s: float = 0.5  # the sharpest of the shots of so many seconds
    at_most_every_s: float = 1.0  # no more than one frame in so many seconds

    def __post_init__(self) -> None:
        spans = {"every_s": self.every_s, "best_of_s": self.best_of_s, "at_most_every_s": self.at_most_every_s}
        for name, span in spans.items():
            if span is not None and not 0 <= span < math.inf:
                raise BadInput(f"{name} is {span}: give seconds, 0 or more")
        if self.every_s is None and not self.on_change and not self.unsure:
            object.__setattr__(self, "on_change", True)
            object.__setattr__(self, "unsure", True)


@dataclass
class _Trigger:
    """A reason to keep a frame, and the best of the shots that it has had so far."""

    reason: str
    opened: float  # moment
    look: Look | None = None
    sharpness: float = 0.0
    faults: tuple[str, ...] = ()  # of its first shot, when none was good enough


class Keeper:
    """Keeps frames of one source in a brain."""

    def __init__(self, brain: Brain, source: str, rules: Rules) -> None:
        """`source` is the name that is stored with the frames."""
        self._brain, self._source, self._rules = brain, source, rules
        self._bursts = Bursts(int(brain.store.setting("zero_point")), brain.store.last_of(source))
        self._trigger: _Trigger | None = None
        self._last_every = self._last_trigger = -math.inf  # moments
        self.kept = Counter[str]()  # by reason
        self._again: set[str] = set()  # kept frames whose like was seen since that was written down
        self._told_again = -math.inf  # moment
        self.bursts = 0  # that were begun
        self.dropped = Counter[str]()  # "near-duplicate", "already there", "dark", "blurred", "tiny"

    def follow(
        self, source: Source, *, roi: Region | str | None = None, stop: Callable[[], bool] = lambda: False
    ) -> Iterator[Kept | Observation]:
        """Yield what was kept of a source, and what changed with the source itself, until it has ended or `stop`."""
        watcher = Watcher(self._brain.look, roi=roi)
        while not stop():
            shot = source.next()
            if told := watcher.state_of(source):
                yield told
            if kept := self.consider(watcher.look(shot)) if shot else self.finish():
                yield kept
            if shot is None and source.state.condition == "ended":
                return
        if kept := self.finish():
            yield kept

    def consider(self, look: Look) -> Kept | None:
        """Take one more shot into account; return the frame that was kept because of it, or of the ones before it."""
        done = None
        if self._trigger is not None and self._is_over(self._trigger, look):
            done = self.finish()
        if self._trigger is None and (reason := self._reason(look)):
            self._trigger = _Trigger(reason, look.shot.moment)
            self._last_trigger = look.shot.moment
        if self._trigger is not None:
            self._compare(self._trigger, look)
        return done

    def finish(self) -> Kept | None:
        """Keep what was best since the trigger, without waiting for more."""
        trigger, self._trigger = self._trigger, None
        if trigger is None:
            return None
        if trigger.look is None:
            self.dropped.update(trigger.faults[:1])
            return None
        return self._keep(trigger.look, trigger.reason)

    def tag(self, look: Look, label: str, *, who: str) -> Tag:
        """Tag what a shot shows, now; what is kept of the same scene from now on joins its burst."""
        shot = look.shot
        tag = self._brain.tag(look.picture, label, source=self._source, who=who)
        self._bursts.keep(tag.frame_id, tag.burst, look.code, shot.moment, shot.burst)
        return tag

    def _reason(self, look: Look) -> str | None:
        moment, rules, answer = look.shot.moment, self._rules, look.answer
        if moment - self._last_trigger < rules.at_most_every_s:
            return None
        if rules.every_s is not None and moment - self._last_every >= rules.every_s:
            self._last_every = moment
            return "every"
        if rules.on_change and self._bursts.nearest(look.code)[0] < _CHANGED:
            return "change"
        if rules.unsure and answer.ranking:
            if not answer.known:
                return "surprised"
            if answer.confidence < _UNSURE and len(answer.ranking) > 1:
                return "unsure"
        return None

    def _is_over(self, trigger: _Trigger, look: Look) -> bool:
        """Say whether a shot comes too late for a trigger, or shows another scene than the best for it."""
        if look.shot.moment - trigger.opened >= self._rules.best_of_s:
            return True
        best = trigger.look
        return best is not None and (
            best.shot.burst != look.shot.burst or self._bursts.cosine(best.code, look.code) < reserve.SCENE_CHANGE
        )

    def _compare(self, trigger: _Trigger, look: Look) -> None:
        seen = self._brain.region.crop(look.pixels)
        brightness, sharpness = quality.measure(seen)
        faults = quality.faults(brightness, sharpness, min(seen.shape[:2]))
        if faults:
            trigger.faults = trigger.faults or faults
        elif trigger.look is None or (sharpness or 0.0) > trigger.sharpness:
            trigger.look, trigger.sharpness = look, sharpness or 0.0

    def _keep(self, look: Look, reason: str) -> Kept | None:
        shot = look.shot
        likeness, twin = self._bursts.nearest(look.code)
        if twin is not None and likeness >= reserve.NEAR_DUPLICATE:
            self.dropped["near-duplicate"] += 1
            self._seen(twin, shot.moment)
            return None
        burst = self._bursts.of(look.code, shot.moment, shot.burst)
        exposure = self._stored(look, reason, burst)
        if exposure is None:
            self.dropped["already there"] += 1
            return None
        self.bursts += burst is None
        burst = burst or exposure.id
        self._bursts.keep(exposure.id, burst, look.code, shot.moment, shot.burst)
        self.kept[reason] += 1
        return Kept(exposure.id, burst, reason, shot.moment, exposure.taken_at, look.label)

    def _seen(self, frame_id: str, moment: float) -> None:
        """Note that the like of a kept frame is before the camera again: what is needed for longest goes last."""
        self._again.add(frame_id)
        if moment - self._told_again >= _TELL_SEEN_S:
            self._brain.note_seen(sorted(self._again))
            self._again.clear()
            self._told_again = moment

    def _stored(self, look: Look, reason: str, burst: str | None) -> Exposure | None:
        """Return the frame that was made of a shot, after it is on the disk; None when this very picture was there."""
        shot = look.shot
        while True:
            exposure = self._brain.exposer.expose(look.picture, self._source)
            if self._brain.store.holds(exposure.id):  # a folder that is watched anew gives its files anew
                return None
            exposure = replace(exposure, taken_at=exposure.taken_at or shot.taken_at, reason=reason)
            try:
                self._brain.keep_exposures([exposure], burst=burst)
            except ExtractorMismatch:
                continue  # another process has just retrained the brain: code it as it is done now
            return exposure
