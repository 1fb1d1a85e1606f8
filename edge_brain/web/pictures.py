"""Pictures for the pages, by 64-hex id alone, and never changed: what has a hash for a name can be cached for ever."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, url_for

from edge_brain.records import Frame, Image
from edge_brain.web.workspace import Workspace

_TYPES = {
    ".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".gif": "image/gif", ".bmp": "image/bmp",
    ".avif": "image/avif",
}  # fmt: skip
_FOR_EVER = "private, max-age=31536000, immutable"


def routes(space: Workspace) -> Blueprint:
    """Return the routes of stored pictures."""
    blueprint = Blueprint("pictures", __name__)

    @blueprint.get("/thumbnail/<frame:frame_id>")
    def thumbnail(frame_id: str) -> Response:
        """Send a frame's thumbnail."""
        return _sent(space.brain.thumbnail(frame_id), "image/jpeg")

    @blueprint.get("/picture/<frame:frame_id>")
    def picture(frame_id: str) -> Response:
        """Send a frame as it was stored; one of a kind that browsers do not show as its thumbnail."""
        kind = _TYPES.get(space.brain.store.frame(frame_id).suffix)
        return thumbnail(frame_id) if kind is None else _sent(space.brain.picture(frame_id), kind)

    return blueprint


def _sent(data: bytes, kind: str) -> Response:
    response = make_response(data)
    response.content_type = kind
    response.headers["Cache-Control"] = _FOR_EVER
    return response


def thumbnail(image: Image | Frame | str) -> str:
    """Return where the thumbnail of an image, a frame or an id is."""
    return url_for("pictures.thumbnail", frame_id=image if isinstance(image, str) else image.id)


FILTERS = {"thumbnail": thumbnail}
