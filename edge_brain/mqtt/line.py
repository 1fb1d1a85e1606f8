"""The connection to a broker: kept up by a thread of paho's, which only notes what comes; nobody waits for it.

What is told is let go of at once, and lost while there is no connection: whoever tells looks at `connection`, and tells
all anew on another one. So quality of service 0 is enough, and nothing that is out of date is ever sent again.
What is to be said of the connection is noted, too, until whoever tells asks for it: paho's thread calls nobody of ours.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from edge_brain import clock, extras
from edge_brain.mqtt.broker import Broker
from edge_brain.mqtt.topics import OFFLINE, Topics

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessage

Level = Literal["info", "warning"]
Say = Callable[[str, Level], object]

_KEEPALIVE_S = 30  # a broker that is silent for so long is asked, and given up when it says nothing for as long again
_LONGEST_S = 60  # between two attempts to connect, of which the first comes after a second
_FAREWELL_S = 0.8  # for the last words
_MOST_HEARD = 32  # messages that wait for the next turn
_MOST_SAID = 100  # of the connection, the last


@dataclass(frozen=True)
class Heard:
    """A message that came."""

    topic: str
    payload: bytes
    retained: bool  # it was said before we listened
    at: float  # monotonic seconds


class Line:
    """One connection; opened at once, connected when the broker wants to."""

    def __init__(self, broker: Broker, topics: Topics, heard: Sequence[str]) -> None:
        """`heard` are the topics to be listened to.

        Raises BadInput for a password or certificates that cannot be read, and ExtraMissing.
        """
        with extras.needed("mqtt", "a broker is told by paho"):
            from edge_brain.mqtt.client import Stubborn
        self._broker, self._topics, self._listens = broker, topics, heard
        self._heard: deque[Heard] = deque()
        self._said: deque[tuple[str, Level]] = deque(maxlen=_MOST_SAID)
        self._why: str | None = None  # it failed; told once
        self.connection = 0  # counts them
        self.connected = False
        self.failure: str | None = None  # the last
        self.passed_over = 0  # messages, of too many at once
        secret, trust = broker.secret(), broker.trust()
        self._client = Stubborn(topics.client, self._failed)
        self._client.username_pw_set(broker.username, secret)
        if trust is not None:
            self._client.tls_set_context(trust)
        self._client.will_set(topics.availability, OFFLINE, qos=1, retain=True)
        self._client.reconnect_delay_set(1, _LONGEST_S)
        self._client.on_connect = self._answered
        self._client.on_disconnect = self._broke_off
        self._client.on_message = self._came
        self._client.connect_async(*broker.address, keepalive=_KEEPALIVE_S)
        self._client.loop_start()

    def publish(self, topic: str, payload: str, *, retain: bool = True) -> None:
        """Send a message, if there is a connection; returns at once."""
        self._client.publish(topic, payload, retain=retain)

    def leave(self, topic: str) -> None:
        """Listen to a topic no more."""
        self._client.unsubscribe(topic)

    def heard(self) -> list[Heard]:
        """Return what has come since it was asked last."""
        return [self._heard.popleft() for _ in range(len(self._heard))]

    def said(self) -> list[tuple[str, Level]]:
        """Return what has become of the connection since it was asked last, in words."""
        return [self._said.popleft() for _ in range(len(self._said))]

    def close(self) -> None:
        """Say goodbye, which keeps the broker from telling the will; a broker that stalls is not waited for."""
        was = self.connected
        if was:
            self.publish(self._topics.availability, OFFLINE)
        self._client.leave.set()
        self._client.disconnect()
        ends = threading.Thread(target=self._client.loop_stop, name="mqtt ends", daemon=True)  # it waits without end
        ends.start()
        ends.join(_FAREWELL_S if was else 0.0)

    # ── in paho's thread ────────────────────────────────────────────────────────────────────────

    def _answered(self, client: object, userdata: object, flags: object, reason: Any, properties: object) -> None:
        if reason.is_failure:
            self._failed(f"{reason}: look at username and password, and at what they may do there")
            return
        for topic in self._listens:
            self._client.subscribe(topic, qos=1)
        self._why, self.connected = None, True
        self.connection += 1
        self._said.append((f"connected with the broker {self._broker.told}", "info"))

    def _broke_off(self, client: object, userdata: object, flags: object, reason: Any, properties: object) -> None:
        was, self.connected = self.connected, False
        if was and reason.is_failure:
            self._failed(f"the connection broke off ({reason})")

    def _failed(self, why: str) -> None:
        self.failure, self.connected = why, False
        if why != self._why:
            self._why = why
            told = f"the broker {self._broker.told} is not told: {why}; it is tried again and again"
            self._said.append((told, "warning"))

    def _came(self, client: object, userdata: object, message: MQTTMessage) -> None:
        if len(self._heard) >= _MOST_HEARD:
            self.passed_over += 1
        else:
            self._heard.append(Heard(message.topic, bytes(message.payload), message.retain, clock.elapsed()))
