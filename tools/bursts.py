"""Measure how well scenes are found where nobody recorded them, and how far the score is from the truth then.

Folders are imported as they are, without groups.csv. Found: pictures that came into one burst with those of another
scene, and scenes that were left in several bursts; where a set records no scenes, each of its photographs is one.
Score: 70 % of the scenes are imported, with the scenes given, with them hidden, and with each picture given as a scene
of its own, and the score is compared with the balanced accuracy on the others. Video of a fixed camera is one scene a
class; there a stretch of each is not seen.
"""

from __future__ import annotations

import csv
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from figures import Figure, at_most, table
from honesty import Draw
from pictures import Indices, Pictures, new_brain

from edge_brain import score as scoring
from edge_brain.exchange.folder import import_folder
from edge_brain.outcomes import Imported
from edge_brain.records import Image, Score

FIXED_CAMERAS = {"video_scenes"}
_TAGGED = 0.7  # of the scenes
_MIXED = 0.05  # of independent photographs, at most, in a burst with another
_FARTHER = 0.05  # from the truth with the scenes hidden than with them given, at most
_FEWEST_DRAWS = 8  # before that is judged: the truth itself is uncertain by more


def truth_of(pictures: Pictures) -> list[str]:
    """Return the true scene of each picture."""
    return pictures.labels.tolist() if pictures.name in FIXED_CAMERAS else pictures.scenes.tolist()


@dataclass(frozen=True)
class Brained:
    """What became of pictures that were imported as a folder of class folders."""

    told: Imported
    bursts: dict[str, str]  # by frame
    score: Score
    answers: list[str | None]  # to pictures that were not


def brained(
    pictures: Pictures, chosen: Indices, asked: Indices, extractor: str, scenes: Sequence[str] | None, folder: Path
) -> Brained:
    """Import pictures, with their scenes or without, and ask what others show."""
    lines = [["file", "scene"]]
    for index in chosen.tolist():
        source = Path(pictures.exposures[index].source or "").resolve()
        link = folder / pictures.name / pictures.labels[index] / source.name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(source)
        lines.append([f"{pictures.labels[index]}/{source.name}", scenes[index] if scenes else ""])
    groups = folder / "groups.csv"
    with groups.open("w", newline="") as file:
        csv.writer(file).writerows(lines)
    with new_brain(extractor) as brain:
        told = import_folder(brain, folder / pictures.name, bursts=groups if scenes else None)
        bursts = {frame.id: frame.burst for frame in brain.store.frames()}
        answers = brain.predict_codes(pictures.codes(asked)) if len(asked) else []
        # the advice, not yet looked at, would keep the whole brain in memory
        return Brained(told, bursts, replace(brain.score(), advice=[]), [answer.first for answer in answers])


# ── found ───────────────────────────────────────────────────────────────────────────────────────


def found(sets: Sequence[Pictures], extractor: str) -> list[Figure]:
    """Print how the bursts that are found compare with the scenes, and return the figures with their bars."""
    lines, figures = list[list[str]](), list[Figure]()
    for pictures in sets:
        every, scenes = np.arange(len(pictures)), truth_of(pictures)
        with tempfile.TemporaryDirectory() as folder:
            whole = brained(pictures, every, every[:0], extractor, None, Path(folder))
        bursts = [whole.bursts[exposure.id] for exposure in pictures.exposures]
        shown, parts = defaultdict(set), defaultdict(set)
        for burst, scene in zip(bursts, scenes, strict=True):
            shown[burst].add(scene)
            parts[scene].add(burst)
        mixed = float(np.mean([len(shown[burst]) > 1 for burst in bursts]))
        several = [scene for scene, count in Counter(scenes).items() if count > 1]
        split = sum(len(parts[scene]) > 1 for scene in several)
        by = whole.told.scenes
        lines.append([
            pictures.name, str(len(pictures)), str(len(parts)), str(len(shown)), str(max(Counter(bursts).values())),
            f"{mixed:.1%}", f"{split} of {len(several)}" if several else "–",
            f"{by.by_time} time, {by.by_numbers} numbers, {by.by_likeness} likeness, {by.alone} alone",
        ])  # fmt: skip
        if not several:
            figures.append(at_most(f"{pictures.name}: photographs joined with another", mixed, _MIXED))
    head = ["set", "pictures", "scenes", "bursts", "largest", "pictures mixed", "scenes split", "found by"]
    print(f"Bursts that were found, the scenes hidden\n\n{table(head, lines)}\n", flush=True)
    return figures


