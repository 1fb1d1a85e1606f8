"""Calibration: probabilities that mean something, refusals that are rare, from frames that were left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge_brain.head.calibration import (
    Calibration,
    Evidence,
    calibrate,
    familiarities,
    first_calibration,
    probabilities,
)

CLASSES, MANY = 4, 1000  # MANY bursts of each class: none is missed
numbers = st.floats(-1e4, 1e4)
some_distances = arrays(float, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=numbers)


def evidence(count: int, temperature: float, seed: int = 0, learned_bursts: int = MANY) -> Evidence:
    """Return frames, each a burst, such that probabilities at that temperature are true."""
    random = np.random.default_rng(seed)
    distances = random.normal(size=(count, CLASSES)) * 6 * temperature - 20
    shares = probabilities(distances, temperature)
    classes = (random.random((count, 1)) > shares.cumsum(axis=1)).sum(axis=1).clip(0, CLASSES - 1)
    outside = 100 + 20 * random.normal(size=count)
    bursts = np.full(CLASSES, learned_bursts)
    return Evidence(distances, 5 * random.random(count), outside, classes, np.arange(count), bursts)


def of(frames: Evidence, chosen: np.ndarray) -> Evidence:
    """Return some of the frames."""
    return Evidence(
        *(part[chosen] for part in list(vars(frames).values())[:5]),
        learned_bursts=frames.learned_bursts,
    )


def familiar(frames: Evidence, told: Calibration) -> np.ndarray:
    return familiarities(frames.distances, frames.inside, frames.outside, told)


# ── confidence ──────────────────────────────────────────────────────────────────────────────────


@given(some_distances, st.floats(1e-3, 1e5))
def test_probabilities_are_a_softmax(distances: np.ndarray, temperature: float) -> None:
    shares = probabilities(distances, temperature)
    assert shares.sum(axis=1) == pytest.approx(np.ones(len(distances)))
    assert (shares >= 0).all()
    assert (shares.max(axis=1) == shares[np.arange(len(shares)), distances.argmin(axis=1)]).all()


def test_probabilities_have_their_known_values() -> None:
    assert probabilities(np.array([[0.0, 2.0 * np.log(3)]]), 1.0) == pytest.approx(np.array([[0.75, 0.25]]))
    assert probabilities(np.array([[np.inf, 5.0, 5.0]]), 3.0).tolist() == [[0, 0.5, 0.5]]


@given(some_distances, st.floats(0.1, 1e3), st.floats(1, 100))
def test_a_higher_temperature_is_never_surer(distances: np.ndarray, temperature: float, factor: float) -> None:
    surer, less_sure = (probabilities(distances, t).max(axis=1) for t in (temperature, temperature * factor))
    assert (less_sure <= surer + 1e-12).all()
    assert (less_sure >= 1 / distances.shape[1] - 1e-12).all()


@pytest.mark.parametrize("temperature", [2.0, 20.0, 300.0])
def test_the_temperature_that_makes_probabilities_true_is_found(temperature: float) -> None:
    found = calibrate(evidence(2000, temperature), first_calibration(1200.0))
    assert found.temperature == pytest.approx(temperature, rel=0.12)


def test_a_handful_of_frames_moves_the_first_guess_only_a_little() -> None:
    first = first_calibration(1200.0)
    few, many = (calibrate(evidence(count, 20.0), first).temperature for count in (3, 2000))
    assert abs(np.log(few / 100)) < abs(np.log(many / 100))


def test_a_class_that_lost_one_of_its_two_bursts_is_not_held_against_it() -> None:
    """Its mean errs by twice as much as that of any other class; unseen frames do not meet that."""
    frames = replace(evidence(400, 20.0), inside=np.full(400, 400.0))
    frames.distances[np.arange(400), frames.classes] += 100.0  # as much as a quarter of its own distance
    handicapped = calibrate(frames, first_calibration(1200.0))
    fair = calibrate(replace(frames, learned_bursts=np.full(CLASSES, 2)), first_calibration(1200.0))
    assert fair.temperature < 0.8 * handicapped.temperature


def test_of_classes_with_one_burst_each_the_temperature_shows_in_how_far_inside_their_frames_lie() -> None:
    frames = evidence(40, 20.0)
    frames.distances[np.arange(40), frames.classes] = np.inf
    near, far = (
        calibrate(replace(frames, inside=np.full(40, inside)), first_calibration(1200.0)) for inside in (50.0, 400.0)
    )
    assert near.temperature == pytest.approx(1200 / 9, rel=0.1)  # (1200/(16 · 50/2))²
    assert far.temperature == pytest.approx(1200, rel=0.2)
    assert (near.threshold, far.threshold) == (None, None)


# ── familiarity ─────────────────────────────────────────────────────────────────────────────────


def test_familiarity_has_its_known_values() -> None:
    told = Calibration(1.0, None, spread=100.0, usual=50.0, deviation=10.0)
    distances, inside = np.array([[-30.0, 5.0], [8.0, 4.0], [-30.0, 5.0]]), np.array([10.0, 0.0, 10.0])
    near = np.array([2.3, -0.4, 2.3])
    assert familiarities(distances, inside, np.array([50.0, 65.0, 85.0]), told) == pytest.approx(near - [0, 0, 4])
    assert familiarities(distances, inside, np.full(3, 1e9), Calibration(1.0, None, 100.0)) == pytest.approx(near)


def test_what_is_far_out_and_at_no_class_is_less_familiar_than_what_is_at_one() -> None:
    told = Calibration(1.0, None, 100.0)
    at_one, beyond = np.array([[-100.0, 100.0]]), np.array([[-140.0, 160.0]])
    outside = np.array([50.0])
    near = familiarities(at_one, np.array([100.0]), outside, told)
    assert near > familiarities(beyond, np.array([400.0]), outside, told)


def test_the_threshold_refuses_fewer_than_a_tenth_of_what_is_known() -> None:
    told = calibrate(evidence(1000, 20.0), first_calibration(1200.0))
    assert told.threshold is not None
    fresh = familiar(evidence(1000, 20.0, seed=1), told)
    assert 0.05 <= (fresh < told.threshold).mean() <= 0.10


def test_fewer_bursts_refuse_less() -> None:
    fresh = evidence(2000, 20.0, seed=99)
    refused = []
    for count in (20, 60, 240):
        told = [calibrate(evidence(count, 20.0, seed), first_calibration(1200.0)) for seed in range(20)]
        refused.append(float(np.mean([(familiar(fresh, one) < (one.threshold or 0.0)).mean() for one in told])))
    assert refused[0] < refused[1] < refused[2] < 0.10


def test_each_burst_weighs_the_same_in_the_threshold() -> None:
    frames = evidence(400, 20.0)
    frames.distances[399] = 1e4 + np.arange(CLASSES)  # one strange frame …
    often = of(frames, np.r_[np.arange(400), np.full(400, 399)])  # … in a burst of 401
    once, told = (calibrate(each, first_calibration(1200.0)).threshold for each in (frames, often))
    assert told == pytest.approx(once) and told is not None and told > -80
    apart = calibrate(replace(often, bursts=np.arange(800)), first_calibration(1200.0)).threshold
    assert apart is not None and apart < -80, "and in 401 bursts it is what the brain must know"


def test_a_session_that_shows_every_class_is_more_than_one_trial_and_fewer_than_its_classes() -> None:
    frames = evidence(240, 20.0)
    frames = replace(frames, classes=np.arange(240) % CLASSES)
    thresholds = [
        calibrate(replace(frames, bursts=bursts), first_calibration(1200.0)).threshold
        for bursts in (np.arange(240) % 60, np.arange(240) // CLASSES, np.arange(240))
    ]
    assert None not in thresholds
    one_class, session, apart = (threshold or 0.0 for threshold in thresholds)
    assert one_class <= session <= apart and one_class < apart


@pytest.mark.parametrize(("frames", "bursts", "enough"), [(9, 9, False), (10, 10, True), (40, 4, False), (40, 5, True)])
def test_there_is_no_threshold_without_evidence(frames: int, bursts: int, enough: bool) -> None:
    told = replace(evidence(frames, 20.0), bursts=np.arange(frames) % bursts)
    assert (calibrate(told, first_calibration(1200.0)).threshold is not None) is enough


def test_one_class_has_a_threshold_by_what_looks_like_nothing_learned() -> None:
    frames = evidence(60, 20.0)
    one = replace(
        frames,
        distances=np.zeros((60, 1)),
        inside=np.zeros(60),
        classes=np.zeros(60, int),
        learned_bursts=np.array([60]),
    )
    first = first_calibration(0.0)
    told = calibrate(one, first)
    assert told.temperature == first.temperature and told.threshold is not None
    known, strange = (familiarities(np.zeros((1, 1)), np.zeros(1), np.array([at]), told) for at in (110.0, 300.0))
    assert strange < told.threshold <= known


def test_frames_whose_class_is_gone_with_their_burst_are_no_example_of_a_known_frame() -> None:
    frames = evidence(60, 20.0)
    lone = of(frames, np.r_[np.arange(60), np.arange(5)])
    lone = replace(lone, bursts=np.arange(65))
    lone.distances[60:] = 1e5
    lone.distances[np.arange(60, 65), lone.classes[60:]] = np.inf
    wanted, told = (calibrate(each, first_calibration(1200.0)) for each in (frames, lone))
    assert told.threshold == pytest.approx(wanted.threshold, abs=1.0)


def test_nothing_left_out_leaves_the_first_guess() -> None:
    first = first_calibration(600.0)
    assert calibrate(of(evidence(5, 20.0), np.arange(0)), first) is first
    assert (first.temperature, first.threshold) == (50.0, None)
    assert first_calibration(0.0).temperature > 0
