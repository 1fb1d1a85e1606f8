"""The server: sockets, threads and limits, so that neither a flood nor a slow client takes more than its share.

who waits    answers are sent by one thread for all; a worker is not held up by who reads slowly
who stalls   a connection on which nothing moves is closed, also in the midst of an answer
who sends    a body is taken up to 32 MiB, and of a stranger none
how many     connections, workers and streams have their numbers; there are always workers that are no streams
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from typing import Any

import waitress.server
from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.task import WSGITask

from edge_brain.errors import BadInput
from edge_brain.web.app import MAX_BODY_BYTES
from edge_brain.web.streams import MOST_EVENTS, MOST_VIEWERS, UNSENT

_WORKERS = 8  # that are never streams
_CONNECTIONS = 200
_STALLED_S = 30
_HEADER_BYTES = 16 * 2**10
_HELD_BYTES = 2**20  # of an answer, before the worker waits: every page and thumbnail is smaller
_LOOP_S = 0.5


class Server:
    """Serves an application on one socket, until it is told to stop."""

    def __init__(self, app: Flask, listener: socket.socket) -> None:
        """`listener` is bound; see `listen`."""
        self._map: dict[int, Any] = {}
        self._server = waitress.server.create_server(
            app,
            map=self._map,
            sockets=[listener],
            threads=_WORKERS + MOST_EVENTS + MOST_VIEWERS,
            connection_limit=_CONNECTIONS,
            channel_timeout=_STALLED_S,
            cleanup_interval=_STALLED_S // 3,
            max_request_header_size=_HEADER_BYTES,
            max_request_body_size=MAX_BODY_BYTES + 1,
            outbuf_high_watermark=_HELD_BYTES,
            ident=None,
        )
        self._server.channel_class = _Channel

    def run(self, stop: threading.Event) -> None:
        """Serve until `stop` is set."""
        try:
            while not stop.is_set():
                wasyncore.loop(timeout=_LOOP_S, map=self._map, count=1)
        finally:
            for channel in list(self._server.active_channels.values()):
                channel.handle_close()  # frees a worker that waits for who reads too slowly
            self._server.task_dispatcher.shutdown()
            wasyncore.close_all(self._map)


class _Task(WSGITask):  # type: ignore[misc]
    """Tells the application how much of its answer waits to be sent."""

    def get_environment(self) -> dict[str, Any]:
        environment: dict[str, Any] = super().get_environment()
        environment[UNSENT] = lambda: self.channel.total_outbufs_len
        return environment


class _Channel(HTTPChannel):  # type: ignore[misc]
    task_class = _Task


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that is bound; BadInput when that cannot be."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except BaseException:
            listener.close()
            raise
    except OSError as error:
        raise BadInput(
            f"cannot serve on {host}, port {port}: {error.strerror or error}; give another --host or --port"
        ) from error
    return listener


def is_loopback(listener: socket.socket) -> bool:
    """Say whether only this machine can reach a socket."""
    return ipaddress.ip_address(listener.getsockname()[0].split("%")[0]).is_loopback
