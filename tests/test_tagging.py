"""Tagging with one key a class, without a terminal: what a key tags, in which burst, and what undo takes back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from pictures import Pixels, again, scene
from sources import Scripted

from edge_brain import Brain, StorageFailed
from edge_brain.capture import Shot, State
from edge_brain.images import encode_jpeg
from edge_brain.tagging import KeyedClass, Live, Queue
from edge_brain.tagging.session import KEYS


def still(label: str, number: int = 0, shots: int = 3, first: int = 0) -> list[Pixels]:
    """Shots of a scene in which nothing moves."""
    return [again(scene(label, number), first + each) for each in range(shots)]


def live(brain: Brain, script: Iterable[Pixels | State]) -> Live:
    """A session that has seen the first shot."""
    session = Live(brain, Scripted(script))
    look(session)
    return session


def look(session: Live, shots: int = 1) -> None:
    for _ in range(shots):
        session.step(0.1)


def tags(brain: Brain) -> list[tuple[str, str]]:
    """Label and burst of the tagged frames, in the order they came."""
    return [(frame.label or "", frame.burst) for frame in brain.store.frames(tagged=True)]


def sizes(brain: Brain) -> list[tuple[str, int]]:
    """The bursts, in order: label, and how many frames."""
    found = tags(brain)
    return [(label, found.count((label, burst))) for label, burst in dict.fromkeys(found)]


# ── keys ────────────────────────────────────────────────────────────────────────────────────────


def test_a_class_gets_its_key_with_its_name_and_keeps_it(brain: Brain) -> None:
    session = live(brain, [*still("mug"), *still("cup"), *still("ape")])
    session.name("mug")
    look(session, 3)
    session.name("cup")
    assert [(each.key, each.label) for each in session.classes] == [("1", "mug"), ("2", "cup")]
    look(session, 3)
    session.press("1")
    assert session.classes == [KeyedClass("1", "mug", 1, 1), KeyedClass("2", "cup", 1, 0)]
    session.press("u")
    session.press("u")
    assert session.classes == [KeyedClass("1", "mug", 1, 0), KeyedClass("2", "cup", 0, 0)]


def test_no_class_gets_the_key_of_a_command_and_the_rest_are_tagged_by_name(brain: Brain) -> None:
    brain.tag_many([(scene(f"c{number}"), f"c{number:02}") for number in range(33)])
    session = live(brain, still("c32"))
    keys = [each.key for each in session.classes]
    assert keys == [*KEYS, *[None] * (33 - len(KEYS))]
    assert len(set(KEYS)) == len(KEYS) and not set(KEYS) & {*session.commands, "q", "+", " "}
    session.name("c32")
    assert session.classes[-1].learned + session.classes[-1].reserved == 2


def test_a_key_of_no_class_tags_nothing(taught: Brain) -> None:
    before, session = tags(taught), live(taught, still("mug"))
    session.press("9")
    assert tags(taught) == before and "no class's key" in session.said
    for key in ("up", "escape", "paste:1"):
        session.press(key)
    assert tags(taught) == before


def test_a_name_that_cannot_be_one_is_refused_and_tags_nothing(brain: Brain) -> None:
    session = live(brain, still("mug"))
    session.name("x" * 101)
    assert session.trouble and "at most 100 characters" in session.said
    assert tags(brain) == [] and session.tagged == 0


def test_what_another_process_tags_is_seen(brain: Brain) -> None:
    session = live(brain, still("mug"))
    with Brain.open(brain.folder) as other:
        other.tag(scene("fork"), "fork")
    session.attempt(lambda: look(session))
    assert [each.label for each in session.classes] == ["fork"]
    assert session.score.learned == 1


# ── a camera ────────────────────────────────────────────────────────────────────────────────────


def test_a_key_tags_the_shot_that_is_shown(taught: Brain) -> None:
    session = live(taught, still("mug", 8))
    shown = session.pixels
    session.press("3")
    assert session.said.startswith("tagged `mug`") and not session.trouble
    last = taught.store.frames()[-1]
    assert last.label == "mug" and taught.picture(last.id) == encode_jpeg(shown)
    assert taught.store.database.value("SELECT source FROM frames WHERE id = ?", (last.id,)) == "scripted"
    assert taught.store.database.value("SELECT who FROM events ORDER BY number DESC LIMIT 1") == "live"
    assert last.taken_at == 1e9


def test_before_the_first_shot_nothing_is_tagged(brain: Brain) -> None:
    session = Live(brain, Scripted([State("lost", "no cable")]))
    look(session)
    session.name("mug")
    assert session.said.startswith("no picture yet") and tags(brain) == []


def test_the_same_picture_is_tagged_once(brain: Brain) -> None:
    session = live(brain, still("mug"))
    session.name("mug")
    session.press("1")
    assert "already" in session.said and session.tagged == 1
    session.press("u")
    assert tags(brain) == []


def test_another_class_for_the_same_picture_moves_it_and_undo_moves_it_back(brain: Brain) -> None:
    session = live(brain, still("mug"))
    session.name("mug")
    digest = brain.head_digest()
    session.name("cup")
    assert [label for label, _ in tags(brain)] == ["cup"]
    session.press("u")
    assert session.said == "undone: 1 frame of `cup`, again `mug`"
    assert [label for label, _ in tags(brain)] == ["mug"] and brain.head_digest() == digest


@pytest.mark.parametrize("condition", ["lost", "frozen", "black"])
def test_what_a_source_showed_before_it_was_lost_is_tagged_only_when_it_is_held(brain: Brain, condition: str) -> None:
    session = live(brain, [*still("mug", shots=1), State(condition)])  # type: ignore[arg-type]
    look(session)
    session.name("mug")
    assert f"the source is {condition}" in session.said and tags(brain) == []
    session.press(" ")
    session.name("mug")
    assert len(tags(brain)) == 1


def test_the_last_shot_of_a_video_can_be_tagged(brain: Brain) -> None:
    session = live(brain, still("mug", shots=1))
    look(session)
    assert session.state.condition == "ended"
    session.name("mug")
    assert len(tags(brain)) == 1


def test_a_held_picture_stays(brain: Brain) -> None:
    session = live(brain, [*still("mug"), *still("cup")])
    session.press(" ")
    shown = session.pixels
    look(session, 4)
    assert session.paused and session.pixels is shown
    session.press(" ")
    look(session)
    assert not session.paused and session.pixels is not shown


def test_a_video_is_played_at_its_own_pace(brain: Brain) -> None:
    source = Scripted(still("mug", shots=100), rate=8)
    session = Live(brain, source)
    session.step(0.25)
    assert source._number == 1
    for passed_s, seen in ((0.25, 3), (0.125, 4), (0.0625, 5), (0.0625, 5), (0.25, 7), (3600, 11)):
        session.step(passed_s)
        assert source._number == seen, "and it does not run after what it missed"


def test_time_stands_still_in_a_video_while_nothing_comes(brain: Brain) -> None:
    source = Scripted([*still("mug", shots=2), *[State("lost")] * 3, *still("cup", shots=50)], rate=8)
    session = Live(brain, source)
    for _ in range(8):
        session.step(0.25)
    assert source._number == 9, "of 16 that would have been due"


class Files(Scripted):
    """A folder of pictures."""

    def next(self, timeout_s: float = 1.0) -> Shot | None:
        shot = super().next(timeout_s)
        return shot and replace(shot, data=encode_jpeg(shot.pixels, quality=60))


def test_a_picture_of_a_folder_stays_until_it_is_tagged_or_skipped(brain: Brain) -> None:
    pictures = [*still("mug", 0, 2), *still("mug", 1, 2)]
    session = Live(brain, Files(pictures))
    look(session)
    look(session, 5)
    assert session.pixels is pictures[0] and ("s →", "skip") in session.help
    session.name("mug")
    assert session.pixels is pictures[1] and session.place == "burst 1: 1 × mug"
    session.press("1")
    assert session.pixels is pictures[2] and session.place.startswith("new scene")
    session.press("s")
    session.press("1")
    assert sizes(brain) == [("mug", 2), ("mug", 1)]
    assert session.pixels is None
    session.press("1")
    assert session.said.startswith("no picture") and session.tagged == 3
    stored = brain.store.frames()
    assert brain.picture(stored[0].id) == encode_jpeg(pictures[0], quality=60)
    assert brain.picture(stored[2].id) == encode_jpeg(pictures[3], quality=60)


def test_a_camera_has_nothing_to_skip(brain: Brain) -> None:
    session = live(brain, still("mug"))
    session.press("s")
    assert session.said.startswith("only a picture of a folder") and ("space", "hold") in session.help


# ── bursts ──────────────────────────────────────────────────────────────────────────────────────


def test_frames_of_a_scene_are_a_burst_that_is_named_after_the_first(brain: Brain) -> None:
    session = live(brain, still("mug"))
    assert session.place.startswith("no burst yet")
    session.name("mug")
    for _ in range(2):
        look(session)
        session.press("1")
    first = brain.store.frames()[0].id
    assert tags(brain) == [("mug", first)] * 3
    assert session.place == "burst 1: 3 × mug" and session.bursts == [first]


def test_a_change_of_scene_begins_a_burst(brain: Brain) -> None:
    session = live(brain, [*still("mug", 0), *still("mug", 1)])
    session.name("mug")
    look(session, 3)
    assert session.place == "new scene: a key begins burst 2"
    session.press("1")
    assert sizes(brain) == [("mug", 1), ("mug", 1)]
    assert {frame.role for frame in brain.store.frames()} == {"learned", "reserved"}


def test_a_hand_that_passes_does_not_make_two_scenes_of_one(brain: Brain) -> None:
    session = live(brain, [*still("mug"), *still("hand"), *still("mug", first=3)])
    session.name("mug")
    look(session, 3)
    assert session.place.startswith("new scene")
    look(session, 3)
    assert session.place.startswith("burst 1")
    session.press("1")
    assert sizes(brain) == [("mug", 2)]


def test_after_a_pause_only_a_near_duplicate_goes_on(brain: Brain) -> None:
    mug = scene("mug")
    alike = mug.copy()
    alike[:16, :40] = 110  # some of it is lit otherwise: under 0.97, above 0.80
    session = Live(brain, Scripted([mug, again(mug), alike], rate=1 / 31))
    session.step(0.1)
    session.name("mug")
    for _ in range(62):
        session.step(0.5)
    session.press("1")
    assert sizes(brain) == [("mug", 2)]
    for _ in range(62):
        session.step(0.5)
    assert session.place.startswith("new scene")


def test_n_begins_a_burst_of_what_looks_the_same(brain: Brain) -> None:
    session = live(brain, still("mug", shots=4))
    session.name("mug")
    look(session)
    session.press("n")
    assert session.place == "new scene: a key begins burst 2"
    session.press("1")
    look(session)
    session.press("1")
    assert sizes(brain)[0] == ("mug", 1) and len(session.bursts) == 2
    session.press("n")
    session.press("n")
    assert session.place.startswith("burst 2"), "it was pressed by mistake"


def test_another_class_begins_a_burst(brain: Brain) -> None:
    session = live(brain, still("table", shots=3))
    session.name("mug")
    look(session)
    session.name("cup")
    look(session)
    session.press("2")
    assert sizes(brain) == [("mug", 1), ("cup", 2)]


def test_the_word_of_the_source_counts_before_likeness(brain: Brain) -> None:
    class Knowing(Scripted):
        def next(self, timeout_s: float = 1.0) -> Shot | None:
            shot = super().next(timeout_s)
            return shot and Shot(shot.pixels, shot.number, shot.moment, burst=f"scene {shot.number // 2}")

    session = Live(brain, Knowing([*still("mug", 0, 1), *still("mug", 1, 1), *still("mug", 1, 1, first=1)]))
    look(session)
    session.name("mug")
    look(session)
    session.press("1")
    assert sizes(brain) == [("mug", 2)]
    look(session)
    session.press("1")
    assert sizes(brain) == [("mug", 2), ("mug", 1)]


# ── undo ────────────────────────────────────────────────────────────────────────────────────────


def test_undo_takes_back_tag_by_tag_to_the_bit(taught: Brain) -> None:
    session = live(taught, [*still("mug", 8), *still("cup", 8), *still("mug", 9), *still("oar", 0)])
    states = []
    for label in ("mug", "cup", "mug", "oar"):
        states.append((taught.head_digest(), tags(taught), session.place, taught.score().learned))
        session.name(label)
        assert session.said.startswith("tagged")
        look(session, 3)
    assert session.tagged == 4
    for left, (digest, tagged, _, learned) in zip((3, 2, 1, 0), reversed(states), strict=True):
        session.press("u")
        assert session.tagged == left
        assert (taught.head_digest(), tags(taught), session.score.learned) == (digest, tagged, learned)
    session.press("u")
    assert session.said == "nothing to undo"
    assert taught.head_digest() == states[0][0]


def test_after_undo_the_burst_before_goes_on(brain: Brain) -> None:
    session = live(brain, still("mug", shots=4))
    session.name("mug")
    look(session)
    session.press("n")
    session.press("1")
    session.press("u")
    assert session.place == "new scene: a key begins burst 2", "n still holds"
    session.press("n")
    look(session)
    session.press("1")
    assert sizes(brain) == [("mug", 2)]


def test_what_fails_is_said_and_changes_nothing(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    session = live(brain, still("mug", shots=4))
    session.name("mug")
    before = tags(brain), session.place, brain.head_digest()
    look(session)
    with monkeypatch.context() as patched:
        patched.setattr(brain.store, "tag", lambda *_, **__: (_ for _ in ()).throw(StorageFailed("the disk is full")))
        session.press("1")
        assert session.trouble and session.said == "the disk is full"
        session.press("u")
        assert session.trouble
    assert (tags(brain), session.place, brain.head_digest()) == before and session.tagged == 1
    session.press("1")
    assert not session.trouble and session.tagged == 2


def test_a_score_that_fails_does_not_hide_what_was_tagged(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    session = live(brain, still("mug"))
    with monkeypatch.context() as patched:
        patched.setattr(brain, "score", lambda: (_ for _ in ()).throw(StorageFailed("the disk is full")))
        session.name("mug")
    assert session.said == "tagged `mug`: learned; tiny: u takes it back; the disk is full" and session.trouble
    session.attempt(lambda: look(session))
    assert session.score.learned == 1 and session.tagged == 1


# ── the queue ───────────────────────────────────────────────────────────────────────────────────


def keep(brain: Brain, label: str, number: int, frames: int = 3) -> list[str]:
    """Keep the frames of one burst, as capture does."""
    exposures = [brain.exposer.expose(picture, "door") for picture in still(label, number, frames)]
    brain.keep_exposures(exposures, burst=exposures[0].id)
    return [exposure.id for exposure in exposures]


@pytest.fixture
def waiting(taught: Brain) -> Brain:
    """A brain with two bursts that wait for a tag: three frames of a mug, two of a cup."""
    keep(taught, "mug", 20)
    keep(taught, "cup", 20, 2)
    return taught


def label_of(brain: Brain, frame: str) -> str | None:
    return brain.store.frame(frame).label


def test_frames_without_a_tag_wait_also_when_it_was_taken_away(taught: Brain) -> None:
    assert taught.untagged() == []
    first = taught.store.frames()[0].id
    taught.untag(first)
    assert [frame.id for frame in taught.untagged()] == [first]
    taught.discard([first])
    assert taught.untagged() == []
    kept = keep(taught, "mug", 20)
    assert [frame.id for frame in taught.untagged()] == kept


def test_a_key_tags_the_frame_that_is_shown_and_the_next_comes(waiting: Brain) -> None:
    frames = [frame.id for frame in waiting.untagged()]
    queue = Queue(waiting)
    assert queue.title == "5 untagged" and queue.prediction is not None and queue.prediction.first == "mug"
    assert queue.place == "burst 1 of 2, frame 1 of 3: untagged · a key tags this frame"
    queue.press("3")
    assert queue.said == "tagged 1 frame `mug`"
    assert [label_of(waiting, each) for each in frames] == ["mug", None, None, None, None]
    assert queue.frame is not None and queue.frame.id == frames[1] and queue.title == "4 untagged"


def test_a_key_tags_the_whole_burst_where_that_is_wanted(waiting: Brain) -> None:
    frames = [frame.id for frame in waiting.untagged()]
    queue = Queue(waiting)
    queue.press("*")
    queue.press("3")
    assert queue.said == "tagged 3 frames `mug`"
    assert [label_of(waiting, each) for each in frames] == ["mug"] * 3 + [None] * 2
    assert {waiting.store.frame(each).burst for each in frames[:3]} == {frames[0]}
    assert queue.prediction is not None and queue.prediction.first == "cup"
    queue.press("1")
    assert queue.frame is None and queue.place.startswith("the end") and queue.pixels is None
    queue.press("1")
    assert queue.said.startswith("no frame is shown")
    assert queue.tagged == 5 and len(queue.bursts) == 2


def test_undo_goes_back_to_where_it_was(waiting: Brain) -> None:
    queue = Queue(waiting)
    digest, tagged = waiting.head_digest(), tags(waiting)
    queue.press("3")
    queue.press("*")
    queue.press("1")
    assert queue.said == "tagged 3 frames `cup`"
    queue.press("u")
    assert queue.said == "undone: 3 frames of `cup`, again `mug`" and queue.position == 1
    queue.press("u")
    assert queue.position == 0 and queue.tagged == 0 and queue.title == "5 untagged"
    assert (waiting.head_digest(), tags(waiting)) == (digest, tagged)


def test_frames_are_skipped_and_come_back(waiting: Brain) -> None:
    queue = Queue(waiting)
    for key, position in (("s", 1), ("right", 2), ("left", 1), ("n", 3), ("n", 5), ("s", 5), ("left", 4)):
        queue.press(key)
        assert queue.position == position
    queue.press("left")
    queue.press("left")
    queue.press("3")
    assert "frame 1 of 2: untagged" in queue.place
    queue.press("left")
    assert "frame 3 of 3: `mug`" in queue.place, "it says what a frame was tagged as"
    queue.press("3")
    assert queue.said == "it is `mug` already"
    assert len(tags(waiting)) == 25


def test_frames_that_come_meanwhile_come_at_the_end(waiting: Brain) -> None:
    queue = Queue(waiting)
    queue.press("n")
    queue.press("n")
    with Brain.open(waiting.folder) as other:
        keep(other, "fork", 20, 1)
    queue.step(0.2)
    assert queue.frame is None
    queue.step(2.0)
    assert queue.frame is not None and queue.prediction is not None and queue.prediction.first == "fork"


def test_a_frame_that_went_meanwhile_is_passed_over(waiting: Brain) -> None:
    queue = Queue(waiting)
    frames = [frame.id for frame in waiting.untagged()]
    number = waiting.store.frame(frames[1]).number
    with waiting.store.database.transaction():
        for table, column in (("codes", "frame"), ("thumbnails", "frame"), ("frames", "number")):
            waiting.store.database.execute(f"DELETE FROM {table} WHERE {column} = ?", (number,))
    queue.press("s")
    assert queue.frame is not None and queue.frame.id == frames[2]


def test_an_empty_queue_says_so(taught: Brain) -> None:
    queue = Queue(taught)
    queue.press("1")
    assert queue.place == "nothing to tag: q quits" and queue.title == "no frame is untagged"
