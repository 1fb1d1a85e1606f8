"""Devices that exchange by way of a hub come to the same, whatever breaks off; only what was read back counts."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest
from pictures import scene
from replicas import everything, standing_of
from replicas import segment as segment_of

from edge_brain import Brain, clock, files, production
from edge_brain.errors import BadInput, HubRefused, HubUnreachable, StorageFailed
from edge_brain.records import Tagging
from edge_brain.release import keys
from edge_brain.repair import repair
from edge_brain.replica import Segment
from edge_brain.sync import marker, names, segments, words
from edge_brain.sync.choice import Choice
from edge_brain.sync.patience import Patience
from edge_brain.sync.running import hubs_of, sync_brain, sync_status
from edge_brain.sync.session import Session
from edge_brain.sync.stores.doubles import Memory

Make = Callable[[str], Brain]
AT_ONCE = Patience(tries=1)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Make brains, each on a device of its own."""
    made = list[Brain]()

    def new(name: str) -> Brain:
        made.append(Brain.create(tmp_path / name, extractor="pixels"))
        return made[-1]

    yield new
    for brain in made:
        brain.close()


@pytest.fixture
def hub() -> Memory:
    """A hub in memory, which can be looked at and harmed."""
    hub = Memory()
    marker.make(hub)
    return hub


def teach(brain: Brain, first: int = 0, count: int = 6, labels: tuple[str, ...] = ("cup", "mug")) -> list[str]:
    pictures = [(scene(label, number), label) for label in labels for number in range(first, first + count)]
    return [tag.frame_id for tag in brain.tag_many(pictures)]


def same(*brains: Brain) -> bool:
    first, *others = (standing_of(brain.store) for brain in brains)
    return all(other == first for other in others)


def test_two_devices_come_to_the_same_head(make: Make, hub: Memory) -> None:
    one, other = make("one"), make("other")
    teach(one), teach(other, first=20, labels=("cup", "fork"))
    sent = sync_brain(one, hub)
    assert (sent.events_sent, sent.pictures_sent, sent.events_taken) == (12, 12, 0)
    taken = sync_brain(other, hub)
    assert (taken.events_sent, taken.events_taken, taken.frames_taken) == (12, 12, 12)
    sync_brain(one, hub)
    assert same(one, other) and one.head_digest() == other.head_digest()
    assert {info.label for info in one.classes()} == {"cup", "fork", "mug"}


def test_a_second_time_changes_nothing(make: Make, hub: Memory) -> None:
    one, other = make("one"), make("other")
    teach(one)
    sync_brain(one, hub), sync_brain(other, hub)
    objects, standing = dict(hub.objects), standing_of(other.store)
    for brain in (one, other, one):
        again = sync_brain(brain, hub)
        assert (again.events_sent, again.events_taken, again.pictures_sent, again.sent_bytes) == (0, 0, 0, 0)
    assert hub.objects == objects and standing_of(other.store) == standing


def test_what_nobody_tagged_is_shown_and_can_be_tagged_elsewhere(make: Make, hub: Memory) -> None:
    field, desk = make("field"), make("desk")
    teach(field)
    field.keep_exposures([field.exposer.expose(scene("cup", 50))], burst="walk")
    sync_brain(field, hub), sync_brain(desk, hub)
    (waiting,) = desk.untagged()
    assert waiting.away and waiting.burst == "walk" and desk.thumbnail(waiting.id) == field.thumbnail(waiting.id)
    desk.retag([waiting.id], "cup")
    sync_brain(desk, hub), sync_brain(field, hub)
    assert field.store.frame(waiting.id).label == "cup"
    sync_brain(desk, hub)  # only the field has the picture, of which the views are made
    assert same(field, desk) and field.head_digest() == desk.head_digest()


