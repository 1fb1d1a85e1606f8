"""What one takes along from a brain: its report, its tagged pictures as a ZIP, a release; the first two are made now.

    GET /download/report.html     see report
    GET /download/pictures.zip    see exchange.export
    GET /download/release/3       see releases

Each takes a thread as long as it takes. So there is a number of them, and a client that goes away ends its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from edge_brain.exchange.export import zip_chunks
from edge_brain.report import report_html
from edge_brain.web import releases
from edge_brain.web.places import Places
from edge_brain.web.streams import MOST_DOWNLOADS, streamed
from edge_brain.web.workspace import Workspace

_LONGEST_NAME = 80  # letters
_PIECE_BYTES = 2**18
_FULL = "somebody downloads already: wait until that has ended, and try again"
_SAFE_IN_A_HEADER = "!#$&+-.^_`|~"  # RFC 5987, attr-char


def routes(space: Workspace) -> Blueprint:
    """Return the routes of downloads."""
    blueprint = Blueprint("downloads", __name__, url_prefix="/download")
    places = Places(MOST_DOWNLOADS)

    @blueprint.get("/report.html")
    def report() -> Response:
        """Send the report."""
        return _sent(places, lambda: iter([report_html(space.thinking).encode()]), f"{space.name} report.html")

    @blueprint.get("/pictures.zip")
    def pictures() -> Response:
        """Send all tagged pictures, with a list of their classes, scenes and roles."""
        return _sent(places, lambda: zip_chunks(space.thinking), f"{space.name} pictures.zip")

    @blueprint.get("/release/<int:number>")
    def release(number: int) -> Response:
        """Send a release that was made here."""
        path = releases.path_of(space.brain.folder, number)
        return _sent(places, lambda: _read(path), f"{space.name} release {number}.brain")

    return blueprint


def _read(path: Path) -> Iterator[bytes]:
    """Yield a file piece by piece; NotFound when there is none."""
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece
    except FileNotFoundError:
        raise NotFound("there is no such release here: /api/releases tells those that are") from None


def _sent(places: Places, make: Callable[[], Iterator[bytes]], name: str) -> Response:
    """Send a file as it is made, under a name; what fails before its first bytes is told as an error."""
    response = streamed(places, lambda: _begun(make) if request.method == "GET" else iter(()), _kind(name), _FULL)
    response.headers["Content-Disposition"] = disposition(name)
    return response


def _begun(make: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
    chunks = make()
    return _after(next(chunks, b""), chunks)


def _after(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from chunks


def _kind(name: str) -> str:
    kinds = {"html": "text/html; charset=utf-8", "zip": "application/zip"}
    return kinds.get(name.rpartition(".")[2], "application/octet-stream")


def disposition(name: str) -> str:
    """Return the header that has a browser save a file under a name, whatever letters that has (RFC 6266).

    What means something to a file system, or changes how a name looks, is put as `_`.
    """
    stem, _, ending = name.rpartition(".")
    safe = re.sub(r"[^\w .()+-]", "_", stem).strip(" .")[:_LONGEST_NAME] or "brain"
    plain = safe.encode("ascii", "replace").decode().replace("?", "_")
    encoded = quote(f"{safe}.{ending}", safe=_SAFE_IN_A_HEADER)
    return f"attachment; filename=\"{plain}.{ending}\"; filename*=UTF-8''{encoded}"
