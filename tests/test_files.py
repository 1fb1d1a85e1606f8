"""Files that are whole or not there, and folders walked as a person counts."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from pathlib import Path

import pytest

from edge_brain import files, naming
from edge_brain.errors import DiskFull, StorageFailed


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


# ── what is being made, and who is here ─────────────────────────────────────────────────────────


def test_an_unfinished_file_is_gone_unless_it_got_its_name(tmp_path: Path) -> None:
    with files.unborn(tmp_path) as fresh:
        fresh.write_bytes(b"one")
        fresh.rename(tmp_path / "one")
    with pytest.raises(KeyboardInterrupt), files.unborn(tmp_path) as fresh:
        fresh.with_name(f"{fresh.name}-wal").write_bytes(b"of two")
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_sweep_takes_what_nobody_writes_any_more(tmp_path: Path) -> None:
    (tmp_path / ".new-dead").write_bytes(b"half of")
    (tmp_path / ".new-dead-wal").write_bytes(b"its log")
    (tmp_path / "new").write_bytes(b"a file")
    with files.unborn(tmp_path) as fresh:
        assert files.sweep(tmp_path) == 1
        assert {path.name for path in tmp_path.iterdir()} == {fresh.name, "new"}
    assert files.sweep(tmp_path) == 0


def test_a_file_that_is_swept_before_it_was_held_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flock, calls = fcntl.flock, 0

    def late(handle: int, how: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            monkeypatch.setattr(fcntl, "flock", flock)
            assert files.sweep(tmp_path) == 1
        flock(handle, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with files.unborn(tmp_path) as fresh:
        fresh.write_bytes(b"whole")
        fresh.rename(tmp_path / "whole")
    assert (tmp_path / "whole").read_bytes() == b"whole"


@pytest.mark.parametrize("way", ["a link", "a rename that replaces nothing", "taking turns", "taking the name first"])
def test_a_name_is_given_once_by_whatever_way_the_file_system_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    if way != "a link":
        monkeypatch.setattr(os, "link", refuse)
    if way.startswith("taking"):
        monkeypatch.setattr(naming, "_renamed_first", lambda *_: False)
    turns = tmp_path if way == "taking turns" else None
    first, other = tmp_path / "first", tmp_path / "other"
    first.write_bytes(b"first")
    other.write_bytes(b"other")
    files.put_first(first, tmp_path / "named", turns)
    with pytest.raises(FileExistsError):
        files.put_first(other, tmp_path / "named", turns)
    assert (tmp_path / "named").read_bytes() == b"first"
    assert other.read_bytes() == b"other"
    assert first.exists() == (way == "a link")


def test_a_name_that_was_taken_in_vain_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    (tmp_path / "first").write_bytes(b"first")
    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(naming, "_renamed_first", lambda *_: False)
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="Input/output"):
        files.put_first(tmp_path / "first", tmp_path / "named")
    assert [path.name for path in tmp_path.iterdir()] == ["first"]


def test_a_link_whose_answer_was_lost_is_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over NFS the asking is then repeated, and finds the name taken: by us."""
    link = os.link

    def twice(path: Path, target: Path) -> None:
        link(path, target)
        link(path, target)

    (tmp_path / "first").write_bytes(b"first")
    monkeypatch.setattr(os, "link", twice)
    files.put_first(tmp_path / "first", tmp_path / "named")
    assert (tmp_path / "named").read_bytes() == b"first"


def test_a_folder_is_held_together_or_alone(tmp_path: Path) -> None:
    together = [files.hold(tmp_path, alone=False) for _ in range(2)]
    with pytest.raises(BlockingIOError):
        files.hold(tmp_path, alone=True)
    for handle in together:
        os.close(handle)
    alone = files.hold(tmp_path, alone=True)
    with pytest.raises(BlockingIOError):
        files.hold(tmp_path, alone=False)
    os.close(alone)
    os.close(files.hold(tmp_path, alone=False))


def test_the_size_of_a_folder_is_that_of_all_files_in_it(tmp_path: Path) -> None:
    for name in ("one", "below/two", "below/.three"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(bytes(100))
    (tmp_path / "loop").symlink_to(tmp_path)
    assert files.size(tmp_path) == 300 + (tmp_path / "loop").lstat().st_size
    assert files.size(tmp_path / "gone") == 0


@pytest.mark.parametrize(("number", "full"), [(errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EROFS, False)])
def test_a_full_disk_is_told_from_a_broken_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, full: bool
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageFailed) as caught:
        files.write_once(tmp_path / "abcd.jpg", b"a picture")
    assert isinstance(caught.value, DiskFull) == full