def test_events_alone_show_no_picture(make: Make, hub: Memory) -> None:
    field, desk = make("field"), make("desk")
    teach(field)
    field.keep_exposures([field.exposer.expose(scene("cup", 50))])
    done = sync_brain(field, hub, send="events")
    assert done.pictures_sent == 0 and not list(hub.list("frames/"))
    sync_brain(desk, hub)
    assert same(field, desk) and not desk.untagged()
    assert not desk.store.database.rows("SELECT 1 FROM thumbnails")


def test_pictures_are_brought_when_they_are_wanted(make: Make, hub: Memory) -> None:
    field, desk = make("field"), make("desk")
    tagged = teach(field)
    field.keep_exposures([kept := field.exposer.expose(scene("cup", 50))])
    sync_brain(field, hub)
    assert sync_brain(desk, hub, fetch="untagged").pictures_fetched == 1
    assert desk.picture(kept.id) == field.picture(kept.id)
    assert sync_brain(desk, hub, fetch="all").pictures_fetched == len(tagged)
    assert [frame.away for frame in desk.store.frames()] == [False] * (len(tagged) + 1)
    assert same(field, desk) and list(desk.store.damage()) == []


def test_what_the_hub_holds_may_be_thinned_and_comes_back(make: Make, hub: Memory) -> None:
    field = make("field")
    ids, before = teach(field), None
    before = standing_of(field.store)
    done = sync_brain(field, hub, thin_after_s=0)
    assert done.pictures_thinned == len(ids)
    assert not list((field.folder / "frames").glob("??/*"))
    assert standing_of(field.store) == before and all(field.thumbnail(each) for each in ids)
    assert sync_brain(field, hub, fetch="all").pictures_fetched == len(ids)
    assert len(list((field.folder / "frames").glob("??/*"))) == len(ids)
    assert standing_of(field.store) == before


def test_a_picture_that_the_hub_lost_is_not_thinned_and_is_sent_again(make: Make, hub: Memory) -> None:
    field = make("field")
    ids = teach(field)
    sync_brain(field, hub)
    lost = next(name for name in hub.objects if ids[0] in name)
    del hub.objects[lost]
    assert sync_brain(field, hub, thin_after_s=0).pictures_thinned == len(ids) - 1
    assert len(list((field.folder / "frames").glob("??/*"))) == 1
    assert sync_brain(field, hub).pictures_sent == 1 and lost in hub.objects


def test_a_segment_that_the_hub_lost_is_told_again(make: Make, hub: Memory) -> None:
    one, other = make("one"), make("other")
    teach(one)
    sync_brain(one, hub)
    for name in [name for name in hub.objects if name.startswith("events/")]:
        del hub.objects[name]
    assert sync_brain(one, hub).events_sent == 12
    sync_brain(other, hub)
    assert same(one, other)


def test_a_damaged_segment_is_set_aside_and_the_rest_goes_on(make: Make, hub: Memory) -> None:
    one, other, third = make("one"), make("other"), make("third")
    teach(one), teach(other, first=20)
    sync_brain(one, hub), sync_brain(other, hub)
    whole = dict(hub.objects)
    harmed = next(name for name in hub.objects if name.startswith(f"events/{one.store.setting('device')}/"))
    hub.objects[harmed] = hub.objects[harmed][:-20] + bytes(20)
    done = sync_brain(third, hub)
    assert [(each.path, "not what its name says" in each.reason) for each in done.aside] == [(harmed, True)]
    assert done.events_taken == 12 and hubs_of(third)[0].aside == done.aside
    hub.objects[harmed] = whole[harmed]
    assert sync_brain(third, hub).aside == [] == hubs_of(third)[0].aside
    sync_brain(one, hub)
    assert same(one, third)


def test_a_damaged_segment_of_ours_is_put_right_and_is_nothing_to_be_told_of(make: Make, hub: Memory) -> None:
    one = make("one")
    teach(one)
    sync_brain(one, hub)
    (harmed,) = (name for name in hub.objects if name.startswith("events/"))
    whole, hub.objects[harmed] = hub.objects[harmed], b"torn"
    assert sync_brain(one, hub, anew=True).aside == [] == hubs_of(one)[0].aside
    assert hub.objects[harmed] == whole


