"""One connection: what is taken of it, and how long for.

    a head ─┬─ whole within seconds, 16 KiB at most, for a path of ours ─ else refused
            └─ a body follows? ─┬─ of whoever the gate would refuse nothing is taken: the door tells the reason
                                ├─ of a length that is told, up to 32 MiB, and few large ones at one time
                                └─ as fast as a poor radio at least
    an answer ─ is taken by the client, a little at least every half minute ─ else the connection is closed

waitress reads a body whole before anybody is asked whether it is welcome: on a small device 200 of them would fill
the disk. It also waits for ever for a client that takes nothing while its answer is being made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask, WSGITask

from edge_brain import clock
from edge_brain.web import door
from edge_brain.web.gate import SAFE, Asked, Gate
from edge_brain.web.places import Places
from edge_brain.web.streams import UNSENT, takes_long

MAX_BODY_BYTES = 32 * 2**20
_LARGE_BYTES, MOST_LARGE = 2**20, 6  # bodies of more than that, at one time
_HEAD_S = 15.0  # until a head is whole; of a stranger from the beginning of the connection
_IDLE_S = 60.0  # between two requests of somebody who may come in
_BODY_S, _BODY_BYTES_A_S = 20.0, 32 * 2**10
_TAKEN_S, _TAKEN_BYTES = 30.0, 64 * 2**10  # of an answer so much in that time, or all of it
_AGAIN_S = 5
_QUICK = ("/static/", "/style/", "/thumbnail/", "/picture/", "/live.jpg", "/api/session", "/api/camera")


class _Refused:
    """Why a request goes no further, as waitress hands it to the task that tells it."""

    def __init__(self, status: HTTPStatus, body: str) -> None:
        self.code, self.reason, self.body = status.value, status.phrase, body


class _Request(HTTPRequestParser):  # type: ignore[misc]
    """A request as it comes in, of whom is asked what he may before his body is taken."""

    def __init__(self, channel: Connection, adjustments: Any) -> None:
        super().__init__(adjustments)
        self._channel = channel
        self._has_place = False
        channel.requests_begun += 1

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if self.error is not None:
            self.expect_continue = False  # else waitress would go on, and take what it has refused
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # brackets that are no address, a length of thousands of digits
            raise ParsingError(str(error)) from error
        if self.proxy_netloc or not self.path.startswith("/"):
            self._refuse(HTTPStatus.BAD_REQUEST, "this is no proxy: ask for a path, as /score")
        elif self.chunked or "TRANSFER_ENCODING" in self.headers:
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "a body needs a Content-Length, and no Transfer-Encoding")
        else:
            self._ask_for_the_body()

    def _ask_for_the_body(self) -> None:
        asked = self._channel.asked(self.command, self.headers)
        gate = self._channel.gate
        self._channel.is_known |= gate.refusal_of_any(asked) is None and gate.knows(asked.cookies)
        if not self.content_length or self.content_length > MAX_BODY_BYTES:
            return  # there is none, or waitress refuses it
        if self.command in SAFE or gate.refusal(asked, counted=False) is not None:
            self._take_no_body()
        elif self.content_length > _LARGE_BYTES:
            self._has_place = self._channel.large.take()
            if not self._has_place:
                self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "many send large files at one time: try again in a while")

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        self.error = _Refused(status, reason)
        self._take_no_body()

    def _take_no_body(self) -> None:
        self.body_rcv, self.chunked, self.content_length, self.expect_continue = None, False, 0, False
        self.headers["CONTENT_LENGTH"] = "0"
        self.headers["CONNECTION"] = "close"  # what comes after is the body, and no request

    def close(self) -> None:
        super().close()
        if self._has_place:
            self._has_place = False
            self._channel.large.give_back()


class _Task(WSGITask):  # type: ignore[misc]
    """Tells the application how much of its answer waits to be sent."""

    def get_environment(self) -> dict[str, Any]:
        environment: dict[str, Any] = super().get_environment()
        environment[UNSENT] = lambda: self.channel.total_outbufs_len
        return environment


class _ErrorTask(ErrorTask):  # type: ignore[misc]
    """Tells why a request went no further in the words of the API."""

    def execute(self) -> None:
        error = self.request.error
        body = json.dumps({"error": error.reason, "message": error.body}).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers += [*door.HEADERS.items(), ("Cache-Control", "no-store")]
        self.response_headers += [("Content-Type", "application/json")]
        if error.code == HTTPStatus.SERVICE_UNAVAILABLE:
            self.response_headers.append(("Retry-After", str(_AGAIN_S)))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Connection(HTTPChannel):  # type: ignore[misc]
    """A connection that a client has opened."""

    task_class, error_task_class = _Task, _ErrorTask

    request: _Request | None  # that is not whole yet

    def __init__(self, gate: Gate, large: Places, server: Any, sock: Any, address: Any, *rest: Any, **named: Any):
        """`large` are the places for large bodies; the rest is of waitress."""
        self.gate, self.large = gate, large
        self.is_known = False  # whether somebody came by it who may come in
        self.requests_begun = 0
        self.begun = clock.elapsed()
        self._cookie = door.cookie(server.effective_port)
        self._waits: tuple[object, ...] = ()
        self._since = self.begun
        self._sent = 0
        self.parser_class = partial(_Request, self)
        super().__init__(server, sock, address, *rest, **named)

    def asked(self, method: str, headers: Mapping[str, str]) -> Asked:
        """Return what the gate looks at of a request."""
        return Asked.of(method, self.addr[0], headers, self._cookie)

    @property
    def is_stream(self) -> bool:
        """Whether the request that is to be answered now takes as long as a page is open."""
        request = self.requests[0]
        return request.error is None and takes_long("/" + request.path.lstrip("/"))

    @property
    def is_quick(self) -> bool:
        """Whether the request that is to be answered now changes something, or asks for a file or one picture."""
        request = self.requests[0]
        return request.error is not None or request.command not in SAFE or request.path.startswith(_QUICK)

    @property
    def waits_for_us(self) -> bool:
        """Whether it is at us to go on."""
        return bool(self.requests) and not self.total_outbufs_len

    def is_stalled(self, now: float) -> bool:
        """Say whether the client has had its time; to be asked often, by the thread that serves."""
        waits = self._state()
        if waits != self._waits:
            self._waits, self._since, self._sent = waits, now, 0
        waited_s = now - self._since
        if waits[0] == "answer" and waited_s >= _TAKEN_S and self._sent >= _TAKEN_BYTES:
            self._since, self._sent = now, 0
            return False
        return not self.waits_for_us and waited_s >= self._patience_s(waits[0])

    def _state(self) -> tuple[object, ...]:
        """Return what the connection waits for, and for which of its requests."""
        request = self.request
        if self.total_outbufs_len:
            return "answer", self.requests_begun
        if self.requests:
            return "us", self.requests_begun
        if request is None:
            return "request", self.requests_begun
        return "body" if request.headers_finished else "head", self.requests_begun

    def _patience_s(self, waits: object) -> float:
        if waits == "answer":
            return _TAKEN_S
        if waits == "body" and self.request is not None:
            return _BODY_S + float(self.request.content_length) / _BODY_BYTES_A_S
        return _IDLE_S if waits == "request" and self.is_known else _HEAD_S

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send what the network takes."""
        sent: int = super().send(data, do_close)
        self._sent += sent
        return sent

    def handle_close(self) -> None:
        """Close, and let go of what has come of a request."""
        if self.request is not None:
            self.request.close()
        super().handle_close()
