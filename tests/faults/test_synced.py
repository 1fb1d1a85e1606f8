"""What is on the disk, and in which order: a kill cannot show this, only a power cut, so the calls are looked at."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pictures import scene

from edge_brain import Brain, files
from edge_brain.repair import repair


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is synced and named from now on: "sync ab", "name abcd.jpg"; `new` stands for any temporary name."""
    heard: list[str] = []

    def shown(path: object) -> str:
        name = Path(str(path)).name
        return "new" if name.startswith(".") else name

    def listen(owner: object, name: str, told: Callable[..., str]) -> None:
        original = getattr(owner, name)

        def call(*arguments: object) -> object:
            heard.append(told(*arguments))
            return original(*arguments)

        monkeypatch.setattr(owner, name, call)

    listen(os, "fsync", lambda handle: f"sync {shown(Path(f'/proc/self/fd/{handle}').readlink())}")
    listen(os, "link", lambda _, target: f"name {shown(target)}")
    listen(Path, "rename", lambda _, target: f"name {shown(target)}")
    return heard


def test_a_picture_comes_before_its_name_and_new_folders_before_what_lies_in_them(
    tmp_path: Path, calls: list[str]
) -> None:
    files.write_once(tmp_path / "frames" / "ab" / "abcd.jpg", b"a picture")
    assert calls == [f"sync {tmp_path.name}", "sync frames", "sync new", "name abcd.jpg", "sync ab"]


def test_a_picture_that_stands_is_named_for_good(tmp_path: Path, calls: list[str]) -> None:
    """Whoever wrote it may have been killed before the folder was synced."""
    (tmp_path / "abcd.jpg").write_bytes(b"a picture")
    files.write_once(tmp_path / "abcd.jpg", b"a picture")
    assert calls == [f"sync {tmp_path.name}"]


@pytest.mark.parametrize("replaced", [False, True])
def test_a_picture_that_was_written_ahead_is_synced_once_unless_another_stands_in_its_place(
    brain: Brain, calls: list[str], replaced: bool
) -> None:
    exposure = brain.exposer.expose(scene("mug", 0))
    brain.store.keep_picture(exposure)
    path = files.frame_path(brain.folder, exposure.id, exposure.suffix)
    if replaced:
        other = path.with_name(".other")
        other.write_bytes(exposure.data)
        other.replace(path)
    brain.keep_exposures([exposure])
    assert calls.count(f"sync {path.parent.name}") == 1 + replaced


def test_a_brain_is_there_for_good_with_all_folders_above_it(tmp_path: Path, calls: list[str]) -> None:
    Brain.create(tmp_path / "house" / "kitchen", extractor="pixels").close()
    assert calls[:2] == [f"sync {tmp_path.name}", "sync house"], "their names, in the folders above"
    named = calls.index("name brain.db")
    assert calls[named + 1] == "sync kitchen"


def test_a_copy_is_whole_before_it_has_its_name(taught: Brain, calls: list[str]) -> None:
    copy = taught.store.backup()
    named = calls.index(f"name {copy.name}")
    assert calls[named - 1] == "sync new" and calls[named + 1] == "sync backups"


def test_a_repaired_database_is_whole_and_the_damaged_one_aside_before_it_has_its_name(
    brain: Brain, calls: list[str]
) -> None:
    brain.tag(scene("mug", 0), "mug")
    brain.close()
    (brain.folder / "brain.db").write_bytes(b"\0" * 8192)
    calls.clear()
    assert repair(brain.folder).aside == "damaged-1"
    aside, named = (place for place, call in enumerate(calls) if call == "name brain.db")
    assert {"sync damaged-1", "sync kitchen"} <= set(calls[aside + 1 : named])
    copied = max(place for place, call in enumerate(calls) if call == "sync backups")
    assert "sync new" in calls[copied + 1 : aside], "the new database, after its copy was made"
    assert calls[named + 1] == "sync kitchen"


def test_what_is_erased_is_off_the_disk_before_it_is_told(
    taught: Brain, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    taught.store.backup()
    gone = taught.store.frames()[0]
    taught.discard([gone.id])
    unlink = Path.unlink

    def heard(path: Path, missing_ok: bool = False) -> None:
        calls.append(f"remove {path.name}")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", heard)
    calls.clear()
    taught.erase()
    picture = calls.index(f"remove {taught.store.path(gone).name}")
    assert f"sync {gone.id[:2]}" in calls[picture:]
    copy, old = calls.index("name brain-00000025.db"), calls.index("remove brain-00000024.db")
    assert "sync new" in calls[:copy] and "sync backups" in calls[copy:old], "the fresh copy, before the old one goes"
    assert "sync backups" in calls[old:]
