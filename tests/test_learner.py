"""The learner in memory: followed change by change it is what it would be had it been told all at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import again, changed, scene

from edge_brain.exposure import Exposer
from edge_brain.extractor import PixelExtractor
from edge_brain.head import plain_rows
from edge_brain.learner import Learner
from edge_brain.records import Change, Exposure, Role
from edge_brain.region import Region

LENGTH, ZERO_POINT = 24, -128
labels = st.sampled_from(["cup", "fork", "mug"])


def code_of(frame: int) -> bytes:
    return np.random.default_rng(frame).integers(-128, 128, LENGTH, dtype=np.int8).tobytes()


def role_of(frame: int) -> Role:
    return "reserved" if frame // 2 % 4 == 1 else "learned"


def change(frame: int, before: str | None, after: str | None) -> Change:
    return Change(
        frame=frame, id=f"{frame:064x}", burst=frame // 2, burst_name=f"burst {frame // 2}", role=role_of(frame),
        taken_at=None, before=before, after=after, code=code_of(frame),
    )  # fmt: skip


def views_of(frame: int) -> bytes:
    return b"".join(np.random.default_rng([frame, view]).bytes(LENGTH) for view in (1, 2))


def told_at_once(tags: dict[int, str]) -> Learner:
    learner = Learner(LENGTH, ZERO_POINT)
    learner.apply([change(frame, None, label) for frame, label in sorted(tags.items())])
    return learner


step = st.tuples(st.lists(st.integers(0, 19), min_size=1, unique=True), labels | st.none(), st.booleans())


@settings(max_examples=100)
@given(st.lists(step, max_size=12))
def test_following_changes_equals_being_told_all_at_once(steps: list[tuple[list[int], str | None, bool]]) -> None:
    learner, tags = Learner(LENGTH, ZERO_POINT), dict[int, str]()
    for frames, label, asked in steps:
        learner.apply([change(frame, tags.get(frame), label) for frame in frames if tags.get(frame) != label])
        for frame in frames:
            tags.pop(frame, None)
            if label is not None:
                tags[frame] = label
        if asked:  # else the changes gather
            learner.classifier()
    whole = told_at_once(tags)
    assert learner.head.digest() == whole.head.digest()
    assert learner.reserved.tallies == whole.reserved.tallies and learner.learned.tallies == whole.learned.tallies
    followed, solved = learner.classifier(), whole.classifier()
    assert followed.labels == solved.labels
    rows = plain_rows((code_of(frame) for frame in range(100, 110)), LENGTH, ZERO_POINT)
    np.testing.assert_allclose(followed.distances(rows), solved.distances(rows), rtol=1e-3, atol=1e-3)
    assert {image.id for image in learner.reserved_images()} == {image.id for image in whole.reserved_images()}


moment = st.tuples(st.integers(0, 9), labels | st.none(), st.booleans(), st.booleans())


@settings(max_examples=60)
@given(st.lists(moment, max_size=16))
def test_views_that_come_early_or_late_are_learned_alike(moments: list[tuple[int, str | None, bool, bool]]) -> None:
    learner, tags, seen = Learner(LENGTH, ZERO_POINT, 3), dict[int, str](), set[int]()
    for frame, label, come, asked in moments:
        if come:
            seen.add(frame)
        before = tags.get(frame)
        if before != label or (come and label is not None):
            views = views_of(frame) if frame in seen else b""
            learner.apply([replace(change(frame, before, label), views=views)])
        tags.pop(frame, None)
        if label is not None:
            tags[frame] = label
        if asked:
            learner.classifier()
    whole = Learner(LENGTH, ZERO_POINT, 3)
    whole.apply(
        [
            replace(change(frame, None, label), views=views_of(frame) if frame in seen else b"")
            for frame, label in sorted(tags.items())
        ]
    )
    assert learner.head.digest() == whole.head.digest()
    rows = plain_rows((code_of(frame) for frame in range(100, 110)), LENGTH, ZERO_POINT)
    followed, solved = learner.classifier(), whole.classifier()
    np.testing.assert_allclose(followed.distances(rows), solved.distances(rows), rtol=1e-3, atol=1e-3)
    assert learner.left_out_images() == whole.left_out_images()


def test_many_frames_are_left_out_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = told_at_once({frame: ("cup", "mug")[frame // 2 % 2] for frame in range(80)})
    together = learner.leave_out()
    monkeypatch.setattr("edge_brain.learner._AT_ONCE", 7)
    in_parts = learner.leave_out()
    np.testing.assert_allclose(in_parts.distances, together.distances, rtol=1e-9)


def test_a_learner_that_knows_nothing_says_so() -> None:
    learner = Learner(LENGTH, ZERO_POINT)
    learner.apply([])
    assert learner.classifier().labels == ()
    assert learner.reserved_images() == learner.left_out_images() == []
    learner.apply([change(2, None, "mug")])
    assert role_of(2) == "reserved"
    (image,) = learner.reserved_images()
    assert (image.label, image.predicted, image.right) == ("mug", None, None)


def test_only_a_change_of_what_is_learned_asks_for_another_classifier() -> None:
    learner = told_at_once({frame: ("cup", "mug")[frame % 2] for frame in range(40)})
    rough = learner.classifier(calibrated=False)
    known = learner.classifier()
    assert known.calibration != rough.calibration and known.calibration.threshold is not None
    assert learner.classifier() is known is learner.classifier(calibrated=False)
    learner.apply([change(42, None, "mug")])
    assert role_of(42) == "reserved" and learner.classifier() is known
    learner.apply([change(48, None, "mug")])
    assert role_of(48) == "learned" and learner.classifier() is not known


def test_frames_that_go_from_class_to_class_before_anyone_asks_are_learned_once() -> None:
    frames = [frame for frame in range(60) if role_of(frame) == "learned"][:20]
    learner = told_at_once(dict.fromkeys(frames, "cup"))
    assert learner.head.counts == {"cup": 20}
    for before, after in (("cup", "fork"), ("fork", "mug"), ("mug", "cup"), ("cup", "mug")):
        learner.apply([change(frame, before, after) for frame in frames])
    assert learner.head.digest() == told_at_once(dict.fromkeys(frames, "mug")).head.digest()


@settings(max_examples=50)
@given(
    st.dictionaries(st.sampled_from(range(0, 20, 4)), labels, min_size=1),
    st.dictionaries(st.integers(0, 23), st.tuples(labels | st.none(), labels | st.none()), min_size=1),
    st.booleans(),
)
def test_what_is_taken_back_was_never_there_and_the_learner_stays_as_it_is(
    others: dict[int, str], ways: dict[int, tuple[str | None, str | None]], solved: bool
) -> None:
    ways = {24 + 8 * frame: way for frame, way in ways.items() if way[0] != way[1]}
    assert {role_of(frame) for frame in (*others, *ways)} == {"learned"}
    before = told_at_once(others | {frame: old for frame, (old, _) in ways.items() if old is not None})
    learner = told_at_once(others | {frame: old for frame, (old, _) in ways.items() if old is not None})
    if solved:
        learner.classifier()
    changes = [change(frame, *way) for frame, way in ways.items()]
    learner.apply(changes)
    known, digest = learner.classifier(), learner.head.digest()
    without = learner.classifier_without(changes)
    rows = plain_rows((code_of(frame) for frame in range(100, 110)), LENGTH, ZERO_POINT)
    assert without.labels == before.classifier().labels
    np.testing.assert_allclose(without.distances(rows), before.classifier().distances(rows), rtol=1e-3, atol=1e-3)
    assert learner.classifier() is known and learner.head.digest() == digest


# ── bursts ──────────────────────────────────────────────────────────────────────────────────────


def exposure(picture: np.ndarray, taken_at: float | None = None) -> Exposure:
    made = Exposer(PixelExtractor(), Region()).expose(picture)
    return Exposure(**{**made.__dict__, "taken_at": taken_at})


def test_a_burst_is_remembered_before_anything_of_it_is_tagged() -> None:
    learner = Learner(PixelExtractor.length, PixelExtractor.zero_point)
    first = exposure(scene("mug"))
    burst = learner.sightings.burst_of(first, "mug", None)
    assert burst == first.id
    assert learner.sightings.burst_of(exposure(again(scene("mug"))), "mug", None) == burst
    assert learner.sightings.burst_of(exposure(scene("mug", 1)), "mug", None) != burst


def test_pictures_taken_long_apart_are_other_scenes_though_the_same_source_sent_them_together() -> None:
    learner = Learner(PixelExtractor.length, PixelExtractor.zero_point)
    alike = changed(scene("mug"), 4)
    first = learner.sightings.burst_of(exposure(scene("mug"), 0.0), "mug", "folder")
    assert learner.sightings.burst_of(exposure(alike, 20.0), "mug", "folder") == first
    assert learner.sightings.burst_of(exposure(changed(scene("mug"), 4, 1), 7200.0), "mug", "folder") != first


def test_a_near_duplicate_of_another_class_is_a_scene_of_its_own() -> None:
    learner = Learner(PixelExtractor.length, PixelExtractor.zero_point)
    burst = learner.sightings.burst_of(exposure(scene("mug")), "mug", None)
    assert learner.sightings.burst_of(exposure(again(scene("mug"))), "cup", None) != burst