def test_a_cloned_card_is_noticed_and_both_histories_stay(make: Make, hub: Memory, tmp_path: Path) -> None:
    import shutil

    one = make("one")
    teach(one)
    sync_brain(one, hub)
    one.store.database.fold()
    shutil.copytree(one.folder, tmp_path / "clone")
    with Brain.open(tmp_path / "clone") as clone:
        device = one.store.setting("device")
        teach(one, first=30), teach(clone, first=40, labels=("fork",))
        assert sync_brain(one, hub).forked_from is None
        done = sync_brain(clone, hub)
        assert done.forked_from == device and done.device != device
        sync_brain(one, hub)
        assert same(one, clone) and len(everything(one.store)) == 12 + 12 + 6
        teach(clone, first=60, labels=("fork",))
        assert sync_brain(clone, hub).forked_from is None
        sync_brain(one, hub)
        assert same(one, clone)
        assert one.store.setting("device") == device


def test_what_a_device_was_told_by_one_hub_it_carries_to_another(make: Make, hub: Memory) -> None:
    site, carrier, home = make("site"), make("carrier"), make("home")
    teach(site)
    stick = Memory("stick")
    marker.make(stick)
    sync_brain(site, stick), sync_brain(carrier, stick)
    sync_brain(carrier, hub), sync_brain(home, hub)
    assert same(site, carrier, home)


def test_a_hub_that_keeps_nothing_is_not_trusted(make: Make, hub: Memory) -> None:
    class Forgetful(Memory):
        def read(self, name: str) -> bytes:
            data = super().read(name)
            return data if name == marker.MARKER else data[:-1]

    forgetful = Forgetful()
    forgetful.objects = hub.objects
    one = make("one")
    teach(one)
    with pytest.raises(HubRefused, match="does not give back"):
        sync_brain(one, forgetful)
    assert hubs_of(one)[0].events_to_send == 12 and hubs_of(one)[0].pictures_to_send == 12


def test_other_codes_wait_until_somebody_gives_them(make: Make, hub: Memory, tmp_path: Path) -> None:
    one = make("one")
    teach(one)
    sync_brain(one, hub, send="events")
    with Brain.create(tmp_path / "half", extractor="pixels", region="0,0,0.5,1") as half:
        teach(half, first=30)
        digest = half.head_digest()
        done = sync_brain(half, hub)
        assert done.waiting == 12 and half.head_digest() == digest
        assert len(everything(half.store)) == 24
        half.retrain(region="0,0,1,1")
        assert sync_brain(half, hub).waiting == 0
        sync_brain(one, hub)
        assert same(one, half) and one.head_digest() == half.head_digest()


def test_what_was_wished_the_last_time_is_known_and_counts_what_is_to_be_sent(make: Make, hub: Memory) -> None:
    field = make("field")
    sync_brain(field, hub, send="tagged", fetch="untagged", thin_after_s=60)
    teach(field)
    field.keep_exposures([field.exposer.expose(scene("cup", 50))])
    (known,) = hubs_of(field)
    assert (known.send, known.fetch, known.thin_after_s) == ("tagged", "untagged", 60)
    assert (known.events_to_send, known.pictures_to_send) == (12, 12)
    sync_brain(field, hub, send="events")
    assert (hubs_of(field)[0].send, hubs_of(field)[0].pictures_to_send) == ("events", 0)
    sync_brain(field, hub)
    assert (hubs_of(field)[0].send, hubs_of(field)[0].pictures_to_send) == ("all", 0)
    assert sync_status(field).hubs == hubs_of(field) and sync_status(field).away == 0


@pytest.mark.parametrize(
    "line", [None, "", "[]", "{}", '{"send": "all", "fetch": "some", "thin_after_s": null, "releases": true}']
)
def test_where_nobody_knows_what_was_wished_no_picture_is(line: str | None) -> None:
    assert Choice.noted(line) == Choice(send="events", releases=False)


