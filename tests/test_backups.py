"""The second line of defence: whole copies that can be used, and every event since the last of them."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from pictures import scene

from edge_brain import Brain, backups, examine


def events(path: Path) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    held = connection.execute("SELECT device, sequence, clock, label, role, who FROM events ORDER BY number").fetchall()
    connection.close()
    return held


def segment(path: Path) -> list[tuple[object, ...]]:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [tuple(line[key] for key in ("device", "sequence", "clock", "label", "role", "who")) for line in lines]


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "backups").iterdir() if path.name != "settings.json")


def test_a_copy_holds_every_event_up_to_its_number(taught: Brain) -> None:
    copy = taught.store.backup()
    assert copy == taught.folder / "backups" / "brain-00000024.db"
    assert events(copy) == events(taught.folder / "brain.db")
    assert len(events(copy)) == backups.last_covered(taught.folder) == 24


def test_three_copies_are_kept_with_what_came_after_each(brain: Brain) -> None:
    for number in range(5):
        brain.tag(scene("mug", number), "mug")
        brain.store.backup()
    brain.tag(scene("mug", 9), "mug")
    assert listed(brain.folder) == [
        "brain-00000003.db", "brain-00000004.db", "brain-00000005.db",
        "events-00000000.jsonl",
        "events-00000003.jsonl", "events-00000004.jsonl", "events-00000005.jsonl",
    ]  # fmt: skip
    for copy in backups.copies(brain.folder):
        number = int(copy.stem.removeprefix("brain-"))
        later = segment(copy.with_name(f"events-{number:08d}.jsonl"))
        assert events(copy) + later == events(brain.folder / "brain.db")[: number + 1]


def test_a_brain_lives_on_from_its_copy(taught: Brain, tmp_path: Path) -> None:
    digest, frames = taught.head_digest(), taught.store.frames()
    copy = taught.store.backup()
    taught.tag(scene("mug", 50), "mug")
    home = tmp_path / "restored"
    shutil.copytree(taught.folder / "frames", home / "frames")
    shutil.copy(copy, home / "brain.db")
    with Brain.open(home) as restored:
        assert restored.head_digest() == digest
        assert restored.store.frames() == frames
        assert all(finding.ok for finding in examine(restored) if finding.check != "free space")
        assert restored.predict(scene("mug", 60)).label == "mug"
        assert restored.tag(scene("mug", 50), "mug").new
        assert restored.store.database.value("PRAGMA journal_mode") == "wal"


def test_copy_and_segment_together_are_all_events(taught: Brain) -> None:
    copy = taught.store.backup()
    taught.tag(scene("spoon"), "spoon")
    taught.untag(taught.store.frames()[0].id)
    assert events(copy) + segment(taught.folder / "backups" / "events-00000024.jsonl") == events(
        taught.folder / "brain.db"
    )


def test_a_copy_that_fails_leaves_the_older_ones_and_nothing_half_made(taught: Brain) -> None:
    taught.store.backup()
    taught.tag(scene("mug", 50), "mug")
    before = listed(taught.folder)

    def fail(path: Path) -> None:
        path.write_bytes(b"half of it")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        backups.add(taught.folder, 25, fail)
    assert [path.name for path in backups.copies(taught.folder)] == ["brain-00000024.db"]
    taught.store.backup()
    assert listed(taught.folder) == sorted([*before, "brain-00000025.db"])


def test_a_copy_is_made_while_another_brain_tags(taught: Brain) -> None:
    with Brain.open(taught.folder) as other, other.store.database.transaction():
        other.store.database.execute("UPDATE settings SET value = value")
        assert len(events(taught.store.backup())) == 24


def test_a_folder_without_copies_covers_nothing(tmp_path: Path) -> None:
    assert backups.copies(tmp_path) == []
    assert backups.last_covered(tmp_path) == 0
    backups.append_segment(tmp_path, [])
    assert list(tmp_path.iterdir()) == [], "nothing to append makes no file"
    backups.append_segment(tmp_path, [{"sequence": 1}, {"sequence": 2}])
    backups.append_segment(tmp_path, [{"sequence": 3}])
    assert backups.segments(tmp_path) == [tmp_path / "backups" / "events-00000000.jsonl"]
    assert list(backups.entries(backups.segments(tmp_path)[0])) == [{"sequence": number} for number in (1, 2, 3)]


def test_a_line_after_a_torn_one_is_whole(tmp_path: Path) -> None:
    backups.append_segment(tmp_path, [{"sequence": 1}, {"sequence": 2}])
    (segment,) = backups.segments(tmp_path)
    segment.write_bytes(segment.read_bytes()[:-9])  # a power cut
    backups.append_segment(tmp_path, [{"sequence": 3}])
    assert list(backups.entries(segment)) == [{"sequence": 1}, None, {"sequence": 3}]


def test_a_line_in_which_a_bit_has_flipped_is_not_believed(tmp_path: Path) -> None:
    backups.append_segment(tmp_path, [{"label": "mug"}, {"label": "чашка"}])
    (segment,) = backups.segments(tmp_path)
    segment.write_text(segment.read_text().replace("mug", "mud"))
    assert list(backups.entries(segment)) == [None, {"label": "чашка"}]
    segment.write_text('{"label": "mud"}\n')
    assert list(backups.entries(segment)) == [{"label": "mud"}], "an earlier edge_brain wrote no checksum"


def test_what_may_be_dropped_does_not_fill_a_segment_for_years(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups, "_LARGE", 100)
    for number in range(9):
        backups.append_segment(tmp_path, [{"frame": number}], lasting=False)
    backups.append_segment(tmp_path, [{"sequence": 1}])
    told = list(backups.entries(backups.segments(tmp_path)[0]))
    assert len(told) < 6 and told[-1] == {"sequence": 1}


def test_frames_that_are_kept_stand_in_the_segment_with_their_burst(brain: Brain) -> None:
    kept = [replace(brain.exposer.expose(scene("walk", number), "door"), reason="every") for number in range(2)]
    brain.keep_exposures(kept, burst="evening")
    brain.keep_exposures(kept, burst="morning")  # they are here already
    brain.retag([kept[0].id], "walk")
    *lines, event = backups.entries(backups.segments(brain.folder)[0])
    beside = {"burst": "evening", "source": "door", "reason": "every", "taken_at": None, "suffix": ".jpg"}
    assert lines == [{"frame": each.id, **beside} for each in kept]
    assert event is not None and {key: event[key] for key in ("frame", *beside)} == {"frame": kept[0].id, **beside}


def test_how_pictures_become_codes_is_written_down_and_follows_a_retrain(brain: Brain) -> None:
    assert backups.settings(brain.folder) == {
        key: brain.store.setting(key)
        for key in ("code_length", "edition", "extractor", "fingerprint", "region", "views", "zero_point")
    }
    brain.tag(scene("mug"), "mug")
    brain.retrain(region="0,0,0.5,1")
    assert backups.settings(brain.folder)["region"] == "0.0,0.0,0.5,1.0"
    assert [path.name for path in backups.copies(brain.folder)] == ["brain-00000001.db"], "of the new codes"
    (brain.folder / "backups" / "settings.json").write_text('{"half": ')
    assert backups.settings(brain.folder) == {}
    brain.store.backup()
    assert backups.settings(brain.folder)["extractor"] == "pixels"
