"""Measure whether confidence means what it says, and whether "unknown" finds what was never shown, through the SDK.

A fifth of the classes is never shown. Of the others some scenes are tagged, by their names, so that the brain keeps
its reserve; then it is asked about the scenes that it never saw:

    calibration   expected calibration error of the first of the ranking, 10 bins of equal width
    never shown   AUROC of the familiarity, frames of shown classes against frames of the classes never shown
    far           the same against photographs of quite other things
    refused       share of frames at the learned threshold: of shown classes, of classes never shown, far ones
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from figures import Figure, at_least, at_most, table
from numpy.typing import NDArray
from pictures import Indices, Pictures, new_brain

from edge_brain.records import Prediction, Tagging

CALIBRATION, NEVER_SHOWN, REFUSED = 0.06, 0.85, 0.10  # the bars
PLANS, DRAWS = (10, 20, 0.7), 6  # frames a class, or a share of the scenes: two minutes for six sets
QUICK_PLANS, QUICK_DRAWS = (20, 0.7), 2
_BINS = 10
_HIDDEN = 5  # one class in so many is never shown
_TELLABLE = 0.75  # share of right answers from which the classes of a set can be told apart at all


@dataclass(frozen=True)
class Outcome:
    """What one brain answered; shares are nan where the brain has no threshold yet."""

    accuracy: float
    calibration_error: float
    never_shown: float  # AUROC
    far: float  # AUROC
    refused: float
    refused_hidden: float
    refused_far: float


def auroc(known: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return how often a known frame is more familiar than another; half of the times that both are the same."""
    if not len(known) or not len(other):
        return float("nan")
    order = np.sort(other)
    below, not_above = np.searchsorted(order, known, "left"), np.searchsorted(order, known, "right")
    return float((below + not_above).mean() / (2 * len(other)))


