"""The inverse that follows: whatever was changed one by one, it is the inverse of what came of it."""

from __future__ import annotations

import numpy as np
import pytest

from edge_brain.head.precision import Precision, inverse

LENGTH = 40


def scatter(rows: int, length: int = LENGTH, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(rows, length)) * 10
    return vectors.T @ vectors


@pytest.mark.parametrize("length", [1, 2, 159, 161, 500])
def test_a_matrix_is_inverted_by_halves(length: int):
    matrix = scatter(2 * length, length) + np.eye(length)
    np.testing.assert_allclose(inverse(matrix), np.linalg.inv(matrix), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("changes", [1, 31, 32, 33, 100])
def test_changes_are_followed(changes: int):
    whole, random = scatter(60), np.random.default_rng(1)
    precision = Precision(whole.copy(), 5.0)
    for number in range(changes):
        vector, factor = random.normal(size=LENGTH) * 10, -0.01 if number % 3 == 2 else 0.9
        precision.change(vector, precision.images(vector[None])[0], factor)
        whole += factor * np.outer(vector, vector)
    wanted = np.linalg.inv(whole + 5.0 * np.eye(LENGTH))
    np.testing.assert_allclose(precision.images(np.eye(LENGTH)), wanted, rtol=1e-9, atol=1e-12)
    assert precision.trace == pytest.approx(np.trace(wanted))


@pytest.mark.parametrize("earlier", [0, 20, 40])
def test_images_of_an_earlier_step_are_brought_abreast(earlier: int):
    random, rows = np.random.default_rng(2), np.random.default_rng(3).normal(size=(7, LENGTH))
    precision, old = Precision(scatter(60), 5.0), None
    for number in range(70):
        if number == earlier:
            old = precision.images(rows)
        vector = random.normal(size=LENGTH)
        precision.change(vector, precision.images(vector[None])[0], 1.0)
    assert old is not None and not np.allclose(old, precision.images(rows))
    np.testing.assert_allclose(precision.abreast(rows, old, earlier), precision.images(rows), rtol=1e-9, atol=1e-12)
