"""Let three devices and a clone sync over a line that cuts, stalls and flips bytes; then look what is lost, or twice.

    python tools/bad_network.py                       500 cuts, over a WebDAV server and over an S3 server
    python tools/bad_network.py --extractor lite0-224    with the demo's photographs and the network that is shipped

Devices are processes, which are killed now and then; the servers are programs on the loopback; the line between them is
a proxy, whose harm a seed decides. How it is done stands in tests/faults/networks.py. The exit code is 1 when anything
came out as it should not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from figures import Neighbours, place, table

from edge_brain.images import encode_jpeg

TESTS = Path(__file__).resolve().parent.parent / "tests"
SHOWN = 20  # things that went wrong


def photographs(folder: Path, seed: int) -> Path:
    """Write the scenes of the demo into a folder for each class, and return it."""
    from demo import scenes

    for burst in scenes(seed)[0]:
        for number, frame in enumerate(burst.frames):
            path = folder / burst.label / f"{burst.name.replace(' ', '-')}-{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encode_jpeg(frame))
    return folder


def main() -> int:
    """Run the trial, and print what happened."""
    sys.path[:0] = [str(TESTS / "faults"), str(TESTS)]
    networks = import_module("networks")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hub", nargs="+", choices=networks.KINDS, default=networks.KINDS, help="the servers")
    parser.add_argument("--cuts", type=int, default=500, help="of the line to each server")
    parser.add_argument("--every", type=int, default=30_000, metavar="BYTES", help="harm is done about so often")
    parser.add_argument("--seed", type=int, default=0, help="of the harm, and of what devices do")
    parser.add_argument("--extractor", default="pixels", help="pixels, which is fast, or lite0-224, which is shipped")
    parser.add_argument("--place", type=Path, help="a folder on the disk to be tried on; else that of temporary files")
    asked = parser.parse_args()
    neighbours, shown = Neighbours(), place(1, "TFLite", asked.extractor)
    with tempfile.TemporaryDirectory(dir=asked.place) as folder:
        album = photographs(Path(folder) / "photographs", asked.seed) if asked.extractor != "pixels" else None
        tally = networks.networks(
            Path(folder), kinds=asked.hub, cuts=asked.cuts, every=asked.every, seed=asked.seed,
            extractor=asked.extractor, album=album,
        )  # fmt: skip
    names = dict.fromkeys(name.partition(": ")[2] for name in sorted(tally.figures, key=_order))
    rows = [[name, *(tally.figures.get(f"{kind}: {name}", "0") for kind in asked.hub)] for name in names]
    print(shown, table(["", *asked.hub], rows), sep="\n\n")
    print(f"\n{tally.lost} lost, {tally.torn} torn, {len(tally.wrong)} wrong; meanwhile {neighbours}")
    print(*(f"WRONG: {wrong}" for wrong in tally.wrong[:SHOWN]), sep="\n")
    return 1 if tally.wrong else 0


def _order(name: str) -> str:
    return name.partition(": ")[2]


if __name__ == "__main__":
    sys.exit(main())
