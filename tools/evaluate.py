"""Measure on folders of real pictures what edge_brain promises, each figure beside its bar.

    python tools/evaluate.py [DIR…] [--quick] [--only PART]

    accuracy    after 1 … 50 tagged pictures a class, beside other heads on the same codes     (accuracy.py)
    honesty     what the score says beside the truth on scenes it never saw                    (honesty.py)
    bursts      the scenes that an import finds, and the score when nobody recorded them       (bursts.py)
    confidence  whether confidence means what it says, and "unknown" finds what was never shown (confidence.py)
    suspects    wrong tags found, beside cleanlab; ranges of the learning curve; sharpness      (suspects.py)
    queue       what is learned of the first bursts of the queue, by the order it is in         (queue_order.py)

DIR has a folder for each class; without one the sets of $EDGE_BRAIN_DATA are taken. Exit code 1 when a bar is missed.
The quick form takes fewer sets, draws and pictures, a few minutes in all.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import accuracy
import bursts
import confidence
import honesty
import queue_order
import suspects
from figures import Figure, Neighbours, place, report
from photographs import SHARED
from pictures import Pictures, load, new_brain

from edge_brain import Brain

SETS = ("clothing", "grocery_produce", "sign_digits", "magnetic_tile", "cifar10", "video_scenes")
QUICK_SETS = ("clothing", "sign_digits", "magnetic_tile", "video_scenes")
_PHOTOGRAPHS = {"clothing", "grocery_produce", "sign_digits", "cifar10", "magnetic_tile"}  # worth counting shots on
_FAR = "imagenet_small"  # photographs of quite other things
_FAR_PICTURES = 200
_SUSPECTED = {"clothing", "grocery_produce"}


class Evaluation:
    """The parts, and what they share: the pictures, exposed once, and how thorough to be."""

    def __init__(self, folders: Sequence[Path], brain: Brain, far: Path, *, quick: bool) -> None:
        self.folders = folders
        self.brain = brain
        self.quick = quick
        self.sets = [load(folder, brain) for folder in folders]
        self.far = load(far, brain).codes(range(_FAR_PICTURES)) if far.is_dir() else []

    def accuracy(self) -> list[Figure]:
        """Measure accuracy beside other heads."""
        plans, draws = (accuracy.QUICK_PLANS, 2) if self.quick else (accuracy.PLANS, 3)
        zero_point = int(self.brain.store.setting("zero_point"))
        return accuracy.accuracy(self._of(_PHOTOGRAPHS), plans, draws, self.brain.extractor, zero_point)

    def honesty(self) -> list[Figure]:
        """Measure the score beside the truth."""
        return honesty.honesty(self.sets, (0.5, 0.7), 2 if self.quick else 20, self.brain.extractor)

    def bursts(self) -> list[Figure]:
        """Measure the scenes that are found."""
        extractor = self.brain.extractor
        return [*bursts.found(self.sets, extractor), *bursts.hidden(self.sets, 2 if self.quick else 8, extractor)]

    def confidence(self) -> list[Figure]:
        """Measure confidence and the unknown."""
        plans = confidence.QUICK_PLANS if self.quick else confidence.PLANS
        draws = confidence.QUICK_DRAWS if self.quick else confidence.DRAWS
        return confidence.confidence(self.sets, plans, draws, self.brain.extractor, self.far)

    def suspects(self) -> list[Figure]:
        """Measure what advice is founded on."""
        folders = [folder for folder in self.folders if folder.name in _SUSPECTED]
        return suspects.measured(folders, self._of(_SUSPECTED), self.brain, quick=self.quick)

    def queue(self) -> list[Figure]:
        """Measure the order of the queue."""
        return queue_order.queue_order(self.sets, 1 if self.quick else 3, self.brain.extractor)

    def _of(self, names: set[str]) -> list[Pictures]:
        """Return the sets of these names, or all where none has one of them."""
        return [pictures for pictures in self.sets if pictures.name in names] or self.sets


PARTS: dict[str, Callable[[Evaluation], list[Figure]]] = {
    "accuracy": Evaluation.accuracy, "honesty": Evaluation.honesty, "bursts": Evaluation.bursts,
    "confidence": Evaluation.confidence, "suspects": Evaluation.suspects,
    "queue": Evaluation.queue,
}  # fmt: skip


def main() -> int:
    """Evaluate the folders that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", metavar="DIR", nargs="*", type=Path, help="a folder for each class in it")
    parser.add_argument("--only", choices=PARTS, action="append", metavar="PART", help=f"one of {', '.join(PARTS)}")
    parser.add_argument("--extractor", help="which extractor (the default one)")
    parser.add_argument("--quick", action="store_true", help="fewer sets, draws and pictures")
    parser.add_argument(
        "--known-missed", action="append", default=[], metavar="FIGURE", help="a bar known to be missed"
    )
    options = parser.parse_args()
    data = Path(os.environ.get("EDGE_BRAIN_DATA") or SHARED)
    folders = options.folders or [data / name for name in (QUICK_SETS if options.quick else SETS)]
    if not all(folder.is_dir() for folder in folders):
        parser.error(f"there is no {', '.join(str(folder) for folder in folders if not folder.is_dir())}; name folders")
    neighbours, figures = Neighbours(), list[Figure]()
    with ExitStack() as stack:
        brain = stack.enter_context(new_brain(options.extractor))
        print(place(brain.threads, brain.exposer.extractor.runtime, brain.extractor), end="\n\n", flush=True)
        evaluation = Evaluation(folders, brain, data / _FAR, quick=options.quick)
        for name in options.only or PARTS:
            figures += PARTS[name](evaluation)
            print(f"{name} done", file=sys.stderr, flush=True)
    return report(figures, neighbours, known_missed=options.known_missed)


if __name__ == "__main__":
    sys.exit(main())
