"""What is reckoned without holding all frames comes to what is reckoned with all of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pictures import changed, scene

from edge_brain import Brain, head
from edge_brain.brain import summing
from edge_brain.errors import BrainDamaged
from edge_brain.head import classifier
from edge_brain.memory import _VIEW
from edge_brain.release import form


def enlarge(brain: Brain) -> None:
    """Teach bursts of several frames, one of them with more rows than a row has numbers, and take some tags away."""
    for label in ("cup", "fork", "mug", "bowl"):
        for number in range(7):
            shots = [changed(scene(label, 100 + number), blocks) for blocks in range(1, 4)]
            brain.tag_many([(shot, label) for shot in shots], burst=f"{label} {number}")
    long = [(changed(scene("cup", 200), 1 + number % 9, number), "cup") for number in range(70)]
    tags = brain.tag_many(long, burst="long")
    assert tags[0].role == "learned"
    assert 3 * len({tag.frame_id for tag in tags}) > int(brain.store.setting("code_length"))
    brain.untag(tags[1].frame_id)


def test_a_brain_that_takes_sums_has_the_score_and_the_classifier_that_it_would_have(taught: Brain) -> None:
    enlarge(taught)
    wanted, known = taught.score(), taught._memory.learner()
    solved = classifier.to_bytes(known.classifier())
    told = taught.take_sums(known.head)
    assert replace(told, advice=[]) == replace(wanted, advice=[])
    assert taught.store.view(_VIEW, head.centroids_digest(*taught.store.head_rows())) == solved


def test_after_sums_were_taken_answers_need_no_codes(taught: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    before, summed = taught.predict(scene("cup", 3)), taught._memory.learner().head
    taught.take_sums(summed)
    monkeypatch.setattr(type(taught.store), "changes", lambda *_: pytest.fail("all codes were loaded"))
    assert taught.predict(scene("cup", 3)) == before


def test_a_release_of_many_frames_is_made_without_holding_them_and_is_the_same(
    taught: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enlarge(taught)
    taught.release(tmp_path / "1.brain")
    monkeypatch.setattr(summing, "_HELD", 0)
    monkeypatch.setattr(type(taught.store), "changes", lambda *_: pytest.fail("all codes were loaded"))
    with Brain.open(taught.folder) as again:
        again.release(tmp_path / "2.brain")
    one, other = (form.read(tmp_path / f"{number}.brain")[0] for number in (1, 2))
    assert classifier.to_bytes(one.classifier) == classifier.to_bytes(other.classifier)
    assert replace(one.manifest, number=2) == other.manifest and one.golden == other.golden
    assert replace(one.score, advice=[]) == replace(other.score, advice=[])


@pytest.mark.parametrize("harm", ["count", "sum"])
def test_sums_that_are_not_the_heads_are_refused_whole(taught: Brain, harm: str) -> None:
    summed, views = taught._memory.learner().head, taught.store.database.rows("SELECT * FROM views")
    if harm == "count":
        summed.counts["cup"] += 1
    else:
        summed.sums["cup"] = summed.sums["cup"] + np.eye(1, summed.length, dtype=np.int64)[0]
    with pytest.raises(BrainDamaged, match="is not the head that is stored there; `edge-brain doctor` tells more"):
        taught.take_sums(summed)
    assert taught.store.database.rows("SELECT * FROM views") == views


def test_a_score_from_sums_is_a_line_of_the_history_and_the_next_score_tells_what_changed(taught: Brain) -> None:
    told = taught.take_sums(taught._memory.learner().head)
    (line,) = taught.history()
    assert (line.level, line.balanced_accuracy, line.learned) == (told.level, told.balanced_accuracy, told.learned)
    taught.tag(scene("fork", 1), "mug")
    taught.score()
    assert len(taught.history()) == 2 and taught.history()[-1].reasons


def test_each_device_is_judged_by_the_reserved_frames_that_it_took(taught: Brain) -> None:
    with taught.store.database.transaction():
        taught.store.database.execute("INSERT INTO devices (id, name, clock) VALUES ('0123456789abcdef', 'shed', 1)")
        taught.store.database.execute("UPDATE frames SET device = '0123456789abcdef' WHERE number % 2")
    taught._memory.forget()
    told = taught.reserved_by_device()
    own = taught.store.devices.own_id()
    assert set(told) == {own, "0123456789abcdef"} and told["0123456789abcdef"].name == "shed"
    reserved = [image for image in taught.score().images if image.device is not None]
    shed = told["0123456789abcdef"]
    assert (shed.reserved, shed.right) == (len(reserved), sum(image.right is True for image in reserved))
