"""Measure what edge_brain costs beside a bare loop over the same runtime, in one run, and judge it by bars.

    predict   a 640 × 480 array                       import    a folder of JPEGs, durably
    score     after one more tag of 2,000 frames      open      10,000 frames and the first prediction
    size      of the database, a frame                help      edge-brain --help beside import click
    growth    tag and score at 100, 1,000, 10,000 frames; what is paid once

Ratios are of medians, the two sides taking turns. Exit code 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from figures import Figure, at_least, at_most, in_turn, ms, place, report
from numpy.typing import NDArray
from PIL import Image
from synthetic import CLASSES, GrowingBrain, write_jpegs

from edge_brain import Brain, config, extractor
from edge_brain.exchange.folder import import_folder

LARGE, MEDIUM, SMALL = 10_000, 2_000, 100  # frames
NAME = extractor.names()[0]
_MODULES = {"litert": "ai_edge_litert.interpreter", "tflite-runtime": "tflite_runtime.interpreter"}


class BareLoop:
    """What one writes without edge_brain: decode all of the picture, stretch it, run the network."""

    def __init__(self, runtime: str, threads: int) -> None:
        entry = json.loads((config.models_folder() / "manifest.json").read_text())["extractors"][NAME]
        model = str(config.models_folder() / entry["file"])
        self.interpreter = importlib.import_module(_MODULES[runtime]).Interpreter(model_path=model, num_threads=threads)
        self.interpreter.allocate_tensors()
        self.size = entry["input"]["width"], entry["input"]["height"]
        self.input = self.interpreter.get_input_details()[0]["index"]
        self.output = self.interpreter.get_output_details()[0]["index"]

    def file(self, path: Path) -> NDArray[np.int8]:
        """Return the code of a file; plain Pillow, without its draft mode."""
        return self.array(np.asarray(Image.open(path).convert("RGB")))

    def array(self, pixels: NDArray[np.uint8]) -> NDArray[np.int8]:
        """Return the code, int8 (1, 1280), of uint8 RGB pixels, shape (height, width, 3)."""
        small = cv2.resize(pixels, self.size, interpolation=cv2.INTER_AREA)
        self.interpreter.set_tensor(self.input, (small ^ np.uint8(128)).view(np.int8)[None])
        self.interpreter.invoke()
        return np.asarray(self.interpreter.get_tensor(self.output))


class Bench:
    """The parts, and what they share: a folder for all they write, the bare loop, a brain that grows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.threads = config.threads()
        self.runtime = extractor.load(NAME).runtime
        self.loop = BareLoop(self.runtime, self.threads)
        self.pixels = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)

    @cached_property
    def brain(self) -> GrowingBrain:
        """A brain of made-up frames; parts that come later find it as large as the ones before left it."""
        return GrowingBrain(self.folder / "brain")

    def predict(self) -> list[Figure]:
        """Predict an array beside resizing and invoking."""
        made = GrowingBrain(self.folder / "predicting")
        with Brain.open(made.folder) as brain:
            made.grow(brain, MEDIUM)
            brain.predict(self.pixels)
            loop, ours = in_turn([lambda: self.loop.array(self.pixels), lambda: brain.predict(self.pixels)],
                                 rounds=25, each=20)  # fmt: skip
        told = f"{ours:.2f} ms, loop {loop:.2f} ms; {MEDIUM:,} frames, {CLASSES} classes"
        return [at_most("predict a 640×480 array ÷ bare loop", ours / loop, 1.15, remark=told)]

    def imports(self) -> list[Figure]:
        """Import a folder of JPEGs beside decoding, resizing and invoking them."""
        paths = write_jpegs(self.folder / "jpegs", 300)
        kilobytes = sum(path.stat().st_size for path in paths) / len(paths) / 1e3
        rounds = []
        for number in range(5):
            with Brain.create(self.folder / f"imported {number}") as brain:
                _ = brain.exposer  # both sides have loaded their network
                bare = ms(lambda: [self.loop.file(path) for path in paths])
                ours = ms(lambda brain=brain: import_folder(brain, self.folder / "jpegs"))
                assert len(brain.store.frames()) == len(paths)
            rounds.append((bare / ours, bare, ours))
        ratio, bare, ours = (statistics.median(column) for column in zip(*rounds, strict=True))
        told = f"{len(paths) / ours * 1e3:.0f} files/s, loop {len(paths) / bare * 1e3:.0f}; {kilobytes:.0f} kB a file"
        return [at_least("import JPEGs, throughput ÷ bare loop", ratio, 0.8, remark=told)]

    def score(self) -> list[Figure]:
        """Score after one more tag."""
        made = GrowingBrain(self.folder / "scoring", seed=1)
        with Brain.open(made.folder) as brain:
            made.grow(brain, MEDIUM)
            brain.score()
            tags, scores, invokes = tag_and_score(made, brain, self.loop.interpreter.invoke)
        name = f"score after one more tag, {MEDIUM:,} frames, {CLASSES} classes ÷ invoke"
        told = f"{statistics.median(scores):.2f} ms ({spread(scores)}), invoke {statistics.median(invokes):.2f} ms"
        return [
            at_most(name, statistics.median(scores) / statistics.median(invokes), 3.0, remark=told),
            Figure("that tag, without its code", f"{statistics.median(tags):.2f} ms", remark=spread(tags)),
        ]

    def growth(self) -> list[Figure]:
        """Tag and score at three sizes, and what a large brain costs once."""
        costs, figures = {}, []
        with Brain.open(self.brain.folder) as brain:
            for frames in (SMALL, 1_000, LARGE):
                self.brain.grow(brain, frames)
                brain.score()
                tags, scores, _ = tag_and_score(self.brain, brain, lambda: None)
                costs[frames] = statistics.median(tags), statistics.median(scores)
                told = f"tag {spread(tags)}; score {spread(scores)}"
                value = "tag {:.2f} ms, score {:.2f} ms".format(*costs[frames])
                figures.append(Figure(f"{frames:,} frames", value, remark=told))
        for place_, what in enumerate(("tag", "score")):
            ratio = costs[LARGE][place_] / costs[SMALL][place_]
            figures.append(at_most(f"{what} at {LARGE:,} frames ÷ at {SMALL}", ratio, 3.0))
        return [*figures, *self._paid_once()]

    def _paid_once(self) -> list[Figure]:
        """What the first score of a process, a retrain and the closing of a large brain cost."""
        brain = Brain.open(self.brain.folder)
        works: dict[str, Callable[[], object]] = {
            "the first score of a process": brain.score,
            "calibrate: the next prediction": lambda: brain.predict_codes([bytes(1280)]),
            "retrain": brain.retrain,
            "the first score after it": brain.score,
            "close, with a backup": brain.close,
        }
        return [Figure(f"{name}, {LARGE:,} frames", f"{ms(work):.0f} ms") for name, work in works.items()]

    def open(self) -> list[Figure]:
        """Open a large brain and predict, in a process of its own."""
        kept = [json.loads(run(_OPENING, str(self._large()))) for _ in range(1)]
        del kept  # the first reads the files
        runs, starts, peaks = [], [], []
        for _ in range(9):
            starts.append(ms(lambda: run("pass")))
            runs.append(ms(lambda: peaks.append(float(run(_OPENING, str(self.brain.folder))))))
        took = (statistics.median(runs) - statistics.median(starts)) / 1e3
        told = f"process {statistics.median(runs):.0f} ms, interpreter {statistics.median(starts):.0f} ms"
        frames = f"{LARGE:,} frames"
        with closing(sqlite3.connect(self.brain.folder / "brain.db")) as database, database:
            database.execute("DELETE FROM views")
        bare = ms(lambda: peaks.append(float(run(_OPENING, str(self.brain.folder)))))
        return [
            at_most(f"open and first prediction, {frames}", took, 1.0, " s", told),
            at_most("peak memory of that process", statistics.median(peaks[:-1]), 300.0, " MB"),
            Figure("the same without a kept classifier", f"{bare / 1e3:.2f} s, {peaks[-1]:.0f} MB"),
        ]

    def size(self) -> list[Figure]:
        """Weigh the database without its thumbnails."""
        copy = self.folder / "weighed.db"
        shutil.copy(self._large() / "brain.db", copy)
        with closing(sqlite3.connect(copy, isolation_level=None)) as database:
            frames = database.execute("SELECT count(*) FROM frames").fetchone()[0]
            database.execute("DROP TABLE thumbnails")
            database.execute("VACUUM")
            database.execute("PRAGMA journal_mode = DELETE")
        told = f"{frames:,} frames, thumbnails and originals aside"
        return [at_most("database, bytes a frame", copy.stat().st_size / frames, 2000, " B", told)]

    def help(self) -> list[Figure]:
        """Start the command line beside an interpreter that imports click."""
        command = Path(sys.executable).parent / "edge-brain"
        if not command.exists():
            return [Figure("edge-brain --help ÷ import click", "not installed", "≤ 1.5", False)]
        helping: list[Callable[[], object]] = [
            lambda: run("import click"),
            lambda: subprocess.run([command, "--help"], check=True, capture_output=True),
        ]
        in_turn(helping, rounds=2)
        click, ours = in_turn(helping, rounds=20)
        told = f"{ours:.0f} ms, click {click:.0f} ms, whole processes"
        return [at_most("edge-brain --help ÷ import click", ours / click, 1.5, remark=told)]

    def _large(self) -> Path:
        """Return the folder of the large brain, closed, with its calibrated classifier kept."""
        with Brain.open(self.brain.folder) as brain:
            self.brain.grow(brain, LARGE)
            brain.predict_codes([bytes(1280)])
        return self.brain.folder