def test_a_hub_that_cannot_be_reached_is_told_with_what_was_done(make: Make, hub: Memory) -> None:
    class Cut(Memory):
        left = 9

        def add(self, name: str, data: bytes) -> bool:
            self.left -= 1
            if self.left < 0:
                raise HubUnreachable("the line is dead")
            return super().add(name, data)

    cut = Cut()
    cut.objects = hub.objects
    one, other = make("one"), make("other")
    teach(one)
    with pytest.raises(HubUnreachable, match=r"the line is dead\. 12 events and 8 pictures sent.*next time"):
        sync_brain(one, cut, patience=AT_ONCE)
    cut.left = 10**6
    assert sync_brain(one, cut).pictures_sent == 4
    sync_brain(other, hub)
    assert same(one, other)


def test_who_erases_is_told_which_hubs_keep_the_picture(make: Make, hub: Memory) -> None:
    one = make("one")
    ids = teach(one)
    assert one.discard(ids[:1]) and one.erase().hubs == ()
    sync_brain(one, hub)
    assert one.discard(ids[1:2]) and one.erase().hubs == ("memory",)
    assert any(ids[1] in name for name in hub.objects)


def test_what_was_erased_here_and_is_tagged_elsewhere_is_learned_and_its_picture_stays_away(
    make: Make, hub: Memory
) -> None:
    one, other = make("one"), make("other")
    ids = teach(one)
    sync_brain(one, hub), sync_brain(other, hub)
    one.discard(ids[:1]), one.erase()
    other.retag(ids[:1], "fork")
    sync_brain(other, hub), sync_brain(one, hub)
    assert one.store.frame(ids[0]).away and one.store.frame(ids[0]).label == "fork"
    sync_brain(other, hub)
    assert same(one, other) and list(one.store.damage()) == []


# ── releases ────────────────────────────────────────────────────────────────────────────────────


def test_a_release_comes_by_the_hub_and_is_put_into_production(make: Make, hub: Memory, tmp_path: Path) -> None:
    desk, field = make("desk"), make("field")
    teach(desk)
    desk.release(tmp_path / "1.brain")
    sync_brain(desk, hub, publish=tmp_path / "1.brain")
    taken = sync_brain(field, hub).release
    assert taken is not None and (taken.changed, taken.released.number) == (True, 1)
    assert sync_brain(field, hub).release is None, "it is there already"
    with Brain.open(field.folder, production=True) as running:
        assert running.number == 1 and running.predict(scene("mug", 3)).label == "mug"


def test_what_was_rolled_back_does_not_come_again(make: Make, hub: Memory, tmp_path: Path) -> None:
    desk, field = make("desk"), make("field")
    for number in (1, 2):
        teach(desk, first=10 * number)
        desk.release(tmp_path / f"{number}.brain")
        sync_brain(desk, hub, publish=tmp_path / f"{number}.brain"), sync_brain(field, hub)
    assert field.rollback().current.number == 1
    assert sync_brain(field, hub).release is None
    assert field.production.current.number == 1


def test_a_release_that_no_pinned_key_signed_is_set_aside_and_the_rest_goes_on(
    make: Make, hub: Memory, tmp_path: Path
) -> None:
    desk, field = make("desk"), make("field")
    teach(desk)
    desk.release(tmp_path / "1.brain")
    sync_brain(desk, hub, publish=tmp_path / "1.brain")
    field.pin(keys.make(tmp_path / "owner.key"))
    done = sync_brain(field, hub)
    assert done.events_taken == 12 and done.release is None and field.production is None
    (aside,) = done.aside
    assert aside.path.startswith("releases/00000001-") and "sign" in aside.reason


def test_a_device_that_wants_no_releases_gets_none(make: Make, hub: Memory, tmp_path: Path) -> None:
    desk, field = make("desk"), make("field")
    teach(desk)
    desk.release(tmp_path / "1.brain")
    sync_brain(desk, hub, publish=tmp_path / "1.brain")
    assert sync_brain(field, hub, releases=False).release is None and field.production is None


