"""What a brain has in memory while it runs: the exact head, the metric that follows it, the tagged rows.

It is told of changes and asked for a classifier; it knows no database and no picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge_brain import head, quality
from edge_brain.head import classifier as classifiers
from edge_brain.head.calibration import Calibration, Evidence, calibrate, first_calibration
from edge_brain.head.classifier import Classifier
from edge_brain.head.metric import Metric
from edge_brain.lessons import Lessons
from edge_brain.records import Change, Image
from edge_brain.roll import Roll, Selection
from edge_brain.sightings import Sightings

_AT_ONCE = 512  # frames whose rows are held as floats
WITNESSES = 256  # left-out frames that score and calibration hear: enough for a 5 % quantile, bounded on a large brain
_ENOUGH = 100  # bursts in reserve: they make the score sure to ± 5 points without any that are left out


@dataclass(frozen=True)
class LeftOut:
    """Learned frames and their distances (n, K), each as if its burst had never been learned."""

    frames: Selection
    classes: NDArray[np.intp]
    distances: NDArray[np.float64]


class Learner:
    """Follows the changes of tags: two rolls of frames, and the classifier of those that are learned."""

    is_abridged = False  # one that is holds some of the frames only, and nothing can be taken back in it

    def __init__(self, length: int, zero_point: int, views: int = 1) -> None:
        self._lessons = Lessons(length, views)
        self.changes = 0  # that were applied: the same number, the same state
        self.learned = Roll(length, views)
        self.reserved = Roll(length, views)
        self.length, self.zero_point, self._views = length, zero_point, views
        self._classifier: Classifier | None = None
        self._calibrated = False
        self._witnesses: LeftOut | None = None
        self._left_out: LeftOut | None = None  # all learned frames, while they are the same
        self._told: tuple[Selection, list[Image]] | None = None  # the last answers to the reserved frames
        self.sightings = Sightings(self.learned, self.reserved, zero_point)

    def apply(self, changes: Sequence[Change]) -> None:
        """Learn, unlearn and relabel what has changed, and learn the views that have come."""
        self.changes += len(changes)
        self._witnesses = None
        for change, rows in zip(changes, self._whole(changes), strict=True):
            if change.role == "reserved":
                self.reserved.apply(change, rows)
                continue
            held = self.learned.held(change.frame)
            self.learned.apply(change, rows)
            self._lessons.give(change.frame, held, None if change.after is None else (change.after, rows))
            self._classifier, self._calibrated = None, False
            self._left_out = None

    def _whole(self, changes: Sequence[Change]) -> head.Row:
        """Return the rows, int8 (n, views, length), of frames with their views."""
        codes = [(change.code, change.views) for change in changes]
        return head.rows_of(codes, self.length, self.zero_point, self._views)

    def keep_up(self) -> None:
        """Take a solved metric along with what is pending now, so that the next score need not."""
        self._lessons.keep_up()

    @property
    def head(self) -> head.Head:
        """The exact head, having learned all changes."""
        return self._lessons.head

    def classifier(self, *, calibrated: bool = True) -> Classifier:
        """Return the classifier of what is learned by now; after a change, uncalibrated is much cheaper."""
        if self._classifier is None:
            self._classifier = _classifier(self._lessons)
        if calibrated and not self._calibrated:
            self._classifier = replace(self._classifier, calibration=self._calibration(self._classifier))
            self._calibrated = True
        return self._classifier

    def classifier_without(self, changes: Sequence[Change]) -> Classifier:
        """Return the classifier, not calibrated, had these changes not been made: they are taken back on a copy.

        10 ms, and 3 for each change; but as long as solving takes where the changes made that necessary, too.
        """
        steps = []
        for change, rows in zip(changes, self._whole(changes), strict=True):
            now, then = (None if label is None else (label, rows) for label in (change.after, change.before))
            steps.append((change.frame, now, then))
        return _classifier(self._lessons.instead(steps))

    def reserved_images(self) -> list[Image]:
        """Return the reserved frames with what the brain takes them for."""
        reserved = self.reserved.all()
        predicted = self.classifier(calibrated=False).nearest(reserved.floats)
        if self._told is None or self._told[0] is not reserved:
            self._told = (
                reserved,
                [image_of(frame, answer) for frame, answer in zip(reserved.frames, predicted, strict=True)],
            )
        else:  # most answers are what they were
            images = self._told[1]
            for place, (frame, answer) in enumerate(zip(reserved.frames, predicted, strict=True)):
                if images[place].predicted != answer:
                    images[place] = image_of(frame, answer)
        return list(self._told[1])

    def reserved_frames(self) -> list[Change]:
        """Return the reserved frames, in the order of their images."""
        return self.reserved.all().frames

    def left_out_images(self, left_out: LeftOut | None = None) -> list[Image]:
        """Return learned frames (all, or these) with what they would be taken for had their bursts not been learned."""
        told = left_out or self.leave_out()
        if not told.frames.frames:
            return []
        labels = self.labels
        answers = [labels[best] for best in told.distances.argmin(axis=1)]
        # where its burst is all that its class has, nobody can say
        known = np.isfinite(told.distances[np.arange(len(answers)), told.classes])
        return [
            image_of(frame, answer if sure else None)
            for frame, answer, sure in zip(told.frames.frames, answers, known.tolist(), strict=True)
        ]

    def witnesses(self) -> LeftOut:
        """Return the learned frames, left out with their bursts, that the score hears beside the reserved ones.

        They stand for all, each class in its turn, and step back as the reserve grows.
        """
        if self._witnesses is None:
            reserved = len({burst for tally in self.reserved.tallies.values() for burst in tally})
            self._witnesses = self.leave_out(self.learned.some_bursts(WITNESSES, max(0, _ENOUGH - reserved)))
        return self._witnesses

    def leave_out(self, bursts: set[int] | None = None) -> LeftOut:
        """Return what learned frames (of some bursts, or all) would be taken for had theirs not been learned.

        Those of some bursts are followed: asked for again after a few tags they cost little.
        """
        if bursts is None and self._left_out is not None:
            return self._left_out
        solved, frames = self._lessons.metric(), self.learned.all() if bursts is None else self.learned.select(bursts)
        classes = self._classes(frames)
        distances = np.empty((len(classes), len(self.labels)))
        small = self._small(frames)
        numbers = () if bursts is None else [frame.frame for frame in frames.frames]
        for part in _whole_bursts(frames.bursts, small) if bursts is None else [np.flatnonzero(small)]:
            rows = frames.rows[part].astype(np.float64)
            followed = [numbers[place] for place in part] if numbers else ()
            distances[part] = solved.leave_out(rows, classes[part], frames.bursts[part], frames=followed)
        for burst in np.unique(frames.bursts[~small]):
            own = frames.bursts == burst
            distances[own] = self._taught_without(_part(frames, own))
        told = LeftOut(frames, classes, distances)
        if bursts is None:
            self._left_out = told
        return told

    def _small(self, frames: Selection) -> NDArray[np.bool_]:
        """Say of each frame whether its burst has fewer rows than a row has numbers: else solving anew is cheaper."""
        _, burst, sizes = np.unique(frames.bursts, return_inverse=True, return_counts=True)
        return np.asarray((sizes * self._views <= self.length)[burst])

    def leave_out_together(self, bursts: set[int]) -> LeftOut:
        """Return what learned frames would be taken for had none of these bursts been learned."""
        solved, frames = self._lessons.metric(), self.learned.select(bursts)
        classes = self._classes(frames)
        if len(classes) * self._views > self.length:
            others = ~np.isin(self.learned.all().bursts, list(bursts))
            return LeftOut(frames, classes, self.taught_by(others, frames))
        together = np.zeros(len(classes), np.intp)
        return LeftOut(frames, classes, solved.leave_out(frames.rows.astype(np.float64), classes, together))

    def taught_by(self, kept: NDArray[np.bool_], asked: Selection) -> NDArray[np.float64]:
        """Return the distances (n, K) of frames, had only some of the learned ones (of `learned.all()`) been learned.

        What is kept and asked for is left out with its burst; a class of which nothing is kept is infinitely far.
        """
        solved, held = self._taught_by(kept)
        told = self._told_by(solved, held, asked)
        if solved is None:
            return told
        there = {frame.frame for frame, learned in zip(self.learned.all().frames, kept, strict=True) if learned}
        again = np.array([frame.frame in there for frame in asked.frames], bool)
        if again.any():
            places = np.searchsorted(held, self._classes(asked)[again])
            left_out = solved.leave_out(asked.rows[again].astype(np.float64), places, asked.bursts[again])
            told[np.ix_(again, held)] = left_out
        return told

    def _taught_without(self, burst: Selection) -> NDArray[np.float64]:
        """Return the distances (n, K) of the frames of a burst, had it never been learned."""
        return self._told_by(*self._without(burst), burst)

    def _told_by(self, solved: Metric | None, held: NDArray[np.intp], asked: Selection) -> NDArray[np.float64]:
        told = np.full((len(asked.frames), len(self.labels)), np.inf)
        if solved is not None:
            weights, offsets = solved.discriminants()
            told[:, held] = offsets - asked.floats @ weights.T
        return told

    def _without(self, burst: Selection) -> tuple[Metric | None, NDArray[np.intp]]:
        """Return the metric of all learned frames but those of a burst, and the places of its classes."""
        return self._lessons.metric_without(burst.rows, self._classes(burst))

    def _taught_by(self, kept: NDArray[np.bool_]) -> tuple[Metric | None, NDArray[np.intp]]:
        """Return the metric of some of the learned frames, and the places of its classes among `labels`."""
        frames = self.learned.all()
        return self._lessons.metric_of(frames.rows, self._classes(frames), kept)

    def _classes(self, frames: Selection) -> NDArray[np.intp]:
        """Return the places of the frames' classes among `labels`."""
        places = {label: place for place, label in enumerate(self.labels)}
        return np.array([places[frame.after or ""] for frame in frames.frames], np.intp)

    def spread(self) -> float:
        """Return the mean squared distance of the classes from the background."""
        return self._lessons.metric().spread()

    @property
    def labels(self) -> list[str]:
        """The classes in the order of a classifier's columns."""
        return self._lessons.labels

    def _calibration(self, plain: Classifier) -> Calibration:
        """Learn what distances mean from frames that stand for all."""
        told = self.leave_out(self.learned.some_bursts(WITNESSES))
        if not told.frames.frames:
            return plain.calibration
        evidence = Evidence(
            distances=told.distances,
            inside=self._inside(told),
            outside=classifiers.outside(told.frames.floats, plain.background),  # which hardly moves with a burst
            classes=told.classes,
            bursts=told.frames.bursts,
            learned_bursts=np.array([len(self.learned.tallies[label]) for label in self.labels], np.intp),
        )
        return calibrate(evidence, plain.calibration)

    def _inside(self, told: LeftOut) -> NDArray[np.float64]:
        """Return how far (n,), squared, left-out frames lie from the background in the space of the classes."""
        frames, small, within = told.frames, self._small(told.frames), np.zeros(len(told.classes))
        if small.any():
            part = np.flatnonzero(small)
            rows, numbers = frames.rows[part].astype(np.float64), [frames.frames[place].frame for place in part]
            within[part] = self._lessons.metric().leave_out_inside(
                rows, told.classes[part], frames.bursts[part], frames=numbers
            )
        for burst in np.unique(frames.bursts[~small]):
            own = frames.bursts == burst
            solved, held = self._without(_part(frames, own))
            if solved is not None:
                axes, origin = solved.axes()
                within[own] = ((origin - told.distances[own][:, held] @ axes) ** 2).sum(axis=1)
        return within


