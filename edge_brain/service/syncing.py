"""Syncs every so often, in a thread beside the turns, with the brain opened once more: no camera waits for a hub.

What others have taught is learned, solved and measured here, too; the turns take it over when it is done. When they
followed it themselves, a camera was blind meanwhile: of 13 s for 2,000 events, 3 frames were looked at.

    wait ─> do the conditions hold? ─┬─ no, or no longer: why not, and asked again soon
     ^                               ├─ yes ─> exchanged: what, and what was set aside
     └───────────────────────────────┴─ yes ─> failed: why, and tried again later each time, up to an hour

Whatever fails here fails here alone. A damaged brain is left to the turns, which come upon it, too, and mend it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from edge_brain import clock
from edge_brain.brain import Brain
from edge_brain.errors import EdgeBrainError
from edge_brain.outcomes import Synced
from edge_brain.service import status
from edge_brain.service.diary import Diary
from edge_brain.service.settings import Settings, Sync
from edge_brain.sync import words
from edge_brain.sync.conditions import hold
from edge_brain.sync.patience import Patience, chance
from edge_brain.sync.running import sync_brain
from edge_brain.sync.stores import open_store

_FIRST_S = 30.0  # at most until the first: after a power cut not all devices come at once
_AGAIN_S = 300.0  # at most, where a condition did not hold: hours begin at their time
_LONGEST_S = 3600.0  # after failures
_LEAST_S = 1.0
_ASKED_S = 60.0  # in an exchange, after which it is asked again whether the conditions hold
_HELD_S = 30.0  # at most that the turns go by what they knew, while more is heard
_LEAVE_S = 2.0  # for what is under way to come to a step's end: systemd gives 5
_THREADS = 1  # of the network: the camera needs the others
_HEARD = "segments"  # what is taken in, as a session calls it
_COUNTED = (
    "events_sent", "events_taken", "pictures_sent", "pictures_fetched", "pictures_thinned", "sent_bytes", "read_bytes",
)  # fmt: skip


class _Left(Exception):
    """Ends an exchange between two steps: the service ends, or a condition holds no longer, which is told."""

    def __init__(self, why: str | None = None) -> None:
        self.why = why


@contextmanager
def syncing(settings: Settings, diary: Diary, turning: Brain) -> Iterator[None]:
    """Sync as the settings say while the block runs, in which `turning` looks."""
    if settings.sync is None:
        yield
        return
    syncing = _Syncing(settings, settings.sync, diary, turning)
    thread = threading.Thread(target=syncing.follow, name="sync", daemon=True)  # a share that hangs must not hold us
    thread.start()
    try:
        yield
    finally:
        syncing.leave.set()
        thread.join(_LEAVE_S)


class _Syncing:
    def __init__(self, settings: Settings, sync: Sync, diary: Diary, turning: Brain) -> None:
        self._settings, self._sync, self._diary, self._turning = settings, sync, diary, turning
        self.leave = threading.Event()
        self._asked = self._held = clock.elapsed()  # when the conditions were asked; since when the turns are held
        self._patience = Patience(first_s=sync.every_s, longest_s=_LONGEST_S)

    def follow(self) -> None:
        """Sync until `leave` is set."""
        pause_s = self._after_failures() if self._now.failures else chance(0, min(_FIRST_S, self._sync.every_s))
        while not self._waited(pause_s):
            pause_s = self._turn()

    @property
    def _now(self) -> status.Sync:
        return self._diary.sync or status.Sync(self._sync.told)

    def _note(self, **changed: object) -> None:
        self._diary.sync = replace(self._now, **changed)  # type: ignore[arg-type]

    def _waited(self, pause_s: float) -> bool:
        """Wait, and say whether it is time to leave instead."""
        self._note(next=clock.stamp(clock.now() + pause_s))
        left = self.leave.wait(pause_s)
        self._note(next=None)
        return left

    def _turn(self) -> float:
        """Sync if it may be; return how long to wait for the next."""
        try:
            self._ask()
            self._note(skipped=None)
            self._went_well(self._exchange())
            return self._sync.every_s * chance(0.9, 1.1)
        except _Left as left:
            return 0.0 if left.why is None else self._skipped(left.why)
        except EdgeBrainError as error:
            return 0.0 if self.leave.is_set() else self._failed(str(error))
        except Exception as error:  # a fault of ours: it is told, and the camera goes on
            return self._failed(f"{type(error).__name__}: {error}")

    def _ask(self) -> None:
        """Leave where a condition does not hold."""
        self._asked = clock.elapsed()
        why_not = hold(self._sync.conditions, stop=self.leave)
        if why_not is not None:
            raise _Left(why_not)

    def _exchange(self) -> Synced:
        store = open_store(self._sync.hub)
        try:
            with Brain.open(self._settings.brain, threads=_THREADS) as brain:
                done = sync_brain(
                    brain, store, send=self._sync.send, fetch=self._sync.fetch, thin_after_s=self._sync.thin_after_s,
                    releases=self._sync.releases, limit=self._sync.limit_bytes_s, stop=self.leave,
                    progress=partial(self._step, brain),
                )  # fmt: skip
                self._take_over(brain)
                return done
        finally:
            if self._turning.holds_still:  # it broke off
                self._turning.catch_up()
            store.close()

    def _step(self, brain: Brain, what: str, done: int, total: int) -> None:
        if self.leave.is_set():
            raise _Left
        if clock.elapsed() - self._asked > _ASKED_S:
            self._ask()
        if self._turning.holds_still and clock.elapsed() - self._held > _HELD_S:
            self._take_over(brain)  # a slow line must not keep from the turns what is tagged meanwhile
        if not what.endswith(_HEARD):
            self._take_over(brain)
        elif not self._turning.holds_still:
            self._held = clock.elapsed()
            self._turning.hold_still()

    def _take_over(self, brain: Brain) -> None:
        """Solve and measure what was taken in, and let the turns go by it."""
        if self._turning.holds_still:
            event = brain.store.last_event()
            self._diary.score = replace(brain.score(), advice=[], images=[])  # which would hold this brain for good
            self._diary.scored_event = event
            brain.keep_solved()
            self._turning.catch_up()

    def _skipped(self, why_not: str) -> float:
        if self._now.skipped is None:
            self._diary.tell(f"not synced: {why_not}", topic="sync")
        self._note(skipped=why_not)
        return min(self._sync.every_s, _AGAIN_S) * chance(0.9, 1.1)

    def _went_well(self, done: Synced) -> None:
        before = self._now
        first = words.one_aside(done.aside[0].path, done.aside[0].reason) if done.aside else None
        counts = {name: getattr(before, name) + getattr(done, name) for name in _COUNTED}
        self._note(
            succeeded=clock.stamp(clock.now()), failures=0, exchanges=before.exchanges + 1, aside=len(done.aside),
            aside_first=first, **counts,
        )  # fmt: skip
        if before.failures or not before.exchanges or done.release or any(getattr(done, name) for name in _COUNTED):
            self._diary.tell(words.summary(done), topic="sync")
        for notice in words.notices(done):
            self._diary.tell(notice, topic="sync notice")
        if first is not None and first != before.aside_first:
            self._diary.tell(f"{len(done.aside)} set aside, the first: {first}", "warning", topic="sync aside")

    def _failed(self, why: str) -> float:
        failures = self._now.failures + 1
        self._note(failed=clock.stamp(clock.now()), failure=why, failures=failures)
        pause_s = self._after_failures()
        times = "" if failures == 1 else f", {failures} times in a row"
        self._diary.tell(f"sync failed{times}, next in {pause_s:.0f} s: {why}", "warning", topic="sync")
        return pause_s

    def _after_failures(self) -> float:
        return max(_LEAST_S, self._patience.pause_s(min(self._now.failures, 32), chance()))