# ── what others may say ─────────────────────────────────────────────────────────────────────────


def poisoned(brain: Brain, **changed: object) -> Segment:
    """A segment in which somebody else tells of something under the id of a brain."""
    event = replace(everything(brain.store)[0][1], **changed)  # type: ignore[arg-type]
    looks = brain.store.owed.looks([event.frame], ())
    return Segment("f" * 16, "somebody", brain.store.codes_contract(), [event], looks)


@pytest.mark.parametrize("changed", [{"sequence": 10**9}, {"clock": 2**62}], ids=["the last number", "the last clock"])
def test_whatever_others_say_a_device_goes_on_and_is_heard(make: Make, hub: Memory, changed: dict[str, int]) -> None:
    one, other = make("one"), make("other")
    teach(one)
    segment = poisoned(one, **changed)
    one.merge(segments.from_bytes(segments.to_bytes(segment), "it"))
    teach(one, first=40)
    sync_brain(one, hub)
    assert sync_brain(other, hub).aside == [] and same(one, other)


def test_codes_of_another_length_wait(make: Make) -> None:
    one, other = make("one"), make("other")
    teach(one), teach(other, first=20)
    told = segment_of(one.store, [event for _, event in everything(one.store)])
    short = [replace(look, code=look.code[:5], views=look.views[:10]) for look in told.looks]
    other.merge(replace(told, contract={**told.contract, "code_length": "5"}, looks=short))
    assert other.store.sharing.waiting() == 12 and len(other.images()) == 12


def test_a_hub_that_went_back_to_what_it_was_gets_its_pictures_again(make: Make, hub: Memory) -> None:
    one = make("one")
    teach(one)
    before = dict(hub.objects)
    sync_brain(one, hub)
    after, hub.objects = dict(hub.objects), before
    assert sync_brain(one, hub).pictures_sent == 12 and hub.objects == after


def test_what_is_discarded_while_pictures_go_and_come_does_not(make: Make, hub: Memory) -> None:
    class Watched(Memory):
        def read(self, name: str) -> bytes:
            if name.startswith("frames/") and (frame := name.split("/")[2][:64]) in last:
                last.remove(frame)
                desk.discard([frame]), desk.erase()
            return super().read(name)

    field, desk = make("field"), make("desk")
    ids, watched = teach(field), Watched()
    sync_brain(field, hub), sync_brain(desk, hub)
    last, watched.objects = [ids[-1]], hub.objects
    assert sync_brain(desk, watched, fetch="all").pictures_fetched == 11
    assert ids[-1] not in {frame.id for frame in desk.store.frames(discarded=None)}


def test_what_was_under_way_by_another_wish_is_told_anew(make: Make, hub: Memory) -> None:
    class Cut(Memory):
        def read(self, name: str) -> bytes:
            if name.startswith("events/"):
                raise HubUnreachable("the line is dead")
            return super().read(name)

    one, cut = make("one"), Cut()
    cut.objects = hub.objects
    teach(one)
    with pytest.raises(HubUnreachable):
        sync_brain(one, cut, patience=AT_ONCE)
    for name in [name for name in hub.objects if name.startswith("events/")]:
        del hub.objects[name]
    sync_brain(one, hub, send="events")
    told = [segments.from_bytes(data, name) for name, data in hub.objects.items() if name.startswith("events/")]
    assert told and not any(look.thumbnail for segment in told for look in segment.looks)


def test_a_frame_that_was_erased_and_is_tagged_under_other_codes_waits(make: Make, tmp_path: Path) -> None:
    one, other = make("one"), make("other")
    ids = teach(one)
    other.merge(segment_of(one.store, [event for _, event in everything(one.store)]))
    one.discard(ids[:1]), one.erase(), one.retrain()
    other.retag(ids[:1], "fork")
    told = segment_of(other.store, [everything(other.store)[0][1]])
    one.merge(replace(told, contract={**told.contract, "region": "0,0,0.5,1"}))
    assert one.store.frames(tagged=True) and ids[0] not in {frame.id for frame in one.store.frames(tagged=True)}
    assert list(one.store.damage()) == []


