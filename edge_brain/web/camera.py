"""The camera that the pages look through: one source, looked at once for all, tagged by whoever presses a key.

    source ─ Live session ─> newest shot and answer ─┬─> MJPEG, to every viewer at the pace that it can take
                                                     ├─> what is seen, to every open page
                                                     └─> Keeper, where frames are to be kept for later

A viewer that is slow is given the newest shot when it has taken the last: nothing queues up, nobody is waited for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as Expired
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from edge_brain import clock, images
from edge_brain.brain import Brain
from edge_brain.capture import Shot, Source
from edge_brain.errors import BadInput, BrainBusy, EdgeBrainError
from edge_brain.field import Keeper, Rules
from edge_brain.records import Prediction
from edge_brain.tagging import Done, Live
from edge_brain.watching import Watcher
from edge_brain.web.follower import Follower

T = TypeVar("T")

_SIDE = 960  # pixels, the longer side of what a viewer is sent
_PAUSE_S = 0.02  # after a turn that showed nothing new, so that a source which never waits leaves time to others
_TROUBLED_S = 1.0
_PATIENCE_S = 10.0  # of who asks for something to be done; a source may hang


@dataclass(frozen=True)
class Sight:
    """What the camera shows, and what the brain takes it for."""

    number: int  # counts up
    label: str | None  # what the last shots agree on; None: nothing that the brain knows
    confidence: float  # of the answer to the last one
    ranking: list[tuple[str, float]]
    state: str  # of the source: "ok" | "lost" | "frozen" | "black" | "ended"
    detail: str
    trouble: str | None  # why the brain could not look, or keep, at the last turn
    kept: int  # frames that were kept since the start
    moved: bool  # whether the next tag begins a new burst, for a person said that the thing was moved


class Camera(Follower[Sight]):
    """Follows one source."""

    def __init__(self, brain: Brain, source: Source, *, keep: Rules | None = None) -> None:
        """`keep` says which shots are kept, untagged, for later; None keeps none. The source is not ours to close."""
        self.name = source.name
        self._live = Live(brain, source)
        super().__init__(Sight(0, None, 0.0, [], self._live.state.condition, self._live.state.detail, None, 0, False))
        self._watcher = Watcher(self._answer)
        self._keeper = None if keep is None else Keeper(brain, source.name, keep)
        self._kept = 0
        self._asked: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = SimpleQueue()
        self._seen: Shot | None = None
        self._state, self._trouble, self._moved = self._live.state, "", False
        self._jpeg: tuple[int, bytes] | None = None
        self._jpeg_lock = threading.Lock()

    @property
    def keeps(self) -> bool:
        """Whether shots are kept for later."""
        return self._keeper is not None

    def tag(self, label: str) -> Done:
        """Tag what is seen now; what failed is raised as BadInput, and nothing was tagged."""
        return self._between_turns(partial(self._tag, label))

    def _tag(self, label: str) -> Done:
        before = len(self._live.done)
        self._live.name(label)
        if self._live.trouble or len(self._live.done) == before:
            raise BadInput(self._live.said)
        return self._live.done[-1]

    def part(self) -> str:
        """Begin a new burst with the next tag, for the thing was moved; or go on after all."""
        return self._between_turns(self._live.part)

    def skip(self) -> str:
        """Go on to the next picture of a folder."""
        return self._between_turns(self._live.skip)

    def _between_turns(self, act: Callable[[], T]) -> T:
        """Let the thread that looks do something before it looks again, and return what came of it."""
        future: Future[T] = Future()
        self._asked.put((act, future))
        if self.closed:
            future.cancel()
        with suppress(CancelledError, Expired):
            return future.result(_PATIENCE_S)
        if future.cancel():  # it was not begun, and will not be
            why = "was closed" if self.closed else f"has not answered for {_PATIENCE_S:.0f} s"
            raise BrainBusy(f"the camera {why}: nothing was done")
        return future.result()

    # ── pictures ────────────────────────────────────────────────────────────────────────────────

    def jpeg(self) -> tuple[int, bytes] | None:
        """Return the newest shot as JPEG, with its number, made once for all viewers; None before the first."""
        with self._jpeg_lock:
            number, shot = self.latest.number, self._seen
            if shot is None:
                return None
            if self._jpeg is None or self._jpeg[0] != number:
                self._jpeg = number, images.thumbnail(shot.pixels, _SIDE)
            return self._jpeg

    # ── looking ─────────────────────────────────────────────────────────────────────────────────

    def follow(self) -> None:
        """Look turn by turn, and do between two turns what is asked; what goes wrong is told to all who look."""
        last, trouble = clock.elapsed(), ""
        while not self.closed:
            now = clock.elapsed()
            try:
                self._look(now - last)
                trouble = ""
            except EdgeBrainError as error:  # a full disk, a brain that is retrained: it may go better the next time
                trouble = str(error)
            last = now
            news = self._live.shot is not self._seen
            if news or (self._live.state, trouble, self._live.parted) != (self._state, self._trouble, self._moved):
                self._trouble = trouble
                self._show()
            self._do_what_is_asked(_TROUBLED_S if trouble else 0.0 if news else _PAUSE_S)
        while not self._asked.empty():
            self._asked.get()[1].cancel()

    def _do_what_is_asked(self, pause_s: float) -> None:
        with suppress(Empty):
            while True:
                act, future = self._asked.get(timeout=pause_s) if pause_s else self._asked.get_nowait()
                if not future.set_running_or_notify_cancel():
                    continue
                try:
                    future.set_result(act())
                except Exception as error:  # it is whoever asked who is to know
                    future.set_exception(error)

    def _look(self, passed_s: float) -> None:
        """Look at the newest shot, and keep it where it is worth that."""
        self._live.step(passed_s)
        shot = self._live.shot
        if shot is None or shot is self._seen:
            if self._keeper is not None and shot is None:
                self._keeper.finish()
            return
        look = self._watcher.look(shot)
        if self._keeper is not None and self._keeper.consider(look) is not None:
            self._kept += 1

    def _show(self) -> None:
        """Let all who look see what is seen now."""
        self._seen, self._state, self._moved = self._live.shot, self._live.state, self._live.parted
        answer = self._live.prediction
        self.tell(
            Sight(
                number=self.latest.number + 1,
                label=self._watcher.label,
                confidence=answer.confidence if answer else 0.0,
                ranking=answer.ranking if answer else [],
                state=self._state.condition,
                detail=self._state.detail,
                trouble=self._trouble or None,
                kept=self._kept,
                moved=self._moved,
            )
        )

    def _answer(self, pixels: NDArray[np.uint8]) -> tuple[bytes, Prediction]:
        """Return what the session has found out about a shot already."""
        if self._live.prediction is None:
            raise BadInput("nothing was seen yet")
        return self._live.code, self._live.prediction
