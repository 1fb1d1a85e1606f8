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
