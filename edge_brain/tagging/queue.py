"""A session over the frames that were kept while nobody was there: untagged ones, burst by burst.

A key tags the frame that is shown, or all of its burst, and the next one comes. Frames that are kept meanwhile
come at the end; one that went meanwhile, to make room, is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from edge_brain import images
from edge_brain.brain import Brain
from edge_brain.errors import UnknownFrame
from edge_brain.records import Frame, Tagging
from edge_brain.tagging.session import WHO, Done, Session, in_words

_LOOK_S = 2.0  # seconds between two looks for frames that came


class Queue(Session):
    """Tags frames that were kept untagged."""

    def __init__(self, brain: Brain) -> None:
        self.whole = False  # a key tags the whole burst
        self.position = 0  # of the frame that is shown; behind the last one at the end
        self._frames = _by_bursts(brain.untagged())
        self._shown: tuple[str, NDArray[np.uint8]] | None = None
        self._thought: tuple[str, int] | None = None  # which frame, as of which event
        self._waited_s = 0.0
        super().__init__(brain)
        self.commands |= {
            "*": self.widen, "s": self.skip, "right": self.skip, "left": self.back, "n": self.next_burst,
        }  # fmt: skip

    @property
    def frame(self) -> Frame | None:
        """The frame that is shown; None at the end."""
        return self._frames[self.position] if self.position < len(self._frames) else None

    @property
    def title(self) -> str:
        """How many frames wait."""
        left = len(self._frames) - len(self._now())
        return f"{left} untagged" if left else "no frame is untagged"

    @property
    def help(self) -> tuple[tuple[str, str], ...]:
        """The keys."""
        return ("*", "frame/burst"), ("s →", "skip"), ("←", "back"), ("n", "next burst")

    @property
    def pixels(self) -> NDArray[np.uint8] | None:
        """The thumbnail of the frame that is shown."""
        return self._shown[1] if self._shown is not None and self.frame is not None else None

    @property
    def place(self) -> str:
        """Where in the queue one is."""
        frame = self.frame
        if frame is None:
            return "the end: ← goes back, q quits" if self._frames else "nothing to tag: q quits"
        bursts = list(dict.fromkeys(each.burst for each in self._frames))
        own = [each.id for each in self._frames if each.burst == frame.burst]
        where = f"burst {bursts.index(frame.burst) + 1} of {len(bursts)}, frame {own.index(frame.id) + 1} of {len(own)}"
        now = self._now().get(frame.id)
        what = "a key tags the whole burst" if self.whole else "a key tags this frame"
        away = f" · {self.brain.whereabouts(frame)}" if frame.away else ""
        return f"{where}: {f'`{now}`' if now else 'untagged'} · {what}{away}"

    # ── looking ─────────────────────────────────────────────────────────────────────────────────

    def step(self, passed_s: float) -> None:
        """Look, at the end now and then, for frames that came meanwhile."""
        self._waited_s += passed_s
        if self.frame is None and self._waited_s >= _LOOK_S:
            self._waited_s = 0.0
            known = {frame.id for frame in self._frames}
            self._frames += _by_bursts([frame for frame in self.brain.untagged() if frame.id not in known])
        self.think()

    def think(self) -> None:
        """See the frame that is shown as the brain does now; one that went is passed over."""
        while (frame := self.frame) is not None:
            try:
                if self._shown is None or self._shown[0] != frame.id:
                    self._shown = frame.id, images.decode(self.brain.thumbnail(frame.id)).pixels
                if self._thought != (frame.id, self.event):
                    self.prediction = self.brain.predict_codes([self.brain.store.code(frame)])[0]
                    self._thought = frame.id, self.event
                return
            except UnknownFrame:
                del self._frames[self.position]
        self.prediction = self._thought = None

    def _now(self) -> dict[str, str]:
        """Return what the frames were tagged as here, by their ids."""
        return {frame: each.label for each in self.done for frame in each.were}

    # ── commands ────────────────────────────────────────────────────────────────────────────────

    def tag(self, label: str) -> str:
        """Tag the frame that is shown, or all of its burst, and go on to the next that has no tag."""
        frame, now = self.frame, self._now()
        if frame is None:
            return "no frame is shown: nothing was tagged"
        burst = [each.id for each in self._frames if each.burst == frame.burst]
        changed = {each: now.get(each) for each in (burst if self.whole else [frame.id]) if now.get(each) != label}
        if changed:
            named = frame.burst if len(burst) > 1 or frame.burst != frame.id else None  # an open one may be joined
            self.brain.tag_exposures([Tagging(each, label, named) for each in changed], who=WHO)
            self.done.append(Done(label, frame.burst, changed, partial(self._go, self.position)))
        now = self._now()
        later = range(self.position + 1, len(self._frames))
        self._go(next((each for each in later if self._frames[each].id not in now), len(self._frames)))
        return f"tagged {in_words(len(changed))} `{label}`" if changed else f"it is `{label}` already"

    def widen(self) -> str:
        """Let a key tag the whole burst, or the one frame again."""
        self.whole = not self.whole
        return "a key tags the whole burst" if self.whole else "a key tags one frame"

    def skip(self) -> str:
        """Go on to the next frame, or burst, without a tag."""
        return self.next_burst() if self.whole else self._go(self.position + 1)

    def back(self) -> str:
        """Go back to the frame before."""
        return self._go(self.position - 1)

    def next_burst(self) -> str:
        """Go on to the first frame of the next burst."""
        rest = range(self.position, len(self._frames))
        own = [] if self.frame is None else [each for each in rest if self._frames[each].burst == self.frame.burst]
        return self._go(self.position + len(own))

    def _go(self, position: int) -> str:
        self.position = max(0, min(position, len(self._frames)))
        self.think()
        return ""


def _by_bursts(frames: Sequence[Frame]) -> list[Frame]:
    """Return frames burst by burst, bursts and frames in the order they came."""
    bursts: dict[str, list[Frame]] = {}
    for frame in frames:
        bursts.setdefault(frame.burst, []).append(frame)
    return [frame for group in bursts.values() for frame in group]
