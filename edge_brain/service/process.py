"""The process of a service: opens the brain and the source, takes turns, mends what can be mended, ends when told.

run ─ lock ─ live ─┬─ turns until SIGTERM, SIGINT, SIGHUP, or the source has ended
        ^          ├─ the brain is damaged: repaired, told, and on
        └──────────┴─ the disk is gone: a pause, and opened anew
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from edge_brain import clock
from edge_brain.brain import Brain
from edge_brain.capture import Source, open_source
from edge_brain.errors import BrainBusy, BrainDamaged, BrainNotFound, EdgeBrainError
from edge_brain.repair import repair
from edge_brain.service import status
from edge_brain.service.diary import Diary
from edge_brain.service.logs import Log
from edge_brain.service.notify import Notifier
from edge_brain.service.settings import Settings
from edge_brain.service.syncing import syncing
from edge_brain.service.telling import telling
from edge_brain.service.turns import PASSING, Turns

_PAUSE_S = 5.0  # before a brain that could not be read is opened anew
_REPAIR_S = 1800.0  # what a repair may take, and how long after one another is not tried

Opener = Callable[[str], Source]


def run(settings: Settings, log: Log, stop: threading.Event, opener: Opener | None = None) -> bool:
    """Run a service until `stop` is set; return whether its source has ended before."""
    with status.held(settings.brain, settings.name):
        return _Process(settings, log, stop, opener or (lambda spec: open_source(spec, wait=True))).run()


@contextmanager
def told_to_stop() -> Iterator[threading.Event]:
    """Give an event that SIGTERM, SIGINT and SIGHUP set; after a SIGHUP systemd starts a service anew."""
    stop = threading.Event()
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.signal(number, lambda number, frame: stop.set()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Process:
    def __init__(self, settings: Settings, log: Log, stop: threading.Event, opener: Opener) -> None:
        self._settings, self._stop, self._open_source = settings, stop, opener
        self._notifier = Notifier()
        self._diary = Diary(settings, log, self._notifier)
        self._is_ready = self._has_ended = False
        self._mended: float | None = None

    def run(self) -> bool:
        self._diary.tell(f"service {self._settings.name} on {self._settings.brain}")
        self._state("starting")
        try:
            while not self._stop.is_set() and not self._has_ended:
                self._live_on()
        except BaseException as error:
            self._diary.tell(f"ends: {error or type(error).__name__}", "error")
            self._state("failed")
            raise
        self._state("stopped")
        self._diary.tell("the source has ended" if self._has_ended else "stopped")
        return self._has_ended

    def _live_on(self) -> None:
        """Live until the end, or until something has to be opened anew."""
        try:
            self._live()
        except BrainDamaged as error:
            self._mend(error)
        except (*PASSING, BrainNotFound) as error:
            if not self._is_ready:
                raise  # whoever started it, a person or systemd, is to know
            self._wait(error)

    def _live(self) -> None:
        settings = self._settings
        with (
            Brain.open(settings.brain, threads=settings.threads) as brain,
            self._open_source(settings.source) as source,
        ):
            _ = brain.exposer  # the network is loaded before we say that we are ready
            with telling(settings, self._diary, brain, source) as told, syncing(settings, self._diary, brain):
                turns = Turns(settings, brain, source, self._diary, self._notifier, told)
                self._state("running")
                self._notifier.ready()
                self._is_ready = True
                while not self._stop.is_set() and not turns.ended:
                    turns.take()
            self._has_ended = turns.ended
            self._notifier.stopping()
            turns.finish()

    def _mend(self, error: BrainDamaged) -> None:
        """Repair a damaged brain, once; one that is damaged again so soon has a disk that breaks."""
        now = clock.elapsed()
        if not self._settings.repair or (self._mended is not None and now - self._mended < _REPAIR_S):
            raise error
        self._diary.tell(f"the brain is damaged and will be repaired: {error}", "error")
        self._state("repairing")
        self._notifier.takes_long(_REPAIR_S)
        try:
            self._diary.was_mended(repair(self._settings.brain, threads=self._settings.threads))
        except BrainBusy as busy:  # somebody else has it open, who will see the damage, too
            self._wait(busy)
        else:
            self._mended = clock.elapsed()

    def _wait(self, error: EdgeBrainError) -> None:
        self._diary.went_wrong(error)
        self._stop.wait(_PAUSE_S)
        self._diary.write()
        self._notifier.alive()

    def _state(self, state: str) -> None:
        self._diary.state = state
        self._diary.write(at_once=True)
