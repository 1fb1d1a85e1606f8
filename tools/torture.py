"""Put the promises to the test at length: kills, power cuts, failing disks, bad networks, lying hubs, a long soak.

    python tools/torture.py                 all of them, an hour or so
    python tools/torture.py kills cuts      some
    python tools/torture.py --quick         as CI does it, in a minute or two
    python tools/torture.py merge --histories 5000

How each is done stands in tests/faults, which does the same briefly. The exit code is 1 when anything that was
acknowledged was lost, when anything was torn, or when anything else came out as it should not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from figures import table

TESTS = Path(__file__).resolve().parent.parent / "tests"
SHOWN = 20  # things that went wrong, of one promise


def main() -> int:
    """Run the trials that are asked for, and print what became of the promises."""
    sys.path[:0] = [str(TESTS / "faults"), str(TESTS)]
    promises, missing = import_module("promises").PROMISES, import_module("tally").Missing
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", choices=[*promises, []], metavar="NAME", help=", ".join(promises))
    parser.add_argument("--quick", action="store_true", help="as much as CI does")
    parser.add_argument("--histories", type=int, metavar="N", help="so many histories of devices, for merge")
    parser.add_argument("--place", type=Path, help="a folder on the disk to be tried on; else that of temporary files")
    chosen = parser.parse_args()
    if chosen.histories is not None:
        promises["merge"] = replace(promises["merge"], at_length={"times": chosen.histories})
    tallies, untried = [], list[str]()
    for name in chosen.names or promises:
        with tempfile.TemporaryDirectory(dir=chosen.place) as place:
            try:
                tallies.append(promises[name].put_to_the_test(Path(place), at_length=not chosen.quick))
            except missing as error:
                untried.append(f"NOT TRIED: {name}: {error}")
                continue
        print(_line(name, tallies[-1]), flush=True)
    print()
    print(
        table(
            ["promise", "what was done", "times", "refused", "lost", "torn", "seconds"],
            [_cells(each) for each in tallies],
        )
    )
    print(*untried, sep="\n")
    return 1 if any(each.wrong for each in tallies) else 0


def _cells(tally: Any) -> list[str]:
    counts = (tally.times, tally.refused, tally.lost, tally.torn)
    return [tally.promise, tally.done, *(f"{count:,}" for count in counts), f"{tally.seconds:.0f}"]


def _line(name: str, tally: Any) -> str:
    told = [f"{name}: {tally.times:,} times in {tally.seconds:.0f} s, {tally.lost} lost, {tally.torn} torn"]
    told += [f"    {figure}: {value}" for figure, value in tally.figures.items()]
    told += [f"    WRONG: {wrong}" for wrong in tally.wrong[:SHOWN]]
    return "\n".join(told)


if __name__ == "__main__":
    sys.exit(main())
