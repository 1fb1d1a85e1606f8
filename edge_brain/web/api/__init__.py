"""The API: JSON under /api, for the pages' scripts and for apps in other languages; `/api/openapi.json` documents it.

Each operation is one call of the SDK, by its name. Errors are `{"error": …, "message": …}`, with the SDK's own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Blueprint, Response, jsonify, request

from edge_brain.errors import BadInput
from edge_brain.plain import all_plain
from edge_brain.web.api import calls, camera, classes, jobs, looking, openapi, production, review
from edge_brain.web.api.operations import Given, Operation, read
from edge_brain.web.workspace import Workspace

OPERATIONS = (
    *calls.OPERATIONS, *looking.OPERATIONS, *classes.OPERATIONS, *review.OPERATIONS, *camera.OPERATIONS,
    *jobs.OPERATIONS, *production.OPERATIONS,
)  # fmt: skip
_JSON_BYTES = 4 * 2**20


def routes(space: Workspace) -> Blueprint:
    """Return the routes of the API."""
    blueprint = Blueprint("api", __name__, url_prefix="/api")
    for operation in OPERATIONS:
        blueprint.add_url_rule(
            operation.path, operation.name, partial(_answer, space, operation), methods=[operation.method]
        )

    @blueprint.get("/openapi.json")
    def documentation() -> Response:
        """Tell what the API can do."""
        return jsonify(openapi.document(OPERATIONS))

    return blueprint


def _answer(space: Workspace, operation: Operation) -> Response:
    etag = space.pulse.state() if operation.of_brain else None
    if etag is not None and request.if_none_match.contains(etag):
        return Response(status=304, headers={"ETag": f'"{etag}"'})
    answer = operation.call(space, _given(operation))
    if operation.method == "POST":
        space.pulse.hurry()
    response = jsonify(all_plain(answer))
    if etag is not None:
        response.set_etag(etag)
        response.headers["Cache-Control"] = "no-cache"
    return response


def _given(operation: Operation) -> Given:
    """Read what came with a request."""
    values = read(operation.query, request.args.to_dict(), "query")
    if operation.json:
        values |= read(operation.json, _json(), "JSON")
    return Given(values, _picture() if operation.picture else b"")


def _json() -> Mapping[str, Any]:
    if request.mimetype != "application/json":
        raise BadInput(f"the body is {request.mimetype or 'of no type'}: send JSON, as application/json")
    if (request.content_length or 0) > _JSON_BYTES:
        raise BadInput(f"the JSON has {request.content_length:,} bytes: send {_JSON_BYTES:,} at most")
    try:
        sent = request.get_json(silent=True)
    except RecursionError:
        raise BadInput("the JSON is nested too deeply") from None
    if not isinstance(sent, dict):
        raise BadInput("the body is no JSON object")
    return sent


def _picture() -> bytes:
    """Return the body; a form is no picture, and a browser sends one across sites without asking."""
    if request.mimetype.startswith(("multipart/", "text/", "application/x-www-form-urlencoded", "application/json")):
        raise BadInput(f"the body is {request.mimetype}: send the picture's file itself, as image/jpeg or the like")
    return request.get_data(cache=False)
