"""What advice is founded on beyond the score: every frame judged as if it had not been learned, and what follows.

learner ─ leave out ─┬─> images      confused pairs, pictures to take again
                     ├─> suspects    in two rounds: the second judges without the plain wrong ones of the first
                     ├─> slope       half of the scenes beside all of them
                     └─> drift       the last scenes beside those before
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from edge_brain.curve import Slope, slope
from edge_brain.drift import Drift, drift, last_bursts
from edge_brain.head.calibration import first_calibration
from edge_brain.learner import Learner, LeftOut
from edge_brain.records import Image, Suspect
from edge_brain.roll import Selection, together
from edge_brain.suspects import worth_a_look, wrongness

WORTH_A_LOOK = 0.25  # of a list of suspects is expected to be wrong
_PLAIN = 0.5  # probability that a tag is wrong, from which the second round does without the frame
_LEAST_KEPT = 2  # frames of a class: else it keeps all
_LEAST_BURSTS = 4  # of a class whose scenes can be halved
_HALVED_ON = 400  # learned frames that are judged for the slope

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Evidence:
    """All that is known of the frames of one state of a brain; empty where nothing was gathered."""

    images: Sequence[Image] = ()  # learned ones as if they had not been, and reserved ones
    suspects: Sequence[Suspect] = ()  # most suspicious first
    slope: Slope = field(default_factory=Slope)
    drift: Drift | None = None
    strangers: tuple[str, ...] = ()  # frames of the last scenes, farthest from what was learned first


def gather(learner: Learner, *, halves: bool = True) -> Evidence:
    """Return the evidence of what a learner knows by now; without `halves` the slope is the usual one."""
    images = (*learner.reserved_images(), *learner.left_out_images())
    if len(learner.labels) < 2:
        return Evidence(images)
    moved = _drift(learner)
    frames = learner.leave_out().frames.frames
    strangers = tuple(frames[place].id for place in moved.frames) if moved else ()
    return Evidence(images, suspects(learner, WORTH_A_LOOK), _slope(learner) if halves else Slope(), moved, strangers)


def suspects(learner: Learner, precision: float) -> list[Suspect]:
    """Return the frames that look wrongly tagged, most suspicious first; so large a share is expected to be."""
    if len(learner.labels) < 2:
        return []
    left_out, reserved = learner.leave_out(), learner.reserved.all()
    asked = together(left_out.frames, reserved)
    distances = np.concatenate([left_out.distances, learner.classifier(calibrated=False).distances(reserved.floats)])
    classes, known = _classes(asked, learner.labels)
    known &= np.isfinite(distances[np.arange(len(classes)), classes])
    wrong = _wrongness(learner, asked, distances, classes, known)
    kept = _kept(wrong[: len(left_out.classes)], left_out.classes)
    if not kept.all():
        again = learner.taught_by(kept, asked)
        known &= np.isfinite(again[np.arange(len(classes)), classes])
        distances, wrong = again, _wrongness(learner, asked, again, classes, known)
    others = distances.copy()
    others[np.arange(len(classes)), classes] = np.inf
    nearest = others.argmin(axis=1)
    return [
        Suspect(frame.id, frame.after or "", learner.labels[nearest[place]], float(wrong[place]),
                frame.burst_name, frame.role)
        for place in worth_a_look(wrong, precision) if known[place] for frame in [asked.frames[place]]
    ]  # fmt: skip


def _wrongness(
    learner: Learner, asked: Selection, distances: Floats, classes: Indices, known: NDArray[np.bool_]
) -> Floats:
    """Return the probability that each tag is wrong; 0 where nobody can say. A scene of a class is one witness."""
    groups = np.stack([asked.bursts, classes])[:, known]
    _, place, sizes = np.unique(groups, axis=1, return_inverse=True, return_counts=True)
    wrong = np.zeros(len(classes))
    spread = learner.spread()
    wrong[known] = wrongness(
        distances[known], classes[known], 1 / sizes[place.reshape(-1)], first_calibration(spread).temperature, spread
    )
    return wrong


def _classes(asked: Selection, labels: Sequence[str]) -> tuple[Indices, NDArray[np.bool_]]:
    """Return the places of the frames' classes among labels, and which of them are there."""
    places = {label: place for place, label in enumerate(labels)}
    found = np.array([places.get(frame.after or "", -1) for frame in asked.frames], np.intp)
    return np.maximum(found, 0), found >= 0


