"""The door: what is asked of every request before a page sees it, and what every answer tells the browser.

A request that is refused has read nothing, changed nothing, and learns no more than that.
"""

from __future__ import annotations

import math

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import BadRequest, Forbidden, TooManyRequests, Unauthorized

from edge_brain.web.gate import Gate

CSRF_HEADER = "X-CSRF-Token"
_SAFE = ("GET", "HEAD", "OPTIONS")
_OPEN = ("/static/", "/style/")  # the looks of the page that asks for the token
_YEAR_S = 365 * 24 * 3600
_HEADERS = {
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
        if not gate.is_our_name(request.headers.get("Host")):
            raise BadRequest(
                "this server is not called so; ask for it by its address, or start it with --name and the name "
                "by which you call it"
            )
        if request.path.startswith(_OPEN):
            return None
        if request.method == "GET" and "token" in request.args:
            _try(gate, request.args["token"])
            return _welcome(gate)
        bearer = _bearer()
        if bearer is not None:
            _try(gate, bearer)
        elif not gate.knows(request.cookies.get(_cookie())):
            raise Unauthorized("this brain is private: open the link that `edge-brain serve` shows where it runs")
        if request.method not in _SAFE:
            _ask_of_a_change(gate, by_program=bearer is not None)
        return None

    @app.after_request
    def tell(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response


def _try(gate: Gate, token: str) -> None:
    """Raise unless a token is the right one, and its bearer need not wait."""
    address = request.remote_addr or ""
    if wait_s := math.ceil(gate.waits_s(address)):
        raise TooManyRequests(f"too many wrong tokens: try again in {wait_s} s", retry_after=wait_s)
    if not gate.admits(token, address):
        raise Unauthorized("this token is not the right one: `edge-brain serve` shows it where it runs")


def _bearer() -> str | None:
    """Return the token that a program brings; None when there is none."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _ask_of_a_change(gate: Gate, *, by_program: bool) -> None:
    headers = request.headers
    if not gate.is_same_origin(headers.get("Host"), headers.get("Origin"), headers.get("Sec-Fetch-Site")):
        raise Forbidden("a page of another site may not change this brain")
    if not by_program and not gate.is_the_pages_own(headers.get(CSRF_HEADER)):
        raise Forbidden(
            f"a change needs the header {CSRF_HEADER}, which GET /api/session tells, or `Authorization: Bearer TOKEN`; "
            "reload the page if it is an old one"
        )


def _welcome(gate: Gate) -> Response:
    """Give the cookie, and send the browser on by the page itself, so that a strict cookie goes with it."""
    response = make_response(render_template("welcome.html", target=request.path))
    response.set_cookie(_cookie(), gate.cookie, max_age=_YEAR_S, httponly=True, samesite="Strict", path="/")
    return response


def _cookie() -> str:
    """Return the name of our cookie: browsers send those of all ports of a machine to each."""
    return f"edge_brain_{request.environ.get('SERVER_PORT', '')}"
