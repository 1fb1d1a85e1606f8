"""kill −9 in the midst of a switch: there is always one whole release in production, the old one or the new."""

from __future__ import annotations

from pathlib import Path

import kills
import pytest
from acts import ACTS
from tally import Missing


def test_a_switch_that_is_killed_at_any_moment_leaves_a_whole_release_in_production(
    once: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kills, "ACTS", {"take releases": ACTS["take releases"]})
    try:
        tally = kills.kills(tmp_path, most=24)
    except Missing as missing:
        pytest.skip(f"THIS PROMISE WAS NOT TRIED: {missing}")
    assert not tally.wrong, "\n".join(tally.wrong)
    assert tally.times == 24 and tally.lost == tally.torn == 0
