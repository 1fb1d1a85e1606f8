"""Compare what the score says with the truth: brains tagged from part of the scenes, tried on all the others.

The truth is the balanced accuracy of that very brain on scenes it never saw. It is itself measured on few
scenes where a set has few, which the errors here include. Beside it stands what the same brain would say with
single frames in reserve, as others do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from figures import Figure, at_least, at_most, table
from pictures import Indices, Pictures, new_brain

from edge_brain import score as scoring
from edge_brain.records import Image, Score, Tagging

BURST_SETS = {"magnetic_tile", "sign_digits", "video_scenes", "grocery_produce"}
_LEAST_DRAWS = 100  # before the interval is judged


@dataclass(frozen=True)
class Draw:
    """One brain: what its score said, and how right it is on scenes that it never saw."""

    pictures: str
    tagged: float  # share of the scenes
    score: Score
    truth: float

    @property
    def error(self) -> float:
        """How far the score is above the truth."""
        return (self.score.balanced_accuracy or 0.0) - self.truth

    @property
    def holds(self) -> bool:
        """Whether the interval holds the truth."""
        low, high = self.score.interval or (0.0, 1.0)
        return low - 1e-9 <= self.truth <= high + 1e-9


def draw(pictures: Pictures, tagged: float, seed: int, extractor: str, *, by_frame: bool = False) -> Draw:
    """Tag a brain from a share of the scenes, scene by scene, and try it on the others.

    `by_frame` is what others call a random split: each frame is a burst of its own, so that roles fall frame by
    frame. They come shuffled: of a session that shows every class once, all frames would get the same role.
    """
    random, scenes = np.random.default_rng(seed), pictures.scenes
    order = random.permutation(np.unique(scenes))
    known = order[: round(tagged * len(order))]
    place_of = {name: place for place, name in enumerate(known)}
    asked = np.flatnonzero(~np.isin(scenes, known))
    taught = np.array(sorted(np.flatnonzero(np.isin(scenes, known)), key=lambda index: place_of[scenes[index]]))
    if by_frame:
        return _tried(pictures, tagged, random.permutation(taught), asked, extractor, named=False)
    return _tried(pictures, tagged, taught, asked, extractor, named=True)


def other_visit(pictures: Pictures, column: str, visit: str, seed: int, extractor: str) -> Draw:
    """Tag a brain from all photographs but those of one visit, and try it on these."""
    of_visit = np.array([groups.get(column) == visit for groups in pictures.groups])
    taught = np.random.default_rng(seed).permutation(np.flatnonzero(~of_visit))
    return _tried(pictures, float(np.mean(~of_visit)), taught, np.flatnonzero(of_visit), extractor, named=True)


def _tried(pictures: Pictures, tagged: float, taught: Indices, asked: Indices, extractor: str, *, named: bool) -> Draw:
    """Teach a brain, take its score, and try it; scenes that nobody recorded are left to it to find."""
    bursts = [(pictures.bursts[index] or None) if named else pictures.exposures[index].id for index in taught]
    with new_brain(extractor) as brain:
        brain.tag_exposures(
            [
                Tagging(pictures.exposures[index], pictures.labels[index], burst)
                for index, burst in zip(taught, bursts, strict=True)
            ]
        )
        score, answers = brain.score(), brain.predict_codes(pictures.codes(asked))
    images = [
        Image(pictures.exposures[index].id, label, None, scene, answer.first, answer.first == label)
        for index, label, scene, answer in zip(
            asked, pictures.labels[asked].tolist(), pictures.scenes[asked].tolist(), answers, strict=True
        )
    ]
    # the advice, not yet looked at, would keep the whole brain in memory
    return Draw(pictures.name, tagged, replace(score, advice=[]), scoring.measure(images, {}).balanced_accuracy or 0.0)


def honesty(sets: Sequence[Pictures], shares: Sequence[float], draws: int, extractor: str) -> list[Figure]:
    """Print what the score says beside the truth, set by set, and return the figures with their bars."""
    drawn, lines = list[Draw](), []
    for pictures in sets:
        for share in shares:
            own = [draw(pictures, share, seed, extractor) for seed in range(draws)]
            lines.append(_line(pictures, f"{share:.0%} of the scenes", own))
            drawn += own
        by_frame = [draw(pictures, shares[-1], seed, extractor, by_frame=True) for seed in range(min(draws, 6))]
        lines.append(_line(pictures, f"{shares[-1]:.0%}, frames in reserve", by_frame))
        if any("upstream_split" in groups for groups in pictures.groups):
            visit = [other_visit(pictures, "upstream_split", "test", seed, extractor) for seed in range(min(draws, 6))]
            lines.append(_line(pictures, "the other shop is the truth", visit))
    head = ["set", "scenes", "tagged", "score says", "truth", "bias", "mean error", "interval holds", "levels"]
    print(f"The score against the truth on unseen scenes, mean of {draws} draws\n\n{table(head, lines)}\n", flush=True)
    return judged(drawn)


def _line(pictures: Pictures, tagged: str, drawn: Sequence[Draw]) -> list[str]:
    errors = [each.error for each in drawn]
    levels = [each.score.level for each in drawn]
    return [
        pictures.name,
        str(len(np.unique(pictures.scenes))),
        tagged,
        f"{np.mean([each.score.balanced_accuracy or 0.0 for each in drawn]):.3f}",
        f"{np.mean([each.truth for each in drawn]):.3f}",
        f"{np.mean(errors):+.3f}",
        f"{np.mean(np.abs(errors)):.3f}",
        f"{sum(each.holds for each in drawn)} of {len(drawn)}",
        ", ".join(f"{levels.count(level)} {level}" for level in dict.fromkeys(levels)),
    ]


def judged(drawn: Sequence[Draw]) -> list[Figure]:
    """Return the figures of many draws with the bars they are judged by."""
    on_bursts = [each for each in drawn if each.pictures in BURST_SETS]
    names = sorted({each.pictures for each in on_bursts})
    if not names:
        return []
    errors = [float(np.mean([abs(each.error) for each in on_bursts if each.pictures == name])) for name in names]
    told = f"mean of {', '.join(f'{name} {error:.3f}' for name, error in zip(names, errors, strict=True))}"
    figures = [at_most("|balanced accuracy − truth|, sets with bursts", float(np.mean(errors)), 0.06, remark=told)]
    few = "" if len(on_bursts) >= _LEAST_DRAWS else f"; the bar asks for {_LEAST_DRAWS}"
    covered = float(np.mean([each.holds for each in on_bursts]))
    figures.append(
        at_least("share of intervals that hold the truth", covered, 0.88, remark=f"{len(on_bursts)} draws{few}")
    )
    for level, least, bar in (("Great", 0.85, 0.95), ("Good", 0.65, 0.90)):
        truths = [each.truth for each in drawn if each.score.level == level]
        name = f"share of {level} brains that are at least {least:.0%} right on unseen scenes"
        if not truths:
            figures.append(Figure(name, "–", f"≥ {bar:g}", remark=f"no brain of these draws was {level}"))
            continue
        right = float(np.mean([truth >= least for truth in truths]))
        figures.append(at_least(name, right, bar, remark=f"{len(truths)} brains, the least right {min(truths):.2f}"))
    return figures
