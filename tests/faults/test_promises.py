"""Nothing is lost: each promise put to the test, briefly; `tools/torture.py` does the same at length."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cuts
import pytest
from tally import Missing, Tally
from tracing import spread

Kept = Callable[[str], Tally]


def test_what_was_acknowledged_survives_kill_9_at_every_write_fsync_rename_and_unlink(kept: Kept) -> None:
    kept("kills")


def test_what_was_acknowledged_survives_a_power_cut(kept: Kept) -> None:
    kept("cuts")


def test_a_disk_that_fails_is_told_clearly_changes_nothing_and_heals(kept: Kept) -> None:
    assert kept("errors").refused > 0


def test_a_full_disk_is_told_clearly_changes_nothing_and_heals(kept: Kept) -> None:
    assert kept("full").refused > 0


def test_a_read_only_disk_is_told_clearly_changes_nothing_and_heals(kept: Kept) -> None:
    assert kept("read-only").refused > 0


def test_a_card_that_breaks_under_an_open_brain_loses_nothing_acknowledged(kept: Kept) -> None:
    assert kept("broken").refused > 0


def test_eight_processes_that_tag_one_brain_at_once_lose_nothing(kept: Kept) -> None:
    kept("taggers")


def test_no_clock_can_change_what_was_tagged(kept: Kept) -> None:
    kept("clocks")


def test_hostile_and_giant_pictures_take_no_more_than_256_mib_and_write_nothing_outside(kept: Kept) -> None:
    kept("hostile")


def test_no_name_leads_outside_the_brains_folder(kept: Kept) -> None:
    assert kept("names").refused > 0


def test_a_hub_that_breaks_off_or_lies_is_believed_in_nothing_that_it_did_not_give_back(kept: Kept) -> None:
    figures = kept("untrue").figures
    assert "0" not in (figures["lies"], figures["calls that broke off"], figures["pictures taken away"])


def test_neither_memory_nor_handles_nor_the_log_grow_while_a_camera_runs(kept: Kept) -> None:
    kept("soak")


# ── the trials themselves can fail ──────────────────────────────────────────────────────────────


def test_a_power_cut_takes_what_was_not_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    careless = "from edge_brain import database\ndatabase._PRAGMAS = ('journal_mode = WAL', 'synchronous = NORMAL')\n"
    monkeypatch.setattr(cuts, "WRITER", careless + cuts.WRITER)
    try:
        tally = cuts.power_cuts(tmp_path, times=2)
    except Missing as missing:
        pytest.skip(f"THIS PROMISE WAS NOT TRIED: {missing}")
    assert tally.lost > 0


def test_spread_takes_the_first_and_the_last() -> None:
    assert spread(list(range(10)), 4) == [0, 3, 6, 9]
    assert spread(list(range(3)), 4) == spread(list(range(3)), None) == [0, 1, 2]
