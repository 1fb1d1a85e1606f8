"""The report in Chromium: at a desk and on a phone, by day and by night, by keyboard and without a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from reports import NASTY, confuse

from edge_brain import Brain, Score, write_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Score]:
    """The report of a brain that is often wrong and has names to break a page, and its score."""
    folder = tmp_path_factory.mktemp("report")
    with Brain.create(folder / "kitchen", extractor="pixels") as brain:
        confuse(brain, ("cup", "bowl", *NASTY))
        write_report(brain, folder / "report.html")
        return folder / "report.html", brain.score()


@pytest.fixture
def score(told: tuple[Path, Score]) -> Score:
    return told[1]


@pytest.fixture
def look(browser: Browser, told: tuple[Path, Score]) -> Iterator[Open]:
    """Open the report; the page remembers what it asked for and what it complained of."""
    contexts = []

    def look(**options: object) -> Page:
        context = browser.new_context(**{"viewport": DESK, "java_script_enabled": False, **options})  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.asked, page.complaints = [], []  # type: ignore[attr-defined]
        page.on("request", lambda request: page.asked.append(request.url))  # type: ignore[attr-defined]
        page.on("console", lambda message: page.complaints.append(message.text))  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.complaints.append(str(error)))  # type: ignore[attr-defined]
        page.goto(told[0].as_uri())
        return page

    yield look
    for context in contexts:
        context.close()


def shown(page: Page, selector: str) -> int:
    return page.locator(f"{selector}:visible").count()


def press_until(page: Page, key: str, wanted: str) -> None:
    for _ in range(40):
        page.keyboard.press(key)
        if page.locator(f"{wanted}:focus").count():
            return
    pytest.fail(f"{key} does not lead to {wanted}")


def test_it_asks_for_nothing_and_complains_of_nothing(look: Open, told: tuple[Path, Score]):
    page = look(java_script_enabled=True)
    page.locator("label[for=view-images]").click()
    page.locator("footer").scroll_into_view_if_needed()
    assert [url for url in page.asked if not url.startswith("data:")] == [told[0].as_uri()]  # type: ignore[attr-defined]
    assert page.complaints == []  # type: ignore[attr-defined]


def test_every_picture_is_drawn(look: Open, score: Score):
    page = look(java_script_enabled=True)
    page.locator("label[for=view-images]").click()
    drawn = page.evaluate("Promise.all([...document.images].map(i => i.decode().then(() => i.naturalWidth)))")
    assert len(drawn) > score.reserved and min(drawn) > 0


def test_looking_at_images_turns_the_chart_from_accuracy_to_counts(look: Open):
    page = look()
    assert (shown(page, "svg.accuracy"), shown(page, "svg.counts"), shown(page, ".frame")) == (1, 0, 0)
    page.locator("label[for=view-images]").click()
    assert (shown(page, "svg.accuracy"), shown(page, "svg.counts")) == (0, 1)
    assert page.get_by_role("heading", name="Images of each class").is_visible()
    page.locator("label[for=view-accuracy]").click()
    assert (shown(page, "svg.accuracy"), shown(page, "svg.counts")) == (1, 0)


def test_views_and_filters_work_by_keyboard_and_without_a_script(look: Open, score: Score):
    wrong = [image for image in score.images if not image.right]
    assert wrong and len(wrong) < score.reserved
    page = look()
    press_until(page, "Tab", "#view-accuracy")
    page.keyboard.press("ArrowRight")
    assert shown(page, ".frame") == score.reserved
    press_until(page, "Tab", "#verdict-all")
    page.keyboard.press("ArrowRight")
    assert (shown(page, ".frame.wrong"), shown(page, ".frame")) == (len(wrong), len(wrong))
    page.keyboard.press("ArrowRight")
    assert (shown(page, ".frame.right"), shown(page, ".frame.wrong")) == (score.reserved - len(wrong), 0)


@pytest.mark.parametrize("verdict", ["all", "wrong", "right"])
def test_a_class_shows_what_bears_its_tag_and_what_is_taken_for_it(look: Open, score: Score, verdict: str):
    page = look()
    page.locator("label[for=view-images]").click()
    page.locator(f"label[for=verdict-{verdict}]").click()
    for number, label in enumerate(sorted(score.per_class)):
        page.locator("select").select_option(f"c{number}")
        images = [
            image
            for image in score.images
            if label in (image.label, image.predicted) and (verdict == "all" or image.right is (verdict == "right"))
        ]
        assert shown(page, ".frame") == len(images), (label, verdict)
        own = [image for image in images if image.label == label]
        assert shown(page, f".c{number} .none") == (not own), "it says so when there is none"


def test_the_focus_is_seen(look: Open):
    page = look(java_script_enabled=True)
    press_until(page, "Tab", "#view-accuracy")
    outline = page.evaluate("getComputedStyle(document.querySelector('label[for=view-accuracy]')).outlineWidth")
    assert outline == "3px"


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_no_width_scrolls_sideways(look: Open, width: int):
    page = look(viewport={"width": width, "height": 740}, java_script_enabled=True)
    for view in ("accuracy", "images"):
        page.locator(f"label[for=view-{view}]").click()
        for summary in page.locator("summary:visible").all():
            summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        outside = page.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => e.checkVisibility() && !e.closest('svg, .unseen')"
            " && e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.outerHTML.slice(0, 80))"
        )
        assert outside == []


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(look: Open, scheme: str, viewport: dict[str, int]):
    from axe_playwright_python.sync_playwright import Axe

    # axe is put into the page, which the page's own policy forbids
    page = look(color_scheme=scheme, viewport=viewport, java_script_enabled=True, bypass_csp=True)
    for view in ("accuracy", "images"):
        page.locator(f"label[for=view-{view}]").click()
        for summary in page.locator("summary:visible").all():
            summary.click()
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []


def test_light_and_dark_are_two_colourings(look: Open):
    seen = {
        scheme: look(color_scheme=scheme, java_script_enabled=True).evaluate(
            "[document.body, document.querySelector('svg.accuracy .serie-0 rect')]"
            ".map(e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).fill].join())"
        )
        for scheme in ("light", "dark")
    }
    assert all(light != dark for light, dark in zip(seen["light"], seen["dark"], strict=True))


def test_on_paper_everything_is_there(look: Open, score: Score):
    page = look()
    page.emulate_media(media="print")
    assert shown(page, ".frame") == score.reserved
    assert (shown(page, "svg.accuracy"), shown(page, "svg.counts"), shown(page, "select")) == (1, 1, 0)
