"""The page: what a brain says of itself, put into the templates."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any

import jinja2
from markupsafe import Markup

from edge_brain import __version__
from edge_brain import score as scoring
from edge_brain.brain import Brain
from edge_brain.records import ClassScore, Image, Score, Scored
from edge_brain.report import charts, mistakes

_MOST_IMAGES = 2_000  # that are shown: 4 to 8 kB each, in a file for a phone
_MOST_CHANGES = 100  # of the history that are listed


@dataclass(frozen=True)
class Class:
    """A class, the number that stands for it in the style sheet, and the reserved images of it that are shown."""

    number: int
    label: str
    own: ClassScore
    images: list[Image]  # wrong ones first
    taken_for: list[int]  # the numbers of the classes that they are taken for

    @property
    def wrong(self) -> int:
        """How many of its images are wrong."""
        return sum(image.right is False for image in self.images)

    @property
    def right(self) -> int:
        """How many of its images are right."""
        return sum(image.right is True for image in self.images)


@dataclass(frozen=True)
class Change:
    """A line of the history, with the points that the balanced accuracy gained in it."""

    line: Scored
    points: int | None
    new_level: bool


def render(brain: Brain) -> str:
    """Return the report of a brain: a whole HTML document."""
    environment = _environment(brain)
    context = sections(brain)
    css = style(environment, len(context["classes"]))
    html: str = environment.get_template("report.html").render(
        **context,
        css=Markup(css),  # only numbers were put into it
        css_hash=base64.b64encode(hashlib.sha256(css.encode()).digest()).decode(),
        brain_name=brain.folder.resolve().name,
        version=__version__,
    )
    return html


def style(environment: jinja2.Environment, classes: int) -> str:
    """Return the style sheet for so many classes."""
    return environment.get_template("report.css").render(numbers=range(classes))


def sections(brain: Brain) -> dict[str, Any]:
    """Return what the templates of the page's sections are about: score, classes, mistakes, images, history."""
    score, history = brain.score(), brain.history()
    classes = _classes(score, mistakes.chosen(score.images, _MOST_IMAGES))
    by_accuracy = sorted(classes, key=lambda each: (each.own.accuracy is None, each.own.accuracy))
    by_count = sorted(classes, key=lambda each: each.own.learned + each.own.reserved)
    shared = mistakes.shared(score.images)
    counts = [(each.label, each.own.learned, each.own.reserved) for each in by_count]
    return {
        "score": score,
        "good": scoring.GOOD,
        "great": scoring.GREAT,
        "classes": classes,
        "number_of": {each.label: each.number for each in classes},
        "by_accuracy": by_accuracy,
        "by_count": by_count,
        "by_device": sorted(score.per_device.values(), key=lambda own: (own.accuracy is None, own.accuracy, own.name)),
        "accuracy_chart": Markup(charts.accuracy([(each.label, each.own.accuracy) for each in by_accuracy])),
        "counts_chart": Markup(charts.counts(counts)),
        "pairs": mistakes.pairs(score.images),
        "shared": shared,
        "rest": mistakes.rest(score.images, shared),
        "changes": _changes(history)[: -_MOST_CHANGES - 1 : -1],
        "older": max(0, len(history) - _MOST_CHANGES),
        "history_chart": _history_chart(history),
    }


def _classes(score: Score, shown: Sequence[Image]) -> list[Class]:
    number_of = {label: number for number, label in enumerate(sorted(score.per_class))}
    images: dict[str, list[Image]] = {label: [] for label in number_of}
    for image in sorted(shown, key=lambda image: (image.right is not False, image.predicted or "")):
        images[image.label or ""].append(image)
    return [
        Class(
            number, label, score.per_class[label], images[label],
            sorted({number_of[image.predicted] for image in images[label] if image.predicted}),
        )
        for label, number in number_of.items()
    ]  # fmt: skip


def _changes(history: Sequence[Scored]) -> list[Change]:
    changes = [Change(line, None, True) for line in history[:1]]
    for before, line in pairwise(history):
        points = None
        if line.balanced_accuracy is not None and before.balanced_accuracy is not None:
            points = round(100 * (line.balanced_accuracy - before.balanced_accuracy))
        changes.append(Change(line, points, line.level != before.level))
    return changes


def _history_chart(history: Sequence[Scored]) -> str | None:
    measured = [line for line in history if line.balanced_accuracy is not None]
    return Markup(charts.history(measured)) if len(measured) > 1 else None


def _environment(brain: Brain) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("edge_brain.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS | {"thumbnail": partial(_thumbnail, brain), "place": lambda advice: None})
    return environment


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _parts(message: str) -> list[tuple[str, bool]]:
    """Split a message at the names in backticks: text, and whether it is a name."""
    return [(part, place % 2 == 1) for place, part in enumerate(re.split(r"`([^`]*)`", message)) if part]


def _moment(at: float) -> datetime:
    """Return a time, seconds since 1970, where this machine stands, as the command line shows it."""
    return datetime.fromtimestamp(at).astimezone()


def _short(burst: str) -> str:
    """Return a burst's name, or the beginning of one that is a frame's id."""
    return burst[:12] if re.fullmatch(r"[0-9a-f]{64}", burst) else burst


def _thumbnail(brain: Brain, image: Image) -> str:
    """Return the thumbnail of an image as a data URI."""
    return "data:image/jpeg;base64," + base64.b64encode(brain.thumbnail(image.id)).decode()


FILTERS = {"percent": _percent, "parts": _parts, "moment": _moment, "short": _short}
