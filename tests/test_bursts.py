"""A change of scene or a pause starts a new burst; what may be the same scene is joined."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import Pixels, again, changed, scene

from edge_brain import Brain
from edge_brain.field.bursts import Bursts


@pytest.fixture
def bursts(brain: Brain) -> Bursts:
    return Bursts(int(brain.store.setting("zero_point")))


@pytest.fixture
def code(brain: Brain):
    return lambda picture: brain.look(picture)[0]


MUG = scene("mug", 0)
BEHIND_A_HAND = changed(MUG, 8)  # cosine near 0.9


def test_the_first_frame_starts_a_burst(bursts: Bursts, code) -> None:
    assert bursts.of(code(MUG), 0.0) is None
    assert bursts.nearest(code(MUG)) == (-1.0, None)


def test_what_is_alike_moments_later_is_the_same_scene(bursts: Bursts, code) -> None:
    bursts.keep("a", "first", code(MUG), 0.0)
    assert bursts.cosine(code(MUG), code(BEHIND_A_HAND)) == pytest.approx(0.9, abs=0.06)
    assert bursts.of(code(BEHIND_A_HAND), 5.0) == "first"


def test_a_change_of_scene_starts_a_new_burst_and_going_back_does_not(bursts: Bursts, code) -> None:
    bursts.keep("a", "first", code(MUG), 0.0)
    assert bursts.of(code(scene("cup", 1)), 1.0) is None
    bursts.keep("b", "second", code(scene("cup", 1)), 1.0)
    assert bursts.of(code(again(MUG)), 2.0) == "first"


def test_after_a_pause_only_the_same_view_is_the_same_scene_and_after_an_hour_not_even_that(
    bursts: Bursts, code
) -> None:
    bursts.keep("a", "first", code(MUG), 0.0)
    assert bursts.of(code(BEHIND_A_HAND), 31.0) is None
    assert bursts.of(code(again(MUG)), 3599.0) == "first"
    assert bursts.of(code(again(MUG)), 3601.0) is None


def test_what_was_kept_before_a_restart_is_joined_by_what_looks_the_same(brain: Brain, code) -> None:
    restarted = Bursts(int(brain.store.setting("zero_point")), [("a", "first", code(MUG))])
    assert restarted.of(code(again(MUG)), 0.0) == "first"
    assert restarted.of(code(BEHIND_A_HAND), 0.0) is None, "nobody knows how long the pause was"
    likeness, frame = restarted.nearest(code(again(MUG)))
    assert likeness > 0.97 and frame == "a"


def test_what_the_source_calls_a_scene_is_one(bursts: Bursts, code) -> None:
    bursts.keep("a", "first", code(MUG), 0.0, "scene 1")
    assert bursts.of(code(scene("cup", 1)), 1.0, "scene 1") == "first"
    assert bursts.of(code(again(MUG)), 1.0, "scene 2") is None


def test_after_forgetting_the_same_view_starts_a_new_burst(bursts: Bursts, code) -> None:
    bursts.keep("a", "first", code(MUG), 0.0)
    bursts.forget()
    assert bursts.of(code(MUG), 0.1) is None


def test_codes_of_another_extractor_are_like_nothing_that_was_kept_before(bursts: Bursts, code) -> None:
    bursts.keep("a", "first", code(MUG), 0.0)
    other = bytes(2 * len(code(MUG)))
    assert bursts.cosine(code(MUG), other) == -1.0
    assert bursts.nearest(other) == (-1.0, None) and bursts.of(other, 0.1) is None
    bursts.keep("b", "second", other, 0.1)
    assert bursts.of(code(MUG), 0.2) is None


def test_a_picture_that_shows_nothing_is_like_nothing(bursts: Bursts, code) -> None:
    nothing: Pixels = np.zeros((64, 64, 3), np.uint8)
    bursts.keep("a", "first", code(nothing), 0.0)
    assert np.isfinite(bursts.cosine(code(nothing), code(MUG)))
