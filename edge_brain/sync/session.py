"""One exchange with a hub: what it lacks is sent and read back, what it has is taken in, pictures follow.

    under way ─> forks ─> own events ─> others' segments ─> what others gave, and the hub lacks ─> codes ─> pictures
    ─> release

Each object is a step of its own, noted in the brain when it is done: whoever is broken off goes on there the next
time, and who does all of it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TypeVar

from edge_brain import clock, files
from edge_brain.brain import Brain
from edge_brain.errors import BadInput, BadPicture, BrainDamaged, BrainTooNew, ExtractorMismatch, StorageFailed
from edge_brain.exposure import Coded, Exposer
from edge_brain.outcomes import Refused, Synced, Taken
from edge_brain.records import Exposure
from edge_brain.replica import Segment
from edge_brain.store.sharing import Heard
from edge_brain.sync import choice, names, segments, telling
from edge_brain.sync.choice import Choice
from edge_brain.sync.objects import Objects
from edge_brain.sync.patience import Patient
from edge_brain.sync.releases import Releases
from edge_brain.sync.stores import Store

Progress = Callable[[str, int, int], None]  # what is being done; how many are done, of how many
_THIN_AT_ONCE = 64
_Each = TypeVar("_Each")


class Session:
    """One exchange of one brain with one hub."""

    def __init__(
        self, brain: Brain, store: Store, hub_id: str, wish: Choice, patient: Patient, progress: Progress | None
    ) -> None:
        """Take an open brain, an open store with the id of the hub in it, and what is wished for."""
        self._brain, self._store, self._wish, self._patient = brain, store, wish, patient
        self._progress = progress or (lambda what, done, total: None)
        self._sharing = brain.store.sharing
        self._hub_id = hub_id
        with brain.alone:
            self._hub = self._sharing.hub(hub_id, store.name)
            self._is_news = not self._sharing.all_known(self._hub)
        self._objects = Objects(brain, store, self._hub, patient)
        self.releases = Releases(brain, self._objects, hub_id, self._hub)
        self._forked_from: str | None = None
        self._taken: Taken | None = None  # the release that came
        self._strange = set[str]()  # classes of others, where none is one of ours
        self._whole = set[str]()  # frames whose pictures were read from the hub just now

    def run(self) -> Synced:
        """Exchange all; HubUnreachable or HubRefused is raised where the hub as a whole cannot be used any more."""
        self._go_on()
        listed, own = self._listed(), set(self._own())
        self._hear([name for name in listed if name.device in own], "own segments")
        self._brain.make_views()
        shown = choice.shown(self._brain, self._wish.send)
        self._tell(telling.events(self._brain, self._hub, shown, own=True), "events")
        self._hear([name for name in listed if name.device not in own], "segments")
        self._note_strangers()
        self._brain.make_views()  # of frames that are learned only now
        self._tell(telling.events(self._brain, self._hub, shown, own=False), "events of others")
        untagged = choice.untagged(self._brain) & shown
        self._tell(telling.codes(self._brain, self._hub, shown, untagged), "codes")
        self._send_pictures(shown)
        self._fetch_pictures()
        self._thin()
        if self._wish.releases:
            self._taken = self.releases.bring()
        with self._brain.alone:
            self._sharing.synced(self._hub, clock.now(), self._objects.aside)
        return self.told()

    def told(self) -> Synced:
        """Return what was exchanged so far."""
        count = self._objects.count
        with self._brain.alone:
            device, waiting = self._own()[0], self._sharing.waiting()
        return Synced(
            hub=self._store.name,
            hub_id=self._hub_id,
            device=device,
            forked_from=self._forked_from,
            events_sent=count["events sent"],
            events_taken=count["events taken"],
            frames_taken=count["frames taken"],
            pictures_sent=count["pictures sent"],
            pictures_fetched=count["pictures fetched"],
            pictures_thinned=count["pictures thinned"],
            sent_bytes=self._objects.carrier.sent_bytes,
            read_bytes=self._objects.carrier.read_bytes,
            release=self._taken,
            waiting=waiting,
            strange=sorted(self._strange),
            retried=self._patient.failures,
            aside=[Refused(name, reason) for name, reason in sorted(self._objects.aside.items())],
        )

    # ── segments ────────────────────────────────────────────────────────────────────────────────

    def _go_on(self) -> None:
        """Let arrive whole what was under way when an earlier exchange broke off, or came otherwise than it went."""
        with self._brain.alone:
            under_way = self._sharing.under_way(self._hub)
        for name, data in under_way:
            if self._objects.deliver(name, data):
                with self._brain.alone:
                    self._sharing.arrived(self._hub, name)

    def _listed(self) -> list[names.SegmentName]:
        """Return the segments that the hub lists; what it lists no more, asked twice, is to be told again."""
        with self._brain.alone:
            known = self._sharing.all_known(self._hub)
        listed = self._segments()
        if not known <= set(map(str, listed)):
            listed |= self._segments()  # a listing that was changed on the way may be short
        with self._brain.alone:
            self._sharing.lost(self._hub, known - set(map(str, listed)))
        return sorted(listed, key=str)

    def _segments(self) -> set[names.SegmentName]:
        items = [item for kind in (names.EVENTS, names.CODES) for item in self._objects.list(kind)]
        return set(filter(None, (names.segment(item.name) for item in items)))

    def _hear(self, listed: Iterable[names.SegmentName], what: str) -> None:
        """Take in the segments that are not known yet."""
        with self._brain.alone:
            known = self._sharing.known(self._hub)
        for name in self._told(what, [name for name in listed if str(name) not in known]):
            segment = self._segment(name)
            if segment is None:
                continue
            if name.device in self._own() and not self._is_ours(segment):
                self._fork(name.device)
            merged = self._brain.merge(segment, Heard(self._hub, str(name)))
            self._objects.count["events taken"] += merged.events
            self._objects.count["frames taken"] += merged.frames
            self._objects.well(str(name))

    def _note_strangers(self) -> None:
        """Look, the first time, whether those who are there can be of one brain with this one."""
        with self._brain.alone:
            ours, theirs = self._sharing.classes(own=True), self._sharing.classes(own=False)
        if self._is_news and ours and not ours & theirs:
            self._strange = theirs

    def _segment(self, name: names.SegmentName) -> Segment | None:
        """Return a segment, None where it has to be set aside."""
        data = self._objects.read(str(name), name.sha256)
        if data is None:
            return None
        try:
            segment = segments.from_bytes(data, str(name))
            if segment.device != name.device:
                raise BrainDamaged(f"{name} is of device {segment.device}")
            return segment
        except (BrainDamaged, BrainTooNew) as error:
            self._objects.set_aside(str(name), str(error))
            return None

    def _is_ours(self, segment: Segment) -> bool:
        """Say whether all that a segment under our id tells is here: else another machine goes by that id."""
        with self._brain.alone:
            return self._sharing.holds(segment.events)

    def _fork(self, device: str) -> None:
        """Take another id: both histories stay, and none goes on under the id of the other."""
        if self._forked_from is None and device == self._own()[0]:
            with self._brain.alone:
                self._brain.store.become_new_device()
            self._forked_from = device

    def _tell(self, tellings: Iterator[telling.Telling], what: str) -> None:
        """Send segments, and note what they tell once they were read back; until then their bytes are kept."""
        for done, each in enumerate(tellings):
            self._progress(what, done, done + 1)
            with self._brain.alone:
                self._sharing.goes(self._hub, each.name, each.data)
            if self._objects.deliver(each.name, each.data):
                with self._brain.alone:
                    self._sharing.told(self._hub, each.name, each.events, each.looks)
                self._objects.count["events sent"] += len(each.events)

    # ── pictures ────────────────────────────────────────────────────────────────────────────────

    def _send_pictures(self, shown: Collection[str]) -> None:
        with self._brain.alone:
            due = [each for each in self._sharing.unsent(self._hub) if each[0] in shown]
        for frame_id, suffix, *_ in self._told("pictures", due):
            if not self._is_in_sight(frame_id):
                continue
            name = names.frame(frame_id, suffix)
            try:
                data = files.read(files.frame_path(self._brain.folder, frame_id, suffix))
            except FileNotFoundError:
                continue  # it went meanwhile; doctor tells of those that ought to be here
            except StorageFailed as error:  # a bad sector under one picture is no ground to keep the others
                self._objects.set_aside(name, str(error))
                continue
            if files.content_id(data) != frame_id:
                self._objects.set_aside(
                    name, "the picture here is not what its name says; `edge-brain doctor` tells more"
                )
            elif self._objects.deliver(name, data):
                self._note_whole(frame_id)
                self._objects.count["pictures sent"] += 1

    def _fetch_pictures(self) -> None:
        if self._wish.fetch == "none":
            return
        with self._brain.alone:
            due = self._sharing.wanted(untagged_only=self._wish.fetch == "untagged")
        for frame_id, suffix in self._told("pictures of others", due):
            name = names.frame(frame_id, suffix)
            data = self._objects.read(name, frame_id, may_lack=True)
            if data is None or not self._is_in_sight(frame_id):
                continue
            exposer = self._brain.exposer
            try:
                self._brain.keep_exposures([self._exposed(exposer, frame_id, data)])
            except (BadInput, BadPicture, ExtractorMismatch) as error:  # BadInput: its code has no direction
                self._objects.set_aside(name, str(error))
                continue
            self._note_whole(frame_id)
            self._objects.count["pictures fetched"] += 1

    def _exposed(self, exposer: Exposer, frame_id: str, data: bytes) -> Exposure:
        """Return a picture that came; where its extractor is not here, with the code that came before, if one did."""
        try:
            return exposer.expose(data)
        except ExtractorMismatch:
            with self._brain.alone:
                code = self._sharing.code(frame_id)
            if code is None:
                raise
            return exposer.expose(Coded(code, data))

    def _is_in_sight(self, frame_id: str) -> bool:
        """Say whether nobody has discarded or erased a frame, which may have come up hours ago."""
        with self._brain.alone:
            return self._sharing.is_in_sight(frame_id)

    def _note_whole(self, frame_id: str) -> None:
        """Note that the hub has given a picture back whole."""
        self._whole.add(frame_id)
        with self._brain.alone:
            self._sharing.sent(self._hub, frame_id, clock.now())

    def _thin(self) -> None:
        """Take pictures away that the hub has held long enough, and gives back whole now: not what it says of them."""
        if self._wish.thin_after_s is None:
            return
        with self._brain.alone:
            due = self._sharing.held_since(self._hub, clock.now() - self._wish.thin_after_s)
        there = list[str]()
        for number, (frame_id, suffix) in enumerate(self._told("pictures that may go", due), 1):
            name = names.frame(frame_id, suffix)
            if frame_id in self._whole or self._objects.read(name, frame_id, may_lack=True) is not None:
                there.append(frame_id)
            else:
                with self._brain.alone:
                    self._sharing.unsend(self._hub, frame_id)
            if len(there) == _THIN_AT_ONCE or number == len(due):
                with self._brain.alone:
                    frames, _ = self._brain.store.thin(there)
                self._objects.count["pictures thinned"] += frames
                there.clear()

    def _own(self) -> list[str]:
        with self._brain.alone:  # a thread beside this one may be in the midst of a transaction
            return self._sharing.own_devices()

    def _told(self, what: str, items: Collection[_Each]) -> Iterator[_Each]:
        for done, item in enumerate(items):
            self._progress(what, done, len(items))
            yield item
        if items:
            self._progress(what, len(items), len(items))
