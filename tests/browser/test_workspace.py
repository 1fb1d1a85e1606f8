"""The workspace in Chromium: the Brain Score at the top of every page, and the details behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from pictures import scene
from reports import NASTY, confuse

from edge_brain import Brain
from edge_brain.web import Served, served

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAGES = (
    "tag",
    "test",
    "score",
    "device",
    "review",
    "review/frames",
    "review/untagged",
    "review/discarded",
    "review/suspects",
)
Visit = Callable[..., "Page"]


@pytest.fixture
def confused(brain: Brain) -> Brain:
    confuse(brain, ("cup", "bowl", *NASTY))
    return brain


@pytest.fixture
def at(confused: Brain) -> Iterator[Served]:
    with served(confused, port=0) as at:
        yield at


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_scrolls_sideways_or_shuts_anybody_out(
    visit: Visit, at: Served, seriously_inaccessible: Callable[[Page], list[str]], page: str, width: int
):
    shown = visit(
        f"{at.link}{page}", viewport={"width": width, "height": 740}, color_scheme="dark" if width == 360 else "light"
    )
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert seriously_inaccessible(shown) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_page_can_be_read_without_a_script(visit: Visit, at: Served, confused: Brain, page: str):
    shown = visit(f"{at.link}{page}", java_script_enabled=False)
    assert shown.locator("#brain-score .word").inner_text() == confused.score().level
    assert shown.locator("header nav a").count() == 5


@pytest.mark.parametrize("page", PAGES)
def test_what_every_page_does_it_does_once(visit: Visit, at: Served, page: str):
    shown = visit(f"{at.link}{page}")  # with all its scripts, and what they import
    asked = shown.evaluate("performance.getEntriesByType('resource').map((each) => new URL(each.name).pathname)")
    assert asked.count("/static/workspace.js") == 1, "by two addresses it would run twice, and take two streams of news"


@pytest.mark.parametrize(
    ("page", "targets"),
    [
        ("review", "h2 .all"),
        ("review/frames", ".back a, .tile .open"),
        ("score", "summary"),
        ("device", ".jumps a, summary, .check label"),
    ],
)
def test_a_finger_finds_what_is_small(visit: Visit, at: Served, page: str, targets: str):
    shown = visit(f"{at.link}{page}", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    for part in shown.locator("details > summary").all():
        if part.is_visible():
            part.click()
    boxes = [part.bounding_box() for part in shown.locator(targets).all() if part.is_visible()]
    assert boxes and [box for box in boxes if box and box["height"] < 39.5] == []
    wide = [part.bounding_box() for part in shown.locator(".tile .open").all()]
    assert [box for box in wide if box and box["width"] < 39.5] == []


def test_a_tag_made_elsewhere_is_on_an_open_page_at_once(visit: Visit, at: Served, confused: Brain):
    shown = visit(f"{at.link}tag")
    learned = confused.score().learned
    shown.wait_for_function("document.querySelector('#brain-score').dataset.number")
    with Brain.open(confused.folder) as other:  # as another process has it
        other.tag_many([(scene("cup", 900 + number), "cup") for number in range(2)], burst="new")
        other.tag_many([(scene("cup", 950 + number), "cup") for number in range(2)], burst="newer")
    shown.get_by_text(f"{confused.score().learned} learned").wait_for()
    assert confused.score().learned > learned


def test_the_score_is_clicked_while_it_changes_and_keeps_focus(visit: Visit, at: Served, confused: Brain):
    shown = visit(f"{at.link}tag")
    score = shown.locator("#brain-score")
    score.focus()
    box = score.locator(".word").bounding_box()
    assert box
    shown.mouse.move(box["x"] + 5, box["y"] + 5)
    shown.mouse.down()
    number = score.get_attribute("data-number")
    confused.tag(scene("cup", 990), "cup", burst="while it is pressed")
    shown.locator(f"#brain-score:not([data-number='{number}'])").wait_for()
    assert shown.evaluate("document.activeElement.id") == "brain-score"
    shown.mouse.up()
    shown.get_by_role("heading", name="Recommendations").wait_for()


def test_the_details_follow_the_score_while_it_moves_and_moves(visit: Visit, taught: Brain):
    frames = [image.id for image in taught.images()]
    with served(taught, port=0) as at:
        shown = visit(f"{at.link}score")
        shown.evaluate("document.querySelector('#details').dataset.old = 'yes'")
        for number in range(60):
            taught.relabel({frames[number % 2]: ("cup", "mug")[number // 2 % 2]})
            shown.wait_for_timeout(50)
            if not shown.locator("#details[data-old]").count():
                return
    pytest.fail("after 60 tags the details are still those from before the first")


def test_a_part_that_is_replaced_keeps_focus_and_one_that_is_the_same_is_not_replaced(
    visit: Visit, at: Served, confused: Brain
):
    shown = visit(f"{at.link}review", bypass_csp=True)
    shown.locator("#suspects .number", has_not_text="…").wait_for()
    shelf = shown.locator(".shelf").nth(2)
    shelf.focus()
    link = shelf.get_attribute("href")
    refresh = "import('/static/workspace.js').then(({ refresh }) => refresh())"
    shown.evaluate(refresh)  # the number of suspects is in the page by now
    shown.evaluate("document.activeElement.marked = true")
    shown.evaluate(refresh)
    assert shown.evaluate("document.activeElement.marked"), "nothing is new"
    confused.tag_many([(scene("cup", 700 + number), "cup") for number in range(2)], burst="new")
    shown.wait_for_function("!document.activeElement.marked")
    assert shown.evaluate("document.activeElement.getAttribute('href')") == link


def test_the_score_opens_its_details_and_they_follow_it(visit: Visit, at: Served, confused: Brain):
    shown = visit(f"{at.link}tag")
    shown.locator("#brain-score").click()
    shown.get_by_role("heading", name="Recommendations").wait_for()
    shown.locator("label[for=view-images]").click()
    reserved = confused.score().reserved
    assert shown.locator(".frame:visible").count() == reserved
    for number in range(6):
        confused.tag_many([(scene("bowl", 800 + number), "bowl")], burst=f"later {number}")
    shown.locator(f".frame:visible >> nth={confused.score().reserved - 1}").wait_for()
    assert confused.score().reserved > reserved
    assert shown.locator("#view-images").is_checked(), "what was chosen stays"
