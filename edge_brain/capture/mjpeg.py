"""Pictures over HTTP: a stream of JPEGs (multipart/x-mixed-replace), or a still picture asked for again and again.

--boundary
Content-Type: image/jpeg          Cameras differ: with and without Content-Length, with a wrong one, with another
Content-Length: 20117             number of dashes than announced, with or without an empty line before the boundary.
                                  So a part ends where its length says if a JPEG ends there, else at the next boundary.
<JPEG>
--boundary

Files are cut out here and decoded elsewhere. Redirects are not followed and only basic authentication is spoken.
"""

from __future__ import annotations

import base64
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import unquote, urlsplit

from edge_brain import clock, images
from edge_brain.capture.source import Raw, Reader
from edge_brain.errors import SourceLost

STILL_S = 0.5  # from one question for a still picture to the next, at least
_CHUNK = 2**16
_MOST_HEAD = 2**14  # bytes of a part's headers
_END = b"\xff\xd9"  # of a JPEG


class Parts:
    """Cuts parts out of a multipart stream that comes in pieces."""

    def __init__(self, boundary: str) -> None:
        # what all ways of writing it have in common; unknown, the first line says it
        self._boundary = boundary.strip("-").encode("latin-1")
        self._buffer = bytearray()
        self._length: int | None = None  # of the part we are in, by its headers
        self._inside = False  # a part, after its headers
        self._searched = 0  # so far there is no boundary in the buffer
        self.ended = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take in the next piece and return the parts that are whole now; raises SourceLost for a part too large."""
        self._buffer += data
        parts = []
        while not self.ended:
            if not self._inside:
                if not self._enter():
                    break
            elif (part := self._leave()) is not None:
                if part:
                    parts.append(part)
            else:
                break
        return parts

    def _enter(self) -> bool:
        """Skip to behind the next boundary and its headers, if they are there."""
        if not self._boundary:
            first = re.search(rb"(?:^|\n)--+([^\r\n]+)\r?\n", self._buffer)
            if first is None:
                return self._trim(_MOST_HEAD)
            self._boundary = first[1].strip(b"-")
        found = re.search(rb"--" + re.escape(self._boundary) + rb"(--)?[ \t]*\r?\n?", self._buffer)
        if found is None:
            return self._trim(_MOST_HEAD)
        if found[1]:
            self.ended = True
            return False
        head = re.compile(rb"\r?\n\r?\n|(?<=\n)\r?\n").search(self._buffer, max(0, found.end() - 1))
        if head is None:
            if len(self._buffer) - found.end() > _MOST_HEAD:
                raise SourceLost(f"the headers of a part are longer than {_MOST_HEAD:,} bytes")
            return False
        length = re.search(rb"content-length:[ \t]*(\d{1,18})", self._buffer[found.end() : head.end()], re.I)
        self._length = int(length[1]) if length else None
        if self._length is not None and self._length > images.MAX_BYTES:
            raise SourceLost(f"a picture of {self._length:,} bytes, of at most {images.MAX_BYTES:,}")
        del self._buffer[: head.end()]
        self._inside, self._searched = True, 0
        return True

    def _leave(self) -> bytes | None:
        """Return the part we are in, when all of it is there."""
        buffer, length = self._buffer, self._length
        if length is not None and len(buffer) >= length and _is_whole(buffer[:length]):
            return self._cut(length)
        # at the start of a line, or right behind a JPEG
        next_one = re.compile(rb"(?:\r?\n|(?<=\xff\xd9))--+" + re.escape(self._boundary)).search(buffer, self._searched)
        if next_one is not None:
            return self._cut(next_one.start())
        if length is None and buffer.startswith(b"\xff\xd8") and buffer.endswith((_END, _END + b"\r\n")):
            return self._cut(len(buffer))  # whole, as it seems: not to wait for the next one to begin
        self._searched = max(0, len(buffer) - len(self._boundary) - 8)
        if len(buffer) > images.MAX_BYTES:
            raise SourceLost(f"a picture without end: more than {images.MAX_BYTES:,} bytes")
        return None

    def _cut(self, end: int) -> bytes:
        part = bytes(self._buffer[:end])
        del self._buffer[:end]
        self._inside = False
        return part

    def _trim(self, keep: int) -> bool:
        """Throw away what is before any boundary; returns False, for there is no part yet."""
        if len(self._buffer) > keep:
            del self._buffer[: -keep // 2]
        return False


def _is_whole(part: bytearray) -> bool:
    """Say whether a JPEG that begins also ends; of other formats only the decoder knows."""
    return not part.startswith(b"\xff\xd8") or part.rstrip(b"\r\n\0").endswith(_END)


class HttpReader(Reader):
    """A camera that speaks HTTP."""

    def __init__(self, url: str, *, deadline_s: float) -> None:
        self._deadline_s = deadline_s
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        self._host, self._port, self._secure = parts.hostname or "", parts.port or (443 if secure else 80), secure
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._headers = {"Accept": "multipart/x-mixed-replace, image/*", "User-Agent": "edge_brain"}
        if parts.username is not None:
            user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers["Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
        self._stopped = threading.Event()
        self._connection: HTTPConnection | None = None
        self._socket: socket.socket | None = None
        self._response: HTTPResponse | None = None
        self._parts: Parts | None = None
        self._asked = -STILL_S

    def read(self) -> Raw:
        """Wait for the next picture and return its file."""
        until = clock.elapsed() + self._deadline_s
        try:
            if self._parts is None:
                data = self._still(until)
                if data is not None:
                    return Raw(data=data)
            assert self._parts is not None
            while not (files := self._parts.feed(self._receive(until))):
                if self._parts.ended:
                    raise SourceLost("the stream has ended")
            return Raw(data=files[-1])  # those before came at the same time: newest picture only
        except (OSError, HTTPException) as error:
            reason = "closed" if self._stopped.is_set() else self._reason(error)
            raise SourceLost(reason) from error

    def stop(self) -> None:
        """Shut the socket, which ends a `read` that waits."""
        self._stopped.set()
        held = self._socket
        if held is not None:
            with suppress(OSError):  # it is shut already
                held.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connection."""
        self.stop()
        self._hang_up()

    def _still(self, until: float) -> bytes | None:
        """Ask; return the picture that the answer is, or None when it is the start of a stream."""
        pause_s = self._asked + STILL_S - clock.elapsed()
        if self._stopped.wait(max(0.0, pause_s)):
            raise SourceLost("closed")
        self._asked = clock.elapsed()
        response = self._ask(until)
        kind = response.headers.get_content_type()
        if response.status != 200:
            raise SourceLost(_refusal(response.status, response.headers.get("Location")))
        if kind.startswith("multipart/"):
            self._parts = Parts(response.headers.get_boundary("") or "")
            return None
        if not kind.startswith("image/"):
            raise SourceLost(
                f"it answers with {kind}, not with a picture or a stream of pictures; is the address right?"
            )
        data = bytearray()
        while piece := self._receive(until, last=b""):
            data += piece
            if len(data) > images.MAX_BYTES:
                raise SourceLost(f"a picture of more than {images.MAX_BYTES:,} bytes")
        self._hang_up()
        return bytes(data)

    def _ask(self, until: float) -> HTTPResponse:
        """Connect and send the question; return the answer, its headers read."""
        kind = HTTPSConnection if self._secure else HTTPConnection
        self._connection = kind(self._host, self._port, timeout=self._deadline_s)
        self._connection.connect()
        self._socket = self._connection.sock
        with self._cut_off(until):  # a timeout of the socket would begin anew with each byte
            self._connection.request("GET", self._path, headers=self._headers)
            self._response = self._connection.getresponse()
        return self._response

    @contextmanager
    def _cut_off(self, until: float) -> Iterator[None]:
        held = self._socket
        assert held is not None
        timer = threading.Timer(max(0.0, until - clock.elapsed()), held.shutdown, [socket.SHUT_RDWR])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def _receive(self, until: float, last: bytes | None = None) -> bytes:
        """Return the next bytes; at the end `last`, or SourceLost when there is none."""
        assert self._response is not None and self._socket is not None
        left = until - clock.elapsed()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        data = self._response.read1(_CHUNK)
        if not data and last is None:
            raise SourceLost("closed" if self._stopped.is_set() else "the stream was cut off")
        return data

    def _hang_up(self) -> None:
        for held in (self._response, self._connection, self._socket):
            if held is not None:
                held.close()
        self._response = self._connection = self._socket = None

    def _reason(self, error: OSError | HTTPException) -> str:
        if isinstance(error, TimeoutError):
            return f"no picture for {self._deadline_s:g} s"
        if isinstance(error, socket.gaierror):
            return f"there is no host {self._host} in this network"
        if isinstance(error, OSError):
            return error.strerror or str(error) or type(error).__name__
        return f"it does not speak HTTP as it should ({type(error).__name__})"


def _refusal(status: int, location: str | None) -> str:
    if status == 401:
        return "it wants a user and password (401): http://user:password@…; only basic authentication is spoken"
    if location:
        return f"it says that the picture is elsewhere ({status}); give that address"
    return f"it answers with status {status}"
