"""The charts: pygal's shapes and texts, and nothing else of pygal's."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from edge_brain.records import Scored
from edge_brain.report import charts

CLASSES = [("longsleeve", 0.53), ("<script>&amp;", None), ("shoes", 1.0)]


def scored(balanced: float, low: float, high: float) -> Scored:
    return Scored(0.0, "Low", balanced, balanced, (low, high), 2, 10, 10, "", None, [], [])


def drawn() -> dict[str, str]:
    return {
        "accuracy": charts.accuracy(CLASSES),
        "counts": charts.counts([("a", 3, 1), ("b", 40, 12)]),
        "history": charts.history([scored(0.5, 0.3, 0.7), scored(0.75, 0.6, 0.9)]),
    }


def texts(svg: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter("text")]


@pytest.mark.parametrize("name", drawn())
def test_a_chart_has_no_script_no_style_no_link_and_no_date(name: str) -> None:
    svg = drawn()[name]
    tree = ElementTree.fromstring(svg)
    assert {element.tag for element in tree.iter()} <= {"svg", "g", "rect", "path", "circle", "text"}
    attributes = {attribute for element in tree.iter() for attribute in element.attrib}
    assert attributes <= {"viewBox", "role", "aria-label", *charts._ATTRIBUTES}
    assert "http" not in svg and "pygal" not in svg
    assert svg == drawn()[name], "the same each time"


def test_a_bar_is_as_long_as_its_class_is_right_from_the_top_in_order() -> None:
    tree = ElementTree.fromstring(charts.accuracy(CLASSES))
    right = tree.find(".//g[@class='series serie-0 color-0']")
    assert right is not None
    bars = sorted(right.iter("rect"), key=lambda bar: float(bar.get("y", "0")))
    longsleeve, unknown, shoes = (float(bar.get("width", "0")) for bar in bars)
    assert unknown == 0
    assert longsleeve / shoes == pytest.approx(0.53, abs=0.01)


def test_each_class_is_named_with_its_figure() -> None:
    said = "\n".join(texts(charts.accuracy(CLASSES)))
    for figure in ("longsleeve\u2069 53%", "<script>&amp;\u2069 –", "shoes\u2069 100%"):
        assert figure in said
    assert "b\u2069 52" in "\n".join(texts(charts.counts([("a", 3, 1), ("b", 40, 12)])))


def test_a_long_name_is_cut_in_its_middle_where_its_neighbours_do_not_differ() -> None:
    said = [text for text in texts(charts.accuracy([(f"class number {n}", 0.5) for n in (11, 12)])) if "class" in text]
    assert len(set(said)) == 2 and all("…" in text and text.endswith("\u2069 50%") for text in said)
    wide = texts(charts.accuracy([("勺" * 100, 0.5)]))
    assert any(text.count("勺") == 6 for text in wide)


def test_a_long_history_is_thinned_and_its_last_line_stays() -> None:
    lines = [scored(0.5, 0.4, 0.6)] * 1_000 + [scored(1.0, 0.9, 1.0)]
    dots = [*ElementTree.fromstring(charts.history(lines)).iter("circle")]
    assert 40 <= len(dots) <= charts._POINTS
    assert float(dots[-1].get("cy", "")) == min(float(dot.get("cy", "")) for dot in dots)
