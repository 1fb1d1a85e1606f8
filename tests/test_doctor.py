"""Doctor finds every kind of damage, names it, and changes nothing."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge_brain import Brain, config, doctor, examine, extractor
from edge_brain.errors import StorageFailed
from edge_brain.store.codes import code_checksum
from edge_brain.store.ledger import head_checksum

CHECKS = [
    "database",
    "backups",
    "head equals its codes",
    "frame files",
    "extractor",
    "models",
    "free space",
    "dropped",
    "discarded",
    "away",
    "versions",
]


def wrong(brain: Brain) -> dict[str, str]:
    return {finding.check: finding.detail for finding in examine(brain) if not finding.ok}


def content(brain: Brain) -> list[str]:
    connection = sqlite3.connect(brain.folder / "brain.db")
    lines = list(connection.iterdump())
    connection.close()
    return lines


@pytest.fixture(autouse=True)
def enough_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_LEAST_FREE_BYTES", 0)


def test_a_sound_brain_is_found_sound(taught: Brain) -> None:
    before = content(taught)
    told = examine(taught)
    assert [finding.check for finding in told] == CHECKS
    assert [finding.ok for finding in told] == [True] * len(CHECKS)
    assert [finding.detail for finding in told[:-1]] == ["ok"] * (len(CHECKS) - 1)
    assert "numpy" in told[-1].detail and "SQLite" in told[-1].detail
    assert content(taught) == before


def flip_code(brain: Brain) -> None:
    brain.store.database.execute("UPDATE codes SET code = zeroblob(192) WHERE frame = 1")


def change_code_and_checksum(brain: Brain) -> None:
    code = bytes(192)
    brain.store.database.execute("UPDATE codes SET code = ?, crc = ? WHERE frame = 1", (code, code_checksum(1, code)))


def wrong_head_row(brain: Brain) -> None:
    sums = np.arange(192, dtype="<i8").tobytes()
    crc = head_checksum("mug", 6, sums)
    brain.store.database.execute("UPDATE head SET sums = ?, crc = ? WHERE label = 'mug'", (sums, crc))


def lose_head_row(brain: Brain) -> None:
    brain.store.database.execute("DELETE FROM head WHERE label = 'mug'")


def lose_file(brain: Brain) -> None:
    brain.store.path(brain.store.frames()[0]).unlink()


def change_file(brain: Brain) -> None:
    path = brain.store.path(brain.store.frames()[0])
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)


def another_extractor(brain: Brain) -> None:
    brain.store.database.execute("UPDATE settings SET value = 'pixels:0' WHERE key = 'fingerprint'")


DAMAGES: dict[str, tuple[Callable[[Brain], None], dict[str, str]]] = {
    "a code is changed": (
        flip_code,
        {"database": "the code of frame number 1 differs", "head equals its codes": "frame number 1 differs"},
    ),
    "a code and its checksum are changed": (
        change_code_and_checksum,
        {"head equals its codes": "is not the sum of the learned codes; `edge-brain retrain` mends it"},
    ),
    "a row of the head is wrong": (wrong_head_row, {"head equals its codes": "not the sum of the learned codes"}),
    "a row of the head is lost": (
        lose_head_row,
        {"database": "1 × a class has other learned frames", "head equals its codes": "not the sum"},
    ),
    "a picture is lost": (lose_file, {"frame files": "is missing (its code and thumbnail are kept)"}),
    "a picture is changed": (change_file, {"frame files": "is not what its name says"}),
    "the extractor is another one": (another_extractor, {"extractor": "made by extractor pixels:0, here is pixels:1"}),
}


@pytest.mark.parametrize(("damage", "expected"), DAMAGES.values(), ids=DAMAGES)
def test_doctor_finds_that(taught: Brain, damage: Callable[[Brain], None], expected: dict[str, str]) -> None:
    damage(taught)
    before = content(taught)
    with Brain.open(taught.folder) as brain:
        told = wrong(brain)
        assert told.keys() == expected.keys()
        for check, said in expected.items():
            assert said in told[check]
    assert content(taught) == before, "doctor reads only"


def test_five_are_named_and_the_others_counted(taught: Brain) -> None:
    for frame in taught.store.frames()[:8]:
        taught.store.path(frame).unlink()
    detail = wrong(taught)["frame files"]
    assert detail.count("is missing") == 5
    assert detail.endswith("; and 3 more")


def test_a_database_with_a_broken_page_is_told_and_not_raised(taught: Brain, tmp_path: Path) -> None:
    pages = taught.store.database.rows("SELECT name, rootpage FROM sqlite_master WHERE rootpage > 0")
    events = next(row["rootpage"] for row in pages if row["name"] == "events")
    size = taught.store.database.value("PRAGMA page_size")
    copy = taught.store.backup()
    data = bytearray(copy.read_bytes())
    data[(events - 1) * size : events * size] = b"\xff" * size
    home = tmp_path / "broken"
    (home / "frames").mkdir(parents=True)
    (home / "brain.db").write_bytes(data)
    brain = Brain.open(home)
    told = wrong(brain)
    assert "database" in told
    brain.store.database.close()


def test_a_model_that_is_not_the_one_described_is_found(
    taught: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert extractor.damage() == []
    monkeypatch.setattr(config, "models_folder", lambda: tmp_path)
    told = wrong(taught)
    assert told.keys() == {"models"}
    assert "golden.png is missing" in told["models"]


def test_too_little_space_is_told(taught: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_LEAST_FREE_BYTES", 2**60)
    assert "MiB are free, at least" in wrong(taught)["free space"]


def test_retraining_mends_what_doctor_says_it_mends(taught: Brain) -> None:
    digest = taught.head_digest()
    flip_code(taught)
    wrong_head_row(taught)
    with Brain.open(taught.folder) as brain:
        assert wrong(brain).keys() == {"database", "head equals its codes"}
        brain.retrain()
        assert wrong(brain) == {}
        assert brain.head_digest() == digest


def test_a_file_that_the_disk_does_not_give_hides_nothing_else(taught: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (taught.store.path(frame) for frame in taught.store.frames()[:2])
    second.write_bytes(b"something else")
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path == first:
            raise OSError(errno.EIO, "Input/output error")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    told = wrong(taught)["frame files"]
    assert f"{first.name} cannot be read: Input/output error" in told and f"{second.name} is not what" in told
    with pytest.raises(StorageFailed, match=r"could not read .*Input/output error"):
        taught.picture(first.stem)
