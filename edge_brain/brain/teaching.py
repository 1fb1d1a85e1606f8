"""What a brain is told: what pictures show, that they show something else, and to be built anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count

from edge_brain import clock, labels, own
from edge_brain.brain.opened import one_at_a_time
from edge_brain.brain.telling import Telling
from edge_brain.coded import CodeLike
from edge_brain.errors import BadInput, BrainBusy, ExtractorMismatch, UnknownClass, UnknownFrame
from edge_brain.exposure import Coded, Exposer, ExtractorLike, PictureLike, PlainPicture, contract, load_exposer
from edge_brain.learner import Learner
from edge_brain.outcomes import Erased, Merged
from edge_brain.records import Exposure, Tag, Tagging
from edge_brain.region import Region
from edge_brain.replica import Segment
from edge_brain.store import asides
from edge_brain.store.sharing import Heard
from edge_brain.views import SETTING

Labels = Mapping[str, str | None]  # frames by their ids, each with its class, or none
_calls = count()  # of tag_many without a source


class Teaching(Telling):
    """Learns at once; what has returned is on the disk."""

    def tag(
        self, picture: PictureLike, label: str, *, burst: str | None = None, source: str | None = None, who: str = "sdk"
    ) -> Tag:
        """Keep a picture and say what it shows; it is learned, or reserved to test the brain, at once.

        `burst` names the scene, where that is known. Else a picture joins the scene of a near-duplicate, or
        the scene that the same `source` (a camera) showed just before, or it starts one of its own. A picture
        that is here already gets the new label and keeps its burst and role.
        """
        return self.tag_many([(picture, label)], burst=burst, source=source, who=who)[0]

    def tag_code(
        self,
        code: CodeLike,
        label: str,
        *,
        picture: PlainPicture | None = None,
        burst: str | None = None,
        source: str | None = None,
        who: str = "sdk",
    ) -> Tag:
        """Say what a picture shows of which the code is here, made elsewhere by this brain's extractor.

        The code is as `predict_code` takes it. With the `picture` the frame is that, as in `tag`, and the code counts
        as given; of a picture that is here already the code of before stays, and only the label is news. Without it
        the frame is the code: its id is the SHA-256 of the few bytes that hold it and how it was made, it looks grey
        wherever frames are shown, and no other extractor can ever look at it.
        """
        return self.tag(Coded(code, picture), label, burst=burst, source=source, who=who)

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
        pairs = [(picture, labels.checked(label)) for picture, label in pictures]
        burst = None if burst is None else labels.checked(burst, "burst")
        came_from = None if source is None else labels.checked(source, "source")
        if came_from is None and len(pairs) > 1:
            came_from = f"call {next(_calls)}"
        while True:
            with self._lock:
                exposer, views = self.exposer, self.views
            taggings = []
            for picture, name in pairs:
                # where the code is given, the extractor may not be here that the views take
                exposure = exposer.expose(picture, source, views=views and not isinstance(picture, Coded))
                if source is not None and exposure.taken_at is None:
                    exposure = replace(exposure, taken_at=clock.now(), moment=clock.elapsed())
                taggings.append(Tagging(exposure, name, burst, came_from))
            with self._lock:
                moved = self._contract != exposer.contract and not any(isinstance(each, Coded) for each, _ in pairs)
                if not moved:
                    return self.tag_exposures(taggings, who=who)
            # it was retrained meanwhile: look again, but for codes, which were given for what it was before

    @one_at_a_time
    def tag_exposures(
        self, taggings: Sequence[Tagging], *, who: str = "sdk", expected: Labels | None = None
    ) -> list[Tag]:
        """Tag exposures, or frames by their ids, in one transaction; find the bursts of those that have none given."""
        self.store.check_contract([tagging.frame for tagging in taggings])
        learner = self._memory.learner()
        whole = [replace(tagging, burst=self._burst_of(tagging, learner)) for tagging in taggings]
        return [tag for tag in self._tag(whole, who, expected) if tag is not None]

    @one_at_a_time
    def keep_exposures(self, exposures: Sequence[Exposure], *, burst: str | None = None) -> None:
        """Keep pictures in one transaction, to be tagged by their ids later.

        They are of one burst, where it is given, else their bursts are open until then.
        """
        self.store.keep(exposures, burst)

    @one_at_a_time
    def note_seen(self, frame_ids: Sequence[str]) -> None:
        """Note that the like of these stored frames is before the camera now: when room is needed they go last."""
        self.store.seen(frame_ids)

    @one_at_a_time
    def burst_alike(self, label: str, code: bytes, taken_at: float | None, named: str | None = None) -> str | None:
        """Return the burst that a picture of a class has to join by what is tagged already, or by its name.

        That of a reserved frame which looks just the same; as named; that of a near-duplicate; None by neither.
        """
        return self._memory.learner().sightings.burst_alike(label, code, taken_at, named)

    def retag(self, frame_ids: Sequence[str], label: str | None, *, who: str = "sdk") -> None:
        """Give stored frames another class, or none, in one transaction."""
        self.relabel(dict.fromkeys(frame_ids, label), who=who)

    @one_at_a_time
    def relabel(self, frames: Labels, *, who: str = "sdk", expected: Labels | None = None) -> dict[str, str | None]:
        """Give stored frames, by their ids, each its own class, or none, in one transaction.

        Returns what they were tagged as before: to relabel them so undoes it. With `expected`, frames with what they
        are thought to be tagged as, nothing is done, and TagChanged raised, when one is tagged otherwise by now, or
        discarded.
        """
        thought = {each: None if label is None else labels.checked(label) for each, label in (expected or {}).items()}
        taggings = [Tagging(each, None if label is None else labels.checked(label)) for each, label in frames.items()]
        were = {each: self.store.frame(each).label for each in frames}
        if any(label is not None for label in frames.values()) and self.store.untold().intersection(frames):
            self.tag_exposures(taggings, who=who, expected=thought)
        else:
            self._tag(taggings, who, thought)
        return were

    def untag(self, frame_id: str, *, who: str = "sdk") -> None:
        """Take a frame's tag away: what was learned from it is unlearned, exactly. The picture stays."""
        self.retag([frame_id], None, who=who)

    @one_at_a_time
    def discard(self, frame_ids: Sequence[str], *, who: str = "sdk") -> dict[str, str | None]:
        """Take stored frames out of sight, in one transaction, and return what each was tagged as.

        What was learned from them is unlearned, exactly. Until `erase` they can be brought back: by `restore`, as
        they were, or by a tag.
        """
        were = self.store.discard(frame_ids, who=who)
        self._changed()
        return were

    @one_at_a_time
    def restore(self, frame_ids: Sequence[str], *, who: str = "sdk") -> dict[str, str | None]:
        """Bring discarded frames back, in one transaction, tagged as they were; return what each is tagged as.

        Role and burst are what they were, and so is the head, to the bit. Frames that are in sight stay as they are.
        """
        tagged = self.store.restore(frame_ids, who=who)
        self._changed()
        self._closer.take_up()  # views that were still to be made, or were made otherwise before a retrain
        return tagged

    @one_at_a_time
    def erase(self, frame_ids: Sequence[str] | None = None) -> Erased:
        """Delete for good what is discarded, all or these: pictures and thumbnails, those in `backups/`, too.

        Where one of these is not discarded, BadInput is raised and nothing is erased.

        What events refer to stays: ids, tags that were, and codes of frames that were ever tagged. Of the copies one
        is left, a fresh one. Hubs and other devices keep what they were given. If it was broken off, call it again.
        """
        frames, size, hubs = self.store.erase(frame_ids)
        return Erased(frames, size, tuple(path.name for path in asides(self.folder)), hubs)

    @one_at_a_time
    def rename_class(self, label: str, new: str, *, who: str = "rename") -> int:
        """Give a class another name and return how many frames it has; the name must be free."""
        label, new = labels.checked(label), labels.checked(new)
        if any(info.label == new for info in self.classes()):
            raise BadInput(f"there is a class {new!r} already; to make one of the two, merge {label!r} into it")
        return self._retag_class(label, new, who)

    @one_at_a_time
    def merge_classes(self, label: str, into: str, *, who: str = "merge") -> int:
        """Give all frames of a class to another and return how many they were."""
        label, into = labels.checked(label), labels.checked(into)
        if label == into:
            raise BadInput(f"class {label!r} cannot be merged into itself")
        self._frames_of(into)
        return self._retag_class(label, into, who)

    @one_at_a_time
    def remove_class(self, label: str, *, who: str = "remove") -> int:
        """Untag all frames of a class and return how many; the pictures stay."""
        return self._retag_class(labels.checked(label), None, who)

    @one_at_a_time
    def merge(self, segment: Segment, heard: Heard | None = None) -> Merged:
        """Take in what another device tells, in one transaction: the events that are not here, and what follows.

        Whoever has merged the same segments, in whatever order, has the same head, to the bit. `heard` says in which
        object of a hub the segment stands.
        """
        return self.merge_many([(segment, heard)])[0]

    @one_at_a_time
    def merge_many(self, told: Sequence[tuple[Segment, Heard | None]], *, copied: bool = True) -> list[Merged]:
        """Take in what other devices tell, all in one transaction; without `copied` not also into backups/."""
        merged = self.store.merge_many(told, copied=copied)
        self._changed()
        return merged

    @one_at_a_time
    def take_up_views(self) -> None:
        """Note the learned frames whose views are still to be made, ours or others', for the next answer or `close`."""
        self._closer.take_up()

    @one_at_a_time
    def make_views(self) -> None:
        """Make the views that are still to be made, now."""
        self._closer.take_up()
        self._closer.look()

    @one_at_a_time
    def retrain(
        self,
        *,
        extractor: ExtractorLike | None = None,
        region: Region | str | None = None,
        views: bool | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Rebuild tags and head from every stored event; the head comes out the same, to the bit.

        With another extractor or region every stored picture is coded anew first; so is one whose code is
        damaged, and one whose picture is gone is coded from its thumbnail. `views` begins or ends learning those;
        any that are missing are made. `progress` is told (frames done, frames in all). The old codes serve until all
        are made. Raises ExtractorMismatch, and changes nothing, where frames would be coded anew that were told by
        their codes alone, or by an extractor that is not here.
        """
        wanted = self.as_retrained(extractor=extractor, region=region, views=views)
        given = self._given if extractor is None or isinstance(extractor, str) else own.one_at_a_time(extractor)
        exposer: Exposer | None = None
        codes: dict[int, tuple[bytes, bytes]] = {}
        while frames := self.store.rebuild(codes, wanted):  # more may have come while we were coding
            exposer = exposer or load_exposer(wanted, threads=self.threads, given=given)
            for done, frame in enumerate(frames, 1):
                seen = wanted["views"] != "" and frame.role == "learned"
                try:
                    exposure = exposer.expose(self.picture(frame.id), views=seen)
                    codes[frame.number] = exposure.code, exposure.views
                except UnknownFrame:  # dropped meanwhile, as room was needed
                    pass
                except ExtractorMismatch as error:
                    raise ExtractorMismatch(
                        f"frame {frame.id} needs another code: {error}; where its code is damaged, "
                        "`edge-brain doctor --repair` takes it from a copy"
                    ) from error
                if progress:
                    progress(done, len(frames))
        self._given = given if own.is_own(wanted["fingerprint"]) else None
        self._exposer = exposer or self._exposer
        self._closer.forget()
        self._memory.forget()
        self._changed()
        with suppress(BrainBusy, OSError):  # StorageFailed among them: it is done, only not copied yet
            self.store.backup()  # the copies from before hold the codes of before

    @one_at_a_time
    def as_retrained(
        self,
        *,
        extractor: ExtractorLike | None = None,
        region: Region | str | None = None,
        views: bool | None = None,
    ) -> dict[str, str]:
        """Return the settings that `retrain` would give the brain; BadInput for what cannot be meant."""
        held = self.store.codes_contract()
        part, viewed = self.region if region is None else Region.of(region), self.views if views is None else views
        if extractor in (None, held["extractor"]) and own.is_own(held["fingerprint"]):
            return {**held, "region": str(part), "views": SETTING if viewed else ""}
        return contract(held["extractor"] if extractor is None else extractor, part, views=viewed)

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

    def _tag(self, taggings: Sequence[Tagging], who: str, expected: Labels | None) -> list[Tag | None]:
        tags = self.store.tag(taggings, who=who, expected=expected)
        self._changed([tag for tag in tags if tag is not None and tag.new])
        self._closer.note(tags, taggings)
        if len(taggings) == 1:  # a person tags; an import learns all at its end
            self._closer.look()
            self._memory.learner().keep_up()
        return tags

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
