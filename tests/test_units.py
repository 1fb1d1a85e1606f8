"""Spans and sizes are read as people write them, and nothing else is."""

from __future__ import annotations

import pytest

from edge_brain.units import size_bytes, span_s


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2s", 2.0), ("500ms", 0.5), ("10m", 600.0), ("10 min", 600.0), ("1.5h", 5400.0), (" 1d ", 86400.0)],
)
def test_a_span_has_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert span_s(text) == seconds


@pytest.mark.parametrize(("text", "size"), [("500 MB", 5 * 10**8), ("2GiB", 2**31), ("0.5 kB", 500), ("1 B", 1)])
def test_a_size_has_a_number_and_a_unit(text: str, size: int) -> None:
    assert size_bytes(text) == size


@pytest.mark.parametrize("text", ["", "2", "s", "-2s", "2 s s", "1e3s", "soon", "2S", "nan s", "2GB"])
def test_anything_else_is_no_span(text: str) -> None:
    assert span_s(text) is None


@pytest.mark.parametrize("text", ["", "2", "2s", "MB", "2 mb", "2,5 MB", "-1 MB"])
def test_anything_else_is_no_size(text: str) -> None:
    assert size_bytes(text) is None
