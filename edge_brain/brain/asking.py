"""What a brain that is taught is asked besides: how far to trust it, and what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

import numpy as np

from edge_brain import advice, coded, files, labels, neighbours, quality, worth
from edge_brain import devices as devices_of
from edge_brain import evidence as evidences
from edge_brain import score as scoring
from edge_brain.brain.answering import Answering
from edge_brain.brain.opened import one_at_a_time
from edge_brain.errors import BadInput, BrainBusy, StorageFailed
from edge_brain.exposure import PictureLike
from edge_brain.learner import Learner
from edge_brain.outcomes import Drop
from edge_brain.records import Advice, ClassInfo, Device, Frame, Image, Near, Prediction, Score, Scored, Suspect


class Asking(Answering):
    """Answers, and changes nothing but what can be made again."""

    @one_at_a_time
    def nearest(self, picture: PictureLike, count: int = 5) -> list[Near]:
        """Return the learned frames that look most like a picture, best first; none while nothing is learned.

        Each frame counts for itself: several may be of one burst. Equally like ones come in the order of their ids.
        """
        return self._told([picture], lambda codes: self.nearest_codes(codes, count))[0]

    @one_at_a_time
    def nearest_codes(self, codes: Sequence[bytes], count: int = 5) -> list[list[Near]]:
        """Return for each code, int8 bytes of this brain's extractor, the learned frames most like it, best first."""
        if count < 1:
            raise BadInput(f"the nearest {count} frames cannot be told; ask for 1 or more")
        self._closer.look()
        learner = self._memory.learner()
        return neighbours.nearest(self._rows(codes, learner.length), learner.learned.all(), count)

    @one_at_a_time
    def predict_frames(self, frame_ids: Sequence[str]) -> list[Prediction]:
        """Say of each stored frame, by its id, what it shows; of a learned one the brain knows that already."""
        self._closer.look()
        with self.store.database.snapshot():
            return self.predict_codes([self.store.code(self.store.frame(each)) for each in frame_ids])

    @one_at_a_time
    def score(self) -> Score:
        """Return the Brain Score: how right the brain is on frames that it, as it is judged by them, never learned.

        Its advice is worked out when it is first looked at, from all frames as they are then. Look before you tag
        more: later the frames are no longer those of this score, and it says only what the score itself tells.
        """
        self._closer.look()
        learner = self._memory.learner()
        measured, left_out = self._measured(learner)
        measured = replace(measured, advice=advice.Told(partial(self._advice, measured, learner, learner.changes)))
        with suppress(BrainBusy, StorageFailed):  # the history is told later; a full disk must not hide the score
            self._chronicle.add(measured, left_out, learner, self._memory.event)
        return measured

    @one_at_a_time
    def score_if(self, frames: Mapping[str, str | None]) -> Score:
        """Return the Brain Score that there would be after `relabel` of stored frames; nothing is changed.

        `frames` says for ids which class each would have, or none. A frame that was never tagged is refused: whether
        it would be learned is not decided. The advice is what such a score alone tells. All frames are learned anew
        beside the brain: 0.25 s of 2,000 (lite0-224, two cores of an EPYC), up to 1 s on busy ones.
        """
        self._closer.look()
        wanted = {each: None if label is None else labels.checked(label) for each, label in frames.items()}
        with self.store.database.snapshot():
            learner, contract, known = self._memory.new_learner(), self.store.contract, self.store.ever_tagged()
            self._refuse_untold(wanted, {change.id for change in known})
        changes = [replace(change, after=wanted.get(change.id, change.after)) for change in known]
        for place, change in enumerate(changes):
            lacks = change.id in wanted and change.after is not None and change.role == "learned" and not change.views
            if lacks and self.views and self.exposer.contract == contract:
                changes[place] = replace(change, views=self._closer.views(change.id))
        learner.apply([change for change in changes if change.after is not None])
        measured, _ = self._measured(learner)
        return replace(measured, advice=advice.advise(measured))

    @one_at_a_time
    def devices(self) -> list[Device]:
        """Return this device, and all that were heard of: what each took, and when something was last said on it."""
        with self.store.database.snapshot():
            return self.store.devices.all()

    @one_at_a_time
    def history(self) -> list[Scored]:
        """Return how the score became what it is, oldest first, each line with its cause."""
        return self.store.history.lines()

    @one_at_a_time
    def classes(self) -> list[ClassInfo]:
        """Return the classes in the order of their names, with their numbers of frames."""
        counts = self.store.census.classes()
        names = sorted({label for label, _ in counts})
        return [ClassInfo(name, counts[name, "learned"], counts[name, "reserved"]) for name in names]

    @one_at_a_time
    def images(self) -> list[Image]:
        """Return all stored frames, each with what the brain would take it for had it not learned its burst."""
        self._closer.look()
        with self.store.database.snapshot():
            learner, untagged = self._memory.learner(), self.store.frames(tagged=False)
            rows = self._rows([self.store.code(frame) for frame in untagged], learner.length).astype(np.float32)
            every = self.store.frames()
        answers = learner.classifier(calibrated=False).nearest(rows)
        told = {image.id: image for image in (*learner.reserved_images(), *learner.left_out_images())}
        for frame, answer in zip(untagged, answers, strict=True):
            faults = quality.faults(frame.brightness, frame.sharpness, frame.side)
            known = (frame.brightness, frame.sharpness, frame.side, faults)
            told[frame.id] = Image(frame.id, None, None, frame.burst, answer, None, *known)
        return [
            replace(told[frame.id], source=frame.source, reason=frame.reason, device=frame.device, away=frame.away)
            for frame in every
        ]

    @one_at_a_time
    def untagged(self, *, useful_first: bool = False) -> list[Frame]:
        """Return the frames that wait for a tag, in the order they came: also those whose tag was taken away again.

        With `useful_first` those come first of which the brain would learn most; bursts stay together, their frames
        in the order they came. Each tag changes that order: ask again after some.
        """
        if useful_first:
            self._closer.look()
        with self.store.database.snapshot():
            frames = self.store.frames(tagged=False)
            if not useful_first or not frames:
                return frames
            learner, codes = self._memory.learner(), [self.store.code(frame) for frame in frames]
        return worth.useful_first(frames, self._rows(codes, learner.length), learner)

    @one_at_a_time
    def discarded(self) -> list[Frame]:
        """Return the frames that were discarded, latest first, each with the tag that `restore` gives it back."""
        with self.store.database.snapshot():
            return self.store.discarded()

    @one_at_a_time
    def drops(self) -> list[Drop]:
        """Return what was dropped to make room, oldest first; only frames that were never tagged are."""
        return self.store.drops()

    @one_at_a_time
    def suspects(self, precision: float = evidences.WORTH_A_LOOK) -> list[Suspect]:
        """Return the frames that look wrongly tagged, most suspicious first.

        The list is as long as `precision` of it is expected to be wrongly tagged; 0 ranks every frame.
        """
        self._closer.look()
        return evidences.suspects(self._memory.learner(), precision)

    @one_at_a_time
    def frame_id(self, beginning: str) -> str:
        """Return the id of the one frame whose id begins so."""
        return self.store.frame_id(beginning)

    @one_at_a_time
    def picture(self, frame_id: str) -> bytes:
        """Return the stored bytes of a frame, or its thumbnail (JPEG) when they are gone.

        Of one that was told by its code alone they hold that; when they are gone, they are made of it again.
        """
        frame = self.store.frame(frame_id)
        try:
            return files.read(self.store.path(frame))
        except FileNotFoundError:
            if frame.suffix == coded.SUFFIX:
                return coded.packed(self.store.code(frame), self._contract)
            return self.store.thumbnail(frame)

    @one_at_a_time
    def thumbnail(self, frame_id: str) -> bytes:
        """Return the thumbnail of a frame: JPEG, 160 pixels at most."""
        return self.store.thumbnail(self.store.frame(frame_id))

    @one_at_a_time
    def whereabouts(self, frame: Frame | Image) -> str | None:
        """Say in words where the picture of a frame is that is not here; None for one that is."""
        if not frame.away:
            return None
        name = self.store.devices.name_of(frame.device) if frame.device else None
        return "its picture is in a hub" if name is None else f"its picture is on `{name}`"

    @one_at_a_time
    def head_digest(self) -> str:
        """Return the SHA-256, hex, of the exact integer state: the same for the same learned frames."""
        self._closer.look()
        return self._memory.learner().head.digest()

    def _measured(self, learner: Learner) -> tuple[Score, list[Image]]:
        """Return the score, without advice, of what a learner has learned, and the left-out frames that it heard."""
        learned = {label: (sum(tally.values()), len(tally)) for label, tally in learner.learned.tallies.items()}
        reserved, left_out = learner.reserved_images(), learner.left_out_images(learner.witnesses())
        measured = scoring.measure(reserved, learned, left_out)
        if self.store.devices.several():
            devices = [each for each in self.store.devices.all() if each.frames]
            taken = learner.learned.taken, learner.reserved.taken
            measured = replace(measured, per_device=devices_of.measure(devices, *taken, reserved, left_out))
        return measured, left_out

    @one_at_a_time
    def _advice(self, score: Score, learner: Learner, changes: int) -> list[Advice]:
        """Return the advice for a score that was measured when the learner had seen so many changes."""
        if learner.changes != changes:
            return advice.advise(score)
        return advice.advise(score, evidences.gather(learner, halves=score.level != "Still Learning"))

    def _refuse_untold(self, frame_ids: Iterable[str], told: set[str]) -> None:
        """Raise BadInput when a frame was never tagged, UnknownFrame when it is not here."""
        for frame_id in frame_ids:
            if frame_id not in told:
                raise BadInput(
                    f"frame {self.store.frame(frame_id).id} was never tagged, so whether it would be learned or "
                    "reserved is not decided; leave it out"
                )
