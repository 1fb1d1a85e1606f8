"""What the brain was taught, handed on from the command line."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from folders import class_folders
from test_cli import run

from edge_brain import Brain
from edge_brain.cli import common
from edge_brain.exchange.formats import FORMATS


@pytest.fixture
def kitchen(tmp_path: Path) -> Path:
    folder = tmp_path / "kitchen"
    run(folder, "init", folder, "--extractor", "pixels")
    run(folder, "import", class_folders(tmp_path / "photos", classes=3, bursts=8, frames=2))
    return folder


def test_a_folder_goes_out_and_comes_into_a_new_brain(kitchen: Path, tmp_path: Path) -> None:
    out, fresh = tmp_path / "out", tmp_path / "fresh"
    told = run(kitchen, "export", "--format", "folder", "-o", out)
    assert told.stdout == "" and told.stderr == "48 pictures exported\n"
    assert run(kitchen, "export", "-o", out).stderr == "0 pictures exported · 48 were there already\n"
    run(fresh, "init", fresh, "--extractor", "pixels")
    run(fresh, "import", out, "--bursts", out / "bursts.csv")
    one, other = (
        {(image["id"], image["label"], image["role"], image["burst"])
         for image in map(json.loads, run(each, "images", "--json").stdout.splitlines())}
        for each in (kitchen, fresh)
    )  # fmt: skip
    assert one == other and len(one) == 48


def test_what_was_refused_is_listed_and_the_exit_code_says_so(kitchen: Path, tmp_path: Path) -> None:
    next((kitchen / "frames").rglob("*.jpg")).unlink()
    done = json.loads(run(kitchen, "export", "-o", tmp_path / "out", "--json", code=3).stdout)
    assert (done["frames"], done["already"], len(done["refused"])) == (47, 0, 1)
    assert "only a thumbnail is left" in done["refused"][0]["reason"]
    assert "1 file refused" in run(kitchen, "export", "-o", tmp_path / "out", code=3).stderr


def test_a_zip_goes_to_a_file_or_down_a_pipe(kitchen: Path, tmp_path: Path) -> None:
    run(kitchen, "export", "--format", "zip", "-o", tmp_path / "out.zip")
    command = [sys.executable, "-m", "edge_brain", "--brain", kitchen, "export", "--format", "zip", "-o", "-"]
    piped = subprocess.run(command, capture_output=True, check=True, cwd=Path(__file__).parent.parent)
    assert piped.stdout == (tmp_path / "out.zip").read_bytes()
    assert piped.stderr == b"48 pictures exported\n"
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert len(archive.namelist()) == 49


def test_standard_output_takes_a_zip_alone(kitchen: Path) -> None:
    for arguments in (["-o", "-"], ["--format", "zip", "-o", "-", "--json"]):
        assert "standard output takes a ZIP alone" in run(kitchen, "export", *arguments, code=2).stderr


def test_the_formats_that_one_can_type_are_those_there_are() -> None:
    assert set(common.FORMATS) == set(FORMATS)


def test_a_data_set_of_another_tool_goes_out_and_comes_in(kitchen: Path, tmp_path: Path) -> None:
    run(kitchen, "export", "--format", "coco", "-o", tmp_path / "out.zip")
    Brain.create(tmp_path / "fresh", extractor="pixels").close()
    said = run(tmp_path / "fresh", "import", tmp_path / "out.zip").stdout
    assert said.startswith("Brain Score: ") and " · 48 " not in said
    assert len(run(tmp_path / "fresh", "images", "--json").stdout.splitlines()) == 48
    assert (
        "Invalid value for '--format'"
        in run(kitchen, "import", tmp_path / "out.zip", "--format", "yolo", code=2).stderr
    )


# ── releases ────────────────────────────────────────────────────────────────────────────────────


def test_a_release_is_made_numbered_and_never_replaced(kitchen: Path, tmp_path: Path) -> None:
    done = json.loads(run(kitchen, "release", "-o", tmp_path / "a.brain", "--json").stdout)
    assert (done["number"], done["name"], done["classes"]) == (1, "kitchen", ["class-0", "class-1", "class-2"])
    assert done["size_bytes"] == (tmp_path / "a.brain").stat().st_size
    assert "is there already" in run(kitchen, "release", "-o", tmp_path / "a.brain", code=1).stderr
    assert (
        "release 9 of kitchen: 3 classes, " in run(kitchen, "release", "-o", tmp_path / "b.brain", "--number", 9).stderr
    )
    assert (
        "give one greater than 9" in run(kitchen, "release", "-o", tmp_path / "c.brain", "--number", 9, code=1).stderr
    )
    assert not (tmp_path / "c.brain").exists()


def test_what_only_asks_takes_a_release_in_place_of_a_brain(kitchen: Path, tmp_path: Path) -> None:
    release, photos = tmp_path / "a.brain", tmp_path / "photos"
    run(kitchen, "release", "-o", release)
    for arguments in (
        ["predict", "--json", photos],
        ["score"],
        ["score", "--details"],
        ["classes"],
        ["classes", "list"],
    ):
        assert run(release, *arguments).stdout == run(kitchen, *arguments).stdout, arguments
    one, other = (json.loads(run(each, "score", "--json").stdout) for each in (release, kitchen))
    assert other["moved"] and one == {**other, "suspects": [], "moved": None}
    watched = ["watch", "synthetic:class-1?pace=0&once=1&fps=4&hold=3", "--every", "--json"]
    labels = [
        [json.loads(line)["label"] for line in run(each, *watched).stdout.splitlines()] for each in (release, kitchen)
    ]
    assert labels[0] == labels[1] and labels[0]


def test_what_changes_a_brain_says_that_a_release_is_read_only(kitchen: Path, tmp_path: Path) -> None:
    release, photos = tmp_path / "a.brain", tmp_path / "photos"
    run(kitchen, "release", "-o", release)
    before = release.read_bytes()
    one = next((photos / "class-0").iterdir())
    for arguments in (
        ["tag", "--label", "mug", one], ["untag", one], ["discard", one], ["import", photos], ["retrain"],
        ["classes", "rename", "class-0", "mug"], ["classes", "merge", "class-0", "class-1"],
        ["classes", "remove", "class-0", "--yes"], ["images"], ["score", "--history"], ["test", photos], ["doctor"],
        ["report", "-o", tmp_path / "r.html"], ["export", "-o", tmp_path / "out"],
        ["release", "-o", tmp_path / "b.brain"],
    ):  # fmt: skip
        result = run(release, *arguments, code=1)
        assert "is release 1 of the brain 'kitchen'" in result.stderr, arguments
        assert result.stdout == "", arguments
    assert release.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.brain", "kitchen", "photos"]
