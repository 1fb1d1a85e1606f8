"""Hostile pictures and hostile names: what they cost in memory, and that nothing is written outside the brain."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pictures import scene
from states import unsound
from tally import LONG_BEFORE, Tally

from edge_brain import Brain
from edge_brain.errors import BadInput

HERE = Path(__file__).resolve().parent
MOST_MIB = 256
FEED = """
import sys
from pathlib import Path
from edge_brain import BadPicture, Brain, import_folder

def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) >> 10

with Brain.open(sys.argv[1]) as brain:
    for path in sorted(Path(sys.argv[2]).iterdir()):
        try:
            frame_id, told = brain.tag(path, "odd").frame_id, "kept"
            brain.predict(path)
        except BadPicture as error:
            told = "refused"
        print(told, peak(), path.name, sep="\\t", flush=True)
    imported = import_folder(brain, Path(sys.argv[2]).parent)
    print("imported", peak(), len(imported.refused), sep="\\t", flush=True)
"""
NAMES = (
    "../../x", "/etc/x", "..", ".", "a/b/../../../c", "C:\\x", "~root", "-rf", "x\0y", "x\ny", "\u202egpj.x", "é" * 100,
    "x" * 101, "x" * 10**6, "\ud800", "", " ", "CON", "'; DROP TABLE frames; --", "%s%n",
    "\u2024\u2024/x", "${HOME}", "😀",
)  # fmt: skip


def hostile(place: Path, *, fuzzed: int, extractor: str = "pixels") -> Tally:
    """Feed a brain all that is odd, one by one and as a folder, and look how large its process has become."""
    tally = Tally("hostile pictures are refused or harmless", "odd files tagged, predicted, imported")
    Brain.create(place / "kitchen", extractor=extractor).close()
    path = os.pathsep.join([str(HERE.parent), str(HERE.parent.parent)])
    environment = {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "2"}
    odd = place / "folder" / "odd"
    subprocess.run([sys.executable, str(HERE / "odd.py"), str(odd), str(fuzzed)], check=True, env=environment)
    before = _listed(place)
    done = subprocess.run(
        [sys.executable, "-c", FEED, str(place / "kitchen"), str(odd)],
        capture_output=True, text=True, env=environment, timeout=2 * LONG_BEFORE + fuzzed,
    )  # fmt: skip
    told = [line.split("\t") for line in done.stdout.splitlines()]
    tally.times = len(told)
    if done.returncode or not told or told[-1][0] != "imported":
        tally.wrong.append(f"after {told[-1:]}: {done.stderr[-2000:]}")
    peak = max((int(size) for _, size, _ in told), default=0)
    tally.figures |= {"refused": str(sum(each[0] == "refused" for each in told)), "peak": f"{peak} MiB"}
    if peak >= MOST_MIB:
        first = next(name for _, size, name in told if int(size) >= MOST_MIB)
        tally.wrong.append(f"memory: {peak} MiB, first with {first}")
    for what in unsound(place / "kitchen"):
        tally.tear(what)
    if _listed(place) != before:
        tally.wrong.append(f"written outside the brain: {sorted(_listed(place) ^ before)}")
    return tally.end()


def names(place: Path) -> Tally:
    """Use names that are no names as labels, bursts, sources and picture paths: refused or harmless, never a file."""
    tally = Tally("no name leads outside the brain's folder", "odd labels, bursts, sources, paths")
    with Brain.create(place / "deep" / "kitchen", extractor="pixels") as brain:
        before = _listed(place / "deep")
        for number, name in enumerate(NAMES):
            for where in ("label", "burst", "source"):
                tally.times += 1
                given = {"label": "mug", where: name}
                try:
                    brain.tag(scene("mug", number), **given)
                except BadInput:
                    tally.refused += 1
            tally.times += 1
            try:
                brain.tag(name, "mug")
            except (BadInput, ValueError):
                tally.refused += 1
        if _listed(place / "deep") != before:
            tally.wrong.append(f"written outside the brain: {sorted(_listed(place / 'deep') ^ before)}")
    for what in unsound(place / "deep" / "kitchen"):
        tally.tear(what)
    return tally.end()


def _listed(place: Path) -> set[str]:
    """Return all paths below a place but what lies in the brain."""
    return {str(path) for path in place.rglob("*") if "kitchen" not in path.parts and "itself" not in path.parts}
