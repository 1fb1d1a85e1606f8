"""What must be so in the end: on every device the same, of what was acknowledged all, once, and the hub whole."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lives import events_of
from replicas import best_codes, reckoned, standing_of
from states import unsound
from tally import Tally

from edge_brain import Brain, files
from edge_brain.outcomes import Synced
from edge_brain.replica import Event
from edge_brain.sync import names
from edge_brain.sync.stores import Store
from edge_brain.sync.stores.store import MARKER


@dataclass(frozen=True)
class Noted:
    """What a device has noted outside of its brain."""

    told: set[Event] = field(default_factory=set)  # that were acknowledged
    count: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, journal: Path) -> Noted:
        """Read a journal; a line that has no end was under way when its device was killed."""
        noted = cls()
        for line in journal.read_bytes().split(b"\n")[:-1] if journal.exists() else []:
            said = json.loads(line)
            noted.told.update(Event(*event) for event in said.get("told", ()))
            noted.count["retries"] += said.get("retried", said.get("synced", {}).get("retried", 0))
            if synced := said.get("synced"):
                noted.count["exchanges, whole"] += 1
                noted.count["forks noticed"] += synced["forked_from"] is not None
                noted.count["pictures thinned"] += synced["pictures_thinned"]
                noted.count["objects set aside for a time"] += len(synced["aside"])
            elif "broken" in said:
                noted.count["exchanges, broken off"] += 1
                noted.count["exchanges, refused"] += said["broken"].startswith("HubRefused")
        return noted


def reckon(
    brains: Mapping[str, Brain], noted: Mapping[str, Noted], store: Store, told: Mapping[str, Synced], tally: Tally
) -> Counter[str]:
    """Note in a tally all that should not be; return figures of what is there."""
    here = {name: [event for _, event in events_of(brain)] for name, brain in brains.items()}
    everything = set[Event]().union(*here.values(), *(each.told for each in noted.values()))
    for name, events in here.items():
        for event in everything.difference(events):
            tally.lose(f"{name} lacks {event}")
        for event, times in Counter(events).items():
            if times > 1:
                tally.wrong.append(f"{name} has {times} times {event}")
    _compare(brains, everything, tally)
    kept = _kept(store, told, tally)
    objects = [item for item in store.list("") if item.name != MARKER]
    for name, brain in brains.items():
        for frame_id, what in _to_be_there(brain):
            if kept.get(frame_id) is not True:
                tally.lose(f"{name}: the hub lacks {what} {frame_id}")
        for what in unsound(brain.folder):
            tally.tear(f"{name}: {what}")
        for damage in brain.store.damage():
            tally.tear(f"{name}: {damage}")
    return Counter(
        {
            "events": len(everything),
            "events acknowledged": len(set[Event]().union(*(each.told for each in noted.values()))),
            "ids of devices": len({brain.store.sharing.own_devices()[0] for brain in brains.values()}),
            "frames": len({event.frame for event in everything}),
            "pictures in the hub": sum(kept.values()),
            "objects in the hub, named otherwise on the way": sum(not _is_named(item.name, store) for item in objects),
        }
    ) + _needed(store, len(brains))


def _is_named(name: str, store: Store) -> bool:
    """Say whether an object is what its name says."""
    segment = names.segment(name)
    return files.content_id(store.read(name)) == (segment.sha256 if segment else names.frame_id(name))


def _compare(brains: Mapping[str, Brain], everything: set[Event], tally: Tally) -> None:
    """Hold what each device makes of the events against what a plain reckoning makes of them."""
    stores = [brain.store for brain in brains.values()]
    expected = reckoned(everything, best_codes(stores), stores[0].codes_contract())
    digests = set[str]()
    for name, brain in brains.items():
        standing = standing_of(brain.store)
        for what in ("labels", "roles", "scenes", "head"):
            if getattr(standing, what) != getattr(expected, what):
                tally.wrong.append(f"{name} has other {what} than its events say")
        learned = {frame.id for frame in brain.store.frames(tagged=True) if frame.role == "learned"}
        reserved = {frame for frame, role in expected.roles.items() if role == "reserved"}
        tally.wrong += [f"{name} has learned {frame}, which is reserved" for frame in learned & reserved]
        digests.add(brain.head_digest())
    if len(digests) > 1:
        tally.wrong.append(f"there are {len(digests)} heads")


def _kept(store: Store, told: Mapping[str, Synced], tally: Tally) -> dict[str, bool]:
    """Return the frames whose pictures the hub has, and whether whole; note objects that are not what they are called.

    One whose name was changed on the way cannot be mended, nor removed. Where its name is one of a segment, it has to
    be told of; where it is none of ours, nobody reads it, and it harms nobody.
    """
    kept = dict[str, bool]()
    for item in store.list(""):
        if item.name == MARKER:
            continue
        sha256 = files.content_id(store.read(item.name))
        segment, frame_id = names.segment(item.name), names.frame_id(item.name)
        if frame_id is not None:
            kept[frame_id] = sha256 == frame_id
        elif segment is not None and segment.sha256 != sha256:
            for name, synced in told.items():
                if item.name not in {each.path for each in synced.aside}:
                    tally.wrong.append(f"{item.name} is not what its name says, and {name} does not tell")
    return kept


def _to_be_there(brain: Brain) -> Iterator[tuple[str, str]]:
    """Yield the frames whose pictures have to be in the hub: those in sight here, and all that was counted as sent."""
    for frame in brain.store.frames():
        if not frame.away:
            yield frame.id, "the picture of"
    query = "SELECT id, away FROM frames JOIN hub_pictures ON frame = frames.number"
    for row in brain.store.database.rows(query):
        yield row["id"], "the picture, taken away here, of" if row["away"] else "the picture, counted as sent, of"


def _needed(store: Store, devices: int) -> Counter[str]:
    """Return what a good line would have carried: each object there and back, and each segment to all others."""
    sizes = {item.name: item.size_bytes for item in store.list("")}
    segments = [size for name, size in sizes.items() if names.segment(name)]
    return Counter({
        "objects in the hub": len(sizes),
        "bytes in the hub": sum(sizes.values()),
        "bytes needed": 2 * sum(sizes.values()) + (devices - 1) * sum(segments),
    })  # fmt: skip
