"""Suspects: probabilities that mean what they say, on distances that are made up, with tags planted wrong."""

from __future__ import annotations

import numpy as np
import pytest

from edge_brain.suspects import worth_a_look, wrongness

CLASSES = 5


def judged(frames: int, planted: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return distances, tags, and which of them were planted wrong: most frames are near their class."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, CLASSES, frames)
    distances = random.normal(0, 12, (frames, CLASSES))
    distances[np.arange(frames), truth] -= 60
    wrong = random.random(frames) < planted
    tags = np.where(wrong, (truth + random.integers(1, CLASSES, frames)) % CLASSES, truth)
    return distances, tags, wrong


def told(distances: np.ndarray, tags: np.ndarray) -> np.ndarray:
    return wrongness(distances, tags, np.ones(len(tags)), 10.0, 60.0)


def test_planted_tags_are_found_and_no_others() -> None:
    distances, tags, planted = judged(400, 0.05)
    wrong = told(distances, tags)
    assert wrong[planted].mean() > 0.9 and wrong[~planted].mean() < 0.01
    assert ((wrong >= 0) & (wrong <= 1)).all()


def test_clean_tags_leave_nothing_to_look_at() -> None:
    distances, tags, _ = judged(400, 0.0)
    assert len(worth_a_look(told(distances, tags), 0.25)) == 0


def test_the_sum_of_the_probabilities_is_about_the_number_of_wrong_tags() -> None:
    for planted in (0.02, 0.1):
        expected, there = 0.0, 0
        for seed in range(5):
            distances, tags, wrong = judged(400, planted, seed)
            distances += np.random.default_rng(seed).normal(0, 20, distances.shape)  # harder: not all can be known
            expected, there = expected + float(told(distances, tags).sum()), there + int(wrong.sum())
        assert expected == pytest.approx(there, rel=0.4)


def test_what_looks_like_nothing_known_is_no_suspect() -> None:
    distances, tags, planted = judged(400, 0.05)
    distances[~planted & (np.arange(400) % 4 == 0)] = np.random.default_rng(1).normal(60, 12, CLASSES)
    odd = ~planted & (np.arange(400) % 4 == 0)
    wrong = told(distances, tags)
    assert wrong[planted].min() > wrong[odd].max()


def test_frames_of_one_scene_are_one_witness() -> None:
    distances, tags, _ = judged(100, 0.1)
    fourfold = wrongness(np.repeat(distances, 4, axis=0), np.repeat(tags, 4), np.full(400, 0.25), 10.0, 60.0)
    np.testing.assert_allclose(fourfold[::4], told(distances, tags), rtol=1e-6)


def test_nothing_to_compare_is_nothing_to_suspect() -> None:
    assert told(np.zeros((0, 3)), np.zeros(0, np.intp)).shape == (0,)
    assert told(np.zeros((4, 1)), np.zeros(4, np.intp)).tolist() == [0, 0, 0, 0]


def test_a_list_is_as_long_as_its_precision_allows() -> None:
    wrong = np.array([0.1, 0.9, 0.0, 0.5])
    assert worth_a_look(wrong, 0.5).tolist() == [1, 3, 0]
    assert worth_a_look(wrong, 0.95).tolist() == []
    assert worth_a_look(wrong, 0.0).tolist() == [1, 3, 0, 2]
