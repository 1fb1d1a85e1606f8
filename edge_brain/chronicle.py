"""Keeps the story of the score: a line for each score that is news, with what was done and why it moved.

    score, learner ─> standing ─ beside the last one ─> reasons ─> a line of the history

No cause is told that is not proven. An answer depends on the learned frames and on nothing else: when since the
last line frames have gone one way only, from one class to another, they turned every answer that turned. When
they have gone several ways, those of one are taken back on a copy: what turns back then, they had turned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from edge_brain import __version__, clock, story
from edge_brain.learner import Learner
from edge_brain.records import Change, Deed, Image, Reason, Score, Scored
from edge_brain.store import Store
from edge_brain.story import Flip, standing, telling
from edge_brain.story.standing import Standing

_COPIES = 2  # each may have to be solved, which takes 80 ms, and seconds on a small device


class Chronicle:
    """Adds to the history of a store what a score is worth telling of."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, score: Score, left_out: Sequence[Image], learner: Learner, event: int) -> None:
        """Add a line for the score that was measured after `event`, also on frames left out; no news, no line."""
        history, edition = self._store.history, self._store.setting("edition")
        last = history.last()
        if not (event > last.event or (event == last.event > 0 and edition != last.edition)):
            return
        version, seen = history.answers() or (__version__, None)
        other_eyes = self._other_eyes(edition, last.edition, version)
        deeds, now = history.deeds(last.event, event), _standing(score, left_out, learner)
        answers, change, reasons = standing.to_bytes(now), None, list[Reason]()
        if score.balanced_accuracy is not None and last.balanced_accuracy is not None:
            change = score.balanced_accuracy - last.balanced_accuracy
        if change is not None and seen is not None and seen != answers:
            then = standing.from_bytes(seen)
            causes = {} if other_eyes or learner.is_abridged else self._causes(then, now, learner, last.event, event)
            reasons = story.reasons(then, now, change, causes)
        line = Scored(
            at=clock.now(),
            level=score.level,
            accuracy=score.accuracy,
            balanced_accuracy=score.balanced_accuracy,
            interval=score.interval,
            classes=score.classes,
            learned=score.learned,
            reserved=score.reserved,
            cause=", ".join([*other_eyes, *telling.done(deeds)]),
            change=change,
            deeds=deeds,
            reasons=reasons,
        )
        news = None if (seen, version) == (answers, __version__) else (__version__, answers)
        history.add(line, event, edition, after=last, answers=news)

    def _other_eyes(self, edition: str, last_edition: str, version: str) -> list[str]:
        """Tell what else than tags has changed the answers since the last line."""
        told = []
        if last_edition not in ("", edition):
            told.append(f"retrained with {self._store.contract}")
        if version != __version__:
            told.append(f"edge_brain {__version__} in place of {version}")
        return told

    def _causes(self, then: Standing, now: Standing, learner: Learner, since: int, event: int) -> dict[int, Deed]:
        """Return for frames that flipped, by number, what is proven to have flipped them."""
        flips = story.flips(then, now)
        if not flips:
            return {}
        with self._store.database.snapshot():
            if self._store.last_event() != event:
                return {}  # another process has tagged since this score was measured
            ways = _ways(self._store.changes(since), story.renamed(then, now))
        turned = {deed: [flip for flip in flips if story.points_to(deed, flip)] for deed in ways}
        if len(ways) > 1:
            likely = sorted((deed for deed in ways if turned[deed]), key=lambda deed: len(turned[deed]), reverse=True)
            turned = {deed: _turned_back(turned[deed], ways[deed], learner) for deed in likely[:_COPIES]}
        return {flip.frame: deed for deed in reversed(turned) for flip in turned[deed]}  # of two the likelier is told


def _standing(score: Score, left_out: Sequence[Image], learner: Learner) -> Standing:
    """Return who counts in a score: its images, which are the reserved frames, then those that were left out."""
    witnesses = zip(learner.witnesses().frames.frames, left_out, strict=True)
    judged = [*zip(learner.reserved_frames(), score.images, strict=True)]
    judged += [(frame, image) for frame, image in witnesses if image.predicted is not None]
    return standing.standing(
        sorted(score.per_class),
        [frame.frame for frame, _ in judged],
        np.array([frame.burst for frame, _ in judged], np.intp),
        [image.label for _, image in judged],
        [image.predicted for _, image in judged],
    )


def _ways(changes: Sequence[Change], renamed: Mapping[str, str]) -> dict[Deed, list[Change]]:
    """Return the learned frames by the way that they went; another name of the same class is no way."""
    ways: dict[tuple[str | None, str | None], list[Change]] = {}
    for change in changes:
        before = renamed.get(change.before or "", change.before)
        if change.role == "learned" and before != change.after:
            ways.setdefault((before, change.after), []).append(replace(change, before=before))
    return {Deed("", "learned", *way, len(own)): own for way, own in ways.items()}


def _turned_back(flips: Sequence[Flip], changes: Sequence[Change], learner: Learner) -> list[Flip]:
    """Return the flips of reserved frames that would not be had these changes not been made."""
    reserved = learner.reserved.all()
    flips = [flip for flip in flips if flip.place < len(reserved.frames)]
    rows = reserved.floats[[flip.place for flip in flips]]
    answers = learner.classifier_without(changes).nearest(rows)
    return [flip for flip, answer in zip(flips, answers, strict=True) if answer == flip.was]
