"""What changes, as it changes: the score and the camera to every open page, the camera's picture to who looks.

    GET /events        server-sent events: score (the top of the page, as HTML), and where they are asked for camera
                       (what is seen) and jobs (how far they are), as JSON
    GET /live.mjpeg    the camera's picture, again and again
    GET /live.jpg      the camera's picture, once

Each open stream takes a thread. So there is a number of them, and who comes too late is told to come again.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import jinja2
from flask import Blueprint, Response, current_app, make_response, request
from werkzeug.exceptions import NotFound, ServiceUnavailable

from edge_brain import clock
from edge_brain.plain import all_plain
from edge_brain.web.camera import Camera
from edge_brain.web.follower import Follower
from edge_brain.web.places import Held, Places
from edge_brain.web.pulse import News
from edge_brain.web.workspace import Workspace

MOST_EVENTS, MOST_VIEWERS, MOST_DOWNLOADS = 48, 6, 2
_PATHS = ("/events", "/live.mjpeg")
_FOLDER = "/download/"
UNSENT = "edge_brain.unsent"  # in the environment of a request: says how many bytes of its answer wait to be sent
_GONE = "waitress.client_disconnected"  # likewise: says whether nobody listens any more
_HEARTBEAT_S = 10.0
_GONE_S = 2.0  # after which it is known that a page has gone
_SIGHTS_S = 0.25  # between two words about the camera, or a job
_VIEW_S = 0.1  # between two pictures
_BOUNDARY = "edge_brain_shot"
_MANY_PAGES = "too many pages are open: close one, or try again in a while"
_AGAIN_MS, _AGAIN_S = 1_000, 5  # after a stream broke; after there was no place for it


def routes(space: Workspace) -> Blueprint:
    """Return the routes of what changes."""
    blueprint = Blueprint("streams", __name__)
    events, viewers = Places(MOST_EVENTS), Places(MOST_VIEWERS)

    @blueprint.get("/events")
    def news() -> Response:
        """Tell a page what has changed, from now on."""
        able = {"camera": space.camera, "jobs": space.jobs}
        followed = {name: each for name, each in able.items() if each is not None and request.args.get(name)}
        told = partial(_events, space, current_app.jinja_env, followed, _gone())
        return streamed(events, told, "text/event-stream")

    @blueprint.get("/live.mjpeg")
    def view() -> Response:
        """Send the camera's picture, again and again."""
        unsent = request.environ.get(UNSENT, lambda: 0)
        pictures = partial(_pictures, space.eye, unsent, _gone())
        return streamed(viewers, pictures, f"multipart/x-mixed-replace; boundary={_BOUNDARY}")

    @blueprint.get("/live.jpg")
    def still() -> Response:
        """Send the camera's picture, once."""
        shot = space.eye.jpeg()
        if shot is None:
            raise NotFound("the camera has shown nothing yet")
        response = make_response(shot[1])
        response.content_type = "image/jpeg"
        return response

    return blueprint


def takes_long(path: str) -> bool:
    """Say whether what is sent from a path takes a thread as long as its client listens."""
    return path in _PATHS or path.startswith(_FOLDER)


def _gone() -> Callable[[], bool]:
    gone: Callable[[], bool] = request.environ.get(_GONE, lambda: False)
    return gone


def streamed(places: Places, begin: Callable[[], Iterator[bytes]], kind: str, full: str = _MANY_PAGES) -> Response:
    """Answer with a stream that takes a place, at once, and gives it back when it ends; `full` is said without one."""
    if not places.take():
        raise ServiceUnavailable(full, retry_after=_AGAIN_S)
    try:
        stream = begin()
    except BaseException:
        places.give_back()
        raise
    return Response(Held(stream, places.give_back), content_type=kind, headers={"X-Accel-Buffering": "no"})


def _events(
    space: Workspace, templates: jinja2.Environment, followed: Mapping[str, Follower[Any]], gone: Callable[[], bool]
) -> Iterator[bytes]:
    """Yield news until the server ends, or the page has gone; also those of who is `followed`, by their names."""
    yield f"retry: {_AGAIN_MS}\n\n".encode()
    told, latest, spoken = None, dict[str, Any](), clock.elapsed()
    while not space.pulse.closed and not gone():
        words = []
        news = space.pulse.wait(told, _SIGHTS_S if followed else _GONE_S)
        if news is not None:
            told = news
            words.append(_event("score", _bar(news, templates)))
        for name, follower in followed.items():
            if follower.latest is not latest.get(name):
                latest[name] = follower.latest
                words.append(_event(name, json.dumps(all_plain(latest[name]), ensure_ascii=False)))
        if not words and clock.elapsed() - spoken >= _HEARTBEAT_S:
            words.append(b": still here\n\n")
        if words:
            spoken = clock.elapsed()
            yield b"".join(words)


def _event(kind: str, data: str) -> bytes:
    lines = "\n".join(f"data: {line}" for line in data.splitlines())
    return f"event: {kind}\n{lines}\n\n".encode()


def _bar(news: News, templates: jinja2.Environment) -> str:
    """Return the top of the page, made once for all that show it."""
    if "bar" not in news.made:
        news.made["bar"] = templates.get_template("bar.html").render(news=news)
    return news.made["bar"]


def _pictures(camera: Camera, unsent: Callable[[], int], gone: Callable[[], bool]) -> Iterator[bytes]:
    """Yield the newest picture as soon as the one before has been taken, as parts of a multipart answer."""
    sight = None
    while not gone() and ((newer := camera.wait(sight, _GONE_S)) is not None or not camera.closed):
        shot = camera.jpeg()
        if newer is None or shot is None or unsent():
            threading.Event().wait(_VIEW_S)
            continue
        sight, (_, data) = newer, shot
        head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
        yield head.encode() + data + b"\r\n"
        threading.Event().wait(_VIEW_S)
