"""watch and capture, as a person types them; the camera is a synthetic one."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge_brain import Brain, open_source
from edge_brain.cli import main

DOOR = "synthetic:mug,cup,mug?pace=0&once=1&fps=10&hold=2"


def run(folder: Path, *arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["--brain", str(folder), *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def kitchen(tmp_path: Path) -> Path:
    """A brain that has been shown mugs and cups by the same kind of camera."""
    with Brain.create(tmp_path / "kitchen", extractor="pixels") as brain:
        with open_source("synthetic:mug*6,cup*6?pace=0&once=1&fps=2&hold=1") as source:
            for shot in source:
                brain.tag(shot.pixels, str(shot.truth), burst=shot.burst)
        return brain.folder


def test_watch_tells_what_changes_and_then_the_end(kitchen: Path) -> None:
    lines = [line.split("\t") for line in run(kitchen, "watch", DOOR).stdout.splitlines()]
    assert [line[1] for line in lines] == ["mug", "cup", "mug", "source ended"]
    assert [line[0].strip() for line in lines[:3]] == ["0.30 s", "2.30 s", "4.30 s"], "the fourth shot decides"


def test_watch_as_json_has_the_fields_of_the_sdk(kitchen: Path) -> None:
    told = [json.loads(line) for line in run(kitchen, "watch", DOOR, "--json", "--every").stdout.splitlines()]
    with Brain.open(kitchen) as brain:
        seen = list(brain.watch(DOOR, every=True))
    assert [each["label"] for each in told] == [each.label for each in seen]
    assert set(told[0]) == set(vars(seen[0])) and len(told) == 61


def test_capture_prints_the_score_first_and_each_frame_that_was_kept(kitchen: Path) -> None:
    done = run(kitchen, "capture", DOOR, "--on-change")
    first, *lines = done.stdout.splitlines()
    assert first.startswith("Brain Score: ")
    assert [line.split("\t")[2] for line in lines] == ["change"] * 3
    assert "kept 3 frames (3 change), 3 new bursts" in done.stderr
    with Brain.open(kitchen) as brain:
        untagged = [image for image in brain.images() if image.role is None]
    assert [image.id[:12] for image in untagged] == [line.split("\t")[1] for line in lines]


def test_what_was_captured_is_tagged_by_its_id_and_keeps_its_burst(kitchen: Path) -> None:
    view = "synthetic:teapot?pace=0&once=1&hold=20&seed=3"
    shown = [json.loads(line) for line in run(kitchen, "capture", view, "--every", "1s", "--json").stdout.splitlines()]
    with Brain.open(kitchen) as brain:
        with open_source("synthetic:teapot*2?pace=0&once=1&hold=1&seed=4") as source:
            brain.keep_exposures([brain.exposer.expose(next(iter(source)).pixels)], burst=shown[0]["burst"])
        ids = [image.id for image in brain.images() if image.role is None and image.burst == shown[0]["burst"]]
    assert len(ids) >= 2
    assert "frames of" not in run(kitchen, "tag", "--label", "teapot", *(each[:12] for each in ids)).stdout
    with Brain.open(kitchen) as brain:
        tagged = [image for image in brain.images() if image.label == "teapot"]
    assert {image.id for image in tagged} == set(ids) and {image.burst for image in tagged} == {shown[0]["burst"]}
    assert len({image.role for image in tagged}) == 1, "a burst has one role"
    assert "holds no frame" in CliRunner().invoke(main, ["--brain", str(kitchen), "tag", "-l", "x", "ffffffff"]).output


def test_capture_ends_after_so_many_frames_or_so_long(kitchen: Path) -> None:
    lines = run(kitchen, "capture", DOOR, "--every", "500ms", "--json", "--limit", 2).stdout.splitlines()
    assert len(lines) == 2 and json.loads(lines[0])["reason"] == "every"
    for_ever = "synthetic:mug,cup?fps=50"
    run(kitchen, "capture", for_ever, "--for", "300ms")
    run(kitchen, "watch", for_ever, "--for", "300ms")


def test_what_is_lost_is_told_and_watched_on(kitchen: Path) -> None:
    source = DOOR.replace("once=1", "once=1&lost=1-3.5")
    states = [line.split("\t")[1] for line in run(kitchen, "watch", source).stdout.splitlines() if "source" in line]
    assert states == ["source lost", "source ok", "source ended"]
    assert "source lost" in run(kitchen, "capture", source).stderr


@pytest.mark.parametrize("command", ["watch", "capture"])
@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_who_is_told_to_stop_stops_clean(kitchen: Path, command: str, asked: signal.Signals) -> None:
    entry = [sys.executable, "-c", "from edge_brain.cli import main; main()", "--brain", str(kitchen)]
    options = ["--every"] if command == "watch" else ["--every", "1s", "--on-change"]
    arguments = [*entry, command, "synthetic:mug,cup?fps=50&hold=0.2", *options, "--json"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(asked)
        said = [first, *process.stdout]
    assert process.returncode == 0
    assert all(json.loads(line) for line in said), "no line is cut short"


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["watch", "usb:x"], "usb:x"),
        (["watch", "nowhere.mp4"], "nowhere.mp4"),
        (["capture", DOOR, "--every", "soon"], "no span of time"),
        (["capture", DOOR, "--roi", "1,2"], "region"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(kitchen: Path, arguments: list[str], wrong: str) -> None:
    result = CliRunner().invoke(main, ["--brain", str(kitchen), *arguments])
    assert result.exit_code in (1, 2) and wrong in result.output
    with Brain.open(kitchen) as brain:
        assert all(image.role for image in brain.images())
