"""The browser: the system's Chromium, driven by Playwright. Where there is none the tests skip, and say so.

With EDGE_BRAIN_BROWSER=required, as in CI, they fail instead.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def chromium(once: None) -> str:
    """The path of the system's Chromium."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    lacking = [] if found else ["no Chromium is installed (Debian: apt-get install chromium)"]
    lacking += [f"{name} is not installed" for name in ("playwright", "axe_playwright_python") if not find_spec(name)]
    if lacking:
        give_up = pytest.fail if os.environ.get("EDGE_BRAIN_BROWSER") == "required" else pytest.skip
        give_up(f"pages cannot be looked at: {', '.join(lacking)}")
    assert found
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """A browser with an empty profile."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
Visit = Callable[..., "Page"]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open a page of a server; at the end no page may have complained, or have asked anybody but its own server.

    A page's list `complaints` may be emptied by a test that makes it complain.
    """
    pages, contexts = [], []

    def visit(url: str, **options: object) -> Page:
        context = browser.new_context(**{"viewport": DESK, **options})  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.complaints, page.foreign = [], []  # type: ignore[attr-defined]
        home = urlsplit(url).netloc
        page.on("console", lambda said: page.complaints.append(said.text))  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.complaints.append(str(error)))  # type: ignore[attr-defined]
        page.on("request", lambda asked: _note_foreign(page, home, asked.url))
        page.goto(url)
        pages.append(page)
        return page

    yield visit
    for page in pages:
        assert page.complaints == [] and page.foreign == []
    for context in contexts:
        context.close()


def _note_foreign(page: Page, home: str, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("data", "blob") and parts.netloc != home:
        page.foreign.append(url)  # type: ignore[attr-defined]


@pytest.fixture
def seriously_inaccessible(chromium: str) -> Callable[[Page], list[str]]:
    """What axe-core finds wrong with a page that is serious or critical."""
    from axe_playwright_python.sync_playwright import Axe

    def look(page: Page) -> list[str]:
        found = Axe().run(page).response["violations"]
        return [
            f"{each['id']}: {node['html'][:200]}"
            for each in found
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"]
        ]

    return look
