"""Files that are whole or not there, and folders walked as a person counts."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_brain import files
from edge_brain.errors import StorageFailed


def test_a_frame_lies_under_the_beginning_of_its_name(tmp_path: Path) -> None:
    frame_id = files.content_id(b"a picture")
    assert frame_id == hashlib.sha256(b"a picture").hexdigest()
    assert files.frame_path(tmp_path, frame_id, ".jpg") == tmp_path / "frames" / frame_id[:2] / f"{frame_id}.jpg"


def test_a_file_is_written_with_its_folders_and_without_remains(tmp_path: Path) -> None:
    path = tmp_path / "frames" / "ab" / "abcd.jpg"
    files.write_once(path, b"a picture")
    assert path.read_bytes() == b"a picture"
    assert list(path.parent.iterdir()) == [path]


def test_what_stands_whole_is_left_alone_and_what_was_cut_short_is_not(tmp_path: Path) -> None:
    path = tmp_path / "abcd.jpg"
    files.write_once(path, b"a picture")
    before = path.stat()
    files.write_once(path, b"a picture")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    path.write_bytes(b"a pic")
    files.write_once(path, b"a picture")
    assert path.read_bytes() == b"a picture"


def test_a_file_that_is_written_whole_replaces_one_that_stands(tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.html"
    for data in (b"long and old", b"of one size!", b"new"):
        files.write_whole(path, data)
        assert path.read_bytes() == data
    assert list(path.parent.iterdir()) == [path]
    (tmp_path / "by hand").write_bytes(b"")
    assert path.stat().st_mode == (tmp_path / "by hand").stat().st_mode, "others may read it as any file"


def test_a_disk_that_refuses_leaves_what_stood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "report.html"
    files.write_whole(path, b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFailed, match="nothing was changed"):
        files.write_whole(path, b"new")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_a_disk_that_refuses_leaves_no_file_and_no_remains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "rename")), full)
    with pytest.raises(StorageFailed, match=r"could not write abcd\.jpg.*No space left.*nothing was changed") as caught:
        files.write_once(tmp_path / "abcd.jpg", b"a picture")
    assert isinstance(caught.value, OSError)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_write_leaves_no_remains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", interrupt)
    with pytest.raises(KeyboardInterrupt):
        files.write_once(tmp_path / "abcd.jpg", b"a picture")
    assert list(tmp_path.iterdir()) == []


def test_bytes_and_name_are_on_the_disk_in_this_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill cannot show this, only a power cut: so look at the calls."""
    calls: list[str] = []

    def heard(name: str, original: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            target = str(Path(f"/proc/self/fd/{arguments[0]}").readlink()) if name == "fsync" else ""
            calls.append("fsync of the folder" if target == str(tmp_path.resolve()) else name)
            return original(*arguments)

        return call

    monkeypatch.setattr(os, "fsync", heard("fsync", os.fsync))
    monkeypatch.setattr(Path, "rename", heard("rename", Path.rename))
    files.write_once(tmp_path / "abcd.jpg", b"a picture")
    assert calls == ["fsync", "rename", "fsync of the folder"]


def test_a_walk_counts_as_a_person_does_and_passes_over_what_is_hidden(tmp_path: Path) -> None:
    for name in (
        "10.jpg",
        "9.jpg",
        "b/2.jpg",
        "b/10.jpg",
        "a.jpg",
        ".hidden.jpg",
        ".git/1.jpg",
        "b/.DS_Store",
        "1b.jpg",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    walked = [path.relative_to(tmp_path).as_posix() for path in files.walk(tmp_path)]
    assert walked == ["1b.jpg", "9.jpg", "10.jpg", "a.jpg", "b/2.jpg", "b/10.jpg"]