def _kept(wrong: Floats, classes: Indices) -> NDArray[np.bool_]:
    """Return the learned frames with which the second round judges."""
    kept = wrong < _PLAIN
    for label in np.unique(classes):
        if kept[classes == label].sum() < _LEAST_KEPT:
            kept |= classes == label
    return np.asarray(kept)


def _slope(learner: Learner) -> Slope:
    """Measure how the error falls: what half of the scenes get wrong beside what all do."""
    left_out = learner.leave_out()
    first, halved = _halves(left_out, learner.learned.tallies, learner.labels)
    chosen = np.isin(left_out.frames.bursts, list(learner.learned.some_bursts(_HALVED_ON)))
    judged = chosen & np.isin(left_out.classes, halved)
    if not judged.any():
        return Slope()
    places = np.flatnonzero(judged)
    asked = Selection(
        left_out.frames.rows[places], [left_out.frames.frames[each] for each in places], left_out.frames.bursts[places]
    )
    classes = left_out.classes[places]
    halves = [_error(learner.taught_by(half, asked), classes, asked.bursts) for half in (first, ~first)]
    whole = _error(left_out.distances[places], classes, asked.bursts)
    scenes = len(np.unique(np.stack([asked.bursts, classes]), axis=1)[0])
    return slope(sum(halves) / 2, whole, scenes)


def _halves(
    left_out: LeftOut, tallies: Mapping[str, Mapping[int, int]], labels: Sequence[str]
) -> tuple[NDArray[np.bool_], list[int]]:
    """Deal the scenes of each class in turn, and return which frames are in the first half, and the classes dealt."""
    side: dict[int, bool] = {}
    halved = []
    for place, label in enumerate(labels):
        bursts = sorted(tallies[label])
        if len(bursts) < _LEAST_BURSTS:
            for burst in bursts:
                side.setdefault(burst, True)
            continue
        halved.append(place)
        turn = sum(side[burst] for burst in bursts if burst in side) * 2 <= sum(burst in side for burst in bursts)
        for burst in bursts:
            if burst not in side:
                side[burst], turn = turn, not turn
    return np.array([side[int(burst)] for burst in left_out.frames.bursts], bool), halved


def _error(distances: Floats, classes: Indices, bursts: Indices) -> float:
    """Return the balanced error: mean over classes, in a class each scene weighing the same."""
    wrong = distances.argmin(axis=1) != classes
    errors = []
    for label in np.unique(classes):
        here = classes == label
        _, place = np.unique(bursts[here], return_inverse=True)
        errors.append(float((np.bincount(place, wrong[here]) / np.bincount(place)).mean()))
    return float(np.mean(errors))


def _drift(learner: Learner) -> Drift | None:
    """Return the drift of the scenes of this device: in which order others came here says nothing of their places."""
    left_out = learner.leave_out()
    here = np.array([frame.device is None for frame in left_out.frames.frames], bool)
    bursts = left_out.frames.bursts
    own = left_out.distances[np.arange(len(bursts)), left_out.classes]
    last = learner.leave_out_together(last_bursts(bursts[here]))
    recent = np.isin(bursts, list(last_bursts(bursts[here])))
    own[recent] = last.distances[np.arange(len(last.classes)), last.classes]
    found, places = drift(own[here], left_out.classes[here], bursts[here]), np.flatnonzero(here)
    return found and replace(found, frames=tuple(int(places[each]) for each in found.frames))
