"""The evidence: what a brain of made-up frames is judged by, as if it had never learned them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge_brain.curve import Slope
from edge_brain.drift import LAST
from edge_brain.evidence import Evidence, gather, suspects
from edge_brain.learner import Learner
from edge_brain.records import Change, Role

LENGTH, ZERO_POINT = 48, -128
LABELS = ("cup", "fork", "mug")


def code(label: str, frame: int, spread: float = 18.0, shift: float = 0.0) -> bytes:
    random = np.random.default_rng(LABELS.index(label))
    middle = random.uniform(40, 160, LENGTH)
    own = np.random.default_rng(1000 + frame).normal(0, spread, LENGTH)
    middle += shift * (np.random.default_rng(99).uniform(40, 160, LENGTH) - middle)
    return (np.clip(middle + own, 0, 255).astype(int) - 128).astype(np.int8).tobytes()


def change(frame: int, label: str, tagged: str, role: Role, shift: float = 0.0, spread: float = 18.0) -> Change:
    return Change(
        frame=frame, id=f"{frame:064x}", burst=frame, burst_name=f"burst {frame}", role=role, taken_at=None,
        before=None, after=tagged, code=code(label, frame, spread, shift), side=480,
    )  # fmt: skip


def taught(frames: int, wrong: frozenset[int] = frozenset(), shifted: int = 0, spread: float = 18.0) -> Learner:
    """Return a learner of that many scenes, each fifth reserved; the last ones shifted, some tagged wrongly."""
    learner = Learner(LENGTH, ZERO_POINT)
    changes = []
    for frame in range(frames):
        label = LABELS[frame % 3]
        tagged = LABELS[(frame + 1) % 3] if frame in wrong else label
        role: Role = "reserved" if frame % 5 == 4 else "learned"
        changes.append(change(frame, label, tagged, role, 0.7 * (frame >= frames - shifted), spread))
    learner.apply(changes)
    return learner


def test_frames_tagged_wrongly_are_found_whether_learned_or_reserved() -> None:
    wrong = frozenset({10, 14, 40, 64})
    told = suspects(taught(120, wrong), 0.25)
    assert {int(each.id, 16) for each in told[:4]} == wrong
    assert {each.role for each in told[:4]} == {"learned", "reserved"}
    for each in told[:4]:
        assert each.looks_like == LABELS[int(each.id, 16) % 3] != each.label
        assert each.sure > 0.5
    assert [each.sure for each in told] == sorted((each.sure for each in told), reverse=True)


def test_a_list_of_all_ranks_every_frame() -> None:
    assert len(suspects(taught(60), 0.0)) == 60
    assert suspects(taught(60), 0.25) == []


def test_brains_of_no_or_one_class_have_no_suspects() -> None:
    learner = Learner(LENGTH, ZERO_POINT)
    assert gather(learner) == Evidence(())
    learner.apply([change(0, "cup", "cup", "learned"), change(1, "cup", "cup", "learned")])
    assert suspects(learner, 0.0) == []
    assert len(gather(learner).images) == 2


def test_a_class_is_never_left_without_frames_by_the_second_round() -> None:
    learner = taught(60, frozenset(range(2, 60, 3)) - {2})  # all but one of a class are tagged otherwise
    assert all(0 <= each.sure <= 1 for each in suspects(learner, 0.0))


def test_all_frames_are_judged_and_asking_changes_nothing() -> None:
    learner = taught(90, frozenset({10, 13}))
    before, digest = learner.classifier(), learner.head.digest()
    told = gather(learner)
    assert {image.id for image in told.images} == {f"{frame:064x}" for frame in range(90)}
    assert learner.head.digest() == digest and learner.classifier() is before
    assert gather(learner) == told


def test_the_slope_is_measured_where_scenes_can_be_halved() -> None:
    measured = gather(taught(150, spread=55.0)).slope
    assert measured != Slope() and measured.spread < Slope().spread
    assert gather(taught(150), halves=False).slope == Slope()
    assert gather(taught(9)).slope == Slope(), "two or three scenes a class"


def test_scenes_from_another_place_are_told_and_usual_ones_are_not() -> None:
    assert gather(taught(150)).drift is None
    told = gather(taught(150, shifted=LAST + 3))
    assert told.drift is not None
    last = {f"{frame:064x}" for frame in range(130, 150)}
    assert set(told.strangers) <= last and len(told.strangers) >= 8


def test_scenes_that_another_device_told_of_last_are_no_change_of_this_place() -> None:
    learner = taught(150, shifted=LAST + 3)
    last = [frame for frame in learner.learned.all().frames if frame.frame >= 150 - LAST - 3]
    learner.apply([replace(frame, device="far") for frame in last])
    assert gather(learner).drift is None


def test_what_is_not_kept_is_judged_as_it_is_and_what_is_kept_without_its_scene() -> None:
    learner = taught(60)
    frames = learner.learned.all()
    everything = learner.taught_by(np.ones(len(frames.frames), bool), frames)
    np.testing.assert_allclose(everything, learner.leave_out().distances, rtol=1e-6, atol=1e-6)
    kept = np.arange(len(frames.frames)) % 2 == 0
    half = Learner(LENGTH, ZERO_POINT)
    half.apply([frame for frame, there in zip(frames.frames, kept, strict=True) if there])
    told = learner.taught_by(kept, frames)
    np.testing.assert_allclose(told[~kept], half.classifier().distances(frames.floats[~kept]), rtol=1e-3, atol=1e-2)
    np.testing.assert_allclose(told[kept], half.leave_out().distances, rtol=1e-6, atol=1e-6)


def test_a_class_of_which_nothing_is_kept_is_infinitely_far() -> None:
    learner = taught(60)
    frames = learner.learned.all()
    told = learner.taught_by(np.array([frame.after != "mug" for frame in frames.frames]), frames)
    assert np.isinf(told[:, learner.labels.index("mug")]).all()
    assert np.isfinite(told[:, learner.labels.index("cup")]).all()


@pytest.mark.parametrize("frames", [0, 1, 2, 5, 12])
def test_small_brains_are_judged_too(frames: int) -> None:
    assert len(gather(taught(frames)).images) == frames
