"""Releases from the command line: signed, taken, listed, gone back from."""

from __future__ import annotations

import json
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


@pytest.fixture
def porch(tmp_path: Path) -> Path:
    """The brain of a device."""
    run(tmp_path, "init", tmp_path / "porch", "--extractor", "pixels")
    return tmp_path / "porch"


def test_a_device_takes_what_a_pinned_key_has_signed_and_runs_it(kitchen: Path, porch: Path, tmp_path: Path) -> None:
    key, photos = tmp_path / "key", tmp_path / "photos"
    public = run(kitchen, "release", "key", "-o", key).stdout.strip()
    assert "a key is never replaced" in run(kitchen, "release", "key", "-o", key, code=1).stderr
    said = run(kitchen, "release", "-o", tmp_path / "1.brain", "--key", key, "--expires", "90d").stderr
    assert f"signed by {public}" in said and "no device takes it from 20" in said
    run(kitchen, "release", "-o", tmp_path / "2.brain")
    assert f"takes only what is signed by {public}" in run(porch, "release", "pin", public).stderr
    assert "is not signed; this device takes only" in run(porch, "release", "take", tmp_path / "2.brain", code=1).stderr
    taken = run(porch, "release", "take", tmp_path / "1.brain")
    assert taken.stdout == "" and taken.stderr.startswith("release 1 of kitchen (") and "note" not in taken.stderr
    asked = ["predict", "--json", photos]
    assert run(porch, "--production", *asked).stdout == run(kitchen, *asked).stdout != run(porch, *asked).stdout
    assert "is release 1 of the brain" in run(porch, "--production", "tag", "--label", "x", photos, code=1).stderr


def test_one_goes_back_and_forward_and_sees_what_there_is(kitchen: Path, porch: Path, tmp_path: Path) -> None:
    assert "production  nothing" in run(porch, "release", "list").stdout
    for number in (1, 2):
        run(kitchen, "release", "-o", tmp_path / f"{number}.brain")
        done = json.loads(run(porch, "release", "take", tmp_path / f"{number}.brain", "--json").stdout)
        assert (done["released"]["number"], done["changed"], len(done["notes"])) == (number, True, 1)
    assert "release 1 of kitchen" in run(porch, "release", "rollback").stderr
    told = run(porch, "release", "list").stdout.splitlines()
    assert told[0].startswith("production  release 1 of kitchen (") and told[0].endswith(", not signed")
    assert told[1].startswith("before      release 2 of kitchen (")
    now = json.loads(run(porch, "release", "list", "--json").stdout)
    assert (now["production"]["current"]["number"], now["production"]["highest"], now["pins"]) == (1, 2, [])
    assert json.loads(run(porch, "release", "rollback", "--json").stdout)["current"]["number"] == 2
    older = ["release", "take", tmp_path / "1.brain"]
    assert "rollback" in run(porch, *older, code=1).stderr
    assert "release 1 of kitchen" in run(porch, *older, "--allow-older").stderr
    assert "was in production already" in run(porch, *older).stderr
    assert "not 00" in run(porch, *older, "--sha256", "00" * 32, code=1).stderr


def test_keys_are_trusted_no_more_and_that_is_said(porch: Path) -> None:
    run(porch, "release", "pin", "a" * 64, "b" * 64)
    assert run(porch, "release", "list").stdout.count("takes only what is signed by") == 2
    assert f"signed by {'b' * 64}" in run(porch, "release", "unpin", "a" * 64).stderr
    assert "takes unsigned ones, too" in run(porch, "release", "unpin", "b" * 64).stderr
    assert "is not pinned here" in run(porch, "release", "unpin", "b" * 64, code=1).stderr
    assert "is no public key" in run(porch, "release", "pin", "key", code=1).stderr


def test_what_is_damaged_is_told_to_whoever_runs_it(kitchen: Path, porch: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        run(kitchen, "release", "-o", tmp_path / f"{number}.brain")
        run(porch, "release", "take", tmp_path / f"{number}.brain")
    next((porch / "production").glob("00000002-*.brain")).write_bytes(b"PK\x03\x04")
    asked = run(porch, "--production", "predict", tmp_path / "photos")
    assert asked.stderr.startswith("production: ") and "release 1 answers" in asked.stderr
    assert len(asked.stdout.splitlines()) == 48
    assert "trouble     " in run(porch, "release", "list").stdout


def test_a_release_without_a_file_or_with_stray_options_is_wrong_usage(kitchen: Path, tmp_path: Path) -> None:
    assert "Missing option '-o'" in run(kitchen, "release", code=2).stderr
    assert "takes its options after its name" in run(kitchen, "release", "--json", "list", code=2).stderr
    assert "is no end" in run(kitchen, "release", "-o", tmp_path / "a.brain", "--expires", "soon", code=1).stderr
    assert not (tmp_path / "a.brain").exists()
