"""Measure what edge_brain costs beside a bare loop over the same runtime, in one run, and judge it by bars.

    predict   a 640 × 480 array, also in production   import    a folder of JPEGs, durably
    watch     a video, beside reading, resizing and invoking
    score     after one more tag of 2,000 frames      growth    tag and score at 100, 1,000, 10,000 frames
    open      10,000 frames and the first prediction  size      of the database, a frame
    help      edge-brain --help beside import click

Ratios are of medians, the two sides taking turns. Exit code 1 when a bar is missed. What the brain is
filled with is made up (synthetic.py), but for the JPEGs: they are crops of scikit-image's photographs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from bare_loop import NAME, BareLoop
from figures import Figure, Neighbours, at_least, at_most, in_turn, ms, place, report, timed
from synthetic import CLASSES, GrowingBrain, write_jpegs

from edge_brain import Brain, config, extractor
from edge_brain.exchange.folder import import_folder

SMALL, MEDIUM, LARGE = 100, 2_000, 10_000  # frames
_NO_CODE = bytes(1280)
_VIDEO = "_video/bottle-detection.mp4"  # of the real pictures


class Bench:
    """The parts, and what they share: a folder for all they write, the bare loop, the large brain."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.threads = config.threads()
        self.runtime = extractor.load(NAME).runtime
        self.loop = BareLoop(self.runtime, self.threads)

    def predict(self) -> list[Figure]:
        """Predict an array, by a brain and by what is in production, beside resizing it and invoking the network."""
        pixels = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
        with GrowingBrain(self.folder / "predicting", MEDIUM) as grown:
            grown.brain.predict(pixels)
            grown.brain.release(self.folder / "1.brain")
            grown.brain.take_release(self.folder / "1.brain")
            with Brain.open(grown.brain.folder, production=True) as running:
                running.predict(pixels)
                works = [
                    lambda: self.loop.array(pixels),
                    *(partial(each.predict, pixels) for each in (grown.brain, running)),
                ]
                loop, ours, released = in_turn(works, rounds=25, each=20)
        told = f"{ours:.2f} ms, loop {loop:.2f} ms; {MEDIUM:,} frames, {CLASSES} classes"
        also = f"{released:.2f} ms, loop {loop:.2f} ms; it looks for a switch each time"
        return [
            at_most("predict a 640×480 array ÷ bare loop", ours / loop, 1.15, remark=told),
            at_most("the same by the release in production ÷ bare loop", released / loop, 1.15, remark=also),
        ]

    def imports(self) -> list[Figure]:
        """Import a folder of JPEGs beside decoding, resizing and invoking each of them."""
        jpegs = self.folder / "jpegs"
        paths = write_jpegs(jpegs, 300)
        rounds = []
        for number in range(7):
            with Brain.create(self.folder / f"imported {number}") as brain:
                brain.predict(paths[0])  # both sides have loaded their network
                bare = ms(lambda: [self.loop.file(path) for path in paths])
                done, ours = timed(partial(import_folder, brain, jpegs))
                assert done.learned + done.reserved == len(paths), done
            rounds.append((bare / ours, bare / len(paths), ours / len(paths)))
        ratio, bare, ours = (statistics.median(column) for column in zip(*rounds, strict=True))
        size = sum(path.stat().st_size for path in paths) / len(paths) / 1e3
        told = f"{ours:.2f} ms a file of {size:.0f} kB, loop {bare:.2f} ms"
        return [at_least("import JPEGs, throughput ÷ bare loop", ratio, 0.8, remark=told)]

    def watch(self) -> list[Figure]:
        """Watch a video beside reading, turning to RGB, resizing and invoking each of its frames."""
        path = Path(os.environ.get("EDGE_BRAIN_DATA") or "../shared/data") / _VIDEO
        name = "watch a video, frame rate ÷ bare loop"
        if not path.is_file():
            return [Figure(name, f"no {path}; set EDGE_BRAIN_DATA", "≥ 0.8", False)]
        rounds = []
        with GrowingBrain(self.folder / "watching", MEDIUM) as grown:
            grown.brain.predict_codes([_NO_CODE])
            for _ in range(3):
                frames, bare = timed(partial(self.loop.video, path))
                seen, ours = timed(lambda: sum(1 for _ in grown.brain.watch(str(path), every=True)))
                assert seen == frames + 1, "each frame is answered, and the end told"
                rounds.append((bare / ours, 1e3 * frames / bare, 1e3 * frames / ours))
        ratio, bare, ours = (statistics.median(column) for column in zip(*rounds, strict=True))
        told = f"{ours:.0f} a second, loop {bare:.0f}; {path.name}, {frames:,} frames"
        return [at_least(name, ratio, 0.8, remark=told)]

    def score(self) -> list[Figure]:
        """Score after one more tag."""
        with GrowingBrain(self.folder / "scoring", MEDIUM) as grown:
            costs = tag_and_score([grown], self.loop.interpreter.invoke)[0]
            answering = prediction_after_a_tag(grown)
        invoke = statistics.median(costs.others)
        told = f"{statistics.median(costs.scores):.2f} ms ({spread(costs.scores)}), invoke {invoke:.2f} ms"
        name = f"score after one more tag, {MEDIUM:,} frames, {CLASSES} classes ÷ invoke"
        return [
            at_most(name, statistics.median(costs.scores) / invoke, 3.0, remark=told),
            Figure("that tag, without its code", f"{statistics.median(costs.tags):.2f} ms", remark=spread(costs.tags)),
            Figure("the first prediction after a tag, without its code", f"{answering:.2f} ms", remark="it calibrates"),
        ]

    def growth(self) -> list[Figure]:
        """Tag and score at three sizes in turn, and what a large brain costs once."""
        figures, medians, sizes = [], [], (SMALL, 1_000, LARGE)
        with ExitStack() as stack:
            grown = [stack.enter_context(GrowingBrain(self.folder / f"growth {size}", size)) for size in sizes]
            for size, costs in zip(sizes, tag_and_score(grown), strict=True):
                medians.append((statistics.median(costs.tags), statistics.median(costs.scores)))
                value = "tag {:.2f} ms, score {:.2f} ms".format(*medians[-1])
                told = f"tag {spread(costs.tags)}; score {spread(costs.scores)}"
                figures.append(Figure(f"{size:,} frames, {CLASSES} classes", value, remark=told))
        for what, small, large in zip(("tag", "score"), medians[0], medians[-1], strict=True):
            figures.append(
                at_most(f"{what} at {LARGE:,} frames ÷ at {SMALL}", large / small, 10.0, remark="linear would be 100")
            )
        return [*figures, *paid_once(self.folder / f"growth {LARGE}")]

    def open(self) -> list[Figure]:
        """Open a large brain and predict, in a process of its own."""
        folder = self._large()
        run(_OPENING, str(folder))
        starts, runs, peaks = [], [], []
        for _ in range(9):
            starts.append(ms(partial(run, "pass")))
            peak, taken = timed(partial(run, _OPENING, str(folder)))
            runs.append(taken)
            peaks.append(float(peak))
        with closing(sqlite3.connect(folder / "brain.db", isolation_level=None)) as database:
            database.execute("DELETE FROM views")
        peak, uncached = timed(partial(run, _OPENING, str(folder)))
        again = ms(partial(run, _OPENING, str(folder)))
        process, start = statistics.median(runs), statistics.median(starts)
        what, told = f"open and first prediction, {LARGE:,} frames", f"process {process:.0f}, bare {start:.0f} ms"
        return [
            at_most(what, (process - start) / 1e3, 1.0, " s", told),
            at_most("peak memory of that process", max(peaks), 300.0, " MB"),
            Figure("the same without a kept classifier", f"{uncached / 1e3:.2f} s, {float(peak):.0f} MB"),
            Figure("and the process after that", f"{again / 1e3:.2f} s"),
        ]

    def size(self) -> list[Figure]:
        """Weigh the database without its thumbnails; the codes of views, which are optional, apart."""
        copy = self.folder / "weighed.db"
        shutil.copy(self._large() / "brain.db", copy)
        with closing(sqlite3.connect(copy, isolation_level=None)) as database:
            frames = database.execute("SELECT count(*) FROM frames").fetchone()[0]
            weights = []
            for table in ("thumbnails", "view_codes"):
                for statement in (f"DROP TABLE {table}", "VACUUM", "PRAGMA journal_mode = DELETE"):
                    database.execute(statement)
                weights.append(copy.stat().st_size / frames)
        whole, plain = weights
        told = f"{frames:,} frames, thumbnails and originals aside"
        return [
            at_most("database without views, bytes a frame", plain, 2000, " B", told),
            Figure("the codes of views, bytes a frame", f"{whole - plain:.0f} B", remark="two of each learned frame"),
        ]

    def help(self) -> list[Figure]:
        """Start the command line beside an interpreter that imports click."""
        name, command = "edge-brain --help ÷ import click", Path(sys.executable).parent / "edge-brain"
        if not command.exists():
            return [Figure(name, "not installed", "≤ 1.5", False)]
        ours_and_click: list[Callable[[], object]] = [
            partial(subprocess.run, [command, "--help"], check=True, capture_output=True),
            partial(run, "import click"),
        ]
        in_turn(ours_and_click, rounds=2)
        ours, click = in_turn(ours_and_click, rounds=20)
        told = f"{ours:.0f} ms, click {click:.0f} ms, whole processes"
        return [at_most(name, ours / click, 1.5, remark=told)]

    def _large(self) -> Path:
        """Return the folder of a large brain that is closed, as an app that has predicted leaves it."""
        folder = self.folder / f"growth {LARGE}"
        if not folder.exists():
            with GrowingBrain(folder, LARGE):
                pass
        with Brain.open(folder) as brain:
            brain.predict_codes([_NO_CODE])
        return folder


