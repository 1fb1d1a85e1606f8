"""kill −9 in the midst of a sync: brain and hub are whole, and the next sync completes."""

from __future__ import annotations

from collections.abc import Callable

from tally import Tally


def test_a_sync_that_is_killed_leaves_brain_and_hub_whole_and_is_completed_by_the_next(
    kept: Callable[[str], Tally],
) -> None:
    assert kept("sync").times == 10