def calibration_error(confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return the expected calibration error: |confidence − share right| of each bin, weighed by its frames."""
    bins = np.minimum((confidences * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, confidences - right, _BINS)
    return float(np.abs(gaps).sum() / len(right))


def chosen(pictures: Pictures, plan: float, seed: int) -> tuple[Indices, NDArray[np.str_]]:
    """Return what to tag, scene by scene, and which classes are hidden.

    `plan` is a number of frames a class, reached with whole scenes but for the last, or a share of the scenes.
    """
    random, scenes, labels = np.random.default_rng(seed), pictures.scenes, pictures.labels
    names = np.unique(labels)
    hidden = random.permutation(names)[: max(1, len(names) // _HIDDEN)]
    order = random.permutation(np.unique(scenes))
    place = dict(zip(order.tolist(), range(len(order)), strict=True))
    turns = np.array([place[scene] for scene in scenes])
    if plan < 1:
        tagged = np.flatnonzero((turns < round(plan * len(order))) & ~np.isin(labels, hidden))
    else:
        by_class = [np.flatnonzero(labels == name) for name in names if name not in hidden]
        tagged = np.concatenate([own[np.argsort(turns[own], kind="stable")][: int(plan)] for own in by_class])
    return tagged[np.argsort(turns[tagged], kind="stable")], hidden


def draw(pictures: Pictures, plan: float, seed: int, extractor: str, far: Sequence[bytes]) -> Outcome:
    """Teach one brain and ask it about the scenes that it never saw, and about photographs of other things."""
    tagged, hidden = chosen(pictures, plan, seed)
    unseen = np.flatnonzero(~np.isin(pictures.scenes, pictures.scenes[tagged]))
    shown = np.isin(pictures.labels[unseen], np.setdiff1d(pictures.labels[tagged], hidden))
    known, never = unseen[shown], unseen[np.isin(pictures.labels[unseen], hidden)]
    with new_brain(extractor) as brain:
        brain.tag_exposures(
            [Tagging(pictures.exposures[i], pictures.labels[i].item(), pictures.scenes[i].item()) for i in tagged]
        )
        answers, others = brain.predict_codes(pictures.codes(known)), brain.predict_codes(pictures.codes(never))
        far_ones = brain.predict_codes(far)
    confidences = np.array([answer.confidence for answer in answers])
    right = np.array([answer.first for answer in answers]) == pictures.labels[known]
    return Outcome(
        accuracy=float(right.mean()),
        calibration_error=calibration_error(confidences, right),
        never_shown=auroc(_familiarities(answers), _familiarities(others)),
        far=auroc(_familiarities(answers), _familiarities(far_ones)),
        refused=_refused(answers),
        refused_hidden=_refused(others),
        refused_far=_refused(far_ones),
    )


def _familiarities(answers: Sequence[Prediction]) -> NDArray[np.float64]:
    return np.array([answer.familiarity for answer in answers])


def _refused(answers: Sequence[Prediction]) -> float:
    if not answers or answers[0].threshold is None:
        return float("nan")
    return float(np.mean([not answer.known for answer in answers]))


def confidence(
    sets: Sequence[Pictures], plans: Sequence[float], draws: int, extractor: str, far: Sequence[bytes] = ()
) -> list[Figure]:
    """Print all figures, set by set, and return those that are judged: means over plans, and over sets."""
    means: dict[tuple[str, float], Outcome] = {}
    for pictures in sets:
        for plan in plans:
            means[pictures.name, plan] = _mean([draw(pictures, plan, seed, extractor, far) for seed in range(draws)])
    head = ["set", "tagged", "right", "calibration error", "AUROC never shown", "far",
            "refused: known", "never shown", "far"]  # fmt: skip
    lines = [[name, _told(plan), *_cells(mean)] for (name, plan), mean in means.items()]
    for plan in plans:
        own = [mean for (_, other), mean in means.items() if other == plan]
        lines.append(["mean", _told(plan), *_cells(_mean(own))])
    print(f"Confidence and unknown on unseen scenes, mean of {draws} draws\n\n{table(head, lines)}\n", flush=True)
    return judged(means)


def judged(means: dict[tuple[str, float], Outcome]) -> list[Figure]:
    """Return the figures with the bars they are judged by."""
    whole, plans = list(means.values()), sorted({plan for _, plan in means}, key=lambda plan: (plan < 1, plan))
    by_plan = {plan: _mean([mean for (_, other), mean in means.items() if other == plan]) for plan in plans}
    over_plans = {name: _mean([mean for (other, _), mean in means.items() if other == name]) for name, _ in means}
    told = "tagged " + ", ".join(_told(plan) for plan in plans)
    errors = ", ".join(f"{mean.calibration_error:.3f}" for mean in by_plan.values())
    shown = ", ".join(f"{mean.never_shown:.3f}" for mean in by_plan.values())
    refused = {name: mean.refused for name, mean in over_plans.items() if not np.isnan(mean.refused)}
    worst = max(refused, key=lambda name: refused[name], default="none")
    tellable = [mean.never_shown for mean in whole if mean.accuracy >= _TELLABLE]
    total = _mean(whole)
    return [
        at_most("expected calibration error, mean over sets", total.calibration_error, CALIBRATION,
                remark=f"{errors} ({told})"),
        at_least("AUROC of familiarity, classes never shown, mean over sets", total.never_shown, NEVER_SHOWN,
                 remark=f"{shown} ({told})"),
        Figure(f"the same where at least {_TELLABLE:.0%} of the shown are told rightly",
               f"{np.mean(tellable):.2f}" if tellable else "–", remark=f"{len(tellable)} of {len(whole)} rows"),
        Figure("AUROC of familiarity, far photographs, mean over sets", f"{total.far:.2f}"),
        at_most("known frames refused, mean over sets", total.refused, REFUSED,
                remark=f"the most in {worst}: {refused.get(worst, float('nan')):.3f}"),
        Figure("frames of classes never shown refused", f"{total.refused_hidden:.2f}",
               remark=f"far photographs {total.refused_far:.2f}"),
    ]  # fmt: skip


def _mean(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the mean of each figure over the outcomes that have it."""
    columns = np.array([list(vars(outcome).values()) for outcome in outcomes], float)
    had = ~np.isnan(columns)
    counts = had.sum(axis=0)
    sums = np.where(had, columns, 0.0).sum(axis=0)
    return Outcome(*np.where(counts > 0, sums / np.maximum(counts, 1), np.nan).tolist())


def _told(plan: float) -> str:
    return f"{plan:.0%} of the scenes" if plan < 1 else f"{plan:g} a class"


def _cells(mean: Outcome) -> list[str]:
    return ["–" if np.isnan(value) else f"{value:.3f}" for value in vars(mean).values()]
