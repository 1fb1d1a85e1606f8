"""Gathers what is left of a brain: which events there were, which frames they need, and where each is to be had.

A frame comes from where it was written down with the right checksum, else from its picture, which is looked at
again, else from its thumbnail. What is nowhere, and what is not what it says, is noted in `lost`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from edge_brain import backups, coded, config, extractor, files, images, schema
from edge_brain.errors import BadInput, BadPicture, ExtractorMismatch, RuntimeMissing
from edge_brain.exposure import Exposer, contract, load_exposer
from edge_brain.outcomes import Refused
from edge_brain.own import Given, one_at_a_time
from edge_brain.records import Exposure, Role
from edge_brain.region import Region
from edge_brain.replica import Event
from edge_brain.store.salvage import Known, Salvaged, Wreck, event_of

_CONTRACT = schema.SETTINGS - {"device", "clock", "edition"}
_PINS = re.compile("[0-9]{1,9}( [0-9a-f]{64})*")  # how often they were changed, and the public keys
_DEVICE = re.compile("[0-9a-f]{16}")
_Key = tuple[str, int, int, str]  # device, sequence, clock and frame of an event: a clone may give the first three
SEGMENTS, PICTURES, THUMBNAILS = "event segments", "pictures, looked at again", "thumbnails"


class Salvager:
    """Takes sources one after the other, the best first, then gives frames and events."""

    def __init__(self, home: Path, *, threads: int | None, given: Given | None = None) -> None:
        self.lost: list[Refused] = []
        self.events_from, self.frames_from = Counter[str](), Counter[str]()
        self.reading = 0  # the greatest of the hybrid clock
        self.told: Wreck | None = None  # that tells what was
        self._home, self._threads, self._extractor = home, threads or config.threads(), one_at_a_time(given)
        self._wrecks: list[tuple[str, Wreck]] = []
        self._events: dict[_Key, tuple[Event, str]] = {}  # with where it is from
        self._entries: dict[str, Mapping[str, Any]] = {}  # frame id → what segments tell of it
        self._given: set[str] = set()  # the frames
        self._pictures = {path.stem: path for path in sorted((home / "frames").glob("??/*")) if _is_frame(path)}

    # ── taking ──────────────────────────────────────────────────────────────────────────────────

    def take(self, name: str, wreck: Wreck) -> None:
        """Take in the events of a database, and note it as a source of frames."""
        self._wrecks.append((name, wreck))
        self.told = self.told or wreck
        with suppress(KeyError, ValueError):
            self.reading = max(self.reading, int(wreck.settings["clock"]))
        for event in wreck.events():
            self._take(event, name)

    def take_segments(self) -> None:
        """Take in what stands in the segments; it is guarded, so in names it is believed more than a database is."""
        for segment in backups.segments(self._home):
            torn = 0
            for entry in backups.entries(segment):
                event = None if entry is None or "device" not in entry else event_of(entry)
                if event is not None and entry is not None:
                    self._take(event, SEGMENTS)
                elif entry is None or not isinstance(entry.get("frame"), str):
                    torn += 1
                    continue
                self._entries[str(entry["frame"])] = entry
            if torn:
                name = str(segment.relative_to(self._home))
                self.lost.append(Refused(name, f"{torn} lines in it are torn, or not what was written"))

    def _take(self, event: Event, source: str) -> None:
        self.reading = max(self.reading, event.clock)
        key = event.device, event.sequence, event.clock, event.frame
        if key not in self._events:
            self._events[key] = event, source
        elif source == SEGMENTS:
            self._events[key] = event, self._events[key][1]

    # ── settings ────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def settings(self) -> dict[str, str]:
        """How pictures become codes: as was written last, else as a new brain begins; last release, pins, name."""
        told = [wreck.settings for _, wreck in self._wrecks[:1]]
        told += [backups.settings(self._home), *(wreck.settings for _, wreck in self._wrecks[1:])]
        usable = [each for each in told if _is_usable(each)]
        edition = 1 + max((int(each["edition"]) for each in usable), default=0)
        numbers = [int(each["released"]) for each in told if each.get("released", "").isdecimal()]
        pins = [each["pins"] for each in told if _PINS.fullmatch(each.get("pins", ""))]
        counted = {"edition": str(edition), **({"released": str(max(numbers))} if numbers else {})}
        counted |= {"pins": max(pins, key=lambda each: int(each.split()[0]))} if pins else {}  # the latest word counts
        names = [each["name"] for each in told if each.get("name") and each["name"].isprintable()]
        counted |= {"name": names[0]} if names else {}
        counted |= {"former": " ".join(self._formerly)} if self._formerly else {}
        if usable:
            last = max(usable, key=lambda each: int(each["edition"]))
            return {**{key: last[key] for key in _CONTRACT}, **counted}
        self.lost.append(Refused("settings", "nobody knows how pictures became codes: now they do as in a new brain"))
        return {**contract(extractor.names()[0], Region(), views=True), **counted}

    @cached_property
    def _formerly(self) -> list[str]:
        """The ids under which this device has told others of what it took, latest first; none where it never did."""
        for _, wreck in self._wrecks:
            ids = f"{wreck.settings.get('device', '')} {wreck.settings.get('former', '')}".split()
            if ids and wreck.lines("hubs") and all(_DEVICE.fullmatch(each) for each in ids):
                return ids
        return []

    @property
    def _told_as(self) -> str | None:
        """The id that others know as that of whatever was taken here."""
        return next(iter(self._formerly), None)

    @cached_property
    def _exposer(self) -> Exposer:
        return load_exposer(self.settings, threads=self._threads, given=self._extractor)

    # ── giving ──────────────────────────────────────────────────────────────────────────────────

    def frames(self) -> Iterator[Salvaged]:
        """Yield the frames that can be brought back; of an erased one there is only what its events refer to."""
        bursts, roles = self._bursts
        wanted = dict.fromkeys(frame_id for _, wreck in self._wrecks for frame_id in wreck.frames())
        for frame_id in wanted | dict.fromkeys([*bursts, *self._pictures]):
            told, (data, path) = frame_id in bursts, self._picture(frame_id)
            known, source = self._known(frame_id)
            if not told and data is None and not (known and known.erased):
                continue  # it was dropped, or is of no use to anybody
            views = told and roles[bursts[frame_id]] == "learned" and self.settings["views"] != ""
            if (gone := self._erased(frame_id, known, data)) is not None:
                self._given.add(frame_id)
                yield replace(gone, burst=bursts.get(frame_id, gone.burst))
                continue
            exposure, rough = self._exposure(known, source, data, path, views=views)
            if exposure is None:
                if told:
                    self.lost.append(Refused(frame_id, "this frame was tagged and is nowhere: its tags are lost"))
                continue
            if data is None and not (known and known.away):
                self.lost.append(Refused(path.name, "the picture is gone; what the brain needs of it is kept"))
            exposure = replace(exposure, id=frame_id)
            if frame_id in self._pictures:
                exposure = replace(exposure, suffix=path.suffix)
            self._given.add(frame_id)
            burst = bursts.get(frame_id) or self._told(frame_id, "burst") or (known and known.burst) or frame_id
            size = len(data or b"") or (known.size if known else 0)
            if known is None:
                yield Salvaged(exposure, burst, size, device=self._told_as)
                continue
            whose, away = known.device or self._told_as, known.away and data is None
            yield Salvaged(exposure, burst, size, known.seen, known.discarded, device=whose, away=away, rough=rough)

    def events(self) -> Iterator[Event]:
        """Yield the events of these frames in the order they came."""
        for event, source in self._events.values():
            if event.frame in self._given:
                self.events_from[source] += 1
                yield event
        told = dict[str, set[int]]()
        for device, sequence, *_ in self._events:
            told.setdefault(device, set()).add(sequence)
        for device, own in told.items():
            if lacking := max(own) - len(own):
                self.lost.append(Refused(f"device {device}", f"{lacking} of its {max(own)} tags are nowhere"))

    @property
    def left_over(self) -> bool:
        """Whether there were events of frames that are nowhere."""
        return self.events_from.total() < len(self._events)

    @cached_property
    def _bursts(self) -> tuple[dict[str, str], dict[str, Role]]:
        """Which burst each tagged frame is of, and the role of each burst: as the first event says."""
        bursts, roles = dict[str, str](), dict[str, Role]()
        for event, _ in sorted(self._events.values(), key=_order):
            burst = bursts.setdefault(event.frame, event.burst)
            roles.setdefault(burst, event.role)
        return bursts, roles

    @cached_property
    def _tagged(self) -> set[str]:
        """The frames whose last event says what they show."""
        last = {event.frame: event for event, _ in sorted(self._events.values(), key=_order)}
        return {frame_id for frame_id, event in last.items() if event.label is not None}

    def _known(self, frame_id: str) -> tuple[Known | None, str]:
        """Return what is known of a frame, and where its code is from; a code only if it was made as they are now."""
        best, source = None, ""
        for name, wreck in self._wrecks:
            known = wreck.known(frame_id)
            if known is None:
                continue
            if not self._is_current(wreck, known):
                known = replace(known, code=b"", views=b"")
            best = best or replace(known, code=b"", views=b"")
            if known.code and not best.code:
                best, source = replace(best, code=known.code, rough=known.rough, views=known.views), name
            best = replace(best, thumbnail=best.thumbnail or known.thumbnail)
            if best.code and best.thumbnail:
                break
        if best is not None and frame_id in self._tagged:  # since that was written down, somebody wanted it again
            best = replace(best, discarded=None, erased=False)
        return best, source

    def _is_current(self, wreck: Wreck, known: Known) -> bool:
        held = wreck.settings
        same = all(held.get(key, self.settings[key]) == self.settings[key] for key in ("fingerprint", "region"))
        return same and len(known.code) == int(self.settings["code_length"])

    def _exposure(
        self, known: Known | None, source: str, data: bytes | None, path: Path, *, views: bool
    ) -> tuple[Exposure | None, bool]:
        """Return a frame from where it is to be had, and whether its code is made from its thumbnail."""
        if known is not None and known.code:
            self.frames_from[source] += 1
            others = known.views or self._views(data, path) if views else b""
            return self._of(known, data, known.code, others), known.rough
        if data is not None and (seen := self._looked_at(data, path, views)) is not None:
            self.frames_from[PICTURES] += 1
            if known is not None:
                return replace(seen, source=known.source, taken_at=known.taken_at, reason=known.reason), False
            taken_at = self._entries.get(path.stem, {}).get("taken_at")
            seen = replace(
                seen,
                source=self._told(path.stem, "source"),
                reason=self._told(path.stem, "reason"),
                taken_at=taken_at if isinstance(taken_at, float) else seen.taken_at,
            )
            return seen, False
        if known is not None and known.thumbnail and (seen := self._looked_at(known.thumbnail, path, views)):
            self.frames_from[THUMBNAILS] += 1
            return self._of(known, data, seen.code, seen.views), True
        return None, False

    def _picture(self, frame_id: str) -> tuple[bytes | None, Path]:
        """Return the bytes of a frame, None when they are gone or not what its name says, and where they belong."""
        path = self._pictures.get(frame_id)
        if path is None:
            return None, files.frame_path(self._home, frame_id, self._told(frame_id, "suffix") or ".jpg")
        with suppress(OSError):
            data = path.read_bytes()
            if files.content_id(data) == frame_id:
                return data, path
        self.lost.append(Refused(str(path.relative_to(self._home)), "it is not what its name says, and was not used"))
        return None, path

    def _told(self, frame_id: str, key: str) -> str | None:
        """Return what the segments tell of a frame."""
        value = self._entries.get(frame_id, {}).get(key)
        return value if isinstance(value, str) else None

    def _looked_at(self, data: bytes, path: Path, views: bool) -> Exposure | None:
        exposer = self._exposer  # one that cannot be loaded ends the repair; one that cannot look at this goes on
        try:
            return exposer.expose(data, views=views)
        except (BadPicture, ExtractorMismatch) as error:
            refused = Refused(str(path.relative_to(self._home)), str(error))
            self.lost += [refused] if refused not in self.lost[-1:] else []  # of its thumbnail, too
            return None

    def _views(self, data: bytes | None, path: Path) -> bytes:
        """Return the views of a picture whose code is known; none when they can only be made later."""
        with suppress(BadPicture, ExtractorMismatch, RuntimeMissing):
            return self._exposer.views(data, path.name) if data is not None else b""
        return b""

    def _erased(self, frame_id: str, known: Known | None, data: bytes | None) -> Salvaged | None:
        """Return a frame that was erased: once its picture is gone, any database that tells so is believed."""
        told = iter([known]) if data is not None or known is None or known.erased else self._all_known(frame_id)
        gone = next((each for each in told if each is not None and each.erased), None)
        if known is None or gone is None or frame_id in self._tagged:
            return None
        exposure = replace(self._of(known, None, known.code, known.views), thumbnail=b"")
        size = 0 if data is None else len(data)
        return Salvaged(
            exposure, gone.burst, size, gone.seen, gone.discarded,
            erased=True, device=gone.device or self._told_as, rough=known.rough,
        )  # fmt: skip

    def _all_known(self, frame_id: str) -> Iterator[Known | None]:
        return (wreck.known(frame_id) for _, wreck in self._wrecks)

    @staticmethod
    def _of(known: Known, data: bytes | None, code: bytes, views: bytes) -> Exposure:
        return Exposure(
            id=known.id,
            data=data or b"",
            suffix=known.suffix,
            width=known.width,
            height=known.height,
            taken_at=known.taken_at,
            source=known.source,
            thumbnail=known.thumbnail or _standing_in(known.suffix),
            code=code,
            contract="",
            views=views,
            brightness=known.brightness,
            sharpness=known.sharpness,
            reason=known.reason,
        )


def _standing_in(suffix: str) -> bytes:
    """Return what stands for a thumbnail that is gone: nothing where there was none."""
    return b"" if suffix == coded.SUFFIX else images.encode_jpeg(np.zeros((8, 8, 3), np.uint8))


def _order(told: tuple[Event, str]) -> tuple[int, str, int, str]:
    """Return what events are ordered by everywhere."""
    return told[0].clock, told[0].device, told[0].sequence, told[0].label or ""


def _is_frame(path: Path) -> bool:
    return re.fullmatch(r"[0-9a-f]{64}", path.stem) is not None and path.parent.name == path.stem[:2]


def _is_usable(settings: Mapping[str, str]) -> bool:
    """Say whether settings, which no checksum guards, are whole and mean something."""
    try:
        Region.parse(settings["region"])
        numbers = int(settings["edition"]), int(settings["code_length"]), int(settings["zero_point"])
        named = settings["fingerprint"].startswith(f"{settings['extractor']}:") and settings["extractor"]
        return bool(named) and numbers[0] > 0 and numbers[1] > 0 and settings.keys() >= _CONTRACT
    except (KeyError, ValueError, BadInput):
        return False
