"""Make the README's pictures: a report and the workspace of the demo's brain, at a desk and on a phone.

The photographs are those that come with scikit-image; the frames that wait for a tag are of scenes that the brain
has not seen. Needs the extra [test] and the system's Chromium.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import demo
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from edge_brain import Brain, images, write_report
from edge_brain.web import served

FOLDER = Path(__file__).resolve().parent / "screenshots"
HEIGHT, GAP = 1_180, 24  # pixels
SCALE = 0.75
COLOURS = 128
TRIED = 8  # the seed of pictures to try the brain on
DESK, PHONE = (1_024, "light"), (380, "dark")  # widths, and what the browser prefers
_SHOWN = """[...document.images].every(each => {
  const { left, top } = each.getBoundingClientRect();
  return each.complete || left > innerWidth || top > innerHeight;
})"""
_ANSWERED = "count => document.querySelectorAll('.picture[data-state=asked]').length === count"


@dataclass(frozen=True)
class Window:
    """What a window of some width shows of a page."""

    url: str
    width: int
    scheme: str
    prepare: Callable[[Page], None] = lambda page: None


def show_wrong_images(page: Page) -> None:
    """Turn a report, or the details of the score, to its wrong images."""
    page.locator("label[for=view-images]").click()
    page.locator("label[for=verdict-wrong]").click()
    page.locator(".views").evaluate("views => scrollTo(0, views.getBoundingClientRect().top + scrollY - 12)")


def drop_pictures(page: Page) -> None:
    """Try the brain on pictures of scenes that it has not seen."""
    tried = [(burst.label, images.encode_jpeg(burst.frames[0])) for burst in demo.scenes(TRIED)[1][16::8]]
    payload = [{"name": f"{label}.jpg", "mimeType": "image/jpeg", "buffer": data} for label, data in tried]
    page.set_input_files("#files", payload)
    page.wait_for_function(_ANSWERED, arg=len(payload))
    page.evaluate("scrollTo(0, 0)")


def look(browser: Browser, window: Window) -> Image.Image:
    """Return a picture of a window."""
    viewport = {"width": window.width, "height": HEIGHT}
    page = browser.new_page(viewport=viewport, color_scheme=window.scheme, bypass_csp=True)
    page.goto(window.url)
    window.prepare(page)
    page.wait_for_function(_SHOWN)
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    page.close()
    return picture


def side_by_side(pictures: Sequence[Image.Image]) -> Image.Image:
    """Return pictures beside one another, smaller and in few colours: for a README."""
    width = sum(picture.width for picture in pictures) + GAP * (len(pictures) - 1)
    whole, left = Image.new("RGB", (width, HEIGHT), "#8b9096"), 0
    for picture in pictures:
        whole.paste(picture, (left, 0))
        left += picture.width + GAP
    small = whole.resize((round(width * SCALE), round(HEIGHT * SCALE)), Image.Resampling.LANCZOS)
    return small.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


def windows(report: Path, at: str) -> dict[str, list[Window]]:
    """Return what is taken a picture of, by the names of the files; the workspace is `at` an address."""
    written = report.as_uri()
    return {
        "report": [Window(written, *DESK), Window(written, *PHONE, show_wrong_images)],
        "workspace": [Window(f"{at}tag", *DESK), Window(f"{at}score", *PHONE)],
        "review": [Window(f"{at}review/frames?label=cameraman", *DESK), Window(f"{at}test", *PHONE, drop_pictures)],
    }


def main() -> None:
    """Teach the demo's brain, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=FOLDER, help="the folder to write the PNGs to")
    parser.add_argument("--scenes", type=int, default=72, help="how many of the demo's scenes are tagged")
    parser.add_argument("--seed", type=int, default=7, help="of the demo")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no Chromium is installed (Debian: apt-get install chromium)")
    tagged, unseen = demo.scenes(options.seed)
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Brain.create(f"{folder}/bench") as brain:
        demo.teach(brain, tagged[: options.scenes])
        for burst in unseen:
            brain.keep_exposures([brain.exposer.expose(frame) for frame in burst.frames], burst=burst.name)
        write_report(brain, Path(folder) / "report.html")
        with served(brain, port=0) as at, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for name, shown in windows(Path(folder) / "report.html", at.link).items():
                picture = options.output / f"{name}.png"
                side_by_side([look(browser, each) for each in shown]).save(picture, optimize=True)
                print(f"{picture}: {picture.stat().st_size / 1000:.0f} kB")
            browser.close()


if __name__ == "__main__":
    main()
