"""A watched folder gives each picture once, when it is whole, and waits for the rest."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pictures import save, scene
from PIL import Image

from edge_brain import Source, SourceLost, clock, open_source
from edge_brain.capture import folder
from edge_brain.images import encode_jpeg


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(folder, "POLL_S", 0.01)
    monkeypatch.setattr(folder, "PATIENCE_S", 0.2)
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def source(inbox: Path) -> Iterator[Source]:
    with open_source(str(inbox)) as source:
        yield source


def until(met: Callable[[], object], source: Source) -> None:
    """Let the source look until something is so; it gives nothing meanwhile."""
    guard = clock.elapsed() + 30
    while not met():
        assert source.next(0.02) is None
        assert clock.elapsed() < guard


def taken(source: Source, count: int) -> list[bytes]:
    found = []
    for _ in range(count):
        shot = source.next(30)
        assert shot is not None
        assert shot.data is not None
        found.append(shot.data)
    assert source.next(0.1) is None, "each once"
    return found


def test_what_lies_there_comes_first_the_oldest_before_the_rest(inbox: Path) -> None:
    for number, age in (("1", 30), ("2", 10), ("10", 20)):
        path = save(inbox, f"{number}.jpg", scene("mug", int(number)))
        os.utime(path, (1e9 - age, 1e9 - age))
    with open_source(str(inbox)) as source:
        assert not source.live
        shots = [source.next(30) for _ in range(3)]
        assert source.state.condition == "ok"
    assert [shot.number for shot in shots if shot] == [0, 1, 2]
    assert [shot.taken_at for shot in shots if shot] == [1e9 - 30, 1e9 - 20, 1e9 - 10]
    assert [shot.data for shot in shots if shot] == [(inbox / f"{n}.jpg").read_bytes() for n in (1, 10, 2)]


def test_the_time_in_the_picture_counts_more_than_the_time_of_the_file(inbox: Path, source: Source) -> None:
    exif = Image.Exif()
    exif[0x0132] = "2024:05:31 18:04:09"
    Image.fromarray(scene("mug")).save(inbox / "a.jpg", exif=exif)
    shot = source.next(30)
    assert shot is not None
    assert shot.taken_at == 1717178649.0


def test_what_is_copied_moved_or_written_below_comes_once(inbox: Path, tmp_path: Path, source: Source) -> None:
    pictures = [encode_jpeg(scene("mug", number)) for number in range(3)]
    (inbox / "a.jpg").write_bytes(pictures[0])
    assert taken(source, 1) == pictures[:1]
    (tmp_path / "b.part").write_bytes(pictures[1])
    (tmp_path / "b.part").rename(inbox / "b.jpg")
    assert taken(source, 1) == pictures[1:2]
    (inbox / "2024" / "may").mkdir(parents=True)
    (inbox / "2024" / "may" / "c.jpg").write_bytes(pictures[2])
    assert taken(source, 1) == pictures[2:]


def test_a_file_that_is_being_written_is_waited_for(inbox: Path, source: Source) -> None:
    whole = encode_jpeg(scene("mug"))
    with (inbox / "slow.jpg").open("wb") as file:
        for start in range(0, len(whole), len(whole) // 5):
            file.write(whole[start : start + len(whole) // 5])
            file.flush()
            if start + len(whole) // 5 < len(whole):
                assert source.next(0.05) is None
    assert taken(source, 1) == [whole]
    assert source.state.detail == ""


def test_what_stays_undecodable_is_told_once_passed_over_and_seen_again_when_it_changes(
    inbox: Path, source: Source
) -> None:
    whole = encode_jpeg(scene("mug"))
    (inbox / "half.jpg").write_bytes(whole[: len(whole) // 2])
    (inbox / "notes.txt").write_text("no picture")
    until(lambda: source.refused == 2, source)
    assert source.state.condition == "ok"
    assert source.state.detail.startswith("2 refused, last ")
    assert source.next(0.1) is None
    assert source.refused == 2, "told once"
    (inbox / "half.jpg").write_bytes(whole)
    assert taken(source, 1) == [whole]


def test_a_name_that_is_written_over_or_deleted_and_used_again_is_another_picture(inbox: Path, source: Source) -> None:
    one, two, three = (encode_jpeg(scene("mug", number)) for number in range(3))
    path = inbox / "latest.jpg"
    path.write_bytes(one)
    assert taken(source, 1) == [one]
    (inbox / ".next").write_bytes(two)
    (inbox / ".next").replace(path)
    assert taken(source, 1) == [two]
    path.unlink()
    until(lambda: not source._files, source)
    path.write_bytes(three)
    assert taken(source, 1) == [three]


def test_hidden_and_unfinished_names_are_not_looked_at(inbox: Path, source: Source) -> None:
    for name in (".a.jpg", "b.jpg.part", "c.jpg.crdownload", "d.tmp", "e.jpg~", ".cache/f.jpg"):
        save(inbox, name, scene("mug"))
    os.mkfifo(inbox / "pipe.jpg")
    last = save(inbox, "g.jpg", scene("mug", 1))
    assert taken(source, 1) == [last.read_bytes()]
    assert source.refused == 0


def test_a_file_that_vanishes_before_its_turn_is_forgotten(inbox: Path, source: Source) -> None:
    for number in range(3):
        os.utime(save(inbox, f"{number}.jpg", scene("mug", number)), (1e9 + number, 1e9 + number))
    assert source.next(30) is not None
    (inbox / "1.jpg").unlink()
    shot = source.next(30)
    assert shot is not None
    assert shot.data == (inbox / "2.jpg").read_bytes()


def test_a_picture_that_is_not_jpeg_keeps_its_bytes(inbox: Path, source: Source) -> None:
    out = BytesIO()
    Image.fromarray(scene("mug")).save(out, "PNG")
    (inbox / "a.png").write_bytes(out.getvalue())
    shot = source.next(30)
    assert shot is not None
    assert shot.data == out.getvalue()
    assert shot.pixels.tobytes() == scene("mug").tobytes()


def test_a_folder_that_is_not_there_is_waited_for_when_asked_to(inbox: Path) -> None:
    place = str(inbox / "stick") + "/"
    with pytest.raises(SourceLost, match="cannot be read"):
        open_source(place)
    with open_source(place, wait=True) as source:
        assert source.next(0.05) is None
        assert source.state.condition == "lost"
        path = save(inbox / "stick", "a.jpg", scene("mug"))
        assert taken(source, 1) == [path.read_bytes()]
        assert source.state.condition == "ok"


def test_closing_ends_a_wait(inbox: Path, source: Source) -> None:
    threading.Timer(0.05, source.close).start()
    assert source.next(30) is None
    assert source.state.condition == "ended"
