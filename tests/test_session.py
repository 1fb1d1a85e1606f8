"""What a hub says, or what comes of it on the way, is believed as far as it can be seen to be so."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pictures import scene
from replicas import standing_of

from edge_brain import Brain
from edge_brain.errors import HubRefused, HubUnreachable, StoreMissing
from edge_brain.sync import marker
from edge_brain.sync.patience import Patience
from edge_brain.sync.running import hubs_of, sync_brain
from edge_brain.sync.stores import Item
from edge_brain.sync.stores.doubles import Memory
from edge_brain.sync.stores.store import MARKER

SOON = Patience(tries=2, first_s=0.0)
Change = Callable[[str, bytes], bytes]


class Changing(Memory):
    """A hub from which some answers come changed; what it holds is whole."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[Change] = []  # what becomes of the next reads of what is no marker, each once
        self.markers: list[Change] = []
        self.listings: list[Callable[[list[Item]], list[Item]]] = []
        self.replaced: list[str] = []
        self.read_names: list[str] = []
        marker.make(self)

    def read(self, name: str) -> bytes:
        self.read_names.append(name)
        changes = self.markers if name == MARKER else self.reads
        data = super().read(name)
        return changes.pop(0)(name, data) if changes else data

    def list(self, folder: str) -> Iterator[Item]:
        items = list(super().list(folder))
        yield from self.listings.pop(0)(items) if self.listings else items

    def replace(self, name: str, data: bytes) -> None:
        self.replaced.append(name)
        super().replace(name, data)

    def named(self, folder: str) -> list[str]:
        return [name for name in self.objects if name.startswith(folder)]


def flipped(name: str, data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 4])


def missing(name: str, data: bytes) -> bytes:
    raise StoreMissing(name)


def refused(name: str, data: bytes) -> bytes:
    raise HubRefused("403")


def cut(name: str, data: bytes) -> bytes:
    raise HubUnreachable("the line is dead")


def another_hub(name: str, data: bytes) -> bytes:
    place = data.index(b'"hub": "') + len(b'"hub": "')
    return data[:place] + (b"0" if data[place : place + 1] != b"0" else b"1") + data[place + 1 :]


@pytest.fixture
def hub() -> Changing:
    return Changing()


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Brain]:
    with Brain.create(tmp_path / "field", extractor="pixels") as brain:
        brain.tag_many([(scene(label, number), label) for label in ("cup", "mug") for number in range(4)])
        yield brain


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Brain]:
    with Brain.create(tmp_path / "desk", extractor="pixels") as brain:
        yield brain


def pictures_here(brain: Brain) -> int:
    return len(list((brain.folder / "frames").glob("??/*")))


# ── what is sent ────────────────────────────────────────────────────────────────────────────────


def test_an_object_that_is_whole_is_not_written_over_for_a_fault_on_the_way(field: Brain, hub: Changing) -> None:
    hub.reads = [flipped]
    done = sync_brain(field, hub)
    assert (done.events_sent, done.pictures_sent, done.aside, hub.replaced) == (8, 8, [], [])


def test_an_object_that_came_changed_is_mended(field: Brain, desk: Brain, hub: Changing) -> None:
    class Corrupting(Changing):
        left = 3

        def add(self, name: str, data: bytes) -> bool:
            if name == MARKER or self.left == 0:
                return super().add(name, data)
            self.left -= 1
            return super().add(name, flipped(name, data))

    corrupting = Corrupting()
    done = sync_brain(field, corrupting)
    assert (done.events_sent, done.pictures_sent, len(corrupting.replaced)) == (8, 8, 3)
    sync_brain(desk, corrupting)
    assert standing_of(desk.store) == standing_of(field.store)


@pytest.mark.parametrize("change", [flipped, missing])
def test_what_does_not_come_back_is_not_counted_as_sent(field: Brain, hub: Changing, change: Change) -> None:
    hub.reads = [change] * 6
    done = sync_brain(field, hub, send="events")
    assert done.events_sent == 0 and len(done.aside) == 1
    assert hubs_of(field)[0].events_to_send == 8
    assert sync_brain(field, hub, send="events").aside == [] == hubs_of(field)[0].aside
    assert hubs_of(field)[0].events_to_send == 0, "it is there by now, and whole"


