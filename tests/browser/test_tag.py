"""Tagging in Chromium: by keys, by taps, of what was kept and of what a camera sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from pictures import scene
from workspaces import keep

from edge_brain import Brain
from edge_brain.web import Served, served

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

Visit = Callable[..., "Page"]
LABELS = ("cup", "fork")
PRESS_ENTER = """() => {  // in one breath with the look at it: what is suggested follows what was learned
  const { label } = document.querySelector("#suggested").dataset;
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
  return label;
}"""

PRESS_ALL = """(keys) => {  // in one breath: none waits for what the one before has done
  for (const key of keys) document.dispatchEvent(new KeyboardEvent("keydown", { key }));
}"""


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


def test_a_key_does_not_overtake_the_undoing_before_it(visit: Visit, at: Served, waiting: Brain):
    page = visit(f"{at.link}tag")
    first = page.locator("#queue .now").get_attribute("data-id")
    page.evaluate(PRESS_ALL, ["1", "u", "2"])
    page.get_by_text("Tagged fork").wait_for()
    page.locator('#desk[data-unsent="0"]').wait_for()
    assert page.locator(f'[data-id="{first}"] .chip').inner_text() == "fork"
    assert waiting.store.frame(first).label == "fork" and len(waiting.untagged()) == 21


def test_what_failed_and_was_undone_leaves_the_rest_to_be_undone(visit: Visit, at: Served, waiting: Brain):
    page, asked = visit(f"{at.link}tag"), []

    def fail_the_second(route: Route) -> None:
        asked.append(route.request.post_data_json)
        if len(asked) == 2:
            route.fulfill(status=507, json={"error": "DiskFull", "message": "the disk is full"})
        else:
            route.continue_()

    page.route("**/api/relabel", fail_the_second)
    first = page.locator("#queue .now").get_attribute("data-id")
    page.keyboard.press("1")
    page.get_by_text("Tagged cup").wait_for()
    second = page.locator("#queue .now").get_attribute("data-id")
    page.evaluate(PRESS_ALL, ["1", "u"])
    page.get_by_text("the disk is full").wait_for()
    page.locator('#desk[data-unsent="0"]').wait_for()
    assert page.locator("#queue .now").get_attribute("data-id") == second
    page.keyboard.press("u")
    page.get_by_text("Undone.").wait_for()
    assert [list(each["frames"]) for each in asked] == [[first], [second], [first]]
    assert len(waiting.untagged()) == 22 and page.locator("#undo").is_disabled()
    page.complaints.clear()  # type: ignore[attr-defined]  # of what failed


def test_a_key_that_is_held_is_one_key(visit: Visit, at: Served, waiting: Brain):
    page = visit(f"{at.link}tag")
    ids = page.locator("#queue [data-id]").evaluate_all("items => items.map((item) => item.dataset.id)")
    for _ in range(5):
        page.keyboard.down("1")
    page.keyboard.up("1")
    page.locator("#classes button").first.focus()
    for _ in range(5):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    assert page.locator("#queue .now").get_attribute("data-id") == ids[2]
    for _ in range(3):
        page.keyboard.down("ArrowRight")
    page.keyboard.up("ArrowRight")
    assert page.locator("#queue .now").get_attribute("data-id") == ids[5], "an arrow that is held goes on"
    page.locator('#desk[data-unsent="0"]').wait_for()
    assert len(waiting.untagged()) == 20


def test_enter_means_what_it_says_also_after_a_class_was_tapped(visit: Visit, at: Served, waiting: Brain):
    page = visit(f"{at.link}tag")
    page.route("**/api/predict_frames", lambda route: route.abort())  # what the next ones look like stays as it is
    second = page.locator("#queue [data-id]").nth(1)
    likely = second.get_attribute("data-label")
    page.locator("#classes button", has_text="fork" if likely == "cup" else "cup").click()
    page.locator(f"#suggested[data-label={likely}]").wait_for()
    page.keyboard.press("Enter")
    assert second.locator(".chip").inner_text() == likely
    page.locator('#desk[data-unsent="0"]').wait_for()
    assert waiting.store.frame(second.get_attribute("data-id")).label == likely
    page.complaints.clear()  # type: ignore[attr-defined]  # of what was aborted


def test_escape_leaves_no_half_of_a_new_class(visit: Visit, at: Served, waiting: Brain):
    page = visit(f"{at.link}tag")
    page.keyboard.press("+")
    page.keyboard.type("m" * 150)
    assert len(page.locator("#new-label").input_value()) == 100, "as much as a class may have"
    page.keyboard.press("Escape")
    assert page.locator("#new-label").input_value() == ""
    page.keyboard.press("1")
    page.get_by_text("Tagged cup").wait_for()
    assert {info.label for info in waiting.classes()} == set(LABELS)


def test_what_is_told_on_a_phone_covers_nothing_that_is_needed_next(visit: Visit, at: Served):
    page = visit(f"{at.link}tag", viewport={"width": 360, "height": 740}, has_touch=True)
    page.locator("#classes button").first.tap()
    told = page.locator(".toast").bounding_box()
    for needed in (*page.locator("#classes button").all(), page.locator("#new-label"), page.locator("#undo")):
        needed.scroll_into_view_if_needed()
        box = needed.bounding_box()
        assert box["y"] >= told["y"] + told["height"] or told["y"] >= box["y"] + box["height"]


def test_kept_frames_are_seen_without_a_script_also_beside_a_camera(visit: Visit, waiting: Brain):
    with served(waiting, port=0, source="synthetic:mug*1000") as at:
        page = visit(f"{at.link}tag", java_script_enabled=False)
        assert not page.locator("#queue").is_visible()
        page.locator("label[for=mode-kept]").click()
        assert page.locator("#queue [data-id] img").first.is_visible()
        assert not page.locator(".camera-stage").is_visible()


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
    page.locator("#queue .chip:visible").nth(1).wait_for()
    page.locator('#desk[data-unsent="0"]').wait_for()
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
    assert page.locator("#classes button").count() == 2, "what failed is no class"
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


def test_arrows_mean_the_kept_frames_once_these_were_tapped(visit: Visit, waiting: Brain):
    with served(waiting, port=0, source="synthetic:mug*1000") as at:
        page = visit(f"{at.link}tag")
        for _ in range(2):  # also a tap on what is chosen already
            page.locator("label[for=mode-kept]").click()
            first = page.locator("#queue .now").get_attribute("data-id")
            page.keyboard.press("ArrowRight")
            assert page.locator("#mode-kept").is_checked()
            assert page.locator("#queue .now").get_attribute("data-id") != first
        page.locator("#mode-kept").focus()
        page.keyboard.press("ArrowLeft")
        assert page.locator("#mode-camera").is_checked(), "who came by keys chooses by keys"
        assert page.locator(".camera-stage").is_visible() and not page.locator("#queue").is_visible()


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


def test_undo_takes_back_the_last_tag_of_the_camera_also_before_it_was_answered(visit: Visit, brain: Brain):
    brain.tag_many([(scene(label, 900), label) for label in LABELS])
    before = brain.head_digest()
    with served(brain, port=0, source="synthetic:mug*1000") as at:
        page = visit(f"{at.link}tag")
        page.locator("#seen", has_text="Looks like").wait_for()
        page.evaluate(PRESS_ALL, ["1", "u"])
        page.get_by_text("Undone.").wait_for()
        assert brain.head_digest() == before
