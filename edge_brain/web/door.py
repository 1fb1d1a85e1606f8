"""The door: what is asked of every request before a page sees it, and what every answer tells the browser.

A request that is refused has read nothing, changed nothing, and learns no more than that.
"""

from __future__ import annotations

import math

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, TooManyRequests, Unauthorized

from edge_brain.web.gate import Asked, Gate, Refusal, Why

CSRF_HEADER = "X-CSRF-Token"
_OPEN = ("/static/", "/style/")  # the looks of the page that asks for the token
_YEAR_S = 365 * 24 * 3600
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self' blob: data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def guard(app: Flask, gate: Gate) -> None:
    """Let in who may come in, and change who may change."""

    @app.before_request
    def ask() -> Response | None:
        asked = asked_by(request.environ)
        if refused := gate.refusal_of_any(asked):
            raise _told(refused)
        if request.method == "GET" and _is_for_all():
            return None
        if request.method == "GET" and request.path == "/" and "token" in request.args:
            if refused := gate.refusal_of_token(request.args["token"], asked.address):
                raise _told(refused)
            return _welcome(gate)
        if refused := gate.refusal(asked):
            raise _told(refused)
        return None

    @app.after_request
    def tell(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def asked_by(environment: dict[str, str]) -> Asked:
    """Return what the gate looks at of a request."""
    headers = {name.removeprefix("HTTP_"): value for name, value in environment.items() if name.startswith("HTTP_")}
    return Asked.of(
        environment["REQUEST_METHOD"], environment.get("REMOTE_ADDR", ""), headers, cookie(environment["SERVER_PORT"])
    )


def cookie(port: object) -> str:
    """Return the name of our cookie: browsers send those of all ports of a machine to each."""
    return f"edge_brain_{port}"


def _is_for_all() -> bool:
    """Say whether a path shows nothing of the brain; a style for many classes would cost too much for strangers."""
    return request.path.startswith(_OPEN) and "classes" not in request.args


def _told(refused: Refusal) -> HTTPException:
    """Return a refusal as it is told, with what to do."""
    why, wait_s = refused.why, math.ceil(refused.wait_s)
    if why is Why.NAME:
        return BadRequest(
            "this server is not called so; ask for it by its address, or start it with --name and the name by which "
            "you call it"
        )
    if why is Why.SITE:
        return Forbidden("a page of another site may not use this brain: open the workspace itself")
    if why is Why.STRANGER:
        return Unauthorized("this brain is private: open the link that `edge-brain serve` shows where it runs")
    if why is Why.TOKEN:
        return Unauthorized("this token is not the right one: `edge-brain serve` shows it where it runs")
    if why is Why.WAIT:
        return TooManyRequests(f"too many wrong tokens: try again in {wait_s} s", retry_after=wait_s)
    return Forbidden(
        f"a change needs the header {CSRF_HEADER}, which GET /api/session tells, or `Authorization: Bearer TOKEN`; "
        "reload the page if it is an old one"
    )


def _welcome(gate: Gate) -> Response:
    """Give the cookie, and send the browser on by the page itself, so that a strict cookie goes with it."""
    response = make_response(render_template("welcome.html"))
    response.set_cookie(
        cookie(request.environ["SERVER_PORT"]),
        gate.cookie,
        max_age=_YEAR_S,
        httponly=True,
        samesite="Strict",
        path="/",
    )
    return response
