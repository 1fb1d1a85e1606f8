"""Measure on real pictures how well the shipped brain recognises, and whether its score can be believed.

    accuracy   of a Brain that was tagged 1, 5, 20 frames a class, beside other heads on the very same codes
    score      of a Brain that was tagged 70 % of the scenes, beside its truth on the scenes it never saw;
               and the same where frames, not scenes, are kept in reserve

Everything goes through the SDK: `Brain.create`, `tag_exposures`, `predict_codes`, `score`. Each picture is
coded once. Exit code 1 when a bar is missed; the bars need the four sets of FOUR. See samples.py for the data.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import samples
from figures import Figure, Neighbours, at_least, place, report, table
from rivals import RIVALS

from edge_brain import Brain, config, extractor
from edge_brain import score as scoring
from edge_brain.records import Exposure, Image, Tagging

FOUR = ("clothing", "grocery_produce", "sign_digits", "cifar10")  # what the bars are about
OURS = "edge_brain"
_LEARNED_SCENES = 0.7  # share
_OPEN_SCENES = 2  # a class has at least so many scenes to learn from, and half as many to be tried on


@dataclass(frozen=True)
class Coded:
    """A picture with its code."""

    exposure: Exposure
    sample: samples.Sample

    @property
    def label(self) -> str:
        """The class whose folder it lies in."""
        return self.sample.label


class Lab:
    """Makes brains, each in a folder of its own, and codes pictures once for all of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._brains = 0
        with self.brain() as brain:
            self.exposer = brain.exposer
            self.zero_point = int(brain.store.setting("zero_point"))

    def brain(self) -> Brain:
        """Return a new brain."""
        self._brains += 1
        return Brain.create(self._folder / str(self._brains))

    def code(self, folder: Path, most: int | None) -> list[Coded]:
        """Return the pictures of a set, at most so many of a class, coded; one that the SDK refuses raises."""
        taken: dict[str, int] = {}
        coded: dict[str, Coded] = {}
        for sample in _spread(samples.read(folder)):
            if most is None or taken.setdefault(sample.label, 0) < most:
                exposure = self.exposer.expose(sample.path)
                taken[sample.label] = taken.get(sample.label, 0) + (exposure.id not in coded)
                # the bytes are not needed any more, and to write them anew for each brain takes long
                coded.setdefault(exposure.id, Coded(replace(exposure, data=exposure.id.encode()), sample))
        return sorted(coded.values(), key=lambda each: each.sample.path)

    def levels(self, coded: Sequence[Coded]) -> np.ndarray:
        """Return the levels, float64 (n, d), of codes."""
        codes = np.stack([np.frombuffer(each.exposure.code, np.int8) for each in coded])
        return np.maximum(codes.astype(np.float64) - self.zero_point, 0)


# ── accuracy ────────────────────────────────────────────────────────────────────────────────────


def accuracies(lab: Lab, coded: Sequence[Coded], shots: int, seed: int, most: int | None) -> dict[str, float]:
    """Return for each head the share of right answers after so many frames a class."""
    learned, asked = _split(coded, shots, np.random.default_rng(seed), most)
    truth = np.array([each.label for each in asked])
    answers = {OURS: np.array(_answers(lab, learned, asked))}
    classes = np.array([each.label for each in learned])
    for name, rival in RIVALS.items():
        answers[name] = rival(lab.levels(learned), classes, lab.levels(asked))
    return {name: float((answer == truth).mean()) for name, answer in answers.items()}


def _answers(lab: Lab, learned: Sequence[Coded], asked: Sequence[Coded]) -> list[str]:
    """Return the first of the ranking for each picture, from a brain that learned all it was tagged.

    Nothing switches the reserve off. But the first burst of every class is learned, so all frames are
    tagged as one burst.
    """
    with lab.brain() as brain:
        tags = brain.tag_exposures([Tagging(each.exposure, each.label, "all") for each in learned])
        reserved = sum(tag.role != "learned" for tag in tags)
        if reserved or len(tags) != len(learned):
            raise SystemExit(f"{reserved} of {len(tags)} frames were not learned: this is no comparison of heads")
        predictions = brain.predict_codes([each.exposure.code for each in asked])
        return [prediction.ranking[0][0] for prediction in predictions]


