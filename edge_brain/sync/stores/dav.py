"""WebDAV as far as a hub needs it (RFC 4918): requests that do not wait for ever, and what lies in a folder."""

from __future__ import annotations

import base64
import http.client
import netrc
import re
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import SplitResult, quote, unquote, urlsplit
from xml.etree import ElementTree

from edge_brain import clock, config
from edge_brain.errors import BadInput, HubFull, HubRefused, HubUnreachable

STALLED_S = 20.0  # after which a connection that gives nothing is given up
_SLOWEST_BYTES_S = 1_000  # a line that carries less is given up as stalled, too
_PIECE = 65_536  # bytes
_ASKED = (
    b'<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop>'
    b"<resourcetype/><getcontentlength/><getlastmodified/><getetag/></prop></propfind>"
)
_ETAG = re.compile(r'"?([!#-~]+)"?')  # RFC 9110, 8.8.3; a weak one, W/"…", is none that can be asked for
_GONE = (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected)


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Member:
    """What lies in a folder of the server."""

    name: str
    is_folder: bool
    size_bytes: int
    changed: str  # when, as the server writes it
    etag: str  # of its bytes, in quotes; empty where the server tells no strong one


class Server:
    """The folder of a server, and the connections to it that are kept for the next request."""

    def __init__(self, location: str) -> None:
        try:
            parts = urlsplit(location)
            port = parts.port
            (parts.hostname or "").encode("idna")
        except ValueError:  # UnicodeError is one, of a name that no host can have
            raise BadInput("the location of the hub is no URL: give https://host/folder") from None
        if not parts.hostname or parts.query or parts.fragment:
            raise BadInput("a hub on a WebDAV server is spelled https://host/folder, with nothing behind the folder")
        self.name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
        self.folder = unquote(parts.path).rstrip("/")
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname, port
        self._headers = {"User-Agent": "edge_brain", "Cache-Control": "no-cache"}
        if (login := _login(parts)) is not None:
            self._headers["Authorization"] = "Basic " + base64.b64encode(":".join(login).encode()).decode()
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()

    def path(self, name: str) -> str:
        """Return the path of an object, as it is asked for."""
        return quote(f"{self.folder}/{name}")

    def destination(self, name: str) -> str:
        """Return the URL of an object, as the target of a move."""
        port = f":{self._port}" if self._port else ""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._secure else 'http'}://{host}{port}{self.path(name)}"

    def ask(
        self, method: str, name: str, headers: Mapping[str, str] | None = None, body: bytes | None = None,
        most_bytes: int = 2**26,
    ) -> Answer:  # fmt: skip
        """Ask something of the server, and return what it answers; HubUnreachable when it does not.

        Nothing is uploaded twice under one name: what a server still holds of an upload that was cut off it may write
        later, into what came since.
        """
        request = (method, self.path(name), body, {**self._headers, **(headers or {})})
        try:
            kept = self._kept()
            if kept is not None:
                try:
                    return self._exchange(kept, *request, most_bytes)
                except _GONE:  # the server had closed it meanwhile, as servers do
                    if method == "PUT":
                        raise
            return self._exchange(self._connected(), *request, most_bytes)
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, HubRefused):
                raise
            raise HubUnreachable(f"{self.name} does not answer: {_told(error)}") from error

    def members(self, name: str, *, depth: int = 1) -> list[Member] | None:
        """Return a folder's members, or with depth 0 what itself is; None when there is no such thing."""
        headers = {"Depth": str(depth), "Content-Type": "application/xml"}
        answer = self.ask("PROPFIND", f"{name}/" if name and depth else name, headers, _ASKED)
        if answer.status == 404:
            return None
        if answer.status != 207:
            raise self.refusal(answer)
        return [each for each in self._parsed(answer.body) if depth == 0 or each.name]

    def refusal(self, answer: Answer) -> HubRefused | HubUnreachable:
        """Return what an answer means that is none of those one hopes for."""
        said = f"{answer.status} {answer.reason}".strip()
        if answer.status == 507:
            return HubFull(f"{self.name} is full ({said}): free some space there")
        if answer.status in (401, 403):
            return HubRefused(
                f"{self.name} refused: {said}. Look at the name and password, and at what they may do: they come from "
                "the address, https://name:password@…, else from ~/.netrc"
            )
        if answer.status in (408, 423, 425, 429) or answer.status >= 500:
            return HubUnreachable(f"{self.name} does not answer: {said}")
        return HubRefused(f"{self.name} refused: {said}. Is this the address of a WebDAV folder?")

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _kept(self) -> http.client.HTTPConnection | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _connected(self) -> http.client.HTTPConnection:
        if self._secure:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(self._host, self._port, timeout=STALLED_S, context=context)
        return http.client.HTTPConnection(self._host, self._port, timeout=STALLED_S)

    def _exchange(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None,
        headers: dict[str, str], most_bytes: int,
    ) -> Answer:  # fmt: skip
        try:
            # in pieces, each of which has its own time: a socket gives all that is sent in one go no more than that
            content, length = (None, {}) if body is None else (BytesIO(body), {"Content-Length": str(len(body))})
            connection.request(method, path, content, {**headers, **length})
            answer = connection.getresponse()
            data = self._body(answer, most_bytes)
            if answer.length:
                raise http.client.IncompleteRead(b"", answer.length)
            found = Answer(answer.status, answer.reason, dict(answer.headers.items()), data)
        except BaseException:
            connection.close()
            raise
        if answer.will_close or not answer.isclosed():
            connection.close()
        else:
            with self._lock:
                self._idle.append(connection)
        return found

    def _body(self, answer: http.client.HTTPResponse, most_bytes: int) -> bytes:
        """Return the body of an answer, which has to come at a pace at which it is once whole."""
        data, begun = bytearray(), clock.elapsed()
        while piece := answer.read1(_PIECE):
            data += piece
            if len(data) > most_bytes:
                raise HubRefused(f"{self.name} answers with more than {most_bytes:,} bytes: that is not ours")
            if clock.elapsed() - begun > STALLED_S + len(data) / _SLOWEST_BYTES_S:
                raise TimeoutError("it drips")
        answer.read()  # nothing: before Python 3.13 only this says that it was all, and keeps the connection
        return bytes(data)

    def _parsed(self, body: bytes) -> list[Member]:
        try:
            return [self._member(each) for each in ElementTree.fromstring(body).iter("{DAV:}response")]
        except (ElementTree.ParseError, ValueError, LookupError) as error:  # LookupError: of an encoding
            raise HubUnreachable(f"{self.name} answers with what is no list of a folder") from error

    def _member(self, told: ElementTree.Element) -> Member:
        path = unquote(urlsplit(told.findtext("{DAV:}href", "").strip()).path).rstrip("/")
        inside = path.startswith(f"{self.folder}/")
        size = told.findtext(".//{DAV:}getcontentlength") or "0"
        return Member(
            path[len(self.folder) + 1 :] if inside else "",
            told.find(".//{DAV:}resourcetype/{DAV:}collection") is not None,
            int(size),
            told.findtext(".//{DAV:}getlastmodified") or "",
            _strong(told.findtext(".//{DAV:}getetag") or ""),
        )


def _told(error: OSError | http.client.HTTPException) -> str:
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "it broke off"


def _strong(etag: str) -> str:
    """Return an entity tag in quotes, which some servers leave away; nothing for a weak one, or for none at all."""
    found = _ETAG.fullmatch(etag.strip())
    return f'"{found[1]}"' if found else ""


def _login(parts: SplitResult) -> tuple[str, str] | None:
    """Return name and password: those in the location, else those of the host in the netrc file, as curl has it."""
    if parts.username is not None:
        return unquote(parts.username), unquote(parts.password or "")
    path = config.netrc_file()
    try:
        told = netrc.netrc(path).authenticators(parts.hostname or "")
    except OSError:  # there is none, or it is none of ours to read
        return None
    except (netrc.NetrcParseError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path}, in which names and passwords of hubs are looked for, is no netrc file: {error}"
        ) from None
    return None if told is None else (told[0], told[2] or "")
