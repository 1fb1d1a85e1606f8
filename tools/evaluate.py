"""Measure how right edge_brain is on folders of real pictures, and how far its score is from the truth.

    python tools/evaluate.py DIR… --shots 1,5,20 --seeds 3

Accuracy: a few pictures of each class are tagged through the SDK and the others predicted, beside other
heads on the same codes. The reserve is switched off for that by tagging everything as one burst, which is
learned. Score against truth, for folders with a groups.csv: a brain is tagged from 70 % of the bursts, its
score compared with its accuracy on the others; beside it the same with frames, not bursts, reserved.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from figures import Figure, Neighbours, at_least, place, report, table
from heads import HEADS
from numpy.typing import NDArray

from edge_brain import Brain, files
from edge_brain import score as scoring
from edge_brain.records import Exposure, Image, Score, Tagging

JUDGED = {"clothing", "grocery_produce", "sign_digits", "cifar10"}
OURS = "edge_brain"
OVER_IMPRINTING = 4.0  # points, at 20 shots
_COLUMNS = ("session", "student", "tile", "track", "burst")  # the coarsest is independent
_LEAST_BURSTS = 20  # in a set whose score is compared with the truth
_TAGGED = 0.7  # of the bursts

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Pictures:
    """A data set, exposed once: each picture with its class and its burst ("" where there is none)."""

    name: str
    exposures: list[Exposure]
    labels: NDArray[np.str_]
    bursts: NDArray[np.str_]

    def levels(self, chosen: Indices, zero_point: int) -> NDArray[np.float64]:
        """Return the codes' levels, shape (n, 1280)."""
        codes = np.stack([np.frombuffer(self.exposures[index].code, np.int8) for index in chosen])
        return codes.astype(np.float64) - zero_point


@contextmanager
def new_brain(extractor: str | None) -> Iterator[Brain]:
    """Make a brain that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, Brain.create(Path(folder) / "brain", extractor=extractor) as brain:
        yield brain


def load(folder: Path, brain: Brain) -> Pictures:
    """Expose all pictures of a folder that has a folder for each class; the same picture twice counts once."""
    groups = _groups(folder / "groups.csv")
    exposures: dict[str, tuple[Exposure, str, str]] = {}
    for inside in sorted(path for path in folder.iterdir() if path.is_dir()):
        for path in files.walk(inside):
            exposure = brain.exposer.expose(path, str(path))
            burst = groups.get(path.relative_to(folder).as_posix(), "")
            exposures.setdefault(exposure.id, (exposure, inside.name, burst))
    found, labels, bursts = zip(*exposures.values(), strict=True)
    return Pictures(folder.name, list(found), np.array(labels), np.array(bursts))


def _groups(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    column = next((name for name in _COLUMNS if name in rows[0]), None)
    return {row["file"]: row[column] for row in rows} if column else {}


# ── accuracy ────────────────────────────────────────────────────────────────────────────────────


def ours(pictures: Pictures, learned: Indices, asked: Indices, extractor: str) -> NDArray[np.str_]:
    """Return what a brain that learned some pictures says to others; always its first answer."""
    with new_brain(extractor) as brain:
        tags = brain.tag_exposures(
            [Tagging(pictures.exposures[index], pictures.labels[index], "all") for index in learned]
        )
        if len(tags) != len(learned) or any(tag.role != "learned" for tag in tags):
            raise RuntimeError("the reserve is not switched off")
        answers = brain.predict_codes([pictures.exposures[index].code for index in asked])
    return np.array([answer.ranking[0][0] for answer in answers])


def accuracies(pictures: Pictures, shots: int, seed: int, brain: Brain, most: int | None) -> dict[str, float]:
    """Return the accuracy, in per cent, of each head after so many pictures a class."""
    random = np.random.default_rng(seed)
    order = {name: random.permutation(np.flatnonzero(pictures.labels == name)) for name in np.unique(pictures.labels)}
    learned = np.concatenate([own[:shots] for own in order.values()])
    asked = np.concatenate([own[shots:][:most] for own in order.values()])
    truth, zero_point = pictures.labels[asked], int(brain.store.setting("zero_point"))
    told = {OURS: ours(pictures, learned, asked, brain.extractor)}
    for name, head in HEADS.items():
        known, labels = pictures.levels(learned, zero_point), pictures.labels[learned]
        told[name] = head(known, labels, pictures.levels(asked, zero_point))
    return {name: 100 * float(np.mean(answers == truth)) for name, answers in told.items()}


def accuracy_part(
    sets: Sequence[Pictures], shots: Sequence[int], seeds: int, brain: Brain, most: int | None
) -> list[Figure]:
    """Print the accuracy of all heads on all sets, and return the figures with their bars."""
    means: dict[tuple[str, int], dict[str, float]] = {}
    for pictures in sets:
        for shot in shots:
            draws = [accuracies(pictures, shot, seed, brain, most) for seed in range(seeds)]
            means[pictures.name, shot] = {name: float(np.mean([d[name] for d in draws])) for name in draws[0]}
    names = [OURS, *HEADS]
    lines = [[name, str(shot), *(f"{mean[head]:.1f}" for head in names)] for (name, shot), mean in means.items()]
    for shot in shots:
        own = [mean for (_, k), mean in means.items() if k == shot]
        lines.append(["mean", str(shot), *(f"{np.mean([mean[head] for mean in own]):.1f}" for head in names)])
    print(f"Accuracy, %, mean of {seeds} draws\n\n{table(['set', 'a class', *names], lines)}\n", flush=True)
    return _judged(means, sets)


def _judged(means: dict[tuple[str, int], dict[str, float]], sets: Sequence[Pictures]) -> list[Figure]:
    if not {pictures.name for pictures in sets} >= JUDGED:
        print(f"not judged: that takes the sets {', '.join(sorted(JUDGED))}\n")
        return []
    held = {key: mean for key, mean in means.items() if key[0] in JUDGED}

    def gain(over: str, chosen: Sequence[dict[str, float]]) -> float:
        return float(np.mean([mean[OURS] - mean[over] for mean in chosen]))

    figures = [at_least("points over logistic regression, all shots", gain("logistic regression", [*held.values()]), 0)]
    twenty = [mean for (_, shot), mean in held.items() if shot == 20]
    if twenty:
        figures.append(at_least("points over logistic regression, 20 a class", gain("logistic regression", twenty), 0))
        figures.append(at_least("points over imprinting, 20 a class", gain("imprinting", twenty), OVER_IMPRINTING))
    return figures


# ── the score against the truth ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Draw:
    """One brain: what its score said, and how right it is on bursts that it never saw."""

    score: Score
    truth: float


def draw(pictures: Pictures, seed: int, brain: Brain, *, by_frame: bool) -> Draw:
    """Tag a brain from 70 % of the bursts, burst by burst, and test it on the others.

    `by_frame` is what others call a random split: each frame is a burst of its own, so that roles fall frame by
    frame. They come shuffled: of a session that shows every class once, all frames would get the same role.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(np.unique(pictures.bursts))
    tagged = order[: round(_TAGGED * len(order))]
    place_of = {name: place for place, name in enumerate(tagged)}
    learned = sorted(np.flatnonzero(np.isin(pictures.bursts, tagged)), key=lambda i: place_of[pictures.bursts[i]])
    asked = np.flatnonzero(~np.isin(pictures.bursts, tagged))
    if by_frame:
        learned = random.permutation(learned).tolist()
    names = [exposure.id for exposure in pictures.exposures] if by_frame else pictures.bursts.tolist()
    with new_brain(brain.extractor) as own:
        own.tag_exposures([Tagging(pictures.exposures[i], pictures.labels[i], names[i]) for i in learned])
        score, answers = own.score(), own.predict_codes([pictures.exposures[i].code for i in asked])
    images = [
        Image(pictures.exposures[i].id, label, None, pictures.bursts[i], told, told == label)
        for i, label, told in zip(asked, pictures.labels[asked], (a.ranking[0][0] for a in answers), strict=True)
    ]
    return Draw(score, scoring.measure(images, {}).balanced_accuracy or 0.0)


