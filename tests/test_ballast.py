"""Ballast really takes up its room, and goes at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge_brain import Brain, ballast, schema
from edge_brain.database import Database
from edge_brain.errors import DiskFull


def test_ballast_takes_up_all_its_room(tmp_path: Path) -> None:
    assert not ballast.lies(tmp_path)
    assert ballast.lay(tmp_path, 1_000_000)
    status = (tmp_path / ballast.NAME).stat()
    assert status.st_size == 1_000_000
    assert status.st_blocks * 512 >= 1_000_000, "a file with holes would hold no room"


def test_what_lies_is_not_laid_again(tmp_path: Path) -> None:
    ballast.lay(tmp_path, 1000)
    before = (tmp_path / ballast.NAME).stat()
    assert ballast.lay(tmp_path, 1000)
    assert (tmp_path / ballast.NAME).stat() == before


def test_ballast_is_thrown_off_once(tmp_path: Path) -> None:
    ballast.lay(tmp_path, 1000)
    assert ballast.drop(tmp_path) and not ballast.lies(tmp_path)
    assert not ballast.drop(tmp_path)


def test_a_brain_is_brought_up_to_this_version_in_the_room_of_its_ballast(
    brain: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    brain.close()
    ballast.lay(brain.folder, 1000)
    bring_up = schema.bring_up

    def without_room(database: Database) -> None:
        if ballast.lies(brain.folder):
            raise DiskFull("no room for tables that are made anew")
        bring_up(database)

    monkeypatch.setattr(schema, "bring_up", without_room)
    with Brain.open(brain.folder) as again:
        assert not ballast.lies(again.folder) and again.classes() == []


def test_ballast_for_which_there_is_no_room_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert not ballast.lay(tmp_path, 1000)
    assert list(tmp_path.iterdir()) == []