def test_two_clones_without_a_clock_come_to_the_same(make: Make, tmp_path: Path) -> None:
    one = make("one")
    with mock.patch.object(clock, "now", lambda: 0.0):
        kept = [one.exposer.expose(scene("mug", number)) for number in range(2)]
        one.keep_exposures(kept)
        one.store.database.fold()
        shutil.copytree(one.folder, tmp_path / "clone")
        with Brain.open(tmp_path / "clone") as clone:
            one.tag_exposures([Tagging(kept[0].id, "mug", "walk")])
            one.tag_exposures([Tagging(kept[1].id, "mug", "table")])
            clone.tag_exposures([Tagging(kept[1].id, "mug", "table")])
            clone.tag_exposures([Tagging(kept[0].id, "mug", "walk")])
            told = [segment_of(each.store, [event for _, event in everything(each.store)]) for each in (one, clone)]
            one.merge(told[1]), clone.merge(told[0])
            assert same(one, clone)


def test_two_brains_that_meet_by_mistake_are_told_of_it(make: Make, hub: Memory) -> None:
    kitchen, workshop, pantry = make("kitchen"), make("workshop"), make("pantry")
    teach(kitchen), teach(workshop, first=20, labels=("bolt", "nut")), teach(pantry, first=40, labels=("cup", "jar"))
    assert sync_brain(kitchen, hub).strange == [], "nobody else is there yet"
    assert sync_brain(pantry, hub).strange == [], "it has cups, too"
    met = sync_brain(workshop, hub)
    assert met.strange == ["cup", "jar", "mug"]
    (said,) = words.notices(met)
    assert "know none of the classes of this one, but cup, jar, mug: if theirs is another brain" in said
    assert sync_brain(workshop, hub).strange == [], "that was told once"


def without_a_face(make: Make, hub: Memory) -> tuple[Brain, list[str]]:
    """Return a brain that has erased one of the untagged frames that came by a hub, and the frames that are left."""
    one, other = make("one"), make("other")
    teach(one)
    one.keep_exposures([one.exposer.expose(scene("cup", 200 + number)) for number in range(3)])
    sync_brain(one, hub), sync_brain(other, hub)
    face, *rest = (frame.id for frame in other.untagged())
    other.discard([face])
    other.erase()
    return other, rest


def test_what_was_erased_comes_from_no_hub_again(make: Make, hub: Memory) -> None:
    other, rest = without_a_face(make, hub)
    for anew in (False, True):
        sync_brain(other, hub, anew=anew)
        assert [frame.id for frame in other.untagged()] == rest and other.discarded() == []
    assert not list(other.store.damage())


def test_a_repair_leaves_who_took_what_and_which_codes_are_rough(make: Make, hub: Memory) -> None:
    one, other = make("one"), make("other")
    teach(one), teach(other, first=20)
    sync_brain(one, hub), sync_brain(other, hub)
    other.retrain(region="0,0,0.5,1")
    device = other.store.setting("device")
    before = {frame.id: (frame.device or device, is_rough(other, frame.id)) for frame in other.store.frames()}
    assert set(before.values()) == {(device, False), (one.store.setting("device"), True)}
    other.close()
    (other.folder / "brain.db").write_bytes(bytes(4096) + (other.folder / "brain.db").read_bytes()[4096:])
    assert not repair(other.folder).sound
    with Brain.open(other.folder) as mended:
        assert {frame.id: (frame.device, is_rough(mended, frame.id)) for frame in mended.store.frames()} == before
        assert mended.store.sharing.own_devices()[1:] == [device], "its segments are known as ours"


def is_rough(brain: Brain, frame: str) -> bool:
    query = "SELECT rough FROM codes JOIN frames ON frames.number = frame WHERE id = ?"
    return bool(brain.store.database.value(query, (frame,)))


