"""paho's client, and what it lacks here: it says why it cannot connect, and nothing that a broker sends ends it.

paho holds a message whole, up to 256 MB, before anybody can refuse it; and one that the broker keeps comes again with
each connection. So what is beyond the longest is let go of as it comes. (MQTT 5 could forbid such messages, but is not
what every broker speaks.)

The one module that imports paho; it is loaded when a line is opened.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

LONGEST_BYTES = 2**20  # of a message that are kept
_AT_ONCE_BYTES = 2**16
_REST_S = 5.0  # after a fault, before it is connected anew


class Stubborn(Client):
    """A client that goes on."""

    def __init__(self, name: str, failed: Callable[[str], object]) -> None:
        """`failed` is told why it could not connect, or had to begin anew."""
        super().__init__(CallbackAPIVersion.VERSION2, client_id=name)
        self._failed = failed
        self.leave = Event()

    def reconnect(self) -> MQTTErrorCode:
        """Connect; OSError for whatever goes wrong, for that is tried again."""
        try:
            return super().reconnect()
        except (OSError, ValueError) as error:  # ValueError: a name that is none for the resolver
            self._failed(getattr(error, "strerror", None) or str(error) or type(error).__name__)
            raise OSError(str(error)) from error

    def _sock_recv(self, bufsize: int) -> bytes:
        """Read on; what has been read of a message that is too long is cut: topic and number come first."""
        del self._in_packet["packet"][LONGEST_BYTES:]
        return super()._sock_recv(min(bufsize, _AT_ONCE_BYTES))

    def loop_forever(self, timeout: float = 1.0, retry_first_connection: bool = False) -> MQTTErrorCode:
        """Serve the connection, and connect anew, until it is told to leave."""
        while True:
            try:
                return super().loop_forever(timeout, retry_first_connection)
            except Exception as error:  # bytes that are no MQTT: another connection may bring better ones
                self._failed(f"what it sends is no MQTT ({type(error).__name__}: {error})")
            if self.leave.wait(_REST_S):
                return MQTTErrorCode.MQTT_ERR_NO_CONN
            self.connect_async(self.host, self.port, self.keepalive)  # lets go of what was