def truth_part(sets: Sequence[Pictures], draws: int, brain: Brain) -> None:
    """Print what the score says beside the truth, with bursts reserved and with frames reserved."""
    lines = []
    for pictures in sets:
        bursts = len(np.unique(pictures.bursts))
        if bursts < _LEAST_BURSTS:
            continue
        for reserved in ("bursts", "frames"):
            drawn = [draw(pictures, seed, brain, by_frame=reserved == "frames") for seed in range(draws)]
            lines.append([pictures.name, str(bursts), reserved, *_told(drawn)])
    if lines:
        head = ["set", "bursts", "reserved", "score says", "truth", "mean error", "interval holds"]
        print(f"The score against the truth on unseen bursts, mean of {draws} draws\n\n{table(head, lines)}\n")


def _told(drawn: Sequence[Draw]) -> list[str]:
    said = [each.score.balanced_accuracy or 0.0 for each in drawn]
    errors = [abs(one - each.truth) for one, each in zip(said, drawn, strict=True)]
    holds = [low <= each.truth <= high for each in drawn for low, high in [each.score.interval or (0.0, 1.0)]]
    truth = float(np.mean([each.truth for each in drawn]))
    return [f"{np.mean(said):.3f}", f"{truth:.3f}", f"{np.mean(errors):.3f}", f"{sum(holds)} of {len(holds)}"]


def main() -> int:
    """Evaluate the folders that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", metavar="DIR", nargs="+", type=Path, help="a folder for each class in it")
    parser.add_argument("--shots", default="1,5,20", help="tagged pictures a class")
    parser.add_argument("--seeds", default=3, type=int, help="draws for the accuracy")
    parser.add_argument("--draws", default=6, type=int, help="draws for the score against the truth")
    parser.add_argument("--extractor", help="which extractor (the default one)")
    parser.add_argument("--quick", action="store_true", help="one seed, 5 and 20 a class, 30 asked a class, two draws")
    options = parser.parse_args()
    shots = [5, 20] if options.quick else [int(shot) for shot in options.shots.split(",")]
    seeds, draws, most = (1, 2, 30) if options.quick else (options.seeds, options.draws, None)
    neighbours = Neighbours()
    with new_brain(options.extractor) as brain:
        network = brain.exposer.extractor
        print(place(brain.threads, network.runtime, brain.extractor), end="\n\n", flush=True)
        sets = [load(folder, brain) for folder in options.folders]
        figures = accuracy_part(sets, shots, seeds, brain, most)
        truth_part(sets, draws, brain)
    return report(figures, neighbours) if figures else 0


if __name__ == "__main__":
    sys.exit(main())
