"""What a camera sees, told to an MQTT broker, and so to Home Assistant; and tags that come back from there.

    Watcher ─ what is seen ─┐                     ┌─> BASE/seen, camera, score, availability
    Score ──────────────────┴─> Telling ─> Line ──┤
    Brain <─ tag what is seen now ─┘              └─> homeassistant/device/…/config

broker          which broker, as whom              client, line   the connection, in a thread of paho's
topics          what is told where                 telling        what is told when, and what is done
homeassistant   what Home Assistant makes of it
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial

from edge_brain import clock
from edge_brain.brain import Brain
from edge_brain.capture import Source, open_source
from edge_brain.mqtt import topics
from edge_brain.mqtt.broker import Broker
from edge_brain.mqtt.line import Say
from edge_brain.mqtt.telling import WHO, Telling, shown
from edge_brain.records import Observation, Score, Tag
from edge_brain.region import Region
from edge_brain.watching import Watcher

__all__ = ["WHO", "Broker", "Telling", "shown", "tell_broker"]

_MEASURED_S = 60.0  # at most until the score follows what others tag


def tell_broker(
    brain: Brain,
    source: Source | str,
    broker: Broker | str,
    *,
    name: str = "watch",
    roi: Region | str | None = None,
    agree: int = 5,
    every: bool = False,
    stop: Callable[[], bool] = lambda: False,
    say: Say = lambda text, level: None,
) -> Iterator[Observation]:
    """Watch a source as `Brain.watch` does, yield the same, and tell a broker all of it; tag what is asked for there.

    `broker` is one, or its URL: mqtt://[name:password@]host[:port][/topic]. `name` tells the cameras of a brain apart.
    `say` is given, with "info" or "warning", what becomes of the connection and of commands, in the caller's thread.
    A broker that is away holds up nothing, and is told all when it is back. Raises BadInput, BrainReadOnly for a
    release, ExtraMissing.
    """
    broker, name = Broker.parse(broker) if isinstance(broker, str) else broker, topics.checked(name)
    watcher = Watcher(partial(brain.look, at_leisure=True), roi=roi, agree=agree)
    scores = _Scores(brain)
    with (
        open_source(source) if isinstance(source, str) else nullcontext(source) as shots,
        Telling(brain, broker, shots.name, name, say) as telling,
    ):
        while not stop():
            shot = shots.next()
            if told := watcher.state_of(shots):
                yield told
            before = watcher.label
            look = watcher.look(shot) if shot else None
            tag = partial(_tag, brain, shots, watcher)
            scores.follow(at_once=telling.turn(watcher.seen(before), scores.latest, tag))
            if look and (every or look.changed):
                yield watcher.seen(before)
            elif shot is None and shots.state.condition == "ended":
                return


class _Scores:
    """The Brain Score, measured when something was tagged: here at once, by others within a minute."""

    def __init__(self, brain: Brain) -> None:
        self._brain = brain
        self._measure()

    def _measure(self) -> None:
        self._event, self._next = self._brain.store.last_event(), clock.elapsed() + _MEASURED_S
        self.latest: Score = self._brain.score()

    def follow(self, *, at_once: bool) -> None:
        """Measure anew, where it is due and something was tagged."""
        if at_once or (clock.elapsed() >= self._next and self._brain.store.last_event() != self._event):
            self._measure()


def _tag(brain: Brain, source: Source, watcher: Watcher, label: str) -> Tag:
    return brain.tag(shown(watcher, source).picture, label, source=source.name, who=WHO)