@dataclass(frozen=True)
class Costs:
    """Milliseconds of tagging one frame that is learned, of the score after it, and of something else."""

    tags: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)


def tag_and_score(
    brains: Sequence[GrowingBrain], other: Callable[[], object] | None = None, *, rounds: int = 6, each: int = 6
) -> list[Costs]:
    """Tag and score, a few frames at a time, in brain after brain; do the other thing a few times running.

    A frame that is reserved costs less, so it is tagged but not counted.
    """
    costs = [Costs() for _ in brains]
    for grown in brains:
        grown.brain.tag_exposures(list(grown.scenes.taggings(1, named=False)))  # what each process pays once
        grown.brain.score()
    for _ in range(rounds):
        for grown, cost in zip(brains, costs, strict=True):
            counted = len(cost.tags) + each
            while len(cost.tags) < counted:
                taggings = list(grown.scenes.taggings(1, named=False))
                tags, tagging = timed(partial(grown.brain.tag_exposures, taggings))
                scoring = ms(grown.brain.score)
                if tags[0].role == "learned":
                    cost.tags.append(tagging)
                    cost.scores.append(scoring)
            if other:
                time.sleep(0.2)  # OpenBLAS's threads spin on for 0.1 s: an invoke among them takes twice as long
                cost.others.extend(ms(other) for _ in range(3 * each))
    return costs


