"""Ballast really takes up its room, and goes at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge_brain import ballast


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


def test_ballast_for_which_there_is_no_room_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert not ballast.lay(tmp_path, 1000)
    assert list(tmp_path.iterdir()) == []
