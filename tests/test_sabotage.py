"""The list of guards is true: each stands where it says, once, and its loss is noticed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY / "tools"))
from guards import GUARDS, Guard  # noqa: E402  (the tools are no package)

sys.path.remove(str(REPOSITORY / "tools"))


@pytest.mark.parametrize("guard", GUARDS, ids=[guard.name for guard in GUARDS])
def test_a_guard_stands_where_the_list_says_and_its_tests_are_there(guard: Guard) -> None:
    assert (REPOSITORY / "edge_brain" / guard.file).read_text().count(guard.code) == 1
    for test in guard.tests.split():
        assert (REPOSITORY / "tests" / test.split("::")[0]).is_file()


def test_a_guard_that_is_taken_away_is_missed_and_this_checkout_is_left_alone() -> None:
    before = (REPOSITORY / "edge_brain" / "clock.py").read_bytes()
    command = [sys.executable, REPOSITORY / "tools" / "sabotage.py", "--only", "order is not the wall clock"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "1 guards taken away, 1 noticed" in done.stdout and "test_clock.py::" in done.stdout
    assert (REPOSITORY / "edge_brain" / "clock.py").read_bytes() == before
