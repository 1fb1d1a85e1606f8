"""The page behind the Brain Score: the report's own sections, alive, with links to where advice can be followed."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from edge_brain.advice import costs
from edge_brain.records import Advice
from edge_brain.report import page as report_page
from edge_brain.web import again
from edge_brain.web.once import OnceAState
from edge_brain.web.workspace import Workspace

_MOST_CLASSES = 5_000
_FOR_EVER = "public, max-age=31536000, immutable"


def routes(space: Workspace) -> Blueprint:
    """Return the routes of the score and of the style that it shares with the report."""
    blueprint = Blueprint("score", __name__)
    made = OnceAState(space, _made)  # 2,000 frames take half a second, and all open pages ask when the score moves

    @blueprint.get("/")
    def home() -> Redirect:
        """Go to where there is something to do: tagging."""
        return redirect(url_for("tag.tag"))

    @blueprint.get("/score")
    def score() -> str:
        """Show how good the brain is, why, and what to do next; made once for all who look at it as it is now."""
        return made.now()

    @blueprint.get("/style/report.css")
    def style() -> Response:
        """Send the style sheet that page and report share, for so many classes."""
        classes = min(request.args.get("classes", 0, int), _MOST_CLASSES)
        response = make_response(report_page.style(current_app.jinja_env, classes))
        response.content_type = "text/css; charset=utf-8"
        response.headers["Cache-Control"] = _FOR_EVER
        return response

    return blueprint


def _made(space: Workspace) -> str:
    with space.thinking.alone:  # advice is worked out from the frames that the score was measured on
        context = report_page.sections(space.thinking)
        advice = [each for piece in context["score"].advice for each in _still_so(space, piece)]
        context["score"] = replace(context["score"], advice=advice)
    return render_template("score.html", **context)


def _still_so(space: Workspace, advice: Advice) -> list[Advice]:
    """Return advice without the suspects of which people have said that their tags are right, if any is left."""
    if advice.kind != "suspect" or not space.confirmed:
        return [advice]
    found = [each for each in space.thinking.suspects() if each.id in advice.frames]
    return costs.suspects(again.open_suspects(space, found))


def place(advice: Advice) -> str | None:
    """Return where a piece of advice can be followed; None where that is not on a page."""
    if advice.kind == "ready":
        return url_for("device.device", _anchor="release")
    if advice.kind == "suspect":
        return url_for("review.suspects")
    if advice.kind == "confused":
        return url_for("review.frames", label=advice.labels[0], taken_for=advice.labels[1])
    if advice.kind == "picture quality":
        return url_for("review.frames", label=next(iter(advice.labels), None), show="poor")
    return url_for("tag.tag")


FILTERS = {"place": place}
