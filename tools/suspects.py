"""Measure what advice is founded on: suspects beside cleanlab's, the ranges of the curve, and the sharpness.

Suspects: tags of folders of real pictures are planted wrong, 5 % of them, to any other class or to the one that is
mistaken most; the list of the brain is compared with cleanlab's on the same left-out probabilities, by average
precision: all of its filters and rankings, the best on the mean of all draws shown, though nobody could choose it
beforehand. Curve: fitted on n scenes a class; how often the accuracy with 2n lies in the range that was said.
Sharpness: pictures blurred by known amounts beside pictures as they are, of other scenes, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from figures import Figure, at_least, table
from numpy.typing import NDArray
from pictures import Pictures

from edge_brain import Brain, curve, evidence, files, images, quality
from edge_brain.head import plain_rows
from edge_brain.head.calibration import probabilities
from edge_brain.learner import Learner
from edge_brain.records import Change

PLANTED = 0.05
WHERE = ("any class", "look-alike")
EQUAL = 0.01  # of average precision: less is noise between draws
_RANGES_HOLD = 0.7  # of the ranges: they are meant to in 0.8
_FILTERS = (
    "prune_by_noise_rate", "prune_by_class", "both", "confident_learning", "predicted_neq_given",
    "low_normalized_margin", "low_self_confidence",
)  # fmt: skip
_RANKINGS = ("self_confidence", "normalized_margin", "confidence_weighted_entropy")

Indices = NDArray[np.intp]
Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]


def average_precision(found: Sequence[int], wrong: NDArray[np.bool_]) -> float:
    """Return the average precision of a list, best first; a wrong tag that it lacks counts as never found."""
    hits = wrong[np.asarray(found, np.intp)]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float((precision * hits).sum() / max(wrong.sum(), 1))


# ── suspects ────────────────────────────────────────────────────────────────────────────────────


def learner_of(pictures: Pictures, tags: Indices, chosen: Indices, brain: Brain) -> Learner:
    """Return a learner that has learned the chosen pictures under these tags, each a scene of its own."""
    learner = Learner(int(brain.store.setting("code_length")), int(brain.store.setting("zero_point")))
    names = np.unique(pictures.labels)
    learner.apply(
        [
            Change(frame=int(index), id=pictures.exposures[index].id, burst=int(index), burst_name=str(index),
                   role="learned", taken_at=None, before=None, after=str(names[tags[index]]),
                   code=pictures.exposures[index].code)
            for index in chosen
        ]
    )  # fmt: skip
    return learner


def plant(tags: Indices, classes: int, seed: int, alike: Indices | None) -> tuple[Indices, NDArray[np.bool_]]:
    """Return tags of which some are wrong, to any class or to the one that is mistaken most, and which these are."""
    random = np.random.default_rng(seed)
    chosen = random.choice(len(tags), round(PLANTED * len(tags)), replace=False)
    planted = tags.copy()
    others = (tags[chosen] + random.integers(1, classes, len(chosen))) % classes
    planted[chosen] = others if alike is None else alike[tags[chosen]]
    return planted, np.isin(np.arange(len(tags)), chosen)


def left_out_probabilities(learner: Learner) -> tuple[Floats, Indices]:
    """Return what the brain itself makes of its left-out distances, and the classes: what cleanlab is given."""
    left_out, temperature = learner.leave_out(), learner.classifier().calibration.temperature
    return probabilities(left_out.distances, temperature), left_out.classes


def cleanlab_lists(shares: Floats, tags: Indices) -> dict[str, Indices]:
    """Return the list of each of cleanlab's filters and rankings; none where it is not installed."""
    if find_spec("cleanlab") is None:
        return {}
    from cleanlab.filter import find_label_issues

    return {
        f"{kind}, {ranking}": find_label_issues(
            tags, shares, filter_by=kind, return_indices_ranked_by=ranking, n_jobs=1
        )
        for kind in _FILTERS
        for ranking in _RANKINGS
    }


