"""The server: sockets, threads and limits, so that neither a flood nor a slow client takes more than its share.

    who waits    answers are sent by one thread for all; a worker is not held up by who reads slowly
    who stalls   a connection whose client has had its time is closed, also in the midst of an answer
    who floods   of those who have not shown that they may come in, the oldest makes room for the next
    how many     connections, workers and streams have their numbers
    who reads    pages that show the whole brain take seconds of a large one: they, and streams, have threads of
                 their own, so that no tag waits until somebody has been shown something

What one connection may send, and how long it may take, `connection` says.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
from functools import partial
from typing import Any

import waitress.server
from flask import Flask
from waitress import wasyncore
from waitress.task import ThreadedTaskDispatcher

from edge_brain import clock
from edge_brain.errors import BadInput
from edge_brain.web.connection import MAX_BODY_BYTES, MOST_LARGE, Connection
from edge_brain.web.gate import Gate
from edge_brain.web.places import Places
from edge_brain.web.streams import MOST_DOWNLOADS, MOST_EVENTS, MOST_VIEWERS

_WORKERS, _READERS = 8, 4
_CONNECTIONS = 200
_STRANGERS = 64  # connections of theirs
_HEADER_BYTES = 16 * 2**10
_HELD_BYTES = 2**20  # of an answer, before the worker waits: every page and thumbnail is smaller
_NEVER_S = 10**9
_LOOP_S = 0.5
_TEND_S = 0.1
_LOG = logging.Logger("edge_brain.web", logging.ERROR)  # a flood must not fill a log


class Server:
    """Serves an application on one socket, until it is told to stop."""

    def __init__(self, app: Flask, gate: Gate, listener: socket.socket) -> None:
        """`listener` is bound; see `listen`."""
        self._map: dict[int, Any] = {}
        self._crews = _Crews()
        self._server = waitress.server.create_server(
            app,
            map=self._map,
            sockets=[listener],
            connection_limit=_CONNECTIONS,
            cleanup_interval=_NEVER_S,  # we tend to them ourselves
            channel_request_lookahead=1,  # so that it is seen when a client goes while it is answered
            max_request_header_size=_HEADER_BYTES,
            max_request_body_size=MAX_BODY_BYTES + 1,
            outbuf_high_watermark=_HELD_BYTES,
            log_socket_errors=False,
            ident=None,
            _dispatcher=self._crews,
        )
        self._server.channel_class = partial(Connection, gate, Places(MOST_LARGE))
        self._server.logger = _LOG
        self._tended = 0.0
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Let `run` come to its end, now; to be called from another thread."""
        self._stopped.set()
        self._server.pull_trigger()

    def run(self) -> None:
        """Serve until `stop`."""
        try:
            while not self._stopped.is_set():
                wasyncore.loop(timeout=_LOOP_S, use_poll=True, map=self._map, count=1)
                self._tend(clock.elapsed())
        finally:
            for connection in self._connections():
                connection.handle_close()  # wakes the worker that waits for its client
            self._crews.shutdown()
            wasyncore.close_all(self._map)

    def _connections(self) -> list[Connection]:
        return list(self._server.active_channels.values())

    def _tend(self, now: float) -> None:
        """Close the connections of clients that have had their time, and of strangers that are too many."""
        if now - self._tended < _TEND_S:
            return
        self._tended = now
        for connection in self._connections():
            if connection.is_stalled(now):
                connection.handle_close()
        strangers = [each for each in self._connections() if not each.is_known]
        for connection in strangers[: max(0, len(strangers) - _STRANGERS)]:  # the oldest come first
            if not connection.waits_for_us:
                connection.handle_close()


class _Crews:
    """The threads that answer: who changes something, who reads, and streams take none of each other's."""

    def __init__(self) -> None:
        self._workers, self._readers = _crew(_WORKERS), _crew(_READERS)
        self._streams = _crew(MOST_EVENTS + MOST_VIEWERS + MOST_DOWNLOADS + 1)  # that one tells who comes too late

    def add_task(self, connection: Connection) -> None:
        """Have the request of a connection answered."""
        crew = self._streams if connection.is_stream else self._workers if connection.is_quick else self._readers
        crew.add_task(connection)

    def shutdown(self) -> None:
        """End all threads."""
        for crew in (self._workers, self._readers, self._streams):
            crew.shutdown()


def _crew(threads: int) -> ThreadedTaskDispatcher:
    crew = ThreadedTaskDispatcher()
    crew.queue_logger = _LOG
    crew.set_thread_count(threads)
    return crew


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that is bound and listens; BadInput when that cannot be."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen()
        except BaseException:
            listener.close()
            raise
    except (OSError, UnicodeError) as error:
        reason = error.strerror or error if isinstance(error, OSError) else error
        raise BadInput(f"cannot serve on {host}, port {port}: {reason}; give another --host or --port") from error
    return listener


def is_loopback(listener: socket.socket) -> bool:
    """Say whether only this machine can reach a socket."""
    return ipaddress.ip_address(listener.getsockname()[0].split("%")[0]).is_loopback
