"""The frames that are worth tagging are kept, each once, the best of its moment, with its burst and its reason."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from pictures import Pixels, again, changed
from pictures import scene as small_scene
from sources import Scripted

from edge_brain import BadInput, Brain, Kept, StorageFailed
from edge_brain.capture import State
from edge_brain.field import Keeper, Rules
from edge_brain.records import Observation
from edge_brain.watching import Watcher


def scene(label: str, number: int) -> Pixels:
    """A scene of a picture that is large enough to be kept."""
    return large(small_scene(label, number))


def large(picture: Pixels) -> Pixels:
    return picture.repeat(2, axis=0).repeat(2, axis=1)


def still(label: str, number: int, shots: int = 10) -> list[Pixels]:
    """One second of a scene in which nothing moves."""
    return [again(scene(label, number), each) for each in range(shots)]


def keep(brain: Brain, script: Iterable[Pixels | State], rules: Rules) -> tuple[list[Kept], Keeper]:
    keeper = Keeper(brain, "door", rules)
    return [each for each in keeper.follow(Scripted(script)) if isinstance(each, Kept)], keeper


def blurred(picture: Pixels) -> Pixels:
    ramp = np.linspace(0, 1, len(picture))[:, None, None]
    return (picture.mean(axis=(0, 1)) * ramp + 40).astype(np.uint8).repeat(len(picture), axis=1)


# ── when ────────────────────────────────────────────────────────────────────────────────────────


def test_on_change_each_view_is_kept_once(brain: Brain) -> None:
    script = [*still("mug", 1), *still("cup", 1), *still("mug", 1), *still("fork", 1)]
    kept, keeper = keep(brain, script, Rules(on_change=True))
    assert [each.reason for each in kept] == ["change"] * 3
    assert [int(each.moment) for each in kept] == [0, 1, 3]
    assert keeper.kept["change"] == 3 and keeper.bursts == 3


def test_so_often_a_frame_is_kept_unless_it_is_like_one_that_is(brain: Brain) -> None:
    script = [picture for number in range(6) for picture in still("mug", number)]
    kept, _ = keep(brain, script, Rules(every_s=2.0))
    assert [each.moment for each in kept] == pytest.approx([0.0, 2.0, 4.0], abs=0.5)
    again_kept, keeper = keep(brain, still("tree", 0, 60), Rules(every_s=2.0))
    assert len(again_kept) == 1 and keeper.dropped["near-duplicate"] == 2


def test_what_the_brain_knows_is_passed_over_and_what_it_does_not_know_is_kept(taught: Brain) -> None:
    known, unknown = still("mug", 90), still("tree", 3)
    assert taught.predict(known[0]).known and not taught.predict(unknown[0]).known
    kept, _ = keep(taught, [*known, *unknown], Rules(unsure=True))
    assert [(each.reason, each.label) for each in kept] == [("surprised", kept[0].label)]
    assert kept[0].moment >= 1.0


def test_a_brain_that_wavers_asks_for_a_tag(taught: Brain) -> None:
    half = scene("mug", 3)
    half[:, 64:] = scene("cup", 3)[:, 64:]
    answer = taught.predict(half)
    kept, _ = keep(taught, [again(half, each) for each in range(10)], Rules(unsure=True))
    assert [each.reason for each in kept] == ["unsure" if answer.known else "surprised"]


def test_a_brain_that_knows_nothing_is_not_surprised(brain: Brain) -> None:
    assert keep(brain, still("mug", 1), Rules(unsure=True))[0] == []


def test_no_more_than_so_many_frames_are_kept(brain: Brain) -> None:
    script = [picture for number in range(20) for picture in still("mug", number, 2)]  # a change each 0.2 s
    kept, _ = keep(brain, script, Rules(on_change=True, best_of_s=0.0, at_most_every_s=1.0))
    moments = np.array([each.moment for each in kept])
    assert len(kept) == 4 and np.diff(moments).min() >= 1.0


def test_without_a_rule_changes_and_what_is_unsure_are_kept() -> None:
    assert (Rules().on_change, Rules().unsure, Rules().every_s) == (True, True, None)
    assert not Rules(every_s=2).on_change
    with pytest.raises(BadInput, match="every_s is -1"):
        Rules(every_s=-1)


# ── which ───────────────────────────────────────────────────────────────────────────────────────


def test_the_sharpest_of_a_moment_is_kept(brain: Brain) -> None:
    sharp = scene("mug", 1)
    soft = (sharp.astype(int) // 2 + np.roll(sharp, 1, axis=1).astype(int) // 2).astype(np.uint8)
    kept, _ = keep(brain, [soft, soft, again(sharp), soft, soft, soft, soft], Rules(on_change=True))
    assert [each.moment for each in kept] == [0.2]


def test_dark_and_blurred_and_tiny_pictures_are_never_kept(brain: Brain) -> None:
    bad: dict[str, Pixels] = {
        "dark": scene("mug", 1) // 40,
        "blurred": blurred(scene("mug", 1)),
        "tiny": small_scene("mug", 1),
    }
    for fault, picture in bad.items():
        kept, keeper = keep(brain, [picture] * 8, Rules(every_s=0.2))
        assert kept == [] and set(keeper.dropped) == {fault}
    assert brain.images() == []


def test_another_scene_ends_the_moment(brain: Brain) -> None:
    kept, _ = keep(brain, [*still("mug", 1, 2), *still("cup", 1, 20)], Rules(on_change=True, at_most_every_s=0))
    assert kept[0].moment < 0.2 and len(kept) == 2


# ── what is stored ──────────────────────────────────────────────────────────────────────────────


def test_a_frame_is_untagged_and_knows_its_source_burst_and_reason(brain: Brain) -> None:
    kept, _ = keep(brain, [*still("mug", 1), *still("cup", 1)], Rules(on_change=True))
    rows = brain.store.database.rows(
        "SELECT frames.id, source, reason, taken_at, name FROM frames JOIN bursts ON bursts.number = burst"
    )
    assert [tuple(row) for row in rows] == [
        (each.id, "door", "change", 1e9 + each.moment, each.burst) for each in kept
    ]  # fmt: skip
    assert [image.role for image in brain.images()] == [None, None]
    assert kept[0].burst == kept[0].id != kept[1].burst


def test_frames_of_one_burst_are_tagged_into_one_role(brain: Brain) -> None:
    view = small_scene("mug", 1)
    script = [again(large(picture), each) for picture in (view, changed(view, 8)) for each in range(20)]
    kept, keeper = keep(brain, script, Rules(on_change=True))
    assert len(kept) == 2 and keeper.bursts == 1
    brain.tag(scene("mug", 7), "mug")
    brain.retag([each.id for each in kept], "mug")
    roles = {image.role for image in brain.images() if image.id in {each.id for each in kept}}
    assert roles == {"reserved"}


def test_a_captured_frame_that_looks_like_a_reserved_one_joins_its_burst(taught: Brain) -> None:
    reserved = next(image for image in taught.images() if image.role == "reserved")
    kept, _ = keep(taught, [large(taught_again(taught, reserved.id))] * 10, Rules(every_s=1.0))
    taught.retag([kept[0].id], reserved.label)
    image = next(image for image in taught.images() if image.id == kept[0].id)
    assert (image.role, image.burst) == ("reserved", reserved.burst)


def taught_again(brain: Brain, frame_id: str) -> Pixels:
    from edge_brain.images import decode

    return again(decode(brain.picture(frame_id)).pixels)


def test_what_is_kept_after_a_tag_of_the_same_scene_joins_its_burst_and_its_like_is_not_kept(brain: Brain) -> None:
    keeper = Keeper(brain, "door", Rules(on_change=True, best_of_s=0.0, at_most_every_s=0.0))
    watcher = Watcher(brain.look)
    view = small_scene("mug", 1)
    script = [again(large(picture), each) for picture in (view, changed(view, 8)) for each in range(3)]
    source = Scripted([*script, *still("cup", 1, 3)])
    shots = [shot for shot in source if shot is not None]
    tag = keeper.tag(watcher.look(shots[0]), "mug", who="mqtt")
    kept = [keeper.consider(watcher.look(shot)) for shot in shots[1:]] + [keeper.finish()]
    assert [(each.reason, each.burst == tag.burst) for each in kept if each] == [("change", True), ("change", False)]
    frame = brain.store.frame(tag.frame_id)
    assert (frame.label, frame.source, frame.burst) == ("mug", "door", tag.burst)


def test_after_a_restart_what_is_kept_is_not_kept_again(brain: Brain) -> None:
    first, _ = keep(brain, still("mug", 1), Rules(on_change=True))
    kept, keeper = keep(brain, still("mug", 1), Rules(every_s=0.3))
    assert len(first) == 1 and kept == [] and keeper.dropped["near-duplicate"] > 0


def test_the_very_picture_that_is_there_is_not_kept_again_and_stays_in_its_burst(brain: Brain) -> None:
    view = scene("mug", 1)
    brain.keep_exposures([brain.exposer.expose(view)], burst="by hand")
    kept, keeper = keep(brain, [view], Rules(on_change=True))
    assert kept == [] and dict(keeper.dropped) == {"already there": 1} and keeper.bursts == 0
    assert [(image.burst, image.source) for image in brain.images()] == [("by hand", None)]


def test_what_is_pending_is_kept_when_the_source_is_lost_or_ends(brain: Brain) -> None:
    kept, _ = keep(
        brain, [scene("mug", 1), State("lost", "unplugged"), scene("cup", 1)], Rules(on_change=True, at_most_every_s=0)
    )
    assert [each.moment for each in kept] == [0.0, 0.1]


def test_what_becomes_of_the_source_is_told(brain: Brain) -> None:
    keeper = Keeper(brain, "door", Rules())
    told = list(keeper.follow(Scripted([scene("mug", 1), State("lost", "unplugged"), State("ok")])))
    assert [each.state for each in told if isinstance(each, Observation)] == ["lost", "ok", "ended"]


def test_a_disk_that_refuses_is_told_and_capturing_goes_on_when_it_is_well(
    brain: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StorageFailed("the disk is full")

    keeper, watcher = Keeper(brain, "door", Rules(on_change=True)), Watcher(brain.look)
    looks = [watcher.look(shot) for shot in Scripted([*still("mug", 1), *still("cup", 1)])]
    monkeypatch.setattr(brain.store, "keep", refuse)
    with pytest.raises(StorageFailed, match="full"):
        for look in looks[:10]:
            keeper.consider(look)
    assert brain.images() == [] and keeper.kept.total() == 0
    monkeypatch.undo()
    kept = [each for each in (*map(keeper.consider, looks[10:]), keeper.finish()) if each]
    assert [each.id for each in kept] == [image.id for image in brain.images()] != []


def test_a_brain_that_was_retrained_meanwhile_gets_the_frame_as_it_codes_now(brain: Brain) -> None:
    keeper = Keeper(brain, "door", Rules(on_change=True))
    following = keeper.follow(Scripted([*still("mug", 1), *still("cup", 1)]))
    assert isinstance(next(following), Kept)
    with Brain.open(brain.folder) as other:
        other.retrain(region="0,0,0.9,0.9")
    assert isinstance(next(following), Kept)
    assert len(brain.images()) == 2 and list(brain.store.damage()) == []


def test_a_kept_frame_whose_like_is_before_the_camera_again_is_noted_as_seen(brain: Brain) -> None:
    def seen() -> dict[str, int]:
        return {row["id"]: row["seen"] for row in brain.store.database.rows("SELECT id, seen FROM frames")}

    kept, _ = keep(brain, [*still("mug", 1), *still("cup", 1), *still("fork", 1)], Rules(on_change=True))
    before = seen()
    keep(brain, still("cup", 1), Rules(every_s=1.0))
    assert [frame for frame, reading in seen().items() if reading > before[frame]] == [kept[1].id]


def test_the_list_of_images_says_where_a_frame_is_from_and_why_it_was_kept(taught: Brain) -> None:
    keep(taught, still("tree", 1), Rules(on_change=True))
    told = {(image.source, image.reason) for image in taught.images()}
    assert told == {(None, None), ("door", "change")}
