"""A grid of frames to choose from, page by page: those of a class, those that wait for a tag, what was discarded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for

from edge_brain.brain import Brain
from edge_brain.records import Frame, Image
from edge_brain.tagging.session import KEYS
from edge_brain.web import again

_A_PAGE = 200  # frames
_SHOWN: dict[str, tuple[str, Callable[[Image], bool]]] = {
    "all": ("All", lambda image: True),
    "wrong": ("Wrong", lambda image: image.right is False),
    "learned": ("Learned", lambda image: image.role == "learned"),
    "reserved": ("Reserved", lambda image: image.role == "reserved"),
    "poor": ("Poor pictures", lambda image: bool(image.faults)),
}


@dataclass(frozen=True)
class Filter:
    """A part of a shelf that can be shown alone."""

    text: str
    frames: int
    link: str
    chosen: bool


@dataclass(frozen=True)
class Shelf:
    """What is shown of some frames: one page of them, and the ways to the others."""

    frames: int  # in all
    images: Sequence[Image]  # of this page
    page: int
    pages: int
    before: str | None  # the link to the page before
    next: str | None


def tagged(every: Sequence[Image]) -> str:
    """Show, of all frames, those of a class, or all that are tagged, as the query says."""
    label, taken_for = request.args.get("label"), request.args.get("taken_for")
    show = request.args.get("show", "all")
    own = [image for image in every if image.label is not None and label in (None, image.label)]
    if taken_for is not None:
        own = [image for image in own if image.predicted == taken_for]
    shown = [image for image in own if _SHOWN.get(show, _SHOWN["all"])[1](image)]
    return render_template(
        "frames.html",
        kind="tagged",
        label=label,
        taken_for=taken_for,
        filters=_filters(own, show, label=label, taken_for=taken_for),
        shelf=_shelf(_by_burst(shown), label=label, taken_for=taken_for, show=show),
        classes=again.classes(every),
        keys=KEYS,
    )


def untagged(every: Sequence[Image]) -> str:
    """Show, of all frames, those that wait for a tag."""
    waiting = _by_burst([image for image in every if image.label is None])
    return render_template(
        "frames.html", kind="untagged", shelf=_shelf(waiting), classes=again.classes(every), keys=KEYS
    )


def discarded(brain: Brain) -> str:
    """Show what was discarded."""
    with brain.alone, brain.store.database.snapshot():
        gone, erasing = brain.discarded(), brain.store.erasing()
    return render_template(
        "frames.html",
        kind="discarded",
        shelf=_shelf([_image(frame) for frame in gone]),
        erasing=erasing,
    )


def _filters(images: Sequence[Image], show: str, **where: Any) -> list[Filter]:
    """Return the ways to show a part of some frames; parts without any are left out."""
    return [
        Filter(text, frames, url_for("review.frames", show=value, **where), value == show)
        for value, (text, belongs) in _SHOWN.items()
        if (frames := sum(map(belongs, images))) or value in ("all", show)
    ]


def _shelf(images: Sequence[Image], **where: Any) -> Shelf:
    """Return the page of some frames that was asked for; `where` is what leads to these frames."""
    pages = max(1, -(-len(images) // _A_PAGE))
    page = min(max(1, request.args.get("page", 1, int)), pages)

    def link(to: int) -> str | None:
        return url_for(request.endpoint or "", page=to, **where) if 0 < to <= pages else None

    return Shelf(
        len(images), images[(page - 1) * _A_PAGE : page * _A_PAGE], page, pages, link(page - 1), link(page + 1)
    )


def _by_burst(images: Sequence[Image]) -> list[Image]:
    """Return frames burst by burst, in the order in which the bursts began."""
    begun: dict[str, int] = {}
    for image in images:
        begun.setdefault(image.burst, len(begun))
    return sorted(images, key=lambda image: begun[image.burst])


def _image(frame: Frame) -> Image:
    return Image(frame.id, frame.label, frame.role, frame.burst, None, None, device=frame.device, away=frame.away)