def test_a_segment_that_came_changed_and_was_not_read_back_is_mended_whatever_was_tagged_since(
    field: Brain, desk: Brain, hub: Changing
) -> None:
    hub.reads = [cut] * 2
    with pytest.raises(HubUnreachable, match="the line is dead"):
        sync_brain(field, hub, patience=SOON)
    (changed,) = hub.named("events/")
    hub.objects[changed] = flipped(changed, hub.objects[changed])
    field.tag(scene("cup", 50), "cup")
    assert sync_brain(field, hub).aside == []
    for name in hub.named("events/"):
        assert hashlib.sha256(hub.objects[name]).hexdigest() in name
    assert sync_brain(desk, hub).events_taken == 9
    assert field.store.sharing.under_way(1) == []


def test_what_is_under_way_is_not_kept_when_pictures_are_erased(field: Brain, hub: Changing) -> None:
    hub.reads = [cut] * 2
    with pytest.raises(HubUnreachable, match="the line is dead"):
        sync_brain(field, hub, patience=SOON)
    assert len(field.store.sharing.under_way(1)) == 1
    field.discard([field.images()[0].id])
    field.erase()
    assert field.store.sharing.under_way(1) == []


def test_what_a_clone_has_torn_and_may_not_keep_any_more_is_known_no_longer(
    field: Brain, hub: Changing, tmp_path: Path
) -> None:
    """It was under way when the card was copied, then came whole, and then the copy wrote over it."""
    hub.reads = [cut] * 2
    with pytest.raises(HubUnreachable, match="the line is dead"):
        sync_brain(field, hub, send="events", patience=SOON)
    (under_way,) = hub.named("events/")
    sync_brain(field, hub, send="events")
    with field.alone:
        field.store.sharing.goes(1, under_way, hub.objects[under_way])  # as the copy has it
    hub.objects[under_way] = flipped(under_way, hub.objects[under_way])
    field.discard([field.images()[0].id])
    field.erase()
    assert [each.path for each in sync_brain(field, hub, send="events").aside] == [under_way]
    with Brain.create(tmp_path / "other", extractor="pixels") as other:
        assert sync_brain(other, hub).events_taken == 9, "the eight and that of the frame that is gone"


def test_a_picture_that_is_not_what_its_name_says_stays_here_and_is_told(field: Brain, hub: Changing) -> None:
    damaged = next((field.folder / "frames").glob("??/*"))
    damaged.write_bytes(flipped("", damaged.read_bytes()))
    done = sync_brain(field, hub)
    assert done.pictures_sent == 7 and [each.path.rpartition("/")[2] for each in done.aside] == [damaged.name]
    assert not [name for name in hub.named("frames/") if damaged.stem in name]
    assert hubs_of(field)[0].pictures_to_send == 1


def test_a_refusal_that_is_not_repeated_is_none(field: Brain, hub: Changing) -> None:
    hub.reads = [refused]
    assert sync_brain(field, hub, patience=SOON).aside == []


# ── what is taken in ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("change", [flipped, missing, refused])
def test_a_segment_that_came_changed_is_read_again(field: Brain, desk: Brain, hub: Changing, change: Change) -> None:
    sync_brain(field, hub)
    hub.reads = [change]
    assert sync_brain(desk, hub).events_taken == 8
    assert standing_of(desk.store) == standing_of(field.store)


def test_a_listing_that_is_short_does_not_have_all_told_again(field: Brain, hub: Changing) -> None:
    sync_brain(field, hub)
    objects = dict(hub.objects)
    hub.listings = [lambda items: []]
    done = sync_brain(field, hub)
    assert (done.events_sent, done.sent_bytes, done.read_bytes) == (0, 0, 0) and hub.objects == objects