def _split(
    coded: Sequence[Coded], shots: int, random: np.random.Generator, most: int | None
) -> tuple[list[Coded], list[Coded]]:
    """Draw the frames to learn, `shots` of each class but at most half of them, and those to ask, at most `most`."""
    learned, asked = list[Coded](), list[Coded]()
    for label in sorted({each.label for each in coded}):
        own = [each for each in coded if each.label == label]
        order = random.permutation(len(own)).tolist()
        count = min(shots, len(own) // 2)
        learned += [own[index] for index in order[:count]]
        asked += [own[index] for index in order[count:]][:most]
    return learned, asked


# ── score ───────────────────────────────────────────────────────────────────────────────────────


def scores(lab: Lab, coded: Sequence[Coded], column: str, seed: int) -> dict[str, tuple[float, float]]:
    """Return for each kind of reserve what the score says and what is true on scenes that were not tagged."""
    learned, unseen = _scenes(coded, column, np.random.default_rng(seed))
    by_frame = [learned[index] for index in np.random.default_rng(seed).permutation(len(learned)).tolist()]
    return {
        "scenes": _score_and_truth(lab, [(each, each.sample.scenes[column]) for each in learned], unseen, column),
        # each frame is a scene of its own: so the rule that reserves every fourth scene reserves frames at random
        "frames": _score_and_truth(lab, [(each, each.exposure.id) for each in by_frame], unseen, column),
    }


def _score_and_truth(
    lab: Lab, tagged: Sequence[tuple[Coded, str]], unseen: Sequence[Coded], column: str
) -> tuple[float, float]:
    with lab.brain() as brain:
        brain.tag_exposures([Tagging(each.exposure, each.label, burst) for each, burst in tagged])
        predictions = brain.predict_codes([each.exposure.code for each in unseen])
        told = brain.score().balanced_accuracy
    images = [
        Image(each.exposure.id, each.label, None, each.sample.scenes[column], answer, answer == each.label)
        for each, answer in zip(unseen, (prediction.ranking[0][0] for prediction in predictions), strict=True)
    ]
    truth = scoring.measure(images, {}).balanced_accuracy
    return float("nan") if told is None else told, float("nan") if truth is None else truth


def _scenes(coded: Sequence[Coded], column: str, random: np.random.Generator) -> tuple[list[Coded], list[Coded]]:
    """Draw 70 % of the scenes, in random order, and return their frames scene by scene, and those of the others.

    A draw that leaves a class without scenes on either side is drawn again.
    """
    names = sorted({each.sample.scenes[column] for each in coded})
    shown = {(each.sample.scenes[column], each.label) for each in coded}
    for _ in range(1000):
        order = [names[index] for index in random.permutation(len(names)).tolist()]
        chosen = order[: round(_LEARNED_SCENES * len(names))]
        inside = [label for scene, label in shown if scene in set(chosen)]
        outside = [label for scene, label in shown if scene not in set(chosen)]
        if all(
            inside.count(label) >= _OPEN_SCENES and outside.count(label) >= _OPEN_SCENES // 2
            for label in {label for _, label in shown}
        ):
            learned = [each for scene in chosen for each in coded if each.sample.scenes[column] == scene]
            return learned, [each for each in coded if each.sample.scenes[column] not in set(chosen)]
    raise SystemExit(f"column {column}: a class has too few scenes to hold some of them out")


def _spread(all_samples: Sequence[samples.Sample]) -> Iterator[samples.Sample]:
    """Yield samples in an order that is the same each time and favours no session."""
    for index in np.random.default_rng(0).permutation(len(all_samples)).tolist():
        yield all_samples[index]


# ── tables ──────────────────────────────────────────────────────────────────────────────────────


def print_accuracies(found: dict[tuple[str, int], dict[str, float]]) -> None:
    """Print a line for each set and number of shots."""
    heads = [OURS, *RIVALS]
    rows = [[name, str(shots), *(f"{own[head]:.1%}" for head in heads)] for (name, shots), own in found.items()]
    rows.append(["mean", "", *(f"{np.mean([own[head] for own in found.values()]):.1%}" for head in heads)])
    print(table(("accuracy", "shots", *heads), rows), end="\n\n")


def judged(found: dict[tuple[str, int], dict[str, float]]) -> list[Figure]:
    """Return the figures that have a bar, as far as the sets and shots for them were given."""
    if missing := [name for name in FOUR if name not in {name for name, _ in found}]:
        print(f"not judged: the bars are about {', '.join(FOUR)}, and {', '.join(missing)} is not among the sets\n")
        return []

    def mean(head: str, shots: int | None = None) -> float:
        taken = [own[head] for (name, k), own in found.items() if name in FOUR and shots in (None, k)]
        return 100 * float(np.mean(taken))

    ours, regression = mean(OURS), mean("logistic regression")
    gain = at_least("mean of four sets, beyond logistic regression", ours - regression, 0.0, " points",
                    f"{ours:.1f} %, logistic regression {regression:.1f} %")  # fmt: skip
    if 20 not in {shots for _, shots in found}:
        return [gain]
    ours, imprinting = mean(OURS, 20), mean("imprinting", 20)
    return [gain, at_least("20 shots, beyond imprinting", ours - imprinting, 4.0, " points",
                           f"{ours:.1f} %, imprinting {imprinting:.1f} %")]  # fmt: skip


def print_scores(found: dict[str, list[dict[str, tuple[float, float]]]]) -> None:
    """Print what scores say and what is true, a line for each set and kind of scene."""
    rows = []
    for name, draws in found.items():
        row = [name, str(len(draws))]
        for reserve in ("scenes", "frames"):
            told, truth = np.array([draw[reserve] for draw in draws]).T
            row += [f"{told.mean():.3f}", f"{truth.mean():.3f}", f"{np.abs(told - truth).mean():.3f}"]
        rows.append(row)
    head = ("score", "draws", "scenes reserved say", "truth", "mean error", "frames reserved say", "truth", "mean error")
    print(table(head, rows), end="\n\n")


def main() -> int:
    """Evaluate the sets that are given."""
    options = _options()
    found, told = dict[tuple[str, int], dict[str, float]](), dict[str, list[dict[str, tuple[float, float]]]]()
    with tempfile.TemporaryDirectory() as temporary:
        lab, neighbours = Lab(Path(temporary)), Neighbours()
        runtime = extractor.load(extractor.names()[0], threads=config.threads()).runtime
        print(place(config.threads(), runtime, extractor.names()[0]), end="\n\n", flush=True)
        for folder in options.sets:
            coded = lab.code(folder, options.most and options.most + max(options.shots))
            print(f"{folder.name}: {len(coded)} pictures", file=sys.stderr, flush=True)
            for shots in options.shots:
                draws = [accuracies(lab, coded, shots, seed, options.most) for seed in range(options.seeds)]
                means = {head: float(np.mean([draw[head] for draw in draws])) for head in draws[0]}
                found[folder.name, shots] = means
            for column in samples.SCENES:
                if all(column in each.sample.scenes for each in coded):
                    draws_ = [scores(lab, coded, column, seed) for seed in range(options.draws)]
                    told[f"{folder.name}, by {column}"] = draws_
    print_accuracies(found)
    if told:
        print_scores(told)
    return report(judged(found), neighbours)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="DIR", type=Path, help="folders that have a folder for each class")
    parser.add_argument("--shots", default="1,5,20", help="frames learned of each class (default %(default)s)")
    parser.add_argument("--seeds", type=int, default=3, help="draws of learned frames (default %(default)s)")
    parser.add_argument("--draws", type=int, default=6, help="draws of scenes (default %(default)s)")
    parser.add_argument("--quick", action="store_true", help="one seed, 5 and 20 shots, 30 pictures a class, 2 draws")
    options = parser.parse_args()
    if options.quick:
        options.shots, options.seeds, options.draws = "5,20", 1, 2
    options.most = 30 if options.quick else None  # pictures of a class that are asked
    options.shots = [int(number) for number in options.shots.split(",")]
    options.sets = options.sets or [samples.data_folder() / name for name in (*FOUR, "magnetic_tile")]
    for folder in options.sets:
        if not folder.is_dir():
            parser.error(f"there is no folder {folder}; give folders, or set EDGE_BRAIN_DATA")
    return options


if __name__ == "__main__":
    sys.exit(main())
