"""A sync with a hub in a folder, as an act that nothing may harm: what stands before it, and how the hub is looked at.

place/kitchen    the brain        place/hub    where another device, place/desk, has told and sent all it has
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from acts import Act, Say, create
from pictures import scene
from states import state_of

from edge_brain import Brain, files
from edge_brain.sync import names
from edge_brain.sync.patience import Patience
from edge_brain.sync.running import hubs_of, sync_brain
from edge_brain.sync.stores.store import MARKER, is_legal

AT_ONCE = Patience(tries=1)


def with_hub(place: Path) -> None:
    """Make a brain that has tagged and untagged frames, and a hub that holds what another device was told."""
    with create(place / "desk") as desk:
        desk.tag_many([(scene(label, number), label) for label in ("cup", "fork") for number in range(3)])
        sync_brain(desk, str(place / "hub"), create=True)
    with create(place / "kitchen") as kitchen:
        kitchen.tag_many([(scene("mug", number), "mug") for number in range(3)])
        kitchen.keep_exposures([kitchen.exposer.expose(scene("mug", 30))])


def sync(brain: Brain, place: Path, say: Say) -> None:
    """Send all, take in all, bring the pictures of others, and take away what the hub holds."""
    sync_brain(brain, str(place / "hub"), fetch="all", thin_after_s=0, patience=AT_ONCE)
    say("synced")


def torn(place: Path) -> Iterator[str]:
    """Yield the objects of the hub that are not what their names say."""
    for path in (place / "hub").rglob("*"):
        name = str(path.relative_to(place / "hub"))
        if path.is_file() and is_legal(name) and name != MARKER:
            segment, sha256 = names.segment(name), files.content_id(path.read_bytes())
            if sha256 != (segment.sha256 if segment else names.frame_id(name)):
                yield f"{name} in the hub is not what its name says"


def lacking(place: Path) -> Iterator[str]:
    """Yield what does not get by the hub to the other device, and what of the pictures is nowhere."""
    with Brain.open(place / "kitchen") as kitchen:
        for status in hubs_of(kitchen):
            if status.events_to_send or status.pictures_to_send or status.aside:
                yield f"the hub lacks something still: {status}"
        ids = {frame.id for frame in kitchen.store.frames()}
    sent = {names.frame_id(f"frames/{path.parent.name}/{path.name}") for path in (place / "hub/frames").glob("??/*")}
    if ids - sent:
        yield f"pictures are nowhere: {ids - sent}"
    with Brain.open(place / "desk") as desk:
        sync_brain(desk, str(place / "hub"))
    ours, theirs = state_of(place / "kitchen"), state_of(place / "desk")
    if ours is None or theirs is None or (ours.frames, ours.head) != (theirs.frames, theirs.head):
        yield "the other device makes something else of it"


EXCHANGES = {"sync": Act("sync", with_hub, sync, unsound=torn, unfinished=lacking)}
