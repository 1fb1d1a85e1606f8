"""Tells systemd how the service is: ready, alive, ending. It is told by hand, in the protocol of sd_notify(3).

    READY=1  STATUS=…  WATCHDOG=1  STOPPING=1        datagrams to the socket that $NOTIFY_SOCKET names

Where nobody listens nothing is sent, and nothing fails.
"""

from __future__ import annotations

import socket

from edge_brain import clock, config

_OFTEN_S = 1.0  # a watchdog need not be fed more often


class Notifier:
    """Speaks to the service manager that started this process, if one did."""

    def __init__(self) -> None:
        self._address = config.notify_socket()
        self._watchdog_s = config.watchdog_s()
        self._fed: float | None = None
        self._stretched = False

    def ready(self) -> None:
        """Tell that the service is up."""
        self._send("READY=1")

    def status(self, text: str) -> None:
        """Tell in one line how the service is; `systemctl status` shows it."""
        self._send("STATUS=" + " ".join(text.split()))

    def alive(self) -> None:
        """Tell that real work was done. Only the loop may call this, after a turn; a timer never."""
        now = clock.elapsed()
        if self._watchdog_s is None or (self._fed is not None and now - self._fed < _OFTEN_S):
            return
        if self._stretched:
            self._send(f"WATCHDOG_USEC={int(1e6 * self._watchdog_s)}")
            self._stretched = False
        self._fed = now
        self._send("WATCHDOG=1")

    def takes_long(self, most_s: float) -> None:
        """Ask for patience until the next `alive`: what begins now may take so long."""
        lines = [f"EXTEND_TIMEOUT_USEC={int(1e6 * most_s)}"]
        if self._watchdog_s is not None:
            lines.append(f"WATCHDOG_USEC={int(1e6 * most_s)}")
            self._stretched, self._fed = True, None
        self._send("\n".join(lines))

    def stopping(self) -> None:
        """Tell that the service is ending."""
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        if self._address is None:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)
            try:
                sender.sendto(message.encode(), self._address)
            except OSError:  # the manager is away or busy: it may miss a word, the camera must not wait for it
                return
