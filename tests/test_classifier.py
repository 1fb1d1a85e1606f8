"""The solved head: probabilities that mean something, refusals that are rare, and bytes that come back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge_brain.classifier import (
    Calibration,
    Classifier,
    calibrate,
    familiarities,
    first_calibration,
    from_bytes,
    probabilities,
    to_bytes,
)

CLASSES = 4
numbers = st.floats(-1e4, 1e4)
some_distances = arrays(float, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=numbers)


def classifier(threshold: float | None = None, temperature: float = 10.0) -> Classifier:
    weights = np.random.default_rng(0).normal(size=(CLASSES, 8)).astype(np.float32)
    return Classifier(("cup", "fork", "mug", "чашка"), weights, np.arange(4.0), Calibration(temperature, threshold))


def rows(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 128, (count, 8), dtype=np.int8)


# ── answers ─────────────────────────────────────────────────────────────────────────────────────


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


def test_the_ranking_holds_every_class_the_most_probable_first() -> None:
    made, some = classifier(), rows(20)
    distances = made.distances(some)
    assert distances == pytest.approx(made.offsets - some.astype(float) @ made.weights.T.astype(float), rel=1e-4)
    for answer, row in zip(made.answers(some), distances, strict=True):
        assert [label for label, _ in answer.ranking] == [made.labels[k] for k in row.argsort()]
        assert sum(share for _, share in answer.ranking) == pytest.approx(1)
        assert (answer.label, answer.confidence) == answer.ranking[0]
        assert answer.familiarity == pytest.approx(-row.min())
    assert made.nearest(some) == [answer.label for answer in made.answers(some)]


def test_under_the_threshold_a_picture_is_unknown_and_still_ranked() -> None:
    some = rows(20)
    free = classifier().answers(some)
    middle = sorted(answer.familiarity for answer in free)[10]
    for answer, before in zip(classifier(middle).answers(some), free, strict=True):
        assert answer.known is (before.familiarity >= middle)
        assert answer.label == (before.label if answer.known else None)
        assert (answer.ranking, answer.confidence) == (before.ranking, before.confidence)
        assert (answer.threshold, before.threshold) == (middle, None)
        assert before.known, "without a threshold nothing is refused"


def test_a_classifier_without_classes_knows_nothing() -> None:
    empty = Classifier((), np.empty((0, 8), np.float32), np.empty(0), first_calibration(0.0))
    (answer,) = empty.answers(rows(1))
    assert (answer.label, answer.known, answer.confidence, answer.ranking) == (None, False, 0.0, [])
    assert empty.nearest(rows(2)) == [None, None]
    assert classifier().nearest(rows(0)) == classifier().answers(rows(0)) == []


# ── calibration ─────────────────────────────────────────────────────────────────────────────────


def evidence(count: int, temperature: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return distances and classes such that probabilities at that temperature are true."""
    random = np.random.default_rng(seed)
    distances = random.normal(size=(count, CLASSES)) * 6 * temperature - 20
    shares = probabilities(distances, temperature)
    classes = (random.random((count, 1)) > shares.cumsum(axis=1)).sum(axis=1).clip(0, CLASSES - 1)
    return distances, classes


@pytest.mark.parametrize("temperature", [0.5, 20.0, 300.0])
def test_the_temperature_that_makes_probabilities_true_is_found(temperature: float) -> None:
    distances, classes = evidence(2000, temperature)
    found = calibrate(distances, classes, np.arange(2000), first_calibration(300.0))
    assert found.temperature == pytest.approx(temperature, rel=0.12)


def test_a_handful_of_frames_moves_the_first_guess_only_a_little() -> None:
    distances, classes = evidence(3, 20.0)
    first = Calibration(100.0)
    few = calibrate(distances, classes, np.arange(3), first)
    many = calibrate(*evidence(2000, 20.0), np.arange(2000), first)
    assert abs(np.log(few.temperature / 100)) < abs(np.log(many.temperature / 100))


