"""Spans of time and sizes as people write them: 2s, 500ms, 10m, 1h; 500 MB, 2 GiB."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SPANS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DECIMAL = {"B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZES = {**_DECIMAL, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def span_s(text: str) -> float | None:
    """Return the seconds of a span of time; None when the text is none, also for a number without a unit."""
    return _measured(text, _SPANS)


def size_bytes(text: str) -> int | None:
    """Return the bytes of a size; None when the text is none, also for a number without a unit."""
    size = _measured(text, _SIZES)
    return None if size is None else int(size)


def _measured(text: str, units: Mapping[str, float]) -> float | None:
    found = re.fullmatch(r"(\d{1,12}(?:\.\d{1,6})?)\s*([A-Za-z]+)", text.strip())
    return float(found[1]) * units[found[2]] if found and found[2] in units else None
