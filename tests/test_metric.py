"""The learned metric: solved, followed and left out must be the same thing."""

from __future__ import annotations

import numpy as np
import pytest

from edge_brain.head import Head
from edge_brain.head.metric import Metric, stack

LENGTH, CLASSES = 24, 4


def some_rows(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Rows int8 (count, LENGTH) scattered about CLASSES centres, and their classes."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(CLASSES, LENGTH)) * 12
    classes = np.arange(count) % CLASSES
    rows = centres[classes] + random.normal(size=(count, LENGTH)) * 14
    return np.clip(np.rint(rows), -127, 127).astype(np.int8), classes


def solve(rows: np.ndarray, classes: np.ndarray, views: int = 1, kind: type[Metric] = Metric) -> Metric:
    head = Head(LENGTH)
    head.learn([str(k) for k in classes], rows)
    _, counts, sums = stack(head.counts, head.sums, LENGTH)
    return kind(counts, sums, head.scatter, views)


def distances(metric: Metric, rows: np.ndarray) -> np.ndarray:
    weights, offsets = metric.discriminants()
    return offsets - rows.astype(float) @ weights.T


def test_a_metric_that_followed_each_row_equals_one_that_was_solved():
    rows, classes = some_rows(160)
    metric = solve(rows[:80], classes[:80])
    followed = 0
    for step in range(80, 160):
        known = metric.learn(int(classes[step]), rows[[step]].astype(float))
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
    metric = solve(rows[:-1], classes[:-1])
    before = distances(metric, rows)
    assert metric.learn(int(classes[-1]), rows[[-1]].astype(float))
    assert not np.allclose(distances(metric, rows), before)
    assert metric.unlearn(int(classes[-1]), rows[[-1]].astype(float))
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


@pytest.mark.parametrize("views", [1, 3])
def test_leaving_out_is_exact_where_classes_have_few_frames_and_many(views: int):
    rows, classes = views_of(*some_rows(120), views)
    kept = (classes != 1) | (np.arange(120) < 8)  # two frames of class 1, thirty of the others
    rows, classes, bursts = rows[kept], classes[kept], np.arange(120)[kept] // 8
    metric = solve(rows, classes, views)
    left_out = metric.leave_out(rows.astype(float), classes, bursts)
    inside_out = metric.leave_out_inside(rows.astype(float), classes, bursts)
    for burst in np.unique(bursts):
        own = bursts == burst
        refit = refit_with_ridge(rows[~own], classes[~own], metric)
        wanted = distances(refit, rows[own][:, 0])  # judged by the frame as it is
        if 1 in classes[~own]:
            np.testing.assert_allclose(left_out[own], wanted, rtol=1e-8, atol=1e-8)
            np.testing.assert_allclose(inside_out[own], inside(refit, rows[own][:, 0]), rtol=1e-4)
        else:
            assert np.isinf(left_out[own][:, 1]).all()


def views_of(rows: np.ndarray, classes: np.ndarray, views: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows int8 (n, views, LENGTH): each row, and others that differ a little from it."""
    noise = np.random.default_rng(9).integers(-9, 10, (len(rows), views, LENGTH))
    noise[:, 0] = 0
    return np.clip(rows[:, None] + noise, -127, 127).astype(np.int8), classes


def test_a_frame_and_its_views_are_followed_together():
    rows, classes = views_of(*some_rows(60, seed=3), 3)
    metric = solve(rows[:-1], classes[:-1], 3)
    before = distances(metric, rows[:, 0])
    assert metric.learn(int(classes[-1]), rows[-1].astype(float))
    exact = refit_with_ridge(rows, classes, metric)
    np.testing.assert_allclose(distances(metric, rows[:, 0]), distances(exact, rows[:, 0]), rtol=1e-8, atol=1e-8)
    assert metric.unlearn(int(classes[-1]), rows[-1].astype(float))
    np.testing.assert_allclose(distances(metric, rows[:, 0]), before, rtol=1e-8, atol=1e-8)


def test_a_class_of_few_frames_is_relieved_of_the_error_of_its_mean(monkeypatch: pytest.MonkeyPatch):
    random, length = np.random.default_rng(0), 240
    centres = random.normal(size=(3, length)) * 6
    learned, asked = np.repeat([0, 1, 2], [40, 40, 2]), np.arange(600) % 3
    rows, fresh = (np.rint(centres[k] + random.normal(size=(len(k), length)) * 20) for k in (learned, asked))
    head = Head(length)
    head.learn([str(k) for k in learned], np.clip(rows, -127, 127).astype(np.int8))
    _, counts, sums = stack(head.counts, head.sums, length)

    def shares_right() -> np.ndarray:
        right = distances(Metric(counts, sums, head.scatter), fresh).argmin(axis=1) == asked
        return np.array([right[asked == k].mean() for k in range(3)])

    relieved = shares_right()
    monkeypatch.setattr("edge_brain.head.metric._RELIEF", 0.0)
    without = shares_right()
    assert relieved[2] > without[2] + 0.1
    assert relieved.mean() > without.mean()


def test_bursts_of_all_sizes_are_left_out_at_once():
    rows, classes = some_rows(96)
    bursts = np.arange(96) // np.array([1, 5, 12, 3]).repeat(24)
    metric = solve(rows, classes)
    together = metric.leave_out(rows.astype(float), classes, bursts)
    for burst in np.unique(bursts):
        own = bursts == burst
        np.testing.assert_allclose(metric.leave_out(rows[own].astype(float), classes[own], bursts[own]), together[own])


def test_frames_that_are_left_out_again_after_tags_give_the_same_as_anew():
    rows, classes = some_rows(96, seed=1)
    metric = solve(rows[:80], classes[:80])
    bursts = np.arange(96) // 3
    metric.leave_out(rows[:60].astype(float), classes[:60], bursts[:60], frames=range(60))
    assert metric.learn(int(classes[80]), rows[[80]].astype(float))
    assert metric.learn(int(classes[81]), rows[[81]].astype(float))
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
    matrix = metric.precision.images(np.eye(LENGTH))
    root = np.linalg.cholesky(matrix * metric.spread() / whitened(metric, metric.means).mean())
    spokes = (metric.means - metric.centre) @ root
    span = np.linalg.svd(spokes, full_matrices=False)[2][: CLASSES - 1]
    wanted = (((rows - metric.centre) @ root @ span.T) ** 2).sum(axis=1)
    np.testing.assert_allclose(inside(metric, rows), wanted, rtol=1e-4)
    np.testing.assert_allclose(inside(metric, metric.means), (spokes**2).sum(axis=1), rtol=1e-4)


def whitened(metric: Metric, rows: np.ndarray) -> np.ndarray:
    """Squared distances from the background in the metric, but for its scale."""
    away = rows - metric.centre
    return np.einsum("ij,ij->i", metric.precision.images(away), away)


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
    """Solve anew, with the ridge of another metric: what `leave_out` holds."""

    class Held(Metric):
        def _wanted_ridge(self) -> float:
            return like.ridge

    return solve(rows, classes, like.views, Held)


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
