"""The web application: the door that every request comes through, the pages, the API, and how errors are told.

    request ─ door ─┬─ pages      HTML, readable without a script
                    ├─ api        JSON, the SDK's own names
                    ├─ streams    what changes, as it changes: score, camera, jobs
                    ├─ downloads  report, pictures
                    └─ pictures   by 64-hex id alone

Pages share their parts, and their looks, with the report.
"""

from __future__ import annotations

import jinja2
from flask import Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from edge_brain import __version__
from edge_brain.errors import (
    BadInput,
    BadPicture,
    BrainBusy,
    BrainExists,
    BrainNotFound,
    DiskFull,
    EdgeBrainError,
    ExtractorMismatch,
    ExtraMissing,
    ReleaseRefused,
    StorageFailed,
    TagChanged,
    UnknownClass,
    UnknownFrame,
)
from edge_brain.report import page as report_page
from edge_brain.web import api, door, downloads, pictures, streams
from edge_brain.web.connection import MAX_BODY_BYTES
from edge_brain.web.pages import PAGES, device, score
from edge_brain.web.workspace import Workspace

_STATUS: dict[type[EdgeBrainError], int] = {
    BadInput: 400, BadPicture: 400, UnknownFrame: 404, UnknownClass: 404, BrainExists: 409, ExtractorMismatch: 409,
    TagChanged: 409, ReleaseRefused: 409, BrainNotFound: 404, BrainBusy: 503, DiskFull: 507, StorageFailed: 503,
    ExtraMissing: 501,
}  # fmt: skip


class _FrameId(BaseConverter):
    """The id of a frame, whole."""

    regex = "[0-9a-f]{64}"


def create_app(space: Workspace) -> Flask:
    """Return the application that serves a workspace."""
    app = Flask(__name__)
    app.url_map.converters["frame"] = _FrameId
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES, MAX_FORM_MEMORY_SIZE=2**20, MAX_FORM_PARTS=2_000)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    _set_up_templates(app, space)
    door.guard(app, space.gate)
    for blueprint in (pictures.routes(space), streams.routes(space), downloads.routes(space), api.routes(space)):
        app.register_blueprint(blueprint)
    for page in PAGES:
        app.register_blueprint(page(space))
    app.register_error_handler(EdgeBrainError, _told)
    app.register_error_handler(HTTPException, _told)
    return app


def _set_up_templates(app: Flask, space: Workspace) -> None:
    """Let the pages share what they are made of with the report."""
    app.jinja_loader = jinja2.ChoiceLoader(
        [jinja2.PackageLoader("edge_brain.web"), jinja2.PackageLoader("edge_brain.report")]
    )
    app.jinja_options = {"undefined": jinja2.StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.filters.update(report_page.FILTERS | pictures.FILTERS | score.FILTERS | device.FILTERS)
    app.context_processor(
        lambda: {"space": space, "news": space.pulse.latest, "csrf": space.gate.csrf, "version": __version__}
    )


def _told(error: Exception) -> Response:
    """Tell an error as the asker reads: a program as JSON, a person as a page."""
    if isinstance(error, HTTPException):
        if error.response is not None:
            return make_response(error.response)
        status, name, message = error.code or 500, error.name, error.description or error.name
        headers = {key: value for key, value in error.get_headers() if key in ("Allow", "Retry-After")}
    else:
        kinds = [kind for kind in type(error).__mro__ if kind in _STATUS]
        status, headers = _STATUS[kinds[0]] if kinds else 500, {}
        name, message = type(error).__name__, str(error)
    if wants_json():
        response = jsonify({"error": name, "message": message})
    else:
        response = make_response(render_template("error.html", name=name, message=message, status=status))
    response.status_code = status
    response.headers.extend(headers)
    return response


def wants_json() -> bool:
    """Say whether who asks is a program, or a page's script."""
    return request.path.startswith("/api/") or request.method not in ("GET", "HEAD")
