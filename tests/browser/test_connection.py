"""Pages in Chromium when the device is away for a while, and when its server was started anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from edge_brain import Brain
from edge_brain.web import Served, served

if TYPE_CHECKING:
    from playwright.sync_api import Page

Visit = Callable[..., "Page"]
NOTE = """
window.told = [];
for (const name of ["connected", "apart"]) {
  document.addEventListener(name, ({ detail }) => window.told.push(detail === null ? name : `${name} ${detail.again}`));
}
"""


@contextmanager
def left_at_the_end(page: Page) -> Iterator[None]:
    """Leave a page that the browser complained of because its server was away, or was another."""
    try:
        yield
    finally:
        page.goto("about:blank")
        page.complaints.clear()  # type: ignore[attr-defined]


def away(visit: Visit, brain: Brain, path: str, **options: object) -> tuple[Page, Served]:
    """A page whose server has ended since, and which has noticed."""
    with served(brain, port=0) as at:
        page = visit(f"{at.link}{path}", bypass_csp=True, **options)  # to wait for what was told
        page.evaluate(NOTE)
        page.locator("#brain-score[data-number]").wait_for()
    page.wait_for_function("window.told.includes('apart')")
    return page, at


def test_a_page_that_is_open_works_on_when_its_server_was_started_anew(visit: Visit, taught: Brain):
    page, at = away(visit, taught, "review/frames?label=cup")
    with served(taught, port=at.port), left_at_the_end(page):
        page.wait_for_function("window.told.at(-1) === 'connected true'")
        page.locator("#tiles label").first.click()
        page.get_by_role("button", name="Discard").click()
        page.get_by_text("1 frame discarded").wait_for()
        assert len(taught.discarded()) == 1
        page.keyboard.press("u")
        page.get_by_text("Undone.", exact=True).wait_for()
        assert taught.discarded() == []
        refused = [said for said in page.complaints if "403" in said]  # type: ignore[attr-defined]
        assert len(refused) == 1, "the token of the new run is asked for once"


def test_what_was_changed_while_a_page_was_apart_is_on_it_when_the_device_is_back(visit: Visit, taught: Brain):
    page, at = away(visit, taught, "review/frames?label=cup")
    shown = page.locator("#tiles .tile").count()
    gone = next(image.id for image in taught.images() if image.label == "cup")
    taught.relabel({gone: "mug"})
    with served(taught, port=at.port), left_at_the_end(page):
        page.locator("h1 .note", has_text=f"{shown - 1} frames").wait_for()
        assert page.locator("#tiles .tile").count() == shown - 1


def test_a_page_that_never_had_news_is_of_now_when_it_gets_them(visit: Visit, taught: Brain):
    with served(taught, port=0) as at:
        page = visit(f"{at.link}review/frames?label=cup", bypass_csp=True)
        page.route("**/events?*", lambda route: route.abort())
        page.reload()
        page.locator("#apart", has_text="does not answer").wait_for()
    taught.relabel({next(image.id for image in taught.images() if image.label == "cup"): "mug"})
    with served(taught, port=at.port), left_at_the_end(page):
        page.unroute("**/events?*")
        page.locator("h1 .note", has_text="7 frames").wait_for()


def test_that_the_device_is_away_is_told_in_words_on_every_page(
    visit: Visit, taught: Brain, seriously_inaccessible: Callable[[Page], list[str]]
):
    page, at = away(visit, taught, "device", viewport={"width": 360, "height": 740})
    with left_at_the_end(page):
        told = page.get_by_role("status").filter(has_text="The device does not answer; what is shown is of")
        assert told.is_visible() and seriously_inaccessible(page) == []
        page.evaluate("import('/static/workspace.js').then(({ refresh }) => refresh())")
        page.get_by_role("button", name="Look it over").click()
        page.locator(".toast.trouble", has_text="nothing was done").wait_for()
        assert page.get_by_role("button", name="Look it over").is_enabled()
        assert [said for said in page.complaints if "net::" not in said] == [], "nothing is thrown that nobody catches"  # type: ignore[attr-defined]
        with served(taught, port=at.port):
            page.wait_for_function("document.querySelector('#apart').textContent === ''")
            page.get_by_role("button", name="Look it over").click()
            page.locator("#job-doctor .outcome").wait_for()
