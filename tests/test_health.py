"""Frozen and black cameras, by their pictures alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_brain.capture.health import BLACK_S, FROZEN_S, FROZEN_SHOTS, Health


def noise(seed: int, level: int = 100) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(level, level + 4, (48, 64, 3)).astype(np.uint8)


def test_a_camera_whose_pictures_have_noise_is_well() -> None:
    health = Health()
    for number in range(100):
        health.saw(noise(number), number / 10)
        assert health.state.condition == "ok"


def test_the_same_picture_for_five_seconds_is_a_frozen_camera_until_another_comes() -> None:
    health = Health()
    for number in range(50):
        health.saw(noise(0), number / 10)
        assert health.state.condition == "ok"
    health.saw(noise(0), FROZEN_S)
    assert health.state.condition == "frozen"
    assert "for 5 s" in health.state.detail
    other = noise(0)
    other[1, 1] ^= 1  # not among those that are looked at first
    health.saw(other, FROZEN_S + 0.1)
    assert health.state.condition == "ok"


def test_a_still_picture_that_is_asked_for_rarely_needs_five_shots_to_be_frozen() -> None:
    health = Health()
    for number in range(FROZEN_SHOTS - 1):
        health.saw(noise(0), 60.0 * number)
        assert health.state.condition == "ok"
    health.saw(noise(0), 60.0 * FROZEN_SHOTS)
    assert health.state.condition == "frozen"


def test_black_for_two_seconds_is_told_until_there_is_light() -> None:
    health = Health()
    for number in range(20):
        health.saw(noise(number, level=0), number / 10)
        assert health.state.condition == "ok"
    health.saw(noise(20, level=0), BLACK_S)
    assert health.state.condition == "black"
    assert "lens" in health.state.detail
    health.saw(noise(21), BLACK_S + 0.1)
    assert health.state.condition == "ok"


def test_a_lamp_in_the_night_is_no_black_picture() -> None:
    health = Health()
    for number in range(100):
        night = noise(number, level=0)
        night[8:16, 8:16] = 200
        health.saw(night, number / 10)
    assert health.state.condition == "ok"


def test_pictures_that_change_their_size_are_not_the_same() -> None:
    health = Health()
    for number in range(100):
        health.saw(np.full((48 + number % 2, 64, 3), 90, np.uint8), float(number))
    assert health.state.condition == "ok"