def test_a_picture_that_the_disk_does_not_give_keeps_nothing_else_from_going(make: Make, hub: Memory) -> None:
    one = make("one")
    bad, *_ = teach(one)
    path = one.store.path(one.store.frame(bad))
    path.unlink()
    path.mkdir()  # which cannot be read, like a bad sector
    done = sync_brain(one, hub)
    assert (done.events_sent, done.pictures_sent) == (12, 11)
    (aside,) = done.aside
    assert aside.path == names.frame(bad, ".jpg") and "could not read" in aside.reason
    assert hubs_of(one)[0].synced_at is not None


def test_a_code_that_is_damaged_is_told_to_nobody_and_its_tag_is(make: Make, hub: Memory) -> None:
    one, other = make("one"), make("other")
    bad, *_ = teach(one)
    one.store.database.execute(
        "UPDATE codes SET code = zeroblob(192) WHERE frame = (SELECT number FROM frames WHERE id = ?)", (bad,)
    )
    assert sync_brain(one, hub).aside == []
    done = sync_brain(other, hub)
    assert (done.events_taken, done.waiting) == (12, 1)


def test_a_name_may_hold_what_python_takes_for_the_end_of_a_line(make: Make, hub: Memory) -> None:
    one, other = make("one"), make("other")
    seen = replace(one.exposer.expose(scene("cup")), source="a\u0085b\u2028c\u2029d\x1c.jpg")
    one.store.tag([Tagging(seen, "cup", seen.id)], who="cli")
    assert sync_brain(one, hub).events_sent == 1
    done = sync_brain(other, hub)
    assert (done.events_taken, done.aside) == (1, []) and same(one, other)


def test_a_release_is_the_one_that_its_name_in_the_hub_says(make: Make, hub: Memory, tmp_path: Path) -> None:
    desk, device = make("desk"), make("device")
    teach(desk)
    for number in (1, 2):
        desk.release(tmp_path / f"{number}.brain")
    first, second = ((tmp_path / f"{number}.brain").read_bytes() for number in (1, 2))
    hub.objects[f"releases/{production.name_of(1, files.content_id(first))}"] = first
    assert sync_brain(device, hub).release is not None
    hub.objects[f"releases/{production.name_of(99, files.content_id(first))}"] = first
    hub.objects[f"releases/{production.name_of(2, files.content_id(second))}"] = second
    done = sync_brain(device, hub)
    assert done.release is not None and done.release.released.number == 2
    (aside,) = done.aside
    assert "is release 1: its name says 99" in aside.reason


def test_a_number_that_no_device_would_take_is_not_published(make: Make, hub: Memory, tmp_path: Path) -> None:
    one, other = make("one"), make("other")
    teach(one), teach(other, first=20)
    for brain, name in ((one, "a"), (other, "b")):
        brain.release(tmp_path / f"{name}.brain")
    sync_brain(one, hub, publish=tmp_path / "a.brain")
    sync_brain(one, hub, publish=tmp_path / "a.brain")  # the same may be published again
    with pytest.raises(HubRefused, match=r"holds release 1 by now.*--number 2"):
        sync_brain(other, hub, publish=tmp_path / "b.brain")
    assert len([name for name in hub.objects if name.startswith("releases/")]) == 1
    sync_brain(other, hub)
    assert other.production is not None and other.release(tmp_path / "c.brain").number == 2, "above what was taken"
    with pytest.raises(StorageFailed, match=r"nowhere\.brain cannot be read"):
        sync_brain(one, hub, publish=tmp_path / "nowhere.brain")


@pytest.mark.parametrize("limit", [0, -1, float("nan")])
def test_a_limit_that_lets_nothing_through_is_refused(make: Make, hub: Memory, limit: float) -> None:
    with pytest.raises(BadInput, match="lets nothing through"):
        sync_brain(make("one"), hub, limit=limit)