def test_a_name_that_only_a_listing_knows_is_told_once_and_forgotten(field: Brain, hub: Changing) -> None:
    sync_brain(field, hub)
    (name,) = hub.named("events/")
    invented = name.replace("-0000000008-", "-0000000009-")
    hub.listings = [lambda items: [*items, Item(invented, 9)]]
    (aside,) = sync_brain(field, hub).aside
    assert aside.path == invented and "not there" in aside.reason and hubs_of(field)[0].aside == [aside]
    assert sync_brain(field, hub).aside == [] == hubs_of(field)[0].aside


# ── which hub it is ─────────────────────────────────────────────────────────────────────────────


def test_a_digit_flipped_in_the_marker_makes_no_other_hub_of_it(field: Brain, desk: Brain, hub: Changing) -> None:
    hub.markers = [another_hub]
    sync_brain(field, hub)  # to whom it is news
    hub.markers = [another_hub]
    assert sync_brain(field, hub).sent_bytes == 0
    assert [status.id for status in hubs_of(field)] == [marker.find(hub).id]


def test_a_marker_that_is_another_each_time_is_not_believed(field: Brain, hub: Changing) -> None:
    digits = iter("0123456789abcdef" * 9)

    def any_hub(name: str, data: bytes) -> bytes:
        return b'{"format": 1, "hub": "' + next(digits).encode() * 32 + b'", "made_at": ""}'

    hub.markers = [any_hub] * 20
    with pytest.raises(HubUnreachable, match="each time that it is another hub"):
        sync_brain(field, hub, patience=SOON)
    assert hubs_of(field) == [] and hub.named("events") == []


def test_a_marker_that_came_changed_when_it_was_made_is_mended() -> None:
    class Corrupting(Memory):
        def add(self, name: str, data: bytes) -> bool:
            return super().add(name, data.replace(b'": 1', b'": 9'))

    corrupting = Corrupting()
    assert marker.make(corrupting) == marker.find(corrupting)
    corrupting.objects[MARKER] = b"{"
    with pytest.raises(HubRefused, match="is damaged"):
        marker.make(corrupting)
    assert corrupting.objects[MARKER] == b"{", "what another has made is not written over"


@pytest.mark.parametrize("said", [b"{", b'{"format": 9}'])
def test_a_marker_that_came_changed_is_read_again(field: Brain, hub: Changing, said: bytes) -> None:
    hub.markers = [lambda name, data: said]
    assert sync_brain(field, hub, patience=SOON).events_sent == 8


def test_a_line_that_breaks_off_when_a_hub_is_opened_is_tried_again(
    field: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edge_brain.sync import running

    open_store, broken = running.open_store, [HubUnreachable("the line is dead")]

    def opens(*args: object, **options: object) -> object:
        if broken:
            raise broken.pop()
        return open_store(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "open_store", opens)
    done = sync_brain(field, str(tmp_path / "hub"), create=True, patience=SOON)
    assert (done.events_sent, done.retried, broken) == (8, 1, [])


# ── what is taken away ──────────────────────────────────────────────────────────────────────────


def test_a_picture_is_taken_away_only_when_the_hub_gives_it_back_whole(field: Brain, hub: Changing) -> None:
    sync_brain(field, hub)
    torn = hub.named("frames/")[0]
    whole = hub.objects[torn]
    hub.objects[torn] = flipped(torn, whole)  # of the same size
    assert sync_brain(field, hub, thin_after_s=0).pictures_thinned == 7
    assert pictures_here(field) == 1 and hubs_of(field)[0].pictures_to_send == 1
    assert sync_brain(field, hub, thin_after_s=0).pictures_thinned == 1
    assert pictures_here(field) == 0 and hub.objects[torn] == whole and hub.replaced == [torn]


def test_what_was_read_back_just_now_is_not_read_once_more_to_be_taken_away(field: Brain, hub: Changing) -> None:
    assert sync_brain(field, hub, thin_after_s=0).pictures_thinned == 8
    read = [name for name in hub.read_names if name.startswith("frames/")]
    assert len(read) == len(set(read)) == 8
