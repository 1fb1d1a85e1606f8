"""Pictures for the pages, by 64-hex id alone, and never changed: what has a hash for a name can be cached for ever."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, url_for

from edge_brain.records import Frame, Image
from edge_brain.web.workspace import Workspace

_TYPES = {
    ".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".gif": "image/gif", ".bmp": "image/bmp",
    ".avif": "image/avif",
}  # fmt: skip
_FOR_EVER, _FOR_NOW = "private, max-age=31536000, immutable", "private, max-age=60"


def routes(space: Workspace) -> Blueprint:
    """Return the routes of stored pictures."""
    blueprint = Blueprint("pictures", __name__)

    @blueprint.get("/thumbnail/<frame:frame_id>")
    def thumbnail(frame_id: str) -> Response:
        """Send a frame's thumbnail."""
        return _thumbnail(space, space.brain.store.frame(frame_id))

    @blueprint.get("/picture/<frame:frame_id>")
    def picture(frame_id: str) -> Response:
        """Send a frame as it was stored; one of a kind that browsers do not show, or that is away, as its thumbnail."""
        frame = space.brain.store.frame(frame_id)
        kind = _TYPES.get(frame.suffix)
        if frame.away or kind is None:
            return _thumbnail(space, frame)
        return _sent(space.brain.picture(frame_id), kind)

    return blueprint


def _thumbnail(space: Workspace, frame: Frame) -> Response:
    """Send a frame's thumbnail; of one that is away it stands for a picture which may come, and is asked for again."""
    return _sent(space.brain.thumbnail(frame.id), "image/jpeg", _FOR_NOW if frame.away else _FOR_EVER)


def _sent(data: bytes, kind: str, kept: str = _FOR_EVER) -> Response:
    response = make_response(data)
    response.content_type = kind
    response.headers["Cache-Control"] = kept
    return response


def thumbnail(image: Image | Frame | str) -> str:
    """Return where the thumbnail of an image, a frame or an id is."""
    return url_for("pictures.thumbnail", frame_id=image if isinstance(image, str) else image.id)


FILTERS = {"thumbnail": thumbnail}
