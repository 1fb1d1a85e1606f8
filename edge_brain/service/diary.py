"""What a service has to tell of itself: counts and last words, kept while it runs, written to its status file.

It outlives the brain and the source: both may be opened anew, and the counts go on.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, replace

from edge_brain import __version__, clock
from edge_brain.capture import State
from edge_brain.errors import EdgeBrainError
from edge_brain.outcomes import Dropped, Repaired
from edge_brain.records import Observation, Score
from edge_brain.service import status
from edge_brain.service.logs import BoundedFile, Level, Log
from edge_brain.service.notify import Notifier
from edge_brain.service.settings import Settings

_EVERY_S = 2.0
_EVENT_BYTES = 10 * 10**6


class Diary:
    """Counts what happens, and tells it: to the log, the status file, the events file and systemd."""

    def __init__(self, settings: Settings, log: Log, notifier: Notifier) -> None:
        self._settings, self._log, self._notifier = settings, log, notifier
        folder = status.folder_of(settings.brain)
        self._events = BoundedFile(folder / f"{settings.name}.jsonl", _EVENT_BYTES) if settings.events else None
        self._started, self._written = clock.stamp(clock.now()), 0.0
        self._trouble = status.Trouble()
        self.state = "starting"
        self.source, self.source_state = "", State("lost", "not opened yet")
        self.shots = 0
        self.rate: float | None = None
        self.latency_ms: float | None = None
        self.observation: Observation | None = None
        self.kept, self.dropped, self.room = Counter[str](), Counter[str](), Counter[str]()
        self.room_lacks: str | None = None
        self.score: Score | None = None
        self.scored_event = -1  # the last that the score is of
        self.repaired: str | None = None
        self.sync = None if settings.sync is None else status.Sync(settings.sync.told)  # put in its place whole
        self.mqtt = None if settings.mqtt is None else status.Mqtt(settings.mqtt.told)

    def tell(self, text: str, level: Level = "info", *, topic: str = "") -> None:
        """Tell something to the log."""
        self._log.tell(text, level, topic=topic)

    def observed(self, seen: Observation) -> None:
        """Take down what changed before the camera, or with the camera itself."""
        if seen.kind == "source":
            level: Level = "info" if seen.state in ("ok", "ended") else "warning"
            self.tell(f"source {seen.state}" + (f": {seen.detail}" if seen.detail else ""), level, topic="source")
        else:
            self.observation = seen
            shown = f"{seen.label}, {seen.confidence:.0%} sure" if seen.label else "nothing that the brain knows"
            self.tell(f"before the camera: {shown}", topic="seen")
        if self._events is not None:
            try:
                self._events.append(json.dumps(asdict(seen), ensure_ascii=False))
            except OSError as error:
                self.went_wrong(f"could not write down what was seen: {error.strerror or error}")

    def went_wrong(self, error: EdgeBrainError | str) -> None:
        """Take down what went wrong and will be tried again."""
        self._trouble = status.Trouble(self._trouble.count + 1, str(error), clock.stamp(clock.now()), True)
        self.tell(str(error), "error", topic="trouble")

    def went_well(self) -> None:
        """Take down that what went wrong before has gone well now."""
        if self._trouble.now:
            self._trouble = replace(self._trouble, now=False)
            self.tell("the trouble is over", topic="trouble")

    @property
    def is_troubled(self) -> bool:
        """Whether something went wrong, and has not gone well since."""
        return self._trouble.now

    def made_room(self, dropped: Dropped) -> None:
        """Take down what had to go so that there is room."""
        for why, (frames, size) in dropped.by_reason.items():
            self.room[why] += frames
            self.tell(f"made room: {frames} frames went, {why}, {size / 1e6:.1f} MB", topic="room")
        if dropped.message:
            self.tell(dropped.message, "warning", topic="room")
        self.room_lacks = dropped.message or None

    def was_mended(self, repaired: Repaired) -> None:
        """Take down what came of a repair."""
        if repaired.sound:
            self.repaired = "the database was found sound, and left as it is"
        else:
            tags, frames = sum(repaired.events.values()), sum(repaired.frames.values())
            self.repaired = f"{tags} tags and {frames} frames were brought back"
            self.repaired += f", the damaged database lies in {repaired.aside}" if repaired.aside else ""
        self.tell(f"repaired: {self.repaired}", "warning")
        for lost in repaired.lost:
            self.tell(f"lost: {lost.path}: {lost.reason}", "error", topic="lost")

    def write(self, *, at_once: bool = False) -> None:
        """Write the status, if the last was written long enough ago; a disk that refuses is not worth ending for."""
        if not at_once and clock.elapsed() - self._written < _EVERY_S:
            return
        self._written = clock.elapsed()
        now = self._status()
        with suppress(OSError):  # it is told next time; what is stored tells by itself that it cannot be
            status.write(self._settings.brain, now)
        self._notifier.status(_line(now))

    def _status(self) -> status.Status:
        return status.Status(
            name=self._settings.name,
            pid=os.getpid(),
            version=__version__,
            started=self._started,
            at=clock.stamp(clock.now()),
            clock_s=clock.elapsed(),
            state=self.state,
            source=self.source,
            source_state=self.source_state.condition,
            source_detail=self.source_state.detail,
            shots=self.shots,
            rate=None if self.rate is None else round(self.rate, 2),
            latency_ms=None if self.latency_ms is None else round(self.latency_ms, 1),
            label=self.observation.label if self.observation else None,
            observation=asdict(self.observation) if self.observation else None,
            kept=dict(self.kept),
            dropped=dict(self.dropped),
            room=dict(self.room),
            room_lacks=self.room_lacks,
            score=None if self.score is None else _told(self.score),
            disk_free_bytes=self._free(),
            trouble=self._trouble,
            repaired=self.repaired,
            quota_bytes=self._settings.disk.quota_bytes,
            floor_bytes=self._settings.disk.free_bytes,
            sync=self.sync,
            mqtt=self.mqtt,
        )

    def _free(self) -> int | None:
        try:
            return shutil.disk_usage(self._settings.brain).free
        except OSError:
            return None


def _told(score: Score) -> dict[str, object]:
    names = ("level", "balanced_accuracy", "interval", "classes", "learned", "reserved")
    return {name: getattr(score, name) for name in names}


def _line(now: status.Status) -> str:
    """Return the status in one line."""
    parts = [f"{now.state}, source {now.source_state}"]
    if now.rate is not None:
        parts.append(f"{now.rate:.1f} shots/s")
    if now.shots:
        parts.append(f"sees {now.label or 'nothing known'}")
    parts.append(f"{sum(now.kept.values())} frames kept")
    if now.room:
        parts.append(f"{sum(now.room.values())} frames went for room")
    if now.score is not None:
        parts.append(f"Brain Score: {now.score['level']}")
    if now.sync is not None and now.sync.failures:
        parts.append(f"sync fails: {now.sync.failure}")
    if now.mqtt is not None and not now.mqtt.connected:
        parts.append(f"the broker is not told: {now.mqtt.failure or 'not connected yet'}")
    if now.trouble.now:
        parts.append(f"trouble: {now.trouble.last}")
    return " · ".join(parts)
