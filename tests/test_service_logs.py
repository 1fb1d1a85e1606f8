"""What a service tells: bounded in a file, bounded in an hour, readable by journal and people."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import pytest

from edge_brain import clock
from edge_brain.service.logs import BoundedFile, Log, follow, older, tail


class Broken(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_line_goes_to_standard_error_and_to_the_file(tmp_path: Path) -> None:
    stream, path = io.StringIO(), tmp_path / "door.log"
    log = Log(stream, path)
    log.tell("source lost:\nno picture", "warning", topic="source")
    assert stream.getvalue() == "source lost: no picture\n"
    stamped, level, *rest = path.read_text().split()
    assert clock.now() - 100 < clock.seconds(stamped) <= clock.now() + 1
    assert (level, rest) == ("warning", ["source", "lost:", "no", "picture"])


def test_the_journal_is_told_how_serious_it_is() -> None:
    stream = io.StringIO()
    log = Log(stream, priorities=True)
    for level in ("error", "warning", "info"):
        log.tell(level, level)
    assert stream.getvalue() == "<3>error\n<4>warning\n<6>info\n"


def test_a_camera_that_flaps_for_a_week_fills_neither_disk_nor_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, stream, path = 0.0, io.StringIO(), tmp_path / "door.log"
    monkeypatch.setattr(clock, "elapsed", lambda: now)
    log = Log(stream, path)
    for second in range(0, 7 * 86400, 10):
        now = float(second)
        log.tell("source lost: no picture for 10 s", "warning", topic="source")
    lines = stream.getvalue().splitlines()
    assert 7 * 1440 - 10 < len(lines) < 7 * 1440 + 40, "one a minute, twenty at once"
    assert lines[-1].endswith("(5 lines like this one were left out)")
    assert path.stat().st_size < 1_000_000 and older(path).stat().st_size <= 1_000_000
    log.tell("frames are stored again", topic="trouble")
    assert stream.getvalue().endswith("frames are stored again\n"), "another topic is not held back by it"


def test_a_bounded_file_keeps_what_is_newest_and_no_more_than_twice_its_size(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    file = BoundedFile(path, 1000)
    for number in range(500):
        file.append(f"line {number}")
        assert path.stat().st_size <= 1000
    assert older(path).stat().st_size <= 1000
    assert tail(path, 3) == ["line 497", "line 498", "line 499"]
    kept = tail(path, 1000)
    assert kept == [f"line {number}" for number in range(500 - len(kept), 500)] and len(kept) > 90
    assert sorted(each.name for each in tmp_path.iterdir()) == ["lines", "lines.1"]


def test_neither_a_closed_stream_nor_a_disk_that_refuses_ends_the_work(tmp_path: Path) -> None:
    Log(Broken(), tmp_path / "missing" / "door.log").tell("still here", "error")
    with pytest.raises(FileNotFoundError):
        BoundedFile(tmp_path / "missing" / "door.log").append("a caller that counts on it is told")


def test_of_a_file_that_is_not_there_there_are_no_last_lines(tmp_path: Path) -> None:
    assert tail(tmp_path / "none.log", 10) == []


def test_following_goes_on_into_the_next_file_and_misses_nothing(tmp_path: Path) -> None:
    path, counted = tmp_path / "lines", itertools.count()
    file = BoundedFile(path, 100)
    file.append("before")
    told = follow(path, lambda seconds: file.append(f"line {next(counted)}"))
    assert [next(told) for _ in range(60)] == [f"line {number}" for number in range(60)]
    told.close()  # type: ignore[attr-defined]
    assert older(path).is_file(), "else it was never another file"


def test_following_waits_for_a_file_that_is_still_to_come(tmp_path: Path) -> None:
    told = follow(tmp_path / "lines", lambda seconds: (tmp_path / "lines").write_text("first\nsec"))
    assert next(told) == "first"
    told.close()  # type: ignore[attr-defined]
