"""The solved head: answers that hold together, "unknown" under the threshold, and bytes that come back."""

from __future__ import annotations

import numpy as np
import pytest

from edge_brain.head.calibration import Calibration, familiarities
from edge_brain.head.classifier import Classifier, from_bytes, nothing, outside, to_bytes

CLASSES = 4


def classifier(threshold: float | None = None, temperature: float = 10.0) -> Classifier:
    random = np.random.default_rng(0)
    return Classifier(
        labels=("cup", "fork", "mug", "чашка"),
        weights=random.normal(size=(CLASSES, 8)).astype(np.float32),
        offsets=np.arange(4.0),
        axes=random.normal(size=(CLASSES, CLASSES)),
        origin=random.normal(size=CLASSES),
        background=random.normal(size=8).astype(np.float32),
        calibration=Calibration(temperature, threshold, spread=600.0, usual=60000.0, deviation=10000.0),
    )


def rows(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 128, (count, 8), dtype=np.int8)


# ── answers ─────────────────────────────────────────────────────────────────────────────────────


def test_the_ranking_holds_every_class_the_most_probable_first() -> None:
    made, some = classifier(), rows(20)
    distances = made.distances(some)
    assert distances == pytest.approx(made.offsets - some.astype(float) @ made.weights.T.astype(float), rel=1e-4)
    for answer, row in zip(made.answers(some), distances, strict=True):
        assert [label for label, _ in answer.ranking] == [made.labels[k] for k in row.argsort()]
        assert sum(share for _, share in answer.ranking) == pytest.approx(1)
        assert (answer.label, answer.confidence) == answer.ranking[0]
    assert made.nearest(some) == [answer.label for answer in made.answers(some)]
    inside = ((made.origin - distances @ made.axes) ** 2).sum(axis=1)
    familiar = familiarities(distances, inside, outside(some, made.background), made.calibration)
    assert [answer.familiarity for answer in made.answers(some)] == pytest.approx(familiar.tolist())


def test_outside_is_the_plain_squared_distance() -> None:
    some = rows(3).astype(np.float32)
    wanted = ((some - np.float32(0.5)) ** 2).sum(axis=1)
    assert outside(some, np.full(8, 0.5, np.float32)) == pytest.approx(wanted)


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
    empty = nothing(8)
    (answer,) = empty.answers(rows(1))
    assert (answer.label, answer.known, answer.confidence, answer.ranking) == (None, False, 0.0, [])
    assert empty.nearest(rows(2)) == [None, None]
    assert classifier().nearest(rows(0)) == classifier().answers(rows(0)) == []


# ── bytes ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("threshold", [None, 0.0, -12.5])
def test_a_classifier_comes_back_from_its_bytes(threshold: float | None) -> None:
    made = classifier(threshold)
    again = from_bytes(to_bytes(made))
    assert (again.labels, again.calibration) == (made.labels, made.calibration)
    assert again.weights.dtype == np.float32 and np.array_equal(again.weights, made.weights)
    assert again.background.dtype == np.float32
    assert again.offsets.dtype == np.float64 and np.array_equal(again.offsets, made.offsets)
    assert again.answers(rows(5)) == made.answers(rows(5))


def test_a_classifier_without_classes_comes_back_too() -> None:
    empty = nothing(8)
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
