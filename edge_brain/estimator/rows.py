"""What comes in as X and y: rows as a brain takes them, and classes; whatever else it is, it is refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge_brain import labels
from edge_brain.errors import BadInput
from edge_brain.exposure import Coded, PictureLike

Rows: TypeAlias = "Sequence[PictureLike] | NDArray[Any]"


def rows_of(X: Any) -> Sequence[PictureLike]:
    """Return the rows of X, each as a brain takes it; BadInput for what is neither pictures nor codes."""
    if hasattr(X, "tocsr"):
        raise BadInput("sparse data is not taken: a code is dense; call `toarray()` first")
    if isinstance(X, list | tuple) and any(_is_picture(row) for row in X[:1]):
        return list(X)
    try:
        array = np.asarray(X)
    except ValueError as error:
        raise BadInput(f"the rows of X are not of one length: {error}") from error
    if array.dtype.kind in "OU" and array.ndim == 1:
        return list(array)
    if array.ndim == 4:
        return list(array)
    if array.ndim != 2:
        raise BadInput(
            f"X has the shape {array.shape}: give pictures, (n, height, width, 3), or codes, (n, length). Reshape your "
            "data, array.reshape(1, -1) if it is a single code"
        )
    for what, number in (("sample", len(array)), ("feature", array.shape[1])):
        if not number:
            raise BadInput(f"X has 0 {what}(s) (shape={array.shape}) while a minimum of 1 is required.")
    if array.dtype.kind == "c":
        raise BadInput("Complex data not supported: a code is of floats from 0 up, or of int8")
    if array.dtype != np.int8:
        try:
            array = array.astype(np.float64)
        except ValueError as error:
            raise BadInput(f"X holds what is no number: {error}") from error
        if array.min() < 0:
            raise BadInput("Negative values in data passed to BrainClassifier: take embeddings after the last ReLU")
    return [Coded(row) for row in array]


def _is_picture(row: Any) -> bool:
    """Say whether the first row of a list is a picture, and not numbers."""
    if isinstance(row, np.ndarray):
        return row.ndim == 3
    return not isinstance(row, list | tuple | int | float | complex | np.generic)


def length_of(rows: Sequence[PictureLike]) -> int | None:
    """Return how many numbers the codes have; None for pictures."""
    return len(rows[0].code) if len(rows) and isinstance(rows[0], Coded) else None


def classes_of(y: Any) -> NDArray[Any]:
    """Return y (n,) as classes; BadInput for what names none."""
    if y is None:
        raise BadInput("BrainClassifier requires y to be passed, but the target y is None")
    try:
        classes = np.asarray(y if hasattr(y, "__array__") else list(y))
    except (TypeError, ValueError) as error:
        raise BadInput(f"y is not one class for each row: {error}") from error
    if classes.ndim == 2 and classes.shape[1] == 1:
        classes = classes[:, 0]
    if classes.ndim != 1:
        raise BadInput(f"y has the shape {classes.shape}: give one class for each row, (n,)")
    if classes.dtype.kind == "f":
        if not np.isfinite(classes).all():
            raise BadInput("y holds NaN or infinity, which is no class")
        if (classes != np.rint(classes)).any():
            raise BadInput("Unknown label type: continuous. Classes are text, or whole numbers")
        if (abs(classes) >= 2**53).any():
            raise BadInput("y holds floats so great that they are no whole numbers any more")
        return classes.astype(np.int64)
    return classes.astype(str) if classes.dtype.kind == "O" else classes


def label_of(value: Any) -> str:
    """Return what a brain calls a class."""
    return labels.checked(str(value))


def is_number(label: str) -> bool:
    """Say whether a class's name is a whole number as Python writes one."""
    return re.fullmatch("0|-?[1-9][0-9]{0,17}", label) is not None