def test_a_store_that_is_open_is_slowed_down_and_made_a_hub_too(make: Make) -> None:
    bare, stop = Memory(), threading.Event()
    one = make("one")
    teach(one)
    threading.Timer(0.2, stop.set).start()
    with pytest.raises(HubUnreachable, match="it was broken off"):
        sync_brain(one, bare, create=True, limit=100, stop=stop)
    assert marker.find(bare).id == hubs_of(one)[0].id and hubs_of(one)[0].limit == 100


def test_a_release_that_was_refused_is_not_brought_again_before_something_has_changed(
    make: Make, hub: Memory, tmp_path: Path
) -> None:
    desk, device, read = make("desk"), make("device"), hub.read
    teach(desk)
    for name in ("his", "hers"):
        keys.make(tmp_path / f"{name}.key")
    desk.release(tmp_path / "1.brain", key=tmp_path / "his.key")
    sync_brain(desk, hub, publish=tmp_path / "1.brain", releases=False)
    device.pin(keys.read(tmp_path / "hers.key").public)
    asked = list[str]()
    with mock.patch.object(hub, "read", lambda name: asked.append(name) or read(name)):
        for _ in range(3):
            (aside,) = sync_brain(device, hub).aside
            assert "which is not pinned here" in aside.reason
        assert len([name for name in asked if name.startswith("releases/")]) == 1
        device.pin(keys.read(tmp_path / "his.key").public)
        assert sync_brain(device, hub).release is not None and hubs_of(device)[0].aside == []


def test_what_was_erased_stays_away_after_a_repair_too(make: Make, hub: Memory) -> None:
    other, rest = without_a_face(make, hub)
    other.close()
    (other.folder / "brain.db").write_bytes(bytes(4096) + (other.folder / "brain.db").read_bytes()[4096:])
    assert not repair(other.folder).sound
    with Brain.open(other.folder) as mended:
        mended.keep_exposures([own := mended.exposer.expose(scene("mug", 300))])
        mended.discard([own.id])
        mended.erase()  # before it knows its hub again
        sync_brain(mended, hub, fetch="all")
        assert {frame.id for frame in mended.untagged()} == set(rest)


def test_another_limit_leaves_what_is_under_way(make: Make, hub: Memory) -> None:
    one = make("one")
    sync_brain(one, hub, limit=1e9)
    number = one.store.sharing.hub(marker.find(hub).id, "a hub")
    one.store.sharing.goes(number, "events/torn", b"whole")
    for limit, send, left in ((None, "all", 1), (2e9, "all", 1), (2e9, "tagged", 0)):
        with mock.patch.object(Session, "run", Session.told):
            sync_brain(one, hub, limit=limit, send=send)  # type: ignore[arg-type]
        assert len(one.store.sharing.under_way(number)) == left


def test_a_wish_that_an_earlier_version_noted_is_known() -> None:
    line = '{"send": "all", "fetch": "all", "thin_after_s": null, "releases": true}'
    assert Choice.noted(line) == Choice(fetch="all")


def test_a_picture_that_nobody_has_sent_is_asked_for_once(make: Make, hub: Memory) -> None:
    one, other, read = make("one"), make("other"), hub.read
    teach(one)
    sync_brain(one, hub, send="events")
    asked = list[str]()
    with mock.patch.object(hub, "read", lambda name: asked.append(name) or read(name)):
        sync_brain(other, hub, fetch="all")
    assert len([name for name in asked if name.startswith("frames/")]) == 12


def test_no_name_alone_keeps_a_release_from_being_published(make: Make, hub: Memory, tmp_path: Path) -> None:
    one = make("one")
    teach(one)
    one.release(tmp_path / "1.brain")
    first = (tmp_path / "1.brain").read_bytes()
    for number, data in ((2**31 - 1, b"junk"), (99, first)):
        hub.objects[f"releases/{production.name_of(number, files.content_id(data))}"] = data
    done = sync_brain(one, hub, publish=tmp_path / "1.brain")
    assert done.release is not None and done.release.released.number == 1
