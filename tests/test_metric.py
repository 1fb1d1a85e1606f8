"""The learned metric: solved, followed and left out must be the same thing."""

from __future__ import annotations

import numpy as np
import pytest

from edge_brain.head import Head
from edge_brain.metric import Metric, stack

LENGTH, CLASSES = 24, 4


def some_rows(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Rows int8 (count, LENGTH) scattered about CLASSES centres, and their classes."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(CLASSES, LENGTH)) * 12
    classes = np.arange(count) % CLASSES
    rows = centres[classes] + random.normal(size=(count, LENGTH)) * 14
    return np.clip(np.rint(rows), -127, 127).astype(np.int8), classes


def solve(rows: np.ndarray, classes: np.ndarray) -> Metric:
    head = Head(LENGTH)
    head.learn([str(k) for k in classes], rows)
    _, counts, sums = stack(head.counts, head.sums, LENGTH)
    return Metric(counts, sums, head.scatter)


def distances(metric: Metric, rows: np.ndarray) -> np.ndarray:
    weights, offsets = metric.discriminants()
    return offsets - rows.astype(float) @ weights.T


def test_a_metric_that_followed_each_row_equals_one_that_was_solved():
    rows, classes = some_rows(160)
    head = Head(LENGTH)
    head.learn([str(k) for k in classes[:80]], rows[:80])
    metric = solve(rows[:80], classes[:80])
    followed = 0
    for step in range(80, 160):
        known = metric.learn(int(classes[step]), rows[step].astype(float), head.scatter)
        head.learn([str(classes[step])], rows[step : step + 1])
        exact = solve(rows[: step + 1], classes[: step + 1])
        if known:
            followed += 1
            assert metric.ridge == exact.ridge
            np.testing.assert_allclose(distances(metric, rows), distances(exact, rows), rtol=1e-7, atol=1e-7)
        else:
            metric = exact
    assert followed > 40  # of 80: the others are steps of the ridge


def test_unlearning_a_row_takes_the_metric_back():
    rows, classes = some_rows(120)
    metric, head = solve(rows[:-1], classes[:-1]), Head(LENGTH)
    before = distances(metric, rows)
    head.learn([str(k) for k in classes[:-1]], rows[:-1])
    assert metric.learn(int(classes[-1]), rows[-1].astype(float), head.scatter)
    head.learn([str(classes[-1])], rows[-1:])
    assert not np.allclose(distances(metric, rows), before)
    assert metric.unlearn(int(classes[-1]), rows[-1].astype(float), head.scatter)
    np.testing.assert_allclose(distances(metric, rows), before, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("crossing", [False, True], ids=["bursts of one class", "bursts across classes"])
def test_leaving_a_burst_out_equals_never_having_learned_it(crossing: bool):
    rows, classes = some_rows(96)
    bursts = np.arange(96) // 12 if crossing else np.arange(96) // 16 * CLASSES + classes
    metric = solve(rows, classes)
    left_out = metric.leave_out(rows.astype(float), classes, bursts)
    for burst in np.unique(bursts):
        own = bursts == burst
        refit = refit_with_ridge(rows[~own], classes[~own], metric)
        np.testing.assert_allclose(left_out[own], distances(refit, rows[own]), rtol=1e-8, atol=1e-8)


def test_bursts_of_all_sizes_are_left_out_at_once():
    rows, classes = some_rows(96)
    bursts = np.arange(96) // np.array([1, 5, 12, 3]).repeat(24)
    metric = solve(rows, classes)
    together = metric.leave_out(rows.astype(float), classes, bursts)
    for burst in np.unique(bursts):
        own = bursts == burst
        np.testing.assert_allclose(metric.leave_out(rows[own].astype(float), classes[own], bursts[own]), together[own])


def test_frames_that_are_left_out_again_after_tags_give_the_same_as_anew():
    rows, classes = some_rows(96, seed=6)
    metric, head = solve(rows[:80], classes[:80]), Head(LENGTH)
    head.learn([str(k) for k in classes[:80]], rows[:80])
    bursts = np.arange(96) // 3
    metric.leave_out(rows[:60].astype(float), classes[:60], bursts[:60], frames=range(60))
    assert metric.learn(int(classes[80]), rows[80].astype(float), head.scatter)
    head.learn([str(classes[80])], rows[80:81])
    assert metric.learn(int(classes[81]), rows[81].astype(float), head.scatter)
    chosen = np.r_[6:30, 51:60, 78:82]  # some that were asked for before, some that were not
    again = metric.leave_out(rows[chosen].astype(float), classes[chosen], bursts[chosen], frames=chosen.tolist())
    anew = metric.leave_out(rows[chosen].astype(float), classes[chosen], bursts[chosen])
    np.testing.assert_allclose(again, anew, rtol=1e-9, atol=1e-9)
    refit = refit_with_ridge(rows[:82], classes[:82], metric)
    exact = refit.leave_out(rows[chosen].astype(float), classes[chosen], bursts[chosen])
    np.testing.assert_allclose(again, exact, rtol=1e-7, atol=1e-7)


def inside(metric: Metric, rows: np.ndarray) -> np.ndarray:
    axes, origin = metric.axes()
    return ((origin - distances(metric, rows) @ axes) ** 2).sum(axis=1)


def test_coordinates_tell_the_squared_distance_from_the_background_in_the_space_of_the_classes():
    rows, classes = some_rows(80)
    metric = solve(rows, classes)
    root = np.linalg.cholesky(metric.precision * metric.spread() / whitened(metric, metric.means).mean())
    spokes = (metric.means - metric.means.mean(axis=0)) @ root
    span = np.linalg.svd(spokes, full_matrices=False)[2][: CLASSES - 1]
    wanted = (((rows - metric.means.mean(axis=0)) @ root @ span.T) ** 2).sum(axis=1)
    np.testing.assert_allclose(inside(metric, rows), wanted, rtol=1e-4)
    np.testing.assert_allclose(inside(metric, metric.means), (spokes**2).sum(axis=1), rtol=1e-4)


def whitened(metric: Metric, rows: np.ndarray) -> np.ndarray:
    """Squared distances from the background in the metric, but for its scale."""
    away = rows - metric.means.mean(axis=0)
    return np.einsum("ij,jk,ik->i", away, metric.precision, away)


@pytest.mark.parametrize("size", [1, 3, 20])
def test_coordinates_of_a_burst_that_is_left_out_are_those_of_a_metric_that_never_learned_it(size: int):
    rows, classes = some_rows(80)
    metric, bursts = solve(rows, classes), np.arange(80) // size
    bursts[classes == 3] = 100  # all that the last class has
    told = metric.leave_out_inside(rows.astype(float), classes, bursts)
    for burst in (0, 2, 100):
        kept = bursts != burst
        refit = refit_with_ridge(rows[kept], classes[kept], metric)
        np.testing.assert_allclose(told[~kept], inside(refit, rows[~kept]), rtol=1e-4)


def test_one_class_spans_no_space():
    rows, _ = some_rows(8)
    metric = solve(rows, np.zeros(8, int))
    assert inside(metric, rows) == pytest.approx(np.zeros(8))
    assert metric.leave_out_inside(rows.astype(float), np.zeros(8, int), np.arange(8)) == pytest.approx(np.zeros(8))


def test_a_brain_whose_only_burst_is_left_out_knows_nothing():
    rows, classes = some_rows(8)
    assert np.isinf(solve(rows, classes).leave_out(rows.astype(float), classes, np.zeros(8, int))).all()


def refit_with_ridge(rows: np.ndarray, classes: np.ndarray, like: Metric) -> Metric:
    """Solve anew, with the ridge and the shrinkage of another metric: what `leave_out` holds."""
    refit = solve(rows, classes)
    within = np.linalg.inv(refit.precision) + (like.ridge - refit.ridge) * np.eye(LENGTH)
    refit.precision = np.linalg.inv(within)
    refit.weights = refit.means @ refit.precision
    refit._shrinkage = like._shrinkage  # type: ignore[method-assign]
    return refit


def test_a_class_that_is_gone_with_its_burst_is_infinitely_far():
    rows, classes = some_rows(40)
    bursts = np.where(classes == 2, 999, np.arange(40))
    left_out = solve(rows, classes).leave_out(rows.astype(float), classes, bursts)
    assert np.isinf(left_out[classes == 2, 2]).all()
    assert np.isfinite(left_out[:, [0, 1, 3]]).all()


@pytest.mark.parametrize("shots", [1, 2, 5])
def test_a_learned_row_is_nearest_to_its_own_class_from_the_first_shot(shots: int):
    rows, classes = some_rows(CLASSES * shots)
    nearest = distances(solve(rows, classes), rows).argmin(axis=1)
    np.testing.assert_array_equal(nearest, classes)


def test_one_class_alone_is_at_the_background():
    rows, _ = some_rows(8)
    metric = solve(rows, np.zeros(8, int))
    np.testing.assert_allclose(distances(metric, rows), 0, atol=1e-9)
