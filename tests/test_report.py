"""The report: one file that says what the brain knows of itself, whatever its classes are called."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner
from pictures import scene
from reports import NASTY, confuse

from edge_brain import Brain, files, report_html, write_report
from edge_brain.cli import main
from edge_brain.errors import StorageFailed
from edge_brain.report import page


class Page(HTMLParser):
    """What a browser makes of the report: its elements, and its texts outside of style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.css = ""
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""
        if tag not in ("bdi", "b", "span", "i", "code"):
            self.words.append(" ")

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.css += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))

    def of_class(self, name: str) -> list[dict[str, str]]:
        return [attributes for _, attributes in self.elements if name in attributes.get("class", "").split()]

    def tags(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def confused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brain]:
    """A brain that is often wrong, to be read only."""
    with Brain.create(tmp_path_factory.mktemp("confused") / "kitchen", extractor="pixels") as brain:
        confuse(brain)
        assert any(image.right is False for image in brain.score().images), "else there is nothing to see"
        yield brain


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of a brain whose names are meant to break it."""
    with Brain.create(tmp_path_factory.mktemp("nasty") / "<b>kitchen & co", extractor="pixels") as brain:
        confuse(brain, NASTY)
        return report_html(brain)


def test_the_report_says_the_score_its_interval_and_the_top_stats(confused: Brain):
    score, text = confused.score(), Page(report_html(confused)).text
    assert score.balanced_accuracy is not None and score.interval is not None
    low, high = score.interval
    assert f"Brain Score {score.level}" in text
    assert f"{score.balanced_accuracy:.0%} right on scenes it never learned" in text
    assert f"90% sure: between {low:.0%} and {high:.0%}" in text
    assert f"Brain Accuracy {score.accuracy:.0%}" in text
    assert f"Classes {score.classes}" in text
    assert f"Images learned {score.learned}" in text
    assert f"Images reserved {score.reserved}" in text


def test_every_advice_stands_in_the_report(confused: Brain):
    text = Page(report_html(confused)).text
    assert confused.score().advice
    for item in confused.score().advice:
        assert item.message.replace("`", "") in text


def test_every_reserved_image_is_shown_with_its_tag_and_what_it_was_taken_for(confused: Brain):
    shown, score = Page(report_html(confused)), confused.score()
    frames = shown.of_class("frame")
    assert len(frames) == len(score.images) == score.reserved
    for verdict, right in (("right", True), ("wrong", False)):
        assert sum(verdict in frame["class"].split() for frame in frames) == sum(
            image.right is right for image in score.images
        )
    told = {picture["alt"]: picture["src"] for picture in shown.tags("img")}
    for image in score.images:
        taken = "" if image.right else f", taken for {image.predicted}"
        source = told[f"Image {image.id[:12]}, tagged {image.label}{taken}"]
        assert base64.b64decode(source.removeprefix("data:image/jpeg;base64,")) == confused.thumbnail(image.id)


def test_no_learned_image_is_in_the_report(confused: Brain):
    reserved = {confused.thumbnail(image.id) for image in confused.score().images}
    for picture in Page(report_html(confused)).tags("img"):
        assert base64.b64decode(picture["src"].split(",")[1]) in reserved


def test_classes_pairs_groups_and_history_are_told_in_words(confused: Brain):
    text = Page(report_html(confused)).text
    for label, own in confused.score().per_class.items():
        beside_the_chart = f"{label} {own.accuracy:.0%} {own.judged_bursts} {own.right} of {own.reserved}"
        assert beside_the_chart in text
        assert f"{label} {own.learned} {own.reserved}" in text
    assert re.search(r"\d of 4 taken for (cup|bowl)", text)
    assert "What the wrong ones share" in text
    for line in confused.history():
        assert line.cause.replace("`", "") in text


def test_one_brain_gives_one_report(confused: Brain):
    assert report_html(confused) == report_html(confused)


# ── nothing from outside, nothing that runs ─────────────────────────────────────────────────────


def test_nothing_in_the_file_is_fetched(nasty: str):
    shown = Page(nasty)
    assert "http://" not in nasty and "https://" not in nasty
    for tag, attributes in shown.elements:
        assert tag not in ("script", "iframe", "object", "embed", "base", "audio", "video"), tag
        for name in ("src", "href", "xlink:href", "srcset", "action", "poster", "data", "background", "ping"):
            assert attributes.get(name, "data:").startswith("data:"), (tag, name)
    assert not re.search(r"url\(|@import|expression", shown.css)


def test_the_page_forbids_itself_all_but_its_own_style_and_pictures(nasty: str):
    shown = Page(nasty)
    policy = next(meta["content"] for meta in shown.tags("meta") if "http-equiv" in meta)
    digest = base64.b64encode(hashlib.sha256(shown.css.encode()).digest()).decode()
    assert policy.split("; ")[:3] == ["default-src 'none'", "img-src data:", f"style-src 'sha256-{digest}'"]
    for _, attributes in shown.elements:
        assert not [name for name in attributes if name == "style" or name.startswith("on")]


def test_names_are_text_whatever_they_look_like(nasty: str):
    shown = Page(nasty)
    for name in (*NASTY, "<b>kitchen & co"):
        assert name in shown.text
    assert all(picture["src"].startswith("data:image/jpeg") for picture in shown.tags("img"))
    assert len(shown.tags("style")) == 1
    assert "alert" not in shown.css


# ── odd brains ──────────────────────────────────────────────────────────────────────────────────


def test_an_empty_brain_says_what_to_do(brain: Brain):
    text = Page(report_html(brain)).text
    for said in ("Still Learning", "not measured yet", "Tag 2 more classes", "There is no class yet"):
        assert said in text
    assert "No image is in reserve yet" in text and "Nothing has been tagged yet" in text


def test_a_brain_of_one_class_claims_no_figure(brain: Brain):
    brain.tag_many([(scene("cup", number), "cup") for number in range(4)])
    text = Page(report_html(brain)).text
    assert "– not measured yet" in text and "Tag 1 more class" in text
    assert "right on scenes" not in text


def test_a_brain_that_still_learns_warns_of_its_figure(brain: Brain):
    for label in ("cup", "fork"):
        brain.tag_many([(scene(label, number), label) for number in range(2)])
    assert brain.score().balanced_accuracy is not None
    text = Page(report_html(brain)).text
    assert "right on scenes it never learned, so far" in text and "Do not rely on the figure yet" in text


def test_a_class_that_is_all_right_says_so_when_one_asks_for_wrong_ones(taught: Brain):
    html = report_html(taught)
    assert all(image.right for image in taught.score().images)
    assert html.count("There is none.") == 4, "for each class, and for all"
    assert "No image in reserve is taken for another class." in html
    assert "What the wrong ones share" not in html


def test_fifty_classes_have_a_bar_and_an_option_each(brain: Brain):
    brain.tag_many([(scene(str(number), turn), f"kind {number}") for turn in range(3) for number in range(50)])
    shown = Page(report_html(brain))
    options = [option["value"] for option in shown.tags("option")]
    assert options == ["all", *(f"c{number}" for number in range(50))]
    for number in range(50):
        assert f'[value="c{number}"]' in shown.css


def test_of_very_many_images_some_are_left_out_and_the_page_says_so(confused: Brain, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(page, "_MOST_IMAGES", 5)
    shown = Page(report_html(confused))
    assert len(shown.of_class("frame")) == 5
    assert f"5 images of {confused.score().reserved} are shown" in shown.text


def test_a_damaged_thumbnail_does_not_keep_the_report_from_being_made(confused: Brain, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(confused, "thumbnail", lambda frame_id: b"damaged")
    assert "What the wrong ones share" in report_html(confused)


def test_frames_of_one_wrong_scene_are_a_group(brain: Brain):
    confuse(brain)
    # two frames of a reserved scene of cups bear the tag `fork`
    reserved = next(image.burst for image in brain.score().images if image.label == "cup")
    brain.retag([image.id for image in brain.score().images if image.burst == reserved], "fork")
    text = Page(report_html(brain)).text
    assert f"2 of the 2 images of scene {reserved}" in text


# ── the file ────────────────────────────────────────────────────────────────────────────────────


def test_the_file_is_written_whole_or_not_at_all(taught: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "out" / "report.html"
    write_report(taught, path)
    whole = path.read_bytes()
    assert whole.decode() == report_html(taught)
    taught.tag(scene("fork", 900), "fork")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk, pytest.raises(StorageFailed, match="nothing was changed"):
        disk.setattr(files.os, "fsync", full)
        write_report(taught, path)
    assert path.read_bytes() == whole and list(path.parent.iterdir()) == [path]
    write_report(taught, str(path))
    assert path.read_bytes() != whole


def test_the_command_writes_a_file_or_to_standard_output(confused: Brain, tmp_path: Path):
    path, brain = tmp_path / "report.html", ["--brain", str(confused.folder)]
    written = CliRunner().invoke(main, [*brain, "report", "-o", str(path)])
    assert (written.exit_code, written.stdout) == (0, "")
    assert f"wrote {path}" in written.stderr
    printed = CliRunner().invoke(main, [*brain, "report", "-o", "-"])
    assert (printed.stdout, printed.stderr) == (path.read_text(), "")
    assert CliRunner().invoke(main, [*brain, "report"]).exit_code == 2
    assert CliRunner().invoke(main, [*brain, "report", "-o", str(tmp_path)]).exit_code == 2


@pytest.mark.parametrize("library", ["pygal", "jinja2"])
def test_without_its_libraries_the_report_says_what_to_install(library: str, brain: Brain, tmp_path: Path):
    path = tmp_path / "report.html"
    program = (
        "import sys; sys.modules[sys.argv[1]] = None\n"
        "from edge_brain.cli import main; main(['--brain', sys.argv[2], 'report', '-o', sys.argv[3]])"
    )
    command = [sys.executable, "-c", program, library, str(brain.folder), str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    missing = f"a report needs pygal and Jinja2, and {library} is not installed: pip install 'edge_brain[web]'"
    assert done.stderr == f"Error: {missing}\n"
    assert not path.exists()