# ── the score against the truth ─────────────────────────────────────────────────────────────────


def unseen(pictures: Pictures, seed: int, draws: int) -> Indices:
    """Return the pictures that a brain is not to see: 30 % of the scenes, or of each video a stretch of 30 %."""
    if pictures.name not in FIXED_CAMERAS:
        order = np.random.default_rng(seed).permutation(np.unique(pictures.scenes))
        return np.flatnonzero(np.isin(pictures.scenes, order[round(_TAGGED * len(order)) :]))
    stretches = []
    for label in np.unique(pictures.labels):
        members = np.flatnonzero(pictures.labels == label)
        length = len(members) - round(_TAGGED * len(members))
        start = round((len(members) - length) * (1 - seed / max(1, draws - 1)))
        stretches.append(members[start : start + length])
    return np.concatenate(stretches)


def draw(pictures: Pictures, seed: int, draws: int, extractor: str, given: Sequence[str] | None) -> Draw:
    """Import what is to be seen, with the scenes that are given, and return the score and the truth."""
    asked, scenes = unseen(pictures, seed, draws), truth_of(pictures)
    chosen = np.setdiff1d(np.arange(len(pictures)), asked)
    with tempfile.TemporaryDirectory() as folder:
        done = brained(pictures, chosen, asked, extractor, given, Path(folder))
    images = [
        Image(pictures.exposures[index].id, label, None, scenes[index], answer, answer == label)
        for index, label, answer in zip(asked.tolist(), pictures.labels[asked].tolist(), done.answers, strict=True)
    ]
    return Draw(pictures.name, _TAGGED, done.score, scoring.measure(images, {}).balanced_accuracy or 0.0)


def hidden(sets: Sequence[Pictures], draws: int, extractor: str) -> list[Figure]:
    """Print the score beside the truth, by what is told of the scenes, and return the figures with their bars."""
    lines, figures = list[list[str]](), list[Figure]()
    for pictures in sets:
        if len(set(truth_of(pictures))) == len(pictures):
            continue  # independent photographs
        errors, each_its_own = {}, [exposure.id for exposure in pictures.exposures]
        for told, given in (("given", truth_of(pictures)), ("hidden", None), ("each its own", each_its_own)):
            drawn = [draw(pictures, seed, draws, extractor, given) for seed in range(draws)]
            known = [each for each in drawn if each.score.balanced_accuracy is not None]
            levels = Counter(each.score.level for each in drawn)
            errors[told] = float(np.mean([abs(each.error) for each in known])) if known else 0.0
            lines.append([
                pictures.name, told, _mean([each.score.balanced_accuracy or 0.0 for each in known]),
                _mean([each.truth for each in drawn]), _mean([each.error for each in known], "+.3f"),
                _mean([abs(each.error) for each in known]), f"{sum(each.holds for each in known)} of {len(known)}",
                ", ".join(f"{count} {level}" for level, count in levels.items()),
            ])  # fmt: skip
        what, farther = f"{pictures.name}: farther from the truth when hidden", errors["hidden"] - errors["given"]
        if draws >= _FEWEST_DRAWS:
            figures.append(at_most(what, farther, _FARTHER))
        else:
            figures.append(Figure(what, f"{farther:.2f}", remark=f"{draws} draws, {_FEWEST_DRAWS} are judged"))
    head = ["set", "scenes", "score says", "truth", "bias", "mean error", "interval holds", "levels"]
    if lines:
        print(f"The score against the truth on the other scenes, {draws} draws\n\n{table(head, lines)}\n", flush=True)
    return figures


def _mean(values: Sequence[float], spelled: str = ".3f") -> str:
    return f"{np.mean(values):{spelled}}" if values else "–"