def _classifier(lessons: Lessons) -> Classifier:
    """Return the classifier, not calibrated yet, of what was learned."""
    if not lessons.labels:
        return classifiers.nothing(lessons.length)
    solved = lessons.metric()
    weights, offsets = solved.discriminants()
    axes, origin = solved.axes()
    return Classifier(
        labels=tuple(lessons.labels),
        weights=weights.astype(np.float32),
        offsets=offsets,
        axes=axes,
        origin=origin,
        background=solved.centre.astype(np.float32),
        calibration=first_calibration(solved.spread()),
    )


def _whole_bursts(bursts: NDArray[np.intp], chosen: NDArray[np.bool_]) -> Iterator[NDArray[np.intp]]:
    """Yield the places of the chosen frames, some whole bursts at a time: floats of all rows are never held at once."""
    numbers, sizes = np.unique(bursts[chosen], return_counts=True)
    part = np.cumsum(sizes) // _AT_ONCE
    for first in np.unique(part):
        yield np.flatnonzero(chosen & np.isin(bursts, numbers[part == first]))


def _part(frames: Selection, own: NDArray[np.bool_]) -> Selection:
    """Return some frames of a selection."""
    return Selection(
        frames.rows[own], [frame for frame, mine in zip(frames.frames, own, strict=True) if mine], frames.bursts[own]
    )


def image_of(frame: Change, predicted: str | None) -> Image:
    """Return a frame with what it was taken for."""
    right = None if predicted is None else predicted == frame.after
    faults = quality.faults(frame.brightness, frame.sharpness, frame.side)
    known = (frame.brightness, frame.sharpness, frame.side, faults)
    return Image(frame.id, frame.after, frame.role, frame.burst_name, predicted, right, *known, device=frame.device)
