"""The face of edge_brain: show it pictures, say what they are, ask it, and ask how far to trust it.

    with Brain.create("kitchen") as brain:
        brain.tag("mug.jpg", "mug")
        brain.predict(frame).label
        brain.score().level

Pictures are paths, bytes, PIL images or uint8 RGB arrays (height, width, 3). A tag that was returned is on
the disk. Several processes may have one brain open: each sees what the others tagged at its next call.
Threads may share a Brain; its methods run one at a time.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import partial, wraps
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np

from edge_brain import advice, clock, config, files, head, labels, quality
from edge_brain import evidence as evidences
from edge_brain import extractor as extractors
from edge_brain import score as scoring
from edge_brain.capture import Source, open_source
from edge_brain.chronicle import Chronicle
from edge_brain.closer import Closer
from edge_brain.errors import BadInput, BrainBusy, StorageFailed, UnknownClass, UnknownFrame
from edge_brain.exposure import Exposer, PictureLike, contract, load_exposer
from edge_brain.images import Region
from edge_brain.learner import Learner
from edge_brain.memory import Memory
from edge_brain.records import (
    Advice,
    ClassInfo,
    Drop,
    Exposure,
    Frame,
    Image,
    Observation,
    Prediction,
    Score,
    Scored,
    Suspect,
    Tag,
    Tagging,
)
from edge_brain.store import Store
from edge_brain.watching import Watcher

_calls = count()  # of tag_many without a source
_Method = TypeVar("_Method", bound=Callable[..., Any])


def _one_at_a_time(method: _Method) -> _Method:
    @wraps(method)
    def locked(self: Brain, *args: Any, **kwargs: Any) -> Any:
        with self._lock:
            return method(self, *args, **kwargs)

    return locked  # type: ignore[return-value]


class Brain:
    """One recogniser: classes, frames, tags, head and score, in a folder."""

    def __init__(self, store: Store, *, threads: int | None = None) -> None:
        """Take over an open store; use `Brain.create` or `Brain.open`."""
        self.store = store
        self.threads = threads or config.threads()
        self._lock = threading.RLock()
        self._memory = Memory(store)
        self._chronicle = Chronicle(store)
        self._exposer: Exposer | None = None
        self._closer = Closer(store, lambda: self.exposer, self._memory.tagged)

    # ── life ────────────────────────────────────────────────────────────────────────────────────

    @classmethod
    def create(
        cls,
        folder: str | Path,
        *,
        extractor: str | None = None,
        region: Region | str | None = None,
        views: bool = True,
        threads: int | None = None,
    ) -> Brain:
        """Make a brain in a folder that has none.

        `extractor` is a name in `models/manifest.json`; `region` the part of every picture that it looks at,
        as fractions "x,y,width,height"; with `views` each frame is learned with its mirror image and its middle,
        which makes a brain of few frames surer and costs two more runs of the network a frame, none a prediction.
        They stay, until `retrain` changes them for all frames.
        """
        settings = contract(extractor or extractors.names()[0], Region.of(region), views=views)
        return cls(Store.create(Path(folder), settings), threads=threads)

    @classmethod
    def open(cls, folder: str | Path, *, threads: int | None = None) -> Brain:
        """Open the brain that stands in a folder."""
        return cls(Store(Path(folder)), threads=threads)

    @_one_at_a_time
    def close(self) -> None:
        """Close the brain; views that are still to be made are made, a classifier is kept for the next process."""
        if not self.store.closed:
            self._closer.look()
            self._memory.keep()
            self.store.close()

    def __enter__(self) -> Brain:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """The folder of this brain."""
        return self.store.folder

    @property
    def alone(self) -> threading.RLock:
        """What a thread holds while it asks the store for more than one thing: the others wait."""
        return self._lock

    @property
    def extractor(self) -> str:
        """The name of the extractor that this brain is bound to."""
        return self.store.setting("extractor")

    @property
    def region(self) -> Region:
        """The part of every picture that this brain looks at."""
        return Region.parse(self.store.setting("region"))

    @property
    def views(self) -> bool:
        """Whether each frame is learned with its mirror image and its middle."""
        return self.store.views > 1

    @property
    def exposer(self) -> Exposer:
        """What turns pictures into codes; it is made, with its runtime, when the first picture comes."""
        if self._exposer is None or self._exposer.contract != self.store.contract:
            self._exposer = self.new_exposer(threads=self.threads)
        return self._exposer

    def new_exposer(self, *, threads: int) -> Exposer:
        """Return another exposer, with a network of its own, for a thread that works beside this one."""
        extractors.check(self.extractor, self.store.setting("fingerprint"))
        return load_exposer(self.extractor, self.region, threads=threads)

    # ── teaching ────────────────────────────────────────────────────────────────────────────────

    def tag(
        self, picture: PictureLike, label: str, *, burst: str | None = None, source: str | None = None, who: str = "sdk"
    ) -> Tag:
        """Keep a picture and say what it shows; it is learned, or reserved to test the brain, at once.

        `burst` names the scene, where that is known. Else a picture joins the scene of a near-duplicate, or
        the scene that the same `source` (a camera) showed just before, or it starts one of its own. A picture
        that is here already gets the new label and keeps its burst and role.
        """
        return self.tag_many([(picture, label)], burst=burst, source=source, who=who)[0]

    def tag_many(
        self,
        pictures: Iterable[tuple[PictureLike, str]],
        *,
        burst: str | None = None,
        source: str | None = None,
        who: str = "sdk",
    ) -> list[Tag]:
        """Tag pictures, each with its label, in one transaction: all of them or none.

        They are taken to have come one after the other.
        """
        views = self.views
        pairs = [(picture, labels.checked(label)) for picture, label in pictures]
        burst = None if burst is None else labels.checked(burst, "burst")
        came_from = None if source is None else labels.checked(source, "source")
        if came_from is None and len(pairs) > 1:
            came_from = f"call {next(_calls)}"
        taggings = []
        for picture, name in pairs:
            exposure = self.exposer.expose(picture, source, views=views)
            if source is not None and exposure.taken_at is None:
                exposure = replace(exposure, taken_at=clock.now(), moment=clock.elapsed())
            taggings.append(Tagging(exposure, name, burst, came_from))
        return self.tag_exposures(taggings, who=who)

    @_one_at_a_time
    def tag_exposures(self, taggings: Sequence[Tagging], *, who: str = "sdk") -> list[Tag]:
        """Tag exposures, or frames by their ids, in one transaction; find the bursts of those that have none given."""
        self.store.check_contract([tagging.frame for tagging in taggings])
        learner = self._memory.learner()
        whole = [replace(tagging, burst=self._burst_of(tagging, learner)) for tagging in taggings]
        return [tag for tag in self._tag(whole, who) if tag is not None]

    @_one_at_a_time
    def keep_exposures(self, exposures: Sequence[Exposure], *, burst: str | None = None) -> None:
        """Keep pictures in one transaction, to be tagged by their ids later.

        They are of one burst, where it is given, else their bursts are open until then.
        """
        self.store.keep(exposures, burst)

    @_one_at_a_time
    def note_seen(self, frame_ids: Sequence[str]) -> None:
        """Note that the like of these stored frames is before the camera now: when room is needed they go last."""
        self.store.seen(frame_ids)

    @_one_at_a_time
    def burst_alike(self, label: str, code: bytes, taken_at: float | None, named: str | None = None) -> str | None:
        """Return the burst that a picture of a class has to join by what is tagged already, or by its name.

        That of a reserved frame which looks just the same; as named; that of a near-duplicate; None by neither.
        """
        return self._memory.learner().sightings.burst_alike(label, code, taken_at, named)

    @_one_at_a_time
    def retag(self, frame_ids: Sequence[str], label: str | None, *, who: str = "sdk") -> None:
        """Give stored frames another class, or none, in one transaction."""
        taggings = [Tagging(each, None if label is None else labels.checked(label)) for each in frame_ids]
        if label is not None and self.store.untold().intersection(frame_ids):
            self.tag_exposures(taggings, who=who)
        else:
            self._tag(taggings, who)

    def untag(self, frame_id: str, *, who: str = "sdk") -> None:
        """Take a frame's tag away: what was learned from it is unlearned, exactly. The picture stays."""
        self.retag([frame_id], None, who=who)

    @_one_at_a_time
    def rename_class(self, label: str, new: str, *, who: str = "rename") -> int:
        """Give a class another name and return how many frames it has; the name must be free."""
        label, new = labels.checked(label), labels.checked(new)
        if any(info.label == new for info in self.classes()):
            raise BadInput(f"there is a class {new!r} already; to make one of the two, merge {label!r} into it")
        return self._retag_class(label, new, who)

    @_one_at_a_time
    def merge_classes(self, label: str, into: str, *, who: str = "merge") -> int:
        """Give all frames of a class to another and return how many they were."""
        label, into = labels.checked(label), labels.checked(into)
        if label == into:
            raise BadInput(f"class {label!r} cannot be merged into itself")
        self._frames_of(into)
        return self._retag_class(label, into, who)

    @_one_at_a_time
    def remove_class(self, label: str, *, who: str = "remove") -> int:
        """Untag all frames of a class and return how many; the pictures stay."""
        return self._retag_class(labels.checked(label), None, who)

    @_one_at_a_time
    def take_up_views(self) -> None:
        """Note the learned frames whose views are still to be made, ours or others', for the next answer or `close`."""
        self._closer.take_up()

    @_one_at_a_time
    def retrain(
        self,
        *,
        extractor: str | None = None,
        region: Region | str | None = None,
        views: bool | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Rebuild tags and head from every stored event; the head comes out the same, to the bit.

        With another extractor or region every stored picture is coded anew first; so is one whose code is
        damaged, and one whose picture is gone is coded from its thumbnail. `views` begins or ends learning those;
        any that are missing are made. `progress` is told (frames done, frames in all). The old codes serve until all
        are made.
        """
        name, part = extractor or self.extractor, self.region if region is None else Region.of(region)
        wanted = contract(name, part, views=self.views if views is None else views)
        exposer: Exposer | None = None
        codes: dict[int, tuple[bytes, bytes]] = {}
        while frames := self.store.rebuild(codes, wanted):  # more may have come while we were coding
            exposer = exposer or load_exposer(name, part, threads=self.threads)
            for done, frame in enumerate(frames, 1):
                seen = wanted["views"] != "" and frame.role == "learned"
                with suppress(UnknownFrame):  # dropped meanwhile, as room was needed
                    exposure = exposer.expose(self.picture(frame.id), views=seen)
                    codes[frame.number] = exposure.code, exposure.views
                if progress:
                    progress(done, len(frames))
        self._closer.forget()
        self._memory.forget()
        with suppress(BrainBusy, OSError):  # StorageFailed among them: it is done, only not copied yet
            self.store.backup()  # the copies from before hold the codes of before

    # ── asking ──────────────────────────────────────────────────────────────────────────────────

    def predict(self, picture: PictureLike) -> Prediction:
        """Say what a picture shows, how sure that is, and whether it is anything the brain knows."""
        return self.predict_many([picture])[0]

    def predict_many(self, pictures: Sequence[PictureLike]) -> list[Prediction]:
        """Say of each picture what it shows."""
        return [answer for _, answer in self.look_at(pictures)]

    @_one_at_a_time
    def look_at(self, pictures: Sequence[PictureLike]) -> list[tuple[bytes, Prediction]]:
        """Return the code of each picture, int8 bytes, with what it shows."""
        self._closer.look()
        exposer = self._exposer or self.exposer
        while True:
            codes = [exposer.code(picture).tobytes() for picture in pictures]
            with self.store.database.snapshot():
                if self.store.contract == exposer.contract:
                    return list(zip(codes, self.predict_codes(codes), strict=True))
            exposer = self.exposer  # it was retrained meanwhile: look again

    def look(self, picture: PictureLike) -> tuple[bytes, Prediction]:
        """Return the code of a picture, int8 bytes, with what it shows."""
        return self.look_at([picture])[0]

    def watch(
        self,
        source: Source | str,
        *,
        roi: Region | str | None = None,
        agree: int = 5,
        every: bool = False,
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[Observation]:
        """Yield what changes before a camera, and with it, until the source has ended or soon after `stop` says so.

        `source` is opened, or was (see `open_source`); `roi` is the part of each shot to be looked at. Of the last
        `agree` shots four in five must agree before the answer changes. With `every`, all answers are yielded.
        """
        watcher = Watcher(self.look, roi=roi, agree=agree)
        with open_source(source) if isinstance(source, str) else nullcontext(source) as shots:
            yield from watcher.follow(shots, every=every, stop=stop)

    @_one_at_a_time
    def predict_exposures(self, exposures: Sequence[Exposure]) -> list[Prediction]:
        """Say of each exposure what it shows; one that was coded otherwise raises ExtractorMismatch."""
        self._closer.look()
        with self.store.database.snapshot():
            self.store.check_contract(exposures)
            return self.predict_codes([exposure.code for exposure in exposures])

    @_one_at_a_time
    def predict_codes(self, codes: Sequence[bytes]) -> list[Prediction]:
        """Say of each code, int8 bytes of this brain's extractor, what it shows."""
        self._closer.look()
        solved = self._memory.classifier()
        length = solved.weights.shape[1]
        if any(len(code) != length for code in codes):
            raise BadInput(
                f"a code of this brain has {length} bytes, not {', '.join(str(len(code)) for code in codes)}"
            )
        rows = head.plain_rows(codes, length, int(self.store.setting("zero_point")))
        return solved.answers(rows.astype(np.float32))

    @_one_at_a_time
    def score(self) -> Score:
        """Return the Brain Score: how right the brain is on frames that it, as it is judged by them, never learned.

        Its advice is worked out when it is first looked at, from all frames as they are then. Look before you tag
        more: later the frames are no longer those of this score, and it says only what the score itself tells.
        """
        self._closer.look()
        learner = self._memory.learner()
        learned = {label: (sum(tally.values()), len(tally)) for label, tally in learner.learned.tallies.items()}
        left_out = learner.left_out_images(learner.witnesses())
        measured = scoring.measure(learner.reserved_images(), learned, left_out)
        measured = replace(measured, advice=advice.Told(partial(self._advice, measured, learner, learner.changes)))
        with suppress(BrainBusy, StorageFailed):  # the history is told later; a full disk must not hide the score
            self._chronicle.add(measured, left_out, learner, self._memory.event)
        return measured

    @_one_at_a_time
    def history(self) -> list[Scored]:
        """Return how the score became what it is, oldest first, each line with its cause."""
        return self.store.history.lines()

    @_one_at_a_time
    def classes(self) -> list[ClassInfo]:
        """Return the classes in the order of their names, with their numbers of frames."""
        counts = Counter((frame.label or "", frame.role) for frame in self.store.frames(tagged=True))
        names = sorted({label for label, _ in counts})
        return [ClassInfo(name, counts[name, "learned"], counts[name, "reserved"]) for name in names]

    @_one_at_a_time
    def images(self) -> list[Image]:
        """Return all stored frames, each with what the brain would take it for had it not learned its burst."""
        self._closer.look()
        with self.store.database.snapshot():
            learner, untagged = self._memory.learner(), self.store.frames(tagged=False)
            answers = self.predict_codes([self.store.code(frame) for frame in untagged])
            every = self.store.frames()
        told = {image.id: image for image in (*learner.reserved_images(), *learner.left_out_images())}
        for frame, answer in zip(untagged, answers, strict=True):
            faults = quality.faults(frame.brightness, frame.sharpness, frame.side)
            known = (frame.brightness, frame.sharpness, frame.side, faults)
            told[frame.id] = Image(frame.id, None, None, frame.burst, answer.first, None, *known)
        return [replace(told[frame.id], source=frame.source, reason=frame.reason) for frame in every]

    @_one_at_a_time
    def untagged(self) -> list[Frame]:
        """Return the frames that were kept and that nobody has ever told the class of, in the order they came."""
        with self.store.database.snapshot():
            untold = self.store.untold()
            return [frame for frame in self.store.frames(tagged=False) if frame.id in untold]

    @_one_at_a_time
    def drops(self) -> list[Drop]:
        """Return what was dropped to make room, oldest first; only frames that were never tagged are."""
        return self.store.drops()

    @_one_at_a_time
    def suspects(self, precision: float = evidences.WORTH_A_LOOK) -> list[Suspect]:
        """Return the frames that look wrongly tagged, most suspicious first.

        The list is as long as `precision` of it is expected to be wrongly tagged; 0 ranks every frame.
        """
        self._closer.look()
        return evidences.suspects(self._memory.learner(), precision)

    @_one_at_a_time
    def threshold(self) -> float | None:
        """Return the familiarity under which a picture is unknown; None until there is evidence for one."""
        self._closer.look()
        return self._memory.classifier().calibration.threshold

    @_one_at_a_time
    def frame_id(self, beginning: str) -> str:
        """Return the id of the one frame whose id begins so."""
        return self.store.frame_id(beginning)

    @_one_at_a_time
    def picture(self, frame_id: str) -> bytes:
        """Return the stored bytes of a frame, or its thumbnail (JPEG) when they are gone."""
        frame = self.store.frame(frame_id)
        try:
            return files.read(self.store.path(frame))
        except FileNotFoundError:
            return self.store.thumbnail(frame)

    @_one_at_a_time
    def thumbnail(self, frame_id: str) -> bytes:
        """Return the thumbnail of a frame: JPEG, 160 pixels at most."""
        return self.store.thumbnail(self.store.frame(frame_id))

    @_one_at_a_time
    def head_digest(self) -> str:
        """Return the SHA-256, hex, of the exact integer state: the same for the same learned frames."""
        self._closer.look()
        return self._memory.learner().head.digest()

    # ── inside ──────────────────────────────────────────────────────────────────────────────────

    def _burst_of(self, tagging: Tagging, learner: Learner) -> str | None:
        """Return the burst of a new frame; that of one which was tagged once stays, whatever is returned."""
        frame, label = tagging.frame, tagging.label or ""
        if isinstance(frame, Exposure):
            known = self.store.burst_of(frame.id) or tagging.burst
            return learner.sightings.burst_of(frame, label, tagging.source, known)
        if self.store.burst_of(frame) is not None:
            return None
        kept = self.store.frame(frame)
        named = tagging.burst or (kept.burst if kept.burst != frame else None)
        return learner.sightings.burst_alike(label, self.store.code(kept), kept.taken_at, named)

    def _tag(self, taggings: Sequence[Tagging], who: str) -> list[Tag | None]:
        tags = self.store.tag(taggings, who=who)
        self._memory.tagged()
        self._closer.note(tags, taggings)
        if len(taggings) == 1:  # a person tags; an import learns all at its end
            self._closer.look()
            self._memory.learner().keep_up()
        return tags

    @_one_at_a_time
    def _advice(self, score: Score, learner: Learner, changes: int) -> list[Advice]:
        """Return the advice for a score that was measured when the learner had seen so many changes."""
        if learner.changes != changes:
            return advice.advise(score)
        return advice.advise(score, evidences.gather(learner, halves=score.level != "Still Learning"))

    def _retag_class(self, label: str, new: str | None, who: str) -> int:
        frames = self._frames_of(label)
        self.retag(frames, new, who=who)
        return len(frames)

    def _frames_of(self, label: str) -> list[str]:
        frames = [frame.id for frame in self.store.frames(tagged=True) if frame.label == label]
        if not frames:
            known = ", ".join(repr(info.label) for info in self.classes()) or "none yet"
            raise UnknownClass(f"this brain has no class {label!r}; it has {known}")
        return frames
