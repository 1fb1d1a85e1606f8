"""The browser: the system's Chromium, driven by Playwright. Where there is none the tests skip, and say so.

With EDGE_BRAIN_BROWSER=required, as in CI, they fail instead.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def chromium() -> str:
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
