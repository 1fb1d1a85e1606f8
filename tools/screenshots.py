"""Make the README's picture of a report: the demo's brain, at a desk and on a phone.

The photographs are those that come with scikit-image. Needs the extra [test] and the system's Chromium.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path

import demo
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from edge_brain import Brain, write_report

REPORT = Path(__file__).resolve().parent / "screenshots" / "report.png"
HEIGHT, GAP = 1_180, 24  # pixels
SCALE = 0.75
COLOURS = 256


def look(browser: Browser, report: Path, width: int, scheme: str, *, images: bool) -> Image.Image:
    """Return what a window of some width shows of a report, from the top, or of its wrong images."""
    page = browser.new_page(viewport={"width": width, "height": HEIGHT}, color_scheme=scheme, bypass_csp=True)
    page.goto(report.as_uri())
    if images:
        page.locator("label[for=view-images]").click()
        page.locator("label[for=verdict-wrong]").click()
        page.locator(".views").evaluate("views => scrollTo(0, views.getBoundingClientRect().top + scrollY - 12)")
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    page.close()
    return picture


def side_by_side(pictures: list[Image.Image]) -> Image.Image:
    """Return pictures beside one another, smaller and in few colours: for a README."""
    width = sum(picture.width for picture in pictures) + GAP * (len(pictures) - 1)
    whole, left = Image.new("RGB", (width, HEIGHT), "#8b9096"), 0
    for picture in pictures:
        whole.paste(picture, (left, 0))
        left += picture.width + GAP
    small = whole.resize((round(width * SCALE), round(HEIGHT * SCALE)), Image.Resampling.LANCZOS)
    return small.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


def main() -> None:
    """Teach the demo's brain, write its report, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=REPORT, help="the PNG to write")
    parser.add_argument("--scenes", type=int, default=72, help="how many of the demo's scenes are tagged")
    parser.add_argument("--seed", type=int, default=7, help="of the demo")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no Chromium is installed (Debian: apt-get install chromium)")
    tagged, _ = demo.scenes(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.html"
        with Brain.create(f"{folder}/photographs") as brain:
            demo.teach(brain, tagged[: options.scenes])
            write_report(brain, report)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            desk = look(browser, report, 1_024, "light", images=False)
            phone = look(browser, report, 380, "dark", images=True)
            browser.close()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    side_by_side([desk, phone]).save(options.output, optimize=True)
    print(f"{options.output}: {options.output.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
