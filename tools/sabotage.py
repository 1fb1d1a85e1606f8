"""Take the guards of edge_brain away, one at a time, and see whether a test cries out.

A guard whose loss no test notices is no promise. Each is removed in a copy of the checkout; first all tests that are to
notice something must pass there as it is. Exit code 1 when one does not, or when a guard's loss goes unnoticed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from figures import table
from guards import GUARDS, Guard

REPOSITORY = Path(__file__).resolve().parent.parent
_COPIED = ("edge_brain", "models", "tests", "tools", "scripts", "pyproject.toml", "README.md")


def copy(target: Path) -> None:
    """Copy what the tests need of this checkout."""
    for name in _COPIED:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target / name)


def remove(guard: Guard, checkout: Path) -> None:
    """Take a guard out of a checkout."""
    path = checkout / "edge_brain" / guard.file
    text = path.read_text()
    if text.count(guard.code) != 1:
        raise SystemExit(f"{guard.name}: its code stands {text.count(guard.code)} times in {guard.file}, not once")
    path.write_text(text.replace(guard.code, guard.without))


def run(checkout: Path, tests: Sequence[str]) -> tuple[int, str]:
    """Run tests of a checkout up to the first that fails; return pytest's exit code and the last it said."""
    named = [f"tests/{test}" for test in tests]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *named]
    # the copy comes before whatever is installed, and leaves nothing compiled behind
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.setdefault("EDGE_BRAIN_DATA", str(REPOSITORY.parent / "shared" / "data"))
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def noticed_by(guard: Guard) -> str | None:
    """Return the test that fails when a guard is gone; None when none does."""
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder)
        copy(checkout)
        remove(guard, checkout)
        code, said = run(checkout, guard.tests.split())
    if code == 0:
        return None
    if code != 1:  # tests that fail are 1; anything else means that they did not run
        raise SystemExit(f"{guard.name}: the tests did not run:\n{said}")
    found = re.search(r"^(?:FAILED|ERROR) tests/(.+?)(?: - .*)?$", said, re.MULTILINE)
    return found[1] if found else "a test"


def main() -> int:
    """Remove the guards that are asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="WORDS", help="guards whose name holds these words")
    wanted = parser.parse_args().only or ""
    guards = [guard for guard in GUARDS if wanted in guard.name]
    with tempfile.TemporaryDirectory() as folder:
        copy(Path(folder))
        code, said = run(Path(folder), sorted({test for guard in guards for test in guard.tests.split()}))
        if code != 0:
            print(said, file=sys.stderr)
            raise SystemExit("the tests do not pass with every guard in its place")
    rows, unnoticed = [], 0
    for guard in guards:
        started = time.monotonic()
        test = noticed_by(guard)
        unnoticed += test is None
        rows.append((guard.name, guard.file, test or "NOBODY", f"{time.monotonic() - started:.0f} s"))
        print(f"{guard.name}: {rows[-1][2]}", file=sys.stderr)
    print(table(("guard taken away", "from", "noticed by", "after"), rows))
    print(f"\n{len(rows)} guards taken away, {len(rows) - unnoticed} noticed")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
