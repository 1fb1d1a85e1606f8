"""What writes into a brain: each act of a person, a camera or another device is one transaction, with its files.

Pictures are written before the transaction that names them, so a row never points to a file that is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from edge_brain import backups, ballast, extractor, replica, schema
from edge_brain.database import Database, checksum
from edge_brain.errors import BadInput, DiskFull, ExtractorMismatch
from edge_brain.outcomes import Merged
from edge_brain.records import Exposure, Frame, Tag, Tagging
from edge_brain.replica import Segment
from edge_brain.store import codes as codes_of
from edge_brain.store.census import Census
from edge_brain.store.copies import Copies
from edge_brain.store.devices import Devices
from edge_brain.store.erasing import Erasing
from edge_brain.store.history import ANSWERS, History
from edge_brain.store.ledger import Ledger
from edge_brain.store.merging import Merging
from edge_brain.store.owed import Owed
from edge_brain.store.pictures import Pictures
from edge_brain.store.pins import Pins
from edge_brain.store.reading import Reader
from edge_brain.store.sharing import Heard, Sharing
from edge_brain.store.thinning import Thinning

_Done = TypeVar("_Done")


class Writer(Reader):
    """Writes events, frames, codes and what follows from them; when a call has returned, it is on the disk."""

    def __init__(self, folder: Path, database: Database) -> None:
        """Take over an open database and the folder that it stands in."""
        super().__init__(folder, database)
        self.history, self.sharing = History(database), Sharing(database)
        self.owed = Owed(database, self.sharing)
        self.thinning, self._erasing = Thinning(folder, database), Erasing(folder, database, self.sharing)
        self._pictures, self._copies = Pictures(folder), Copies(self)
        self.pins, self.devices = Pins(database, self.keep_settings), Devices(database)
        self.census = Census(self)
        self._tagged = False  # by this process

    # ── tagging ─────────────────────────────────────────────────────────────────────────────────

    def tag(
        self, taggings: Sequence[Tagging], *, who: str, expected: Mapping[str, str | None] | None = None
    ) -> list[Tag | None]:
        """Keep the frames that are new and tag them all, in one transaction; None for one that was untagged.

        When it returns, everything is on the disk. What a frame bears already is not written again. TagChanged, and
        nothing done, when a frame is tagged otherwise than `expected`.
        """
        fresh = [tagging.frame for tagging in taggings if isinstance(tagging.frame, Exposure)]

        def write() -> list[Tag | None]:
            for exposure in fresh:
                self._pictures.write(exposure)
            with self._writing() as ledger:
                self.check_contract(fresh)
                ledger.expect(expected or {})
                tags = [ledger.tag(tagging, who) for tagging in taggings]
                self._pictures.make_sure_of(fresh)
            return tags

        return self._with_ballast(write)

    def discard(self, frame_ids: Sequence[str], *, who: str) -> dict[str, str | None]:
        """Take frames out of sight, untagged, in one transaction; return what each was tagged as."""

        def write() -> dict[str, str | None]:
            with self._writing() as ledger:
                return ledger.discard(frame_ids, who)

        return self._with_ballast(write)

    def restore(self, frame_ids: Sequence[str], *, who: str) -> dict[str, str | None]:
        """Bring discarded frames back as they were, in one transaction; return what each is tagged as."""

        def write() -> dict[str, str | None]:
            with self._writing() as ledger:
                return ledger.restore(frame_ids, who)

        return self._with_ballast(write)

    def erase(self, frame_ids: Sequence[str] | None) -> tuple[int, int, tuple[str, ...]]:
        """Delete for good what is discarded, all or these, also from the copies.

        Return how many pictures, their bytes, and where the hubs are that keep some of them.

        Of the copies one is left, a fresh one. Broken off, it goes on when it is called again.
        """
        self._with_ballast(lambda: self._erasing.begin(frame_ids))
        if not (going := self._erasing.going()):
            return 0, 0, ()
        hubs = self._erasing.hubs(going)
        self._erasing.remove_files(going)
        self.database.scrub()
        self.backup()
        backups.keep_last(self.folder, 1)
        return *self._erasing.finish(going), hubs

    @contextmanager
    def _writing(self, *, copied: bool = True) -> Iterator[Ledger]:
        """Let the block write events in one transaction: when it is left they are on the disk, and copied."""
        with self.database.transaction():
            before, ledger = self.last_event(), self._ledger()
            yield ledger
            ledger.close()
        if copied:
            self._tagged = True
            self._copies.events(before)

    def keep(self, exposures: Sequence[Exposure], burst: str | None = None) -> None:
        """Keep frames that nobody has told the class of yet, in one transaction.

        They are of one burst, where it is given, else each is one of its own as yet.
        """

        def write() -> None:
            for exposure in exposures:
                self._pictures.write(exposure)
            with self.database.transaction():
                self.check_contract(exposures)
                ledger = self._ledger()
                kept = [exposure for exposure in exposures if ledger.keep(exposure, burst or exposure.id)]
                ledger.close()
                self._pictures.make_sure_of(exposures)
            self._copies.kept(kept, burst)

        if any(exposure.reason for exposure in exposures):  # a camera's frames must not use up what people need
            write()
        else:
            self._with_ballast(write)

    def seen(self, frame_ids: Sequence[str]) -> None:
        """Note that the like of these frames is before the camera now, in one transaction: they are dropped last."""
        with self.database.transaction():
            ledger = self._ledger()
            ledger.saw(frame_ids)
            ledger.close()

    def keep_picture(self, exposure: Exposure) -> None:
        """Write a picture's bytes to the disk, durably, unless they are there; any thread may, ahead of `tag`."""
        self._with_ballast(lambda: self._pictures.keep(exposure))

    def _with_ballast(self, write: Callable[[], _Done]) -> _Done:
        """Do what a person asked for; on a full disk the ballast goes, and it is done once more."""
        try:
            return write()
        except DiskFull:
            ballast.drop(self.folder)
            return write()

    def check_contract(self, frames: Sequence[Exposure | str]) -> None:
        """Raise ExtractorMismatch when an exposure was coded otherwise than this brain's frames are by now."""
        extractor.agree((each.contract for each in frames if isinstance(each, Exposure)), self.contract)

    def add_views(self, codes: Mapping[str, bytes], contract: str) -> None:
        """Keep the codes of the views of learned frames (by id), coded under a contract, in one transaction.

        Frames that have them by now, or are not learned any more, and codes of another contract are passed over.
        """
        with self.database.transaction():
            if contract != self.contract:
                return
            ledger = self._ledger()
            added = [ledger.add_views(self.frame(frame_id).number, views) for frame_id, views in codes.items()]
            if any(added):
                ledger.close()

    def rebuild(self, codes: Mapping[int, tuple[bytes, bytes]], contract: Mapping[str, str]) -> list[Frame]:
        """Make tags and head anew under a contract, in one transaction, with new codes of frames (by number).

        Does nothing but return the frames that need new codes, or codes of their views, while any does: all, when
        the contract is another than the present one; else those whose codes are damaged, and learned ones without
        views where the contract wants them. Raises ExtractorMismatch where frames would need other codes that were
        told by their codes alone.
        """
        with self.database.transaction():
            same = all(self.setting(key) == value for key, value in contract.items() if key != "views")
            if not same:
                self._refuse_codes_alone()
            sound = codes_of.whole(self.database) if same else set[int]()
            served = sound | self.unseen()
            wanted = [frame for frame in self.frames(discarded=None) if frame.number not in served]
            without = self.without_views() if contract.get("views") and same else []
            if lacking := [frame for frame in {*wanted, *without} if frame.number not in codes]:
                return sorted(lacking, key=lambda frame: frame.number)
            if not same or contract.get("views") == "":
                self.database.execute("DELETE FROM view_codes")
            codes_of.delete_of_erased(self.database)  # there is no picture to make them anew from
            if codes_of.delete_of_unseen(self.database, sound) or not same:
                self.sharing.read_again()  # a hub may have other codes of them
            away = {frame.number for frame in wanted if frame.away}
            codes_of.replace(self.database, {frame.number for frame in wanted}, codes, away)
            for key, value in {**contract, "edition": str(int(self.setting("edition")) + 1)}.items():
                self.database.execute("UPDATE settings SET value = ? WHERE key = ?", (value, key))
            self.database.execute("DELETE FROM views WHERE name <> ?", (ANSWERS,))
            ledger = self._ledger()
            ledger.refold()
            ledger.close()
        self.keep_settings()
        return []

    def _refuse_codes_alone(self) -> None:
        if alone := self.told_by_code():
            raise ExtractorMismatch(
                f"{len(alone)} frames were told by their codes alone, made as {self.contract}, and no others can be "
                f"made of them: nothing was changed. Stay with that, or `discard` and `--erase` them: {alone[0]} …"
            )

    def _ledger(self) -> Ledger:
        zero_point, reading = int(self.setting("zero_point")), int(self.setting("clock"))
        return Ledger(self.database, self.setting("device"), zero_point, reading, views=self.views)

    # ── other devices ───────────────────────────────────────────────────────────────────────────

    def merge(self, segment: Segment, heard: Heard | None = None) -> Merged:
        """Take in what another device tells, in one transaction, and note in which object of a hub it stands."""
        return self.merge_many([(segment, heard)])[0]

    def merge_many(self, told: Sequence[tuple[Segment, Heard | None]], *, copied: bool = True) -> list[Merged]:
        """Take in what other devices tell, in one transaction, and note in which objects of hubs it stands.

        Without `copied` it is not written down once more in backups/, as a hub holds all of it.
        """

        def write() -> list[Merged]:
            with self._writing(copied=copied) as ledger:
                merged = Merging(self.database, ledger, self.codes_contract()).merge([segment for segment, _ in told])
                for (segment, heard), taken in zip(told, merged, strict=True):
                    if heard is not None:
                        self.sharing.note(heard, replica.spelled(segment.contract), taken.events, taken.codes)
                return [taken.merged for taken in merged]

        return self._with_ballast(write)

    def thin(self, frame_ids: Sequence[str]) -> tuple[int, int]:
        """Take away the pictures of frames that a hub holds; return how many went, and their bytes.

        Tags, codes and thumbnails stay. Killed in between, the next time room is made it goes on.
        """
        return self.thinning.take_away(frame_ids)

    def become_new_device(self) -> str:
        """Take a new device id for what is tagged from now on, and return it; what was tagged stays as it is.

        What was taken so far was taken under the old id: others were told so, and another machine bears it.
        """
        with self.database.transaction():
            former = self.sharing.own_devices()
            self.database.execute("UPDATE frames SET device = ? WHERE device IS NULL", (former[0],))
            self._note_setting("refolds", str(self.refolds() + 1))  # a brain in memory knows them as its own
            self._note_setting("former", " ".join(former))
            self._note_setting("device", fresh := schema.new_device())
        return fresh

    def _note_setting(self, key: str, value: str) -> None:
        self.database.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (key, value))

    # ── releases ────────────────────────────────────────────────────────────────────────────────

    def note_release(self, number: int) -> None:
        """Note that a release of this number is made, which must be greater than all before."""
        with self.database.transaction():
            if number <= (last := self.last_release()):
                raise BadInput(
                    f"release {last} of this brain is there already; the next has a greater number than that"
                )
            self._note_setting("released", str(number))
        self.keep_settings()

    # ── views ──────────────────────────────────────────────────────────────────────────────────

    def keep_view(self, name: str, state: str, value: bytes) -> None:
        """Keep a view for the next process; it can always be made again."""
        with self.database.transaction():
            self.database.execute(
                "INSERT OR REPLACE INTO views (name, state, value, crc) VALUES (?, ?, ?, ?)",
                (name, state, value, checksum(value)),
            )

    # ── copies ──────────────────────────────────────────────────────────────────────────────────

    def keep_settings(self) -> None:
        """Write down beside the database how pictures become codes; without that no event could be used again."""
        self._copies.settings()

    def backup(self) -> Path:
        """Write a whole copy of the database into backups/, keep the last three, and begin a new segment."""
        return self._copies.whole()