def suspects_part(sets: Sequence[Pictures], draws: int, brain: Brain) -> list[Figure]:
    """Print the average precision of all lists, and return ours beside the best and the default of cleanlab's."""
    lines, figures = [], []
    for pictures in sets:
        names, tags = np.unique(pictures.labels, return_inverse=True)
        whole = np.arange(len(tags))
        shares, _ = left_out_probabilities(learner_of(pictures, tags, whole, brain))
        mistaken = np.stack([shares[tags == label].mean(axis=0) for label in range(len(names))])
        np.fill_diagonal(mistaken, 0)
        for where, alike in zip(WHERE, (None, mistaken.argmax(axis=1)), strict=True):
            told: dict[str, list[float]] = defaultdict(list)
            for seed in range(draws):
                planted, wrong = plant(tags, len(names), seed, alike)
                learner = learner_of(pictures, planted, whole, brain)
                order = {frame.id: place for place, frame in enumerate(learner.learned.all().frames)}
                for name, precision in (("all", 0.0), ("list", evidence.WORTH_A_LOOK)):
                    found = [order[each.id] for each in evidence.suspects(learner, precision)]
                    told[f"ours, {name}"].append(average_precision(found, wrong))
                for name, found in cleanlab_lists(*left_out_probabilities(learner)).items():
                    told[name].append(average_precision(found.tolist(), wrong))
            means = {name: float(np.mean(values)) for name, values in told.items()}
            theirs = {name: mean for name, mean in means.items() if not name.startswith("ours")}
            what = f"suspects, {pictures.name}, {where}: average precision"
            if not theirs:
                lines.append([pictures.name, where, f"{means['ours, list']:.3f}", f"{means['ours, all']:.3f}",
                              "–", "–", "cleanlab is not installed"])  # fmt: skip
                figures.append(Figure(what, f"{means['ours, list']:.2f}", remark="cleanlab is not installed"))
                continue
            best = max(theirs, key=lambda name: theirs[name])
            usual = theirs["prune_by_noise_rate, self_confidence"]
            lines.append([pictures.name, where, f"{means['ours, list']:.3f}", f"{means['ours, all']:.3f}",
                          f"{usual:.3f}", f"{theirs[best]:.3f}", best])  # fmt: skip
            figures.append(at_least(f"{what} over cleanlab's default", means["ours, list"] - usual, 0.0))
            figures.append(at_least(f"{what} over cleanlab's best", means["ours, all"] - theirs[best], -EQUAL))
    head = ["set", "planted to", "our list", "all ranked", "cleanlab", "best of 21", "which is"]
    print(f"Suspects, average precision, mean of {draws} draws\n\n{table(head, lines)}\n", flush=True)
    return figures


# ── the learning curve ──────────────────────────────────────────────────────────────────────────


def curve_part(sets: Sequence[Pictures], draws: int, brain: Brain, scenes: Sequence[int]) -> list[Figure]:
    """Print how often the accuracy with twice the scenes lies in the range that was said, and return the figure."""
    lines, held = [], []
    for pictures in sets:
        names, tags = np.unique(pictures.labels, return_inverse=True)
        for count in scenes:
            if np.bincount(tags).min() < 2 * count + 5:
                continue
            told = [_range_and_truth(pictures, tags, len(names), count, seed, brain) for seed in range(draws)]
            inside = [low <= truth <= high for low, high, truth in told]
            held += inside
            low, high, truth = (float(np.mean(column)) for column in zip(*told, strict=True))
            lines.append([pictures.name, str(count), f"{1 - high:.3f} to {1 - low:.3f}", f"{1 - truth:.3f}",
                          f"{sum(inside)} of {len(inside)}"])  # fmt: skip
    head = ["set", "scenes a class", "said of twice as many", "truth", "held"]
    print(f"The learning curve, mean of {draws} draws\n\n{table(head, lines)}\n", flush=True)
    share = float(np.mean(held)) if held else float("nan")
    return [at_least("learning curve: ranges that held", share, _RANGES_HOLD, remark=f"of {len(held)}; 0.8 is meant")]


