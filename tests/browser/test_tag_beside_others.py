"""Tagging in Chromium beside others: other pages and programs, a camera that keeps frames, a device that restarts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from pictures import scene
from reports import NASTY
from workspaces import keep

from edge_brain import Brain
from edge_brain.web import Served, served
from edge_brain.web.streams import MOST_VIEWERS

if TYPE_CHECKING:
    from playwright.sync_api import Page

Visit = Callable[..., "Page"]
LABELS = ("cup", "fork")
PICTURE = "document.querySelector('#live').naturalWidth > 0 && !document.querySelector('#live').hidden"


@pytest.fixture
def waiting(brain: Brain) -> Brain:
    """A brain that has learned a little, and eight frames of two classes that wait for a tag."""
    brain.tag_many([(scene(label, 900 + number), label) for label in LABELS for number in range(2)])
    for number in range(4):
        for label in LABELS:
            keep(brain, label, number)
    return brain


@pytest.fixture
def at(waiting: Brain) -> Iterator[Served]:
    with served(waiting, port=0) as at:
        yield at


@pytest.fixture
def other(waiting: Brain) -> Iterator[Brain]:
    """The same brain, as another program has it."""
    with Brain.open(waiting.folder) as other:
        yield other


def until(page: Page, true: str) -> None:
    """Wait until an expression is true; `wait_for_function` needs what our pages do not allow."""
    for _ in range(300):
        if page.evaluate(true):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never so: {true}")


def queued(page: Page) -> list[str]:
    """The ids of the frames on the page, in their order."""
    ids: list[str] = page.locator("#queue [data-id]").evaluate_all("items => items.map((item) => item.dataset.id)")
    return ids


def test_what_others_tagged_or_discarded_is_marked_and_not_tagged_over(
    visit: Visit, at: Served, waiting: Brain, other: Brain
):
    page = visit(f"{at.link}tag")
    shown, second, third, *_ = queued(page)
    other.retag([shown, second], "fork")
    other.discard([third])
    page.locator("#queue .gone").nth(2).wait_for()
    assert page.locator("#left").inner_text() == "5"
    assert page.locator("#queue .gone .chip").all_inner_texts() == ["elsewhere"] * 3
    assert page.locator("#queue .now").get_attribute("data-id") == shown, "the frame under the key stays"
    assert not page.locator("#suggested").is_visible()
    page.keyboard.press("1")
    page.get_by_text("tagged or discarded elsewhere: nothing was done").wait_for()
    assert page.locator("#queue .now").get_attribute("data-id") == queued(page)[3]
    assert {waiting.store.frame(each).label for each in (shown, second)} == {"fork"}
    assert third in {frame.id for frame in waiting.discarded()} and len(waiting.untagged()) == 5


def test_a_whole_burst_is_tagged_without_what_is_gone_of_it(visit: Visit, at: Served, waiting: Brain, other: Brain):
    keep(waiting, "cup", 70, frames=3)
    page = visit(f"{at.link}tag")
    first, second, third = (page.locator('[data-burst="cup 70"]').nth(place) for place in range(3))
    gone = third.get_attribute("data-id")
    other.discard([gone])
    page.locator("#queue .gone").wait_for()
    first.click()
    page.keyboard.press("*")
    page.keyboard.press("1")
    page.get_by_text("2 frames tagged cup").wait_for()
    assert second.locator(".chip").inner_text() == "cup"
    assert gone in {frame.id for frame in waiting.discarded()}


def test_what_was_undone_elsewhere_waits_again(visit: Visit, at: Served, waiting: Brain, other: Brain):
    page = visit(f"{at.link}tag")
    first = queued(page)[0]
    page.keyboard.press("1")
    page.get_by_text("Tagged cup").wait_for()
    other.untag(first)
    until(page, "document.querySelectorAll('#queue .chip:not([hidden])').length === 0")
    assert page.locator("#left").inner_text() == "8"


def test_a_tag_over_one_that_was_not_known_here_is_told_and_undone(
    visit: Visit, at: Served, waiting: Brain, other: Brain
):
    page = visit(f"{at.link}tag")
    page.route("**/api/untagged*", lambda route: route.abort())  # the news are late
    first = queued(page)[0]
    other.retag([first], "fork")
    page.keyboard.press("1")
    page.get_by_text("Tagged cup, elsewhere fork before").wait_for()
    page.keyboard.press("u")
    page.get_by_text("Undone.").wait_for()
    assert waiting.store.frame(first).label == "fork"
    page.complaints.clear()  # type: ignore[attr-defined]  # of what was aborted


def test_new_frames_come_to_the_page_and_to_their_bursts(visit: Visit, at: Served, waiting: Brain, other: Brain):
    page = visit(f"{at.link}tag")
    before = queued(page)
    now = page.locator("#queue .now").get_attribute("data-id")
    keep(other, "nothing like it", 99)
    more = other.exposer.expose(scene("cup", 8))
    other.keep_exposures([more], burst="cup 0")
    until(page, "document.querySelectorAll('#queue [data-id]').length === 10")
    after = queued(page)
    assert [each for each in after if each in before] == before
    assert after.index(more.id) == after.index(page.locator('[data-burst="cup 0"]').first.get_attribute("data-id")) + 1
    assert page.locator("#left").inner_text() == "10"
    assert page.locator("#queue .now").get_attribute("data-id") == now
    page.locator("#queue [data-id]").last.click()
    page.locator("#suggestion", has_text="Looks like").wait_for()


def test_frames_come_to_a_page_on_which_nothing_waited(visit: Visit, brain: Brain):
    brain.tag_many([(scene(label, 900), label) for label in LABELS])
    with served(brain, port=0) as at, Brain.open(brain.folder) as other:
        page = visit(f"{at.link}tag")
        assert page.get_by_role("heading", name="Nothing waits for a tag").is_visible()
        assert not page.locator("#choices").is_visible()
        keep(other, "cup", 1)
        page.locator("#choices").wait_for()
        assert not page.get_by_role("heading", name="Nothing waits for a tag").is_visible()
        page.keyboard.press("1")
        page.get_by_text("Tagged cup").wait_for()
        assert brain.untagged() == []


def test_the_page_goes_on_with_what_was_skipped(visit: Visit, at: Served, waiting: Brain):
    page = visit(f"{at.link}tag")
    first = queued(page)[0]
    page.keyboard.press("s")
    for _ in range(7):
        page.keyboard.press("1")
    page.get_by_role("button", name="Show what waits now").click()
    assert page.locator("#queue .now").get_attribute("data-id") == first
    page.keyboard.press("1")
    page.get_by_text("All of these are done.").wait_for()
    assert not page.get_by_role("button", name="Show what waits now").is_visible()
    page.locator('#desk[data-unsent="0"]').wait_for()
    assert waiting.untagged() == []


def test_what_does_not_fit_on_the_page_comes_when_there_is_place(
    visit: Visit, waiting: Brain, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("edge_brain.web.pages.tag._MOST", 3)
    with served(waiting, port=0) as at:
        page = visit(f"{at.link}tag")
        assert (page.locator("#left").inner_text(), len(queued(page))) == ("8", 3)
        for _ in range(3):
            page.keyboard.press("1")
        until(page, "document.querySelectorAll('#queue [data-id]').length === 6")
        page.locator("#queue .now").wait_for()
        assert page.locator("#left").inner_text() == "5"
        assert page.get_by_text("and 2 more frames, when these are tagged.").is_visible()


def test_keys_stay_with_their_classes_when_others_rename_them(visit: Visit, at: Served, waiting: Brain, other: Brain):
    page = visit(f"{at.link}tag")
    other.rename_class("cup", NASTY[0])
    page.locator("#classes button", has_text=NASTY[0]).wait_for()
    shown = {
        button.get_attribute("data-label"): button.inner_text().split()[0]
        for button in page.locator("#classes button:visible").all()
    }
    assert shown == {"fork": "2", NASTY[0]: "3"}
    page.keyboard.press("1")
    page.get_by_text("cup is no class any more: nothing was done.").wait_for()
    assert len(waiting.untagged()) == 8
    page.keyboard.press("3")
    page.get_by_text(f"Tagged {NASTY[0]}").wait_for()
    assert {info.label for info in waiting.classes()} == {"fork", NASTY[0]}
    other.rename_class(NASTY[0], "cup")
    page.locator("#classes button[data-label=cup]").wait_for()
    page.keyboard.press("1")
    page.get_by_text("Tagged cup").wait_for()


def test_enter_never_offers_a_class_that_is_gone(visit: Visit, at: Served, waiting: Brain, other: Brain):
    page = visit(f"{at.link}tag")
    page.route("**/api/predict_frames", lambda route: route.abort())  # what they look like is not asked again in time
    page.locator("#suggested").wait_for()
    offered = page.locator("#suggested").get_attribute("data-label")
    other.rename_class(offered, "renamed")
    page.locator("#classes button", has_text="renamed").wait_for()
    page.locator("#suggested").wait_for(state="hidden")
    page.keyboard.press("Enter")
    assert {info.label for info in waiting.classes()} == {*LABELS, "renamed"} - {offered}
    page.complaints.clear()  # type: ignore[attr-defined]  # of what was aborted


def test_the_numbers_of_the_classes_follow(visit: Visit, at: Served, waiting: Brain, other: Brain):
    page = visit(f"{at.link}tag")
    count = page.locator("#classes button[data-label=cup] .note")
    assert count.inner_text() == "2"
    other.tag(scene("cup", 950), "cup")
    until(page, "document.querySelector('#classes [data-label=cup] .note').textContent === '3'")


def test_an_open_page_asks_for_news_one_after_the_other_with_pauses(visit: Visit, at: Served, other: Brain):
    page = visit(f"{at.link}tag")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.evaluate("for (let news = 0; news < 50; news += 1) document.dispatchEvent(new CustomEvent('brain-score'))")
    until(page, "performance.getEntriesByName(`${location.origin}/api/classes`).length === 1")
    page.evaluate("for (let news = 0; news < 50; news += 1) document.dispatchEvent(new CustomEvent('brain-score'))")
    until(page, "performance.getEntriesByName(`${location.origin}/api/classes`).length === 2")
    assert asked.count("/api/classes") == asked.count("/api/untagged") == 2
    assert asked.count("/api/predict_frames") <= 2


# ── the camera ─────────────────────────────────────────────────────────────────────────────────


def test_that_the_thing_was_moved_is_shown_on_every_page_until_a_tag(visit: Visit, brain: Brain):
    with served(brain, port=0, source="synthetic:mug*1000") as at:
        one, two = visit(f"{at.link}tag"), visit(f"{at.link}tag")
        one.locator("#seen", has_text="Looks like").wait_for()
        one.keyboard.press("n")
        for page in (one, two):
            page.locator("#part[aria-pressed=true]").wait_for()
        two.keyboard.press("+")
        two.keyboard.type("mug")
        two.keyboard.press("Enter")
        for page in (one, two):
            page.locator("#part[aria-pressed=false]").wait_for()


def test_the_picture_comes_back_after_the_device_was_started_again(visit: Visit, brain: Brain):
    with ExitStack() as first:
        at = first.enter_context(served(brain, port=0, source="synthetic:mug*1000"))
        page = visit(f"{at.link}tag")
        until(page, PICTURE)
        first.close()
        pictures: list[str] = []
        page.on("request", lambda request: "/live.mjpeg" in request.url and pictures.append(request.url))
        with served(brain, port=at.port, source="synthetic:mug*1000"):
            page.locator("body:not(.apart) #seen", has_text="Looks like").wait_for()
            page.evaluate("document.dispatchEvent(new CustomEvent('connected', { detail: { again: true } }))")
            until(page, PICTURE)
            assert pictures
            page.goto("about:blank")  # it does not look for a third
    page.complaints.clear()  # type: ignore[attr-defined]  # of the time between


def test_who_comes_when_too_many_look_is_told_and_sees_the_picture_later(visit: Visit, brain: Brain):
    with served(brain, port=0, source="synthetic:mug*1000") as at, ExitStack() as viewers:
        for _ in range(MOST_VIEWERS):
            viewer = viewers.enter_context(closing(HTTPConnection("127.0.0.1", at.port, timeout=60)))
            viewer.request("GET", "/live.mjpeg")
            answer = viewers.enter_context(closing(viewer.getresponse()))
            assert answer.status == 200
        page = visit(f"{at.link}tag")
        page.locator("#camera-state", has_text="The picture does not come: too many look already").wait_for()
        assert not page.locator("#live").is_visible(), "no sign of a broken picture"
        viewers.close()
        until(page, PICTURE)
        until(page, "document.querySelector('#camera-state').textContent === ''")
        assert any("503" in said for said in page.complaints)  # type: ignore[attr-defined]
        page.complaints.clear()  # type: ignore[attr-defined]


def test_what_the_camera_saw_is_not_said_when_the_device_is_away(visit: Visit, brain: Brain):
    with served(brain, port=0, source="synthetic:mug*1000") as at:
        page = visit(f"{at.link}tag")
        page.locator("#seen", has_text="Looks like").wait_for()
        said = "() => document.querySelector('#seen').textContent"
        away = f"() => {{ document.dispatchEvent(new CustomEvent('apart')); return ({said})(); }}"
        assert page.evaluate(away) == ""


def test_undo_leaves_what_somebody_else_has_said_since(visit: Visit, at: Served, waiting: Brain, other: Brain):
    page = visit(f"{at.link}tag")
    shown = queued(page)[0]
    page.keyboard.press("1")
    page.get_by_text("Tagged cup").wait_for()
    other.retag([shown], "fork")
    page.keyboard.press("u")
    page.get_by_text("is tagged 'fork' by now").wait_for()
    assert waiting.store.frame(shown).label == "fork"
    page.complaints.clear()  # type: ignore[attr-defined]  # the refusal, 409, is in the console, too
