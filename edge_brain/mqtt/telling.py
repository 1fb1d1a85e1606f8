"""Tells a broker what a camera shows, turn by turn, and does what is asked there: the thread that looks does it all.

    turn ─> another connection, or Home Assistant begins?  all is told anew, and once more a moment later
         ─> what is otherwise than it was told             told
         ─> commands                                       tagged, or refused and said why; then what became of it

What is told stands at the broker (retained), so that who comes later knows it at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from types import TracebackType

from edge_brain import clock, files, labels
from edge_brain.brain import Brain
from edge_brain.capture import Source
from edge_brain.errors import BadInput, BrainDamaged, EdgeBrainError, StorageFailed, UnknownClass
from edge_brain.mqtt import homeassistant, topics
from edge_brain.mqtt.broker import Broker
from edge_brain.mqtt.line import Heard, Line, Say
from edge_brain.mqtt.topics import ONLINE, Topics
from edge_brain.records import Observation, Score, Tag
from edge_brain.watching import Look, Watcher

WHO = "mqtt"
_MOVED, _CALM_S = 0.05, 5.0  # confidence is told anew when it moved by so much, and not sooner than so long after
_SETTLES_S = 2.0  # Home Assistant takes what is seen only for a class that it has made an option of
_LONGEST_BYTES = 400  # of a command: a class's name has 100 characters
_STALE_S = 10.0  # a command that waited for longer meant another picture
_OLD_S = 3.0  # a picture that a live source showed longer ago is not what is there now
_PACE_S = 1.0  # from one tag to the next: who wants more frames of a scene than that has `capture`


class Telling:
    """What one broker is told of one camera of one brain."""

    def __init__(self, brain: Brain, broker: Broker, source: str, name: str, say: Say) -> None:
        """`source` is what the camera is called, without a password; `name` tells the cameras of a brain apart.

        Raises BadInput, also while somebody else tells of that name, BrainReadOnly, StorageFailed, ExtraMissing.
        """
        self._brain, self._source, self._say = brain, source, say
        self._topics = Topics.of(broker, brain.store.devices.own_id(), name)
        self._tags = broker.tag
        self._held = _held(brain, name)
        folder = files.printable(brain.folder.resolve().name)
        self._title = folder if folder == name else f"{folder} {name}"
        self._told: dict[str, str] = {}  # by topic, on this connection
        self._parts: dict[str, str] = {}  # components that Home Assistant was told of, by name with platform
        self._gone: dict[str, str] = {}  # those that are no more, until all is told once more
        self._configured: tuple[str, ...] = ()  # classes, and components that are gone, that it was told of
        self._connection = self._passed_over = 0
        self._settles: float | None = None  # when all is told once more
        self._last: tuple[float, Observation] | None = None  # what was told as seen, and when
        self._next = 0.0  # from when on may be tagged again
        self.tagged = self.refused = 0
        try:
            if broker.tag and broker.username is None:
                say(f"the broker {broker.told} is asked without a password: whoever reaches it may tag", "warning")
            self.line = Line(broker, self._topics, self._listens())
        except BaseException:
            os.close(self._held)
            raise

    def _listens(self) -> list[str]:
        wanted = [self._topics.tag] if self._tags else []
        return [*wanted, self._topics.birth, self._topics.config] if self._topics.discovery else wanted

    def turn(self, seen: Observation, score: Score, tag: Callable[[str], Tag]) -> bool:
        """Tell what is otherwise than it was told, and do what is asked; return whether a frame was tagged.

        `tag` tags what is seen now. What goes wrong there is told to the broker and said, but for BrainDamaged.
        """
        self._say_all()
        done = [self._obey(command, seen, tag) for command in self._heard()]
        if self.line.connected:
            if self.line.connection != self._connection:
                self._connection = self.line.connection
                self._told.clear()
            self._tell(seen, score)
        return any(done)

    def close(self) -> None:
        """Say that nobody tells any more."""
        self.line.close()
        os.close(self._held)
        self._say_all()

    def _say_all(self) -> None:
        for text, level in self.line.said():
            self._say(text, level)

    def __enter__(self) -> Telling:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ── told ────────────────────────────────────────────────────────────────────────────────────

    def _tell(self, seen: Observation, score: Score) -> None:
        now, at = clock.elapsed(), self._topics
        if self._settles is not None and now >= self._settles:
            self._settles, self._gone = None, {}
            self._told = {topic: payload for topic, payload in self._told.items() if topic == at.config}
        if at.discovery and self._configure(score):
            self._settles = now + _SETTLES_S
        self._put(at.availability, ONLINE)
        self._put(at.camera, topics.camera(self._source, seen))
        self._put(at.score, topics.score(score))
        if at.seen not in self._told or self._is_news(seen, now):
            self._last = now, seen
            self._put(at.seen, topics.seen(seen))

    def _is_news(self, seen: Observation, now: float) -> bool:
        """Say whether another class is seen, or the same with another confidence, and not just told."""
        if self._last is None:
            return True
        then, last = self._last
        moved = abs(seen.confidence - last.confidence) >= _MOVED and now - then >= _CALM_S
        return seen.label != last.label or moved

    def _configure(self, score: Score) -> bool:
        """Tell Home Assistant which classes there are, and what is no more; return whether it was otherwise told."""
        key = (*score.per_class, "", *self._gone)
        if self._topics.config in self._told and key == self._configured:
            return False
        parts = homeassistant.parts(self._topics, list(score.per_class), tag=self._tags)
        self._gone |= {name: platform for name, platform in self._parts.items() if name not in parts}
        self._parts = {name: part["p"] for name, part in parts.items()}
        self._configured = (*score.per_class, "", *self._gone)
        return self._put(self._topics.config, homeassistant.document(self._topics, self._title, parts, self._gone))

    def _put(self, topic: str, payload: str) -> bool:
        """Tell what is otherwise than it was told; return whether it was."""
        if self._told.get(topic) == payload:
            return False
        self._told[topic] = payload
        self.line.publish(topic, payload)
        return True

    # ── heard ───────────────────────────────────────────────────────────────────────────────────

    def _heard(self) -> list[Heard]:
        """Take note of what has come, and return the commands."""
        passed_over, self._passed_over = self.line.passed_over - self._passed_over, self.line.passed_over
        if passed_over:
            self._refuse(None, f"{passed_over} messages came at once with too many others")
        commands = []
        for heard in self.line.heard():
            if heard.topic == self._topics.tag:
                commands.append(heard)
            elif heard.topic == self._topics.config:  # what was told before we were there, or what we tell ourselves
                self.line.leave(heard.topic)
                known = homeassistant.told(heard.payload) if heard.retained else {}
                self._parts = known | self._parts
                self._configured = ()
            elif heard.payload == ONLINE.encode():
                self._told.clear()
        return commands

    def _obey(self, command: Heard, seen: Observation, tag: Callable[[str], Tag]) -> bool:
        """Tag what is seen now, or say why not; return whether it was tagged."""
        label = None
        try:
            label = self._meant(command, seen)
            done = tag(label)
        except BrainDamaged:
            raise
        except EdgeBrainError as error:
            self._refuse(label, str(error))
            return False
        self.tagged += 1
        self._next = clock.elapsed() + _PACE_S
        self._say(f"tagged by a message: frame {done.frame_id[:12]} is {label}, {done.role}", "info")
        self.line.publish(self._topics.tagged, topics.tagged(label, done), retain=False)
        return True

    def _meant(self, command: Heard, seen: Observation) -> str:
        """Return the class that a command names; BadInput or UnknownClass for one that may not be followed."""
        if not self._tags:
            raise BadInput("tagging by messages is switched off here (tag = false)")
        if command.retained:
            raise BadInput("the broker has kept it from before (retained): it meant another picture")
        if len(command.payload) > _LONGEST_BYTES:
            raise BadInput(f"a command is a class's name; this one has more than {_LONGEST_BYTES} bytes")
        try:
            label = labels.checked(command.payload.decode())
        except UnicodeDecodeError as error:
            raise BadInput("a command is a class's name in UTF-8, and this one is none") from error
        if label not in {info.label for info in self._brain.classes()}:
            raise UnknownClass(f"this brain has no class {label!r}, and a message makes none")
        if seen.state != "ok":
            raise BadInput(f"the source is {seen.state}: nobody sees what it was meant for")
        if clock.elapsed() - command.at > _STALE_S:
            raise BadInput(f"it waited for more than {_STALE_S:.0f} s: it meant another picture")
        if clock.elapsed() < self._next:
            raise BadInput(f"a frame was tagged less than {_PACE_S:.0f} s before: send one message for a picture")
        return label

    def _refuse(self, label: str | None, why: str) -> None:
        self.refused += 1
        self._say(f"nothing was tagged by a message: {why}", "warning")
        self.line.publish(self._topics.tagged, topics.refused(label, why), retain=False)


def shown(watcher: Watcher, source: Source) -> Look:
    """Return what a source shows now, to be tagged; BadInput where it shows nothing, or has not for a while."""
    if watcher.newest is None:
        raise BadInput("the camera has shown nothing yet, or what it showed last could not be looked at")
    if source.live and watcher.age_s > _OLD_S:
        raise BadInput(f"the camera has shown nothing for {watcher.age_s:.0f} s: what it showed before is not meant")
    return watcher.newest


def _held(brain: Brain, name: str) -> int:
    """Be the only one who tells of a camera; the broker knows two of one name as one, and cuts off each for the other.

    Returns a handle to be closed; raises BadInput while somebody else tells, and StorageFailed.
    """
    folder = brain.folder / "mqtt" / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return files.hold(folder, alone=True)
    except BlockingIOError as error:
        raise BadInput(
            f"a broker is told of {name!r} of {files.printable(brain.folder)} already, by another watch or service; "
            "give another --name, or another name in the settings"
        ) from error
    except OSError as error:
        raise StorageFailed(f"could not make {files.printable(folder)}: {error.strerror or error}") from error
