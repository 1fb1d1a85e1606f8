"""Tagging in Chromium: by keys, by taps, of what was kept and of what a camera sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from pictures import scene

from edge_brain import Brain
from edge_brain.web import Served, served

if TYPE_CHECKING:
    from playwright.sync_api import Page

Visit = Callable[..., "Page"]
LABELS = ("cup", "fork")
PRESS_ENTER = """() => {  // in one breath with the look at it: what is suggested follows what was learned
  const { label } = document.querySelector("#suggested").dataset;
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
  return label;
}"""


def keep(brain: Brain, label: str, number: int, frames: int = 1) -> None:
    """Keep frames of one scene, untagged, as a camera does."""
    exposures = [brain.exposer.expose(scene(label, number * 10 + frame)) for frame in range(frames)]
    brain.keep_exposures(exposures, burst=f"{label} {number}")


@pytest.fixture
def waiting(brain: Brain) -> Brain:
    """A brain that has learned a little, and twenty-two frames of two classes that wait for a tag."""
    brain.tag_many([(scene(label, 900 + number), label) for label in LABELS for number in range(2)])
    for number in range(10):
        for label in LABELS:
            keep(brain, label, number)
    keep(brain, "cup", 70, frames=2)
    return brain


@pytest.fixture
def at(waiting: Brain) -> Iterator[Served]:
    with served(waiting, port=0) as at:
        yield at


def truth(brain: Brain, page: Page) -> str:
    """What the frame that is shown really shows, by the burst that it was kept under."""
    return page.locator("#queue .now").get_attribute("data-burst").split()[0]  # type: ignore[union-attr]


def test_twenty_frames_are_tagged_by_keys_and_the_level_moves(visit: Visit, at: Served, waiting: Brain):
    page = visit(f"{at.link}tag")
    assert page.locator("#brain-score .word").inner_text() == "Still Learning"
    for _ in range(20):
        page.keyboard.press(str(1 + LABELS.index(truth(waiting, page))))
    page.locator("#brain-score .word", has_not_text="Still Learning").wait_for()
    assert page.locator("#left").inner_text() == "2"
    page.locator('#desk[data-unsent="0"]').wait_for()
    score = waiting.score()
    assert (score.learned + score.reserved, len(waiting.untagged())) == (24, 2)
    assert score.level != "Still Learning"
    kept = [image for image in waiting.images() if image.label and " " in image.burst]
    assert len(kept) == 20 and all(image.label == image.burst.split()[0] for image in kept)


def test_what_the_brain_would_learn_most_from_comes_first(visit: Visit, at: Served, waiting: Brain):
    keep(waiting, "nothing like it", 99)
    useful = [frame.id for frame in waiting.untagged(useful_first=True)]
    assert useful != [frame.id for frame in waiting.untagged()]
    page = visit(f"{at.link}tag")
    shown = page.locator("#queue [data-id]").evaluate_all("items => items.map((item) => item.dataset.id)")
    assert shown == useful and shown[0] == page.locator("#queue .now").get_attribute("data-id")


def test_a_key_can_be_undone_to_the_bit(visit: Visit, at: Served, waiting: Brain):
    before = waiting.head_digest()
    page = visit(f"{at.link}tag")
    first = page.locator("#queue .now").get_attribute("data-id")
    page.keyboard.press("1")
    page.get_by_text("Tagged cup").wait_for()
    assert page.locator("#queue .now").get_attribute("data-id") != first
    page.keyboard.press("u")
    page.get_by_text("Undone.").wait_for()
    assert page.locator("#queue .now").get_attribute("data-id") == first
    assert waiting.head_digest() == before
    assert first in {frame.id for frame in waiting.untagged()}, "it waits again, also when the page is opened anew"


def test_enter_takes_what_is_suggested_and_star_the_whole_burst(visit: Visit, at: Served, waiting: Brain):
    page = visit(f"{at.link}tag")
    pair = page.locator('#queue [data-burst="cup 70"]').first
    pair.click()
    page.keyboard.press("*")
    page.keyboard.press("1")
    page.get_by_text("2 frames tagged cup").wait_for()
    assert {image.label for image in waiting.images() if image.burst == "cup 70"} == {"cup"}
    page.keyboard.press("*")
    page.locator("#queue [data-id]").first.click()
    label = page.evaluate(PRESS_ENTER)
    page.get_by_text(f"Tagged {label}").wait_for()


def test_a_new_class_is_typed_and_gets_a_key(visit: Visit, at: Served, waiting: Brain):
    page = visit(f"{at.link}tag")
    page.keyboard.press("+")
    page.keyboard.type("<b>mug</b> 1")
    page.keyboard.press("Enter")
    page.get_by_text("Tagged <b>mug</b> 1").wait_for()
    page.keyboard.press("3")
    page.wait_for_function("document.querySelectorAll('#queue .chip:not([hidden])').length === 2")
    page.get_by_text("105").or_(page.locator(".toast")).first.wait_for()
    assert "<b>mug</b> 1" in {info.label for info in waiting.classes()}


def test_skipping_goes_on_and_back_without_a_tag(visit: Visit, at: Served, waiting: Brain):
    page = visit(f"{at.link}tag")
    first = page.locator("#queue .now").get_attribute("data-id")
    page.keyboard.press("s")
    assert page.locator("#queue .now").get_attribute("data-id") != first
    page.keyboard.press("ArrowLeft")
    assert page.locator("#queue .now").get_attribute("data-id") == first
    assert len(waiting.untagged()) == 22


def test_a_tap_on_a_phone_tags(
    visit: Visit, at: Served, waiting: Brain, seriously_inaccessible: Callable[[Page], list[str]]
):
    page = visit(f"{at.link}tag", viewport={"width": 360, "height": 740}, has_touch=True, color_scheme="dark")
    assert seriously_inaccessible(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("#classes button").nth(1).tap()
    page.get_by_text("Tagged fork").wait_for()
    assert len(waiting.untagged()) == 21


def test_a_tag_that_fails_is_told_and_the_frame_comes_back(visit: Visit, at: Served, waiting: Brain):
    page = visit(f"{at.link}tag")
    first = page.locator("#queue .now").get_attribute("data-id")
    page.keyboard.press("+")
    page.keyboard.type("a\u2028b")
    page.keyboard.press("Enter")
    page.locator(".toast.trouble").wait_for()
    assert page.locator("#queue .now").get_attribute("data-id") == first
    assert len(waiting.untagged()) == 22
    assert any("400" in said for said in page.complaints)  # type: ignore[attr-defined]
    page.complaints.clear()  # type: ignore[attr-defined]


def test_keys_mean_the_kept_frames_once_these_are_chosen(visit: Visit, waiting: Brain):
    with served(waiting, port=0, source="synthetic:mug*1000") as at:
        page = visit(f"{at.link}tag")
        assert not page.locator("#pass").is_visible()
        page.locator("label[for=mode-kept]").click()
        page.keyboard.press("1")
        page.get_by_text("Tagged cup").wait_for()
        assert len(waiting.untagged()) == 21


def test_what_the_camera_sees_is_tagged_and_undone(visit: Visit, brain: Brain):
    with served(brain, port=0, source="synthetic:mug*1000") as at:
        page = visit(f"{at.link}tag")
        page.wait_for_function("document.querySelector('#live').naturalWidth > 0")
        page.keyboard.press("+")
        page.keyboard.type("mug")
        page.keyboard.press("Enter")
        page.get_by_text("Tagged mug: learned").wait_for()
        assert [(info.label, info.learned) for info in brain.classes()] == [("mug", 1)]
        page.locator("#seen", has_text="mug").wait_for()
        page.keyboard.press("u")
        page.get_by_text("Undone.").wait_for()
        assert brain.classes() == []