def prediction_after_a_tag(grown: GrowingBrain, rounds: int = 12) -> float:
    """Return the median milliseconds of the first prediction after a tag."""
    taken = []
    for tagging in grown.scenes.taggings(rounds, named=False):
        grown.brain.tag_exposures([tagging])
        taken.append(ms(partial(grown.brain.predict_codes, [_NO_CODE])))
    return statistics.median(taken)


def paid_once(folder: Path) -> list[Figure]:
    """Measure what the first score of a process, calibration, a retrain and the closing of a brain cost."""
    brain = Brain.open(folder)
    works: dict[str, Callable[[], object]] = {
        "the first score of a process": brain.score,
        "the calibration before the first prediction": partial(brain.predict_codes, [_NO_CODE]),
        "retrain": brain.retrain,
        "the first score after it": brain.score,
        "close, with what the next process needs": brain.close,
    }
    return [Figure(f"{name}, {LARGE:,} frames", f"{ms(work):.0f} ms") for name, work in works.items()]


def spread(times: list[float]) -> str:
    """Tell the quartiles and the worst of some milliseconds."""
    low, high = np.percentile(times, [25, 75])
    return f"{low:.1f} … {high:.1f}, worst {max(times):.1f} ms"


_OPENING = """
import re, sys
import numpy
from edge_brain import Brain
with Brain.open(sys.argv[1]) as brain:
    assert brain.predict(numpy.zeros((480, 640, 3), numpy.uint8)).ranking
    print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1e3)
"""


def run(program: str, *arguments: str) -> str:
    """Run a Python program in a process of its own and return what it printed."""
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def main() -> int:
    """Run the parts that are asked for."""
    parts: dict[str, Callable[[Bench], list[Figure]]] = {
        "predict": Bench.predict, "watch": Bench.watch, "import": Bench.imports, "score": Bench.score,
        "growth": Bench.growth, "open": Bench.open, "size": Bench.size, "help": Bench.help,
    }  # fmt: skip
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=parts, action="append", metavar="NAME", help=f"one of {', '.join(parts)}")
    chosen: Sequence[str] = parser.parse_args().only or list(parts)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        print(place(bench.threads, bench.runtime, NAME), end="\n\n", flush=True)
        neighbours, figures = Neighbours(), []
        for name in chosen:
            figures += parts[name](bench)
            print(f"{name} done", file=sys.stderr)
    return report(figures, neighbours)


if __name__ == "__main__":
    sys.exit(main())
