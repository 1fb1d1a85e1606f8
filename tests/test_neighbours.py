"""The nearest learned frames: which they are, in which order, and that asking changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import again, changed, scene
from PIL import Image

from edge_brain import Brain, Near
from edge_brain import errors as e
from edge_brain.head import plain_rows
from edge_brain.neighbours import nearest
from edge_brain.records import Change
from edge_brain.roll import Selection, cosines

LENGTH = 40


def selection(rows: np.ndarray) -> Selection:
    """Return learned frames with these rows (n, d), whose ids run against their numbers."""
    frames = [
        Change(frame=number, id=f"{len(rows) - number:04}", burst=number, burst_name=f"walk {number}", role="learned",
               taken_at=None, before=None, after="mug", code=b"")
        for number in range(len(rows))
    ]  # fmt: skip
    return Selection(rows[:, None], frames, np.arange(len(rows)))


def some_rows(count: int, seed: int = 0) -> np.ndarray:
    codes = np.random.default_rng(seed).integers(-128, 128, (count, LENGTH)).astype(np.int8)
    return plain_rows([code.tobytes() for code in codes], LENGTH, -128)


def test_the_nearest_are_those_of_the_greatest_cosine_best_first() -> None:
    rows, asked = some_rows(300), some_rows(7, seed=1)
    told = nearest(asked, selection(rows), 10)
    for row, near in zip(asked, told, strict=True):
        likeness = cosines(rows, row)
        best = np.argsort(-likeness)[:10]
        assert [each.burst for each in near] == [f"walk {place}" for place in best]
        assert [each.likeness for each in near] == pytest.approx(likeness[best], abs=1e-6)
    assert told == [nearest(asked[place : place + 1], selection(rows), 10)[0] for place in range(7)]


def test_equally_like_frames_come_in_the_order_of_their_ids_and_the_same_has_the_likeness_one() -> None:
    row = some_rows(1)
    rows = np.concatenate([some_rows(20, seed=2), row.repeat(9, axis=0), some_rows(20, seed=3)])
    (near,) = nearest(row, selection(rows), 5)
    assert [each.likeness for each in near] == [1.0] * 5
    assert [each.id for each in near] == [f"{number:04}" for number in range(21, 26)]


def test_no_more_are_told_than_there_are() -> None:
    asked = some_rows(2)
    assert [len(near) for near in nearest(asked, selection(some_rows(3)), 5)] == [3, 3]
    assert nearest(asked, selection(some_rows(0)), 5) == [[], []]
    assert nearest(some_rows(0), selection(some_rows(3)), 5) == []


def test_a_picture_is_nearest_to_its_own_scene_and_then_to_its_class(taught: Brain) -> None:
    frames = {frame.id: frame for frame in taught.store.frames()}
    learned = [frame for frame in frames.values() if (frame.label, frame.role) == ("cup", "learned")]
    seen = taught.picture(learned[0].id)
    near = taught.nearest(seen, count=6)
    assert near[0] == Near(learned[0].id, "cup", learned[0].burst, 1.0)
    assert {each.id for each in near} == {frame.id for frame in learned}, "no reserved one, no other class"
    likeness = [each.likeness for each in near]
    assert likeness == sorted(likeness, reverse=True) and likeness[1] < 0.97
    assert [each.label for each in taught.nearest(changed(scene("fork", 30), 3), count=2)] == ["fork", "fork"]
    assert len(taught.nearest(seen)) == 5
    assert len(taught.nearest(seen, count=100)) == 18


def test_all_frames_of_a_burst_are_told(brain: Brain) -> None:
    brain.tag_many([(again(scene("mug"), number), "mug") for number in range(4)], burst="walk")
    near = brain.nearest(scene("mug"), count=3)
    assert [each.burst for each in near] == ["walk"] * 3
    assert len({each.id for each in near}) == 3


def test_every_form_of_a_picture_has_the_same_neighbours_as_its_code(taught: Brain) -> None:
    picture = scene("mug", 40)
    codes = [taught.look(picture)[0], taught.look(scene("cup", 41))[0]]
    first, second = taught.nearest_codes(codes)
    assert first == taught.nearest(picture) == taught.nearest(Image.fromarray(picture))
    assert second == taught.nearest(scene("cup", 41)) != first
    assert taught.nearest_codes([]) == []


def test_a_frame_is_near_as_what_it_is_tagged_as_and_only_while_it_is(taught: Brain) -> None:
    tag = taught.tag(scene("mug", 50), "mug")
    assert tag.role == "learned"
    with Brain.open(taught.folder) as other:
        assert other.nearest(scene("mug", 50), 1) == [Near(tag.frame_id, "mug", tag.burst, 1.0)]
        taught.retag([tag.frame_id], "spoon")
        assert other.nearest(scene("mug", 50), 1) == [Near(tag.frame_id, "spoon", tag.burst, 1.0)]
        taught.untag(tag.frame_id)
        assert tag.frame_id not in {near.id for near in other.nearest(scene("mug", 50), 100)}


def test_a_brain_that_has_learned_nothing_knows_no_neighbours(brain: Brain) -> None:
    assert brain.nearest(scene("mug")) == []
    assert brain.nearest_codes([brain.look(scene("mug"))[0]] * 2) == [[], []]


def test_what_cannot_be_asked_is_refused_and_changes_nothing(taught: Brain) -> None:
    before = taught.store.last_event(), taught.head_digest(), taught.history()
    length = int(taught.store.setting("code_length"))
    with pytest.raises(e.BadInput, match=f"has {length} bytes, not 3"):
        taught.nearest_codes([b"\0" * 3])
    with pytest.raises(e.BadInput, match="the nearest 0 frames cannot be told; ask for 1 or more"):
        taught.nearest(scene("mug"), count=0)
    with pytest.raises(e.BadPicture):
        taught.nearest(b"no picture")
    assert (taught.store.last_event(), taught.head_digest(), taught.history()) == before
