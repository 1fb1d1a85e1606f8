"""Turn by turn: ask the source, look, keep what is worth it, and tell; nothing that can pass ends it.

The watchdog is fed at the end of a turn, which is: a shot was looked at and stored if it was worth that, or the
source was asked and had nothing, or the disk was asked and refused. A turn that hangs feeds nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from edge_brain import clock
from edge_brain.brain import Brain
from edge_brain.capture import Shot, Source
from edge_brain.errors import BadInput, BrainBusy, EdgeBrainError, ExtractorMismatch, StorageFailed
from edge_brain.field import Keeper
from edge_brain.field.room import Room
from edge_brain.mqtt import WHO, Telling, shown
from edge_brain.records import Kept, Tag
from edge_brain.service.diary import Diary
from edge_brain.service.notify import Notifier
from edge_brain.service.settings import Settings
from edge_brain.watching import Watcher

PASSING = (StorageFailed, BrainBusy, ExtractorMismatch)  # it may go better the next time
_ASK_S = 1.0  # for a shot
_REST_S = 5.0  # after the disk refused, before it is asked to store again
_BLIND_S = 60.0  # without a look that succeeds: then the brain is opened anew
_MINUTE_S = 60.0


class Turns:
    """One brain and one source, from their opening to their end."""

    def __init__(
        self,
        settings: Settings,
        brain: Brain,
        source: Source,
        diary: Diary,
        notifier: Notifier,
        telling: Telling | None = None,
    ) -> None:
        """`telling` tells a broker what is seen, and brings what is to be tagged."""
        self._brain, self._source, self._diary, self._notifier = brain, source, diary, notifier
        self._watcher = Watcher(partial(brain.look, at_leisure=True), roi=settings.roi, agree=settings.agree)
        self._keeper = Keeper(brain, source.name, settings.keep)
        disk = settings.disk
        self._room = Room(
            brain, quota_bytes=disk.quota_bytes, floor_bytes=disk.free_bytes, ballast_bytes=disk.ballast_bytes
        )
        self._telling, self._told_before = telling, diary.mqtt
        self._label: str | None = None
        self._rests_until = self._minute = -1.0
        self._blind_since = clock.elapsed() if diary.is_troubled else None  # an earlier life's trouble ends with a look
        self._failed_duties = False
        self._dropped_before = diary.dropped.copy()
        diary.source = source.name

    @property
    def ended(self) -> bool:
        """Whether the source has nothing more to give, ever."""
        return self._source.state.condition == "ended"

    def take(self) -> None:
        """Take one turn."""
        shot = self._source.next(_ASK_S)
        if changed := self._watcher.state_of(self._source):
            self._diary.observed(changed)
        if shot is None:
            self._store(self._keeper.finish)
        else:
            self._look(shot)
        self._tell_broker()
        self._look_after()
        self._notifier.alive()

    def finish(self) -> None:
        """Store what is still held back."""
        self._rests_until = -1.0
        self._store(self._keeper.finish)
        self._tell()

    def _look(self, shot: Shot) -> None:
        try:
            look = self._watcher.look(shot)
        except PASSING as error:
            self._diary.went_wrong(error)
            now = clock.elapsed()
            self._blind_since = self._blind_since or now
            if now - self._blind_since > _BLIND_S:
                raise
            return
        if self._blind_since is not None:
            self._blind_since = None
            self._diary.went_well()
        self._diary.shots += 1
        if look.changed:
            self._diary.observed(self._watcher.seen(self._label))
            self._label = look.label
        self._store(lambda: self._keeper.consider(look))

    def _store(self, keep: Callable[[], Kept | None]) -> None:
        """Let the keeper keep what it wants to, unless the disk refused a moment ago."""
        if clock.elapsed() < self._rests_until:
            return
        try:
            kept = keep()
        except PASSING as error:
            self._refused(error)
            return
        if kept is not None:
            self._diary.kept[kept.reason] += 1
            self._diary.went_well()

    def _refused(self, error: EdgeBrainError) -> None:
        self._diary.went_wrong(error)
        self._rests_until = clock.elapsed() + _REST_S
        self._minute = -1.0  # perhaps something can go

    def _look_after(self) -> None:
        """Do what is due once a minute: make room, measure the score."""
        if clock.elapsed() >= self._minute:
            self._minute = clock.elapsed() + _MINUTE_S
            try:
                self._diary.made_room(self._room.make())
                self._measure()
                if self._failed_duties:
                    self._failed_duties = False
                    self._diary.went_well()
            except PASSING as error:
                self._failed_duties = True
                self._diary.went_wrong(error)
        self._tell()

    def _measure(self) -> None:
        event = self._brain.store.last_event()
        if event != self._diary.scored_event and not self._brain.holds_still:  # then who syncs measures
            self._diary.score = self._brain.score()
            self._diary.scored_event = event

    def _tell_broker(self) -> None:
        """Tell the broker what is new, and tag what it asks for; the score follows at once."""
        telling, before, score = self._telling, self._told_before, self._diary.score
        if telling is None or before is None or score is None:
            return
        if telling.turn(self._watcher.seen(self._label), score, self._tag):
            try:
                self._measure()
            except PASSING as error:
                self._diary.went_wrong(error)
        self._diary.mqtt = replace(
            before, connected=telling.line.connected, failure=telling.line.failure,
            tagged=before.tagged + telling.tagged, refused=before.refused + telling.refused,
        )  # fmt: skip

    def _tag(self, label: str) -> Tag:
        if self._diary.room_lacks:
            raise BadInput(f"there is too little room: {self._diary.room_lacks}")
        return self._keeper.tag(shown(self._watcher, self._source), label, who=WHO)

    def _tell(self) -> None:
        self._diary.source_state = self._source.state
        self._diary.rate, self._diary.latency_ms = self._watcher.rate, self._watcher.latency_ms
        self._diary.dropped = self._dropped_before + self._keeper.dropped
        self._diary.write()