def _range_and_truth(
    pictures: Pictures, tags: Indices, classes: int, count: int, seed: int, brain: Brain
) -> tuple[float, float, float]:
    """Return the range of the error with twice the scenes, as said with `count` of a class, and the truth."""
    random = np.random.default_rng(seed)
    order = [random.permutation(np.flatnonzero(tags == label)) for label in range(classes)]
    asked = [own[2 * count :] for own in order]
    reserved = [own[: max(2, round(count / 3))] for own in asked]  # as many as a brain keeps
    once, twice = (
        learner_of(pictures, tags, np.concatenate([own[:each] for own in order]), brain) for each in (count, 2 * count)
    )
    error = _error(once, pictures, tags, np.concatenate(reserved))
    truth = _error(
        twice, pictures, tags, np.concatenate([own[len(kept) :] for own, kept in zip(asked, reserved, strict=True)])
    )
    low, high = curve.error_after(error, sum(map(len, reserved)), 2, evidence.gather(once).slope)
    return low, high, truth


def _error(learner: Learner, pictures: Pictures, tags: Indices, asked: Indices) -> float:
    """Return the balanced error on pictures that were not learned."""
    rows = plain_rows(pictures.codes(asked), learner.length, learner.zero_point).astype(np.float32)
    wrong = learner.classifier(calibrated=False).distances(rows).argmin(axis=1) != tags[asked]
    return float(np.mean([wrong[tags[asked] == label].mean() for label in np.unique(tags[asked])]))


# ── sharpness ───────────────────────────────────────────────────────────────────────────────────


def _gauss(share: float) -> Callable[[Pixels], Pixels]:
    return lambda pixels: np.asarray(cv2.GaussianBlur(pixels, (0, 0), share * min(pixels.shape[:2])))


def _motion(share: float) -> Callable[[Pixels], Pixels]:
    def blurred(pixels: Pixels) -> Pixels:
        length = max(3, int(share * min(pixels.shape[:2])) | 1)
        kernel = np.zeros((length, length), np.float32)
        cv2.line(kernel, (0, length // 4), (length - 1, length - 1 - length // 4), 1.0)
        return np.asarray(cv2.filter2D(pixels, -1, kernel / kernel.sum()))

    return blurred


BLURS = {"defocus 0.5 %": _gauss(0.005), "defocus 1 %": _gauss(0.01), "motion 3 %": _motion(0.03),
         "motion 6 %": _motion(0.06)}  # fmt: skip
_PLAIN_BLURS = ("defocus 1 %", "motion 6 %")  # that cost accuracy: these are judged


def sharpness_part(folders: Sequence[Path], pictures: int) -> list[Figure]:
    """Print how well sharpness tells blurred pictures from others, over all scenes, and return the figures."""
    told: dict[str, list[float]] = defaultdict(list)
    for folder in folders:
        paths = [path for inside in sorted(folder.iterdir()) if inside.is_dir() for path in files.walk(inside)]
        for path in paths[:: max(1, len(paths) // pictures)]:
            pixels = images.decode(path.read_bytes(), at_least=448).pixels
            for name, spoil in {"as they are": images.as_pixels, **BLURS}.items():
                told[name].append(quality.measure(spoil(pixels))[1] or 0.0)
    sharp = np.array(told["as they are"])
    areas = {name: float(np.mean(sharp[:, None] > np.array(told[name])[None])) for name in BLURS}
    lines = [[name, f"{areas[name]:.3f}", f"{np.mean(np.array(told[name]) < quality.BLURRED):.0%}"] for name in BLURS]
    lines.append(["as they are", "", f"{np.mean(sharp < quality.BLURRED):.0%}"])
    print(f"Sharpness\n\n{table(['pictures', 'AUROC', 'called blurred'], lines)}\n", flush=True)
    return [at_least(f"sharpness, AUROC, {name}", areas[name], 0.95) for name in _PLAIN_BLURS]


# ── all of it ───────────────────────────────────────────────────────────────────────────────────


def measured(folders: Sequence[Path], sets: Sequence[Pictures], brain: Brain, *, quick: bool) -> list[Figure]:
    """Measure all three parts on folders that were loaded, and return the figures with their bars."""
    draws = 2 if quick else 5
    return [
        *suspects_part(sets, draws, brain),
        *curve_part(sets, draws, brain, (8,) if quick else (4, 8, 16)),
        *sharpness_part(folders, 20 if quick else 60),
    ]