def tag_and_score(
    made: GrowingBrain, brain: Brain, between: Callable[[], object], rounds: int = 30
) -> tuple[list[float], list[float], list[float]]:
    """Tag one frame, score, do something else, in turn; return the milliseconds of each."""
    taken: tuple[list[float], list[float], list[float]] = ([], [], [])
    brain.tag_exposures(list(made.scenes.taggings(1, named=False)))  # the sketches, once a process
    brain.score()
    for tagging in made.scenes.taggings(rounds, named=False):
        works = (lambda one=tagging: brain.tag_exposures([one]), brain.score, between)
        for times, work in zip(taken, works, strict=True):
            times.append(ms(work))
    return taken


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
    done = subprocess.run([sys.executable, "-c", program, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def main() -> int:
    """Run the parts that are asked for."""
    parts: dict[str, Callable[[Bench], list[Figure]]] = {
        "predict": Bench.predict, "import": Bench.imports, "score": Bench.score, "growth": Bench.growth,
        "open": Bench.open, "size": Bench.size, "help": Bench.help,
    }  # fmt: skip
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=parts, action="append", metavar="NAME", help=f"one of {', '.join(parts)}")
    chosen: Any = parser.parse_args().only or parts
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        print(place(bench.threads, bench.runtime, NAME), end="\n\n", flush=True)
        figures = []
        for name in chosen:
            figures += parts[name](bench)
            print(f"{name} done", file=sys.stderr)
    return report(figures)


if __name__ == "__main__":
    sys.exit(main())
