"""A promise is put to the test; where this machine refuses what that takes, the test says so and is skipped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from promises import PROMISES
from tally import Missing, Tally


@pytest.fixture
def kept(once: None, tmp_path: Path) -> Callable[[str], Tally]:
    """Put a promise to the test, briefly, and fail with all that should not be."""

    def kept(name: str) -> Tally:
        try:
            tally = PROMISES[name].put_to_the_test(tmp_path)
        except Missing as missing:
            pytest.skip(f"THIS PROMISE WAS NOT TRIED: {missing}")
        assert not tally.wrong, "\n".join(tally.wrong)
        assert tally.times > 0 and tally.lost == tally.torn == 0
        return tally

    return kept
