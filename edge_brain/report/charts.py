"""The charts: pygal lays them out, and what it draws is taken over piece by piece.

pygal's SVG carries style sheets, a script, a link to another and the day it was made. Only its shapes and
texts are kept, so that the page's own style sheet colours them, for light and for dark, and so that one brain
gives one file. All are as wide as a phone, so that the texts come out as large as the page's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from xml.etree import ElementTree

import pygal
from pygal.style import Style

from edge_brain.records import Scored

_WIDTH, _FONT = 330, 13
_ROW, _AXIS = 25, 30  # heights of a bar and of what is below the bars
_LABEL = 14  # columns of a class's name; one of a wide script takes two
_POINTS = 80  # of a line
_SHAPES = {"g", "rect", "path", "circle", "text"}
_ATTRIBUTES = ("class", "transform", "x", "y", "width", "height", "cx", "cy", "r", "d")


def accuracy(classes: Sequence[tuple[str, float | None]]) -> str:
    """Draw a bar for each class, how much of it is right, from the top in the order given."""
    chart = pygal.HorizontalStackedBar(range=(0, 1), **_config(_AXIS + _ROW * len(classes)))
    chart.x_labels = [f"{_short(label)} {'–' if share is None else f'{share:.0%}'}" for label, share in classes[::-1]]
    chart.y_labels = [{"value": share, "label": f"{share:.0%}"} for share in (0, 0.5, 1)]
    chart.add("right", [share or 0 for _, share in classes[::-1]])
    chart.add("wrong", [0 if share is None else 1 - share for _, share in classes[::-1]])
    return _cleaned(chart, "bars accuracy", "The accuracy of each class as bars; the table below says the same.")


def counts(classes: Sequence[tuple[str, int, int]]) -> str:
    """Draw a bar for each class, images learned and images reserved, from the top in the order given."""
    most = max((learned + reserved for _, learned, reserved in classes), default=1)
    chart = pygal.HorizontalStackedBar(range=(0, most), **_config(_AXIS + _ROW * len(classes)))
    chart.x_labels = [f"{_short(label)} {learned + reserved:,}" for label, learned, reserved in classes[::-1]]
    chart.y_labels = [{"value": value, "label": f"{value:,}"} for value in sorted({0, most // 2, most})]
    chart.add("learned", [learned for _, learned, _ in classes[::-1]])
    chart.add("reserved", [reserved for _, _, reserved in classes[::-1]])
    return _cleaned(chart, "bars counts", "The images of each class as bars; the table below says the same.")


def history(lines: Sequence[Scored]) -> str:
    """Draw the balanced accuracy and its interval, one step for each line of the score's history, oldest first."""
    step = -(-len(lines) // _POINTS)
    shown = lines[::-1][::step][::-1]  # the last is always there
    chart = pygal.Line(range=(0, 1), dots_size=2, **_config(190))
    chart.y_labels = [{"value": share, "label": f"{share:.0%}"} for share in (0, 0.25, 0.5, 0.75, 1)]
    chart.add("low", [line.interval and line.interval[0] for line in shown], show_dots=False)
    chart.add("high", [line.interval and line.interval[1] for line in shown], show_dots=False)
    chart.add("balanced", [line.balanced_accuracy for line in shown])
    return _cleaned(chart, "lines", "The score and its interval, step by step; the list of changes says the same.")


def _config(height: int) -> dict[str, object]:
    return {
        "width": _WIDTH, "height": height, "margin": 4, "spacing": 0, "show_legend": False, "truncate_label": -1,
        "js": (), "css": (), "no_prefix": True, "style": Style(label_font_size=_FONT),
    }  # fmt: skip


def _short(label: str) -> str:
    """Cut a label in its middle to the room it has, and keep its direction of writing from the number after it."""
    if _columns(label) > _LABEL:  # not at its end: that is where "class 11" and "class 12" differ
        head, tail = label, label
        while _columns(head) > _LABEL * 3 // 5:
            head = head[:-1]
        while _columns(tail) > _LABEL * 2 // 5:
            tail = tail[1:]
        label = f"{head.rstrip()}…{tail.lstrip()}"
    return f"\u2068{label}\u2069"  # first strong isolate … pop directional isolate


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _cleaned(chart: pygal.graph.graph.Graph, kind: str, told: str) -> str:
    """Return a chart's shapes and texts as SVG; `told` is what a screen reader says in its place."""
    drawn = chart.render_tree()
    about = {"viewBox": drawn.get("viewBox", ""), "class": f"chart {kind}", "role": "img", "aria-label": told}
    svg = ElementTree.Element("svg", about)
    _copy(drawn, svg)
    return ElementTree.tostring(svg, encoding="unicode")


def _copy(drawn: ElementTree.Element, into: ElementTree.Element) -> None:
    for child in drawn:
        if child.tag not in _SHAPES or child.get("class") in ("tooltip", "background", "titles"):
            continue
        kept = {name: _rounded(child.get(name, "")) for name in _ATTRIBUTES if child.get(name)}
        copied = ElementTree.SubElement(into, child.tag, kept)
        copied.text = child.text
        _copy(child, copied)
        if child.tag == "g" and not len(copied):
            into.remove(copied)


def _rounded(value: str) -> str:
    return re.sub(r"\d+\.\d{2,}", lambda number: f"{float(number[0]):.1f}", value)