def test_the_threshold_refuses_about_5_percent_of_what_is_known() -> None:
    distances, classes = evidence(1000, 20.0)
    threshold = calibrate(distances, classes, np.arange(1000), Calibration(20.0)).threshold
    assert threshold is not None
    fresh, _ = evidence(1000, 20.0, seed=1)
    assert 0.03 <= (familiarities(distances) < threshold).mean() <= 0.05
    assert 0.02 <= (familiarities(fresh) < threshold).mean() <= 0.08


def test_each_burst_weighs_the_same_in_the_threshold() -> None:
    distances, classes = evidence(100, 20.0)
    distances[99] = 1e4 + np.arange(CLASSES)  # one strange frame …
    bursts = np.arange(100)
    once = calibrate(distances, classes, bursts, Calibration(20.0)).threshold
    strange = [np.concatenate([part, np.repeat(part[99:], 100, axis=0)]) for part in (distances, classes, bursts)]
    often = calibrate(*strange, Calibration(20.0)).threshold  # … in a burst of a hundred
    assert often == once != pytest.approx(-1e4)
    apart = calibrate(strange[0], strange[1], np.arange(200), Calibration(20.0)).threshold
    assert apart == pytest.approx(-1e4), "and in a hundred bursts it is what the brain must know"


@pytest.mark.parametrize(
    ("frames", "bursts", "enough"), [(19, 19, False), (20, 20, True), (40, 4, False), (40, 5, True)]
)
def test_there_is_no_threshold_without_evidence(frames: int, bursts: int, enough: bool) -> None:
    distances, classes = evidence(frames, 20.0)
    told = calibrate(distances, classes, np.arange(frames) % bursts, Calibration(20.0))
    assert (told.threshold is not None) is enough


def test_frames_whose_class_is_gone_with_their_burst_say_nothing() -> None:
    distances, classes = evidence(60, 20.0)
    wanted = calibrate(distances, classes, np.arange(60), Calibration(20.0))
    strange = np.full((5, CLASSES), 7.0)
    strange[:, 2] = np.inf
    more = np.concatenate([distances, strange]), np.append(classes, [2] * 5), np.arange(65)
    assert calibrate(*more, Calibration(20.0)) == wanted


@pytest.mark.parametrize("count", [0, 30])
def test_one_class_or_none_leaves_the_first_guess(count: int) -> None:
    first = first_calibration(600.0)
    one_class = np.zeros((count, 1)), np.zeros(count, np.intp), np.arange(count)
    assert calibrate(*one_class, first) is first
    assert first == Calibration(50.0, None)
    gone = np.full((count, CLASSES), np.inf), np.zeros(count, np.intp), np.arange(count)
    assert calibrate(*gone, first) is first


def test_the_first_guess_is_never_zero() -> None:
    assert first_calibration(0.0).temperature > 0


# ── bytes ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("threshold", [None, 0.0, -12.5])
def test_a_classifier_comes_back_from_its_bytes(threshold: float | None) -> None:
    made = classifier(threshold)
    again = from_bytes(to_bytes(made))
    assert (again.labels, again.calibration) == (made.labels, made.calibration)
    assert again.weights.dtype == np.float32 and np.array_equal(again.weights, made.weights)
    assert again.offsets.dtype == np.float64 and np.array_equal(again.offsets, made.offsets)
    assert again.answers(rows(5)) == made.answers(rows(5))


def test_a_classifier_without_classes_comes_back_too() -> None:
    empty = Classifier((), np.empty((0, 8), np.float32), np.empty(0), first_calibration(0.0))
    assert from_bytes(to_bytes(empty)).labels == ()


def test_bytes_that_would_run_code_are_refused() -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return pytest.fail, ("a pickle was loaded",)

    import io

    file = io.BytesIO()
    np.savez(file, labels=np.array([Trap()], object), threshold=np.nan, allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        from_bytes(file.getvalue())
