"""Drift: told when the last scenes lie farther out than chance would have it, and not else."""

from __future__ import annotations

import numpy as np

from edge_brain.drift import LAST, drift, last_bursts


def scenes(count: int, seed: int, shift: float = 0.0, classes: int = 3) -> tuple[np.ndarray, ...]:
    """Return distances, classes and bursts of scenes of two frames, the last of them shifted outwards."""
    random = np.random.default_rng(seed)
    bursts = np.repeat(np.arange(count), 2)
    labels = bursts % classes
    own = 10.0 * labels + random.normal(0, 1, len(bursts))
    own[bursts >= count - LAST] += shift
    return own, labels, bursts


def test_the_last_scenes_are_those_that_came_last() -> None:
    assert last_bursts(np.repeat(np.arange(40), 2)) == set(range(28, 40))


def test_scenes_far_out_are_told_the_farthest_frame_first() -> None:
    own, labels, bursts = scenes(60, 0, shift=3.0)
    own[-1] += 50
    told = drift(own, labels, bursts)
    assert told is not None
    assert told.scenes == LAST and told.share > 0.9
    assert told.frames[0] == len(own) - 1 and {bursts[place] for place in told.frames} == set(range(48, 60))


def test_classes_that_differ_are_no_drift() -> None:
    own, labels, bursts = scenes(60, 1)
    assert drift(own, labels, bursts) is None


def test_a_class_that_came_last_is_not_taken_for_another_place() -> None:
    """An import goes class by class: the last scenes are all of one class, and most of it."""
    own, _, bursts = scenes(60, 2, shift=8.0)
    assert drift(own, bursts // 15, bursts) is None


def test_few_scenes_tell_nothing() -> None:
    own, labels, bursts = scenes(20, 3, shift=8.0)
    assert drift(own, labels, bursts) is None
    assert drift(own[:0], labels[:0], bursts[:0]) is None


def test_chance_is_hardly_ever_told() -> None:
    assert sum(drift(*scenes(80, seed)) is not None for seed in range(300)) <= 3
