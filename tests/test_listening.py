"""Callbacks: what they are told, in which thread, that they may call the brain, and what comes of it when they fail."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pictures import again, scene

from edge_brain import Brain, Observation, Score, Tag
from edge_brain import errors as e
from edge_brain.brain.listening import Watching
from edge_brain.capture.painter import Painter
from edge_brain.capture.script import Script
from edge_brain.capture.spec import Spec

pytestmark = pytest.mark.usefixtures("once")

BELT = "synthetic:cup,mug,cup?fps=10&hold=2&once=1&pace=0&seed=3"


# ── tags ────────────────────────────────────────────────────────────────────────────────────────


def test_each_new_tag_is_told_when_it_is_on_the_disk(brain: Brain) -> None:
    told = list[tuple[Tag, str | None, str]]()

    def note(tag: Tag) -> None:
        with Brain.open(brain.folder) as another:  # which sees nothing but what is committed
            told.append((tag, another.store.frame(tag.frame_id).label, threading.current_thread().name))

    with brain.on_tagged(note):
        first = brain.tag(scene("mug"), "mug")
        assert brain.tag(scene("mug"), "mug").new is False
        others = brain.tag_many([(scene("cup"), "cup"), (scene("fork"), "fork")])
        brain.relabel({first.frame_id: "beaker"})
        brain.untag(first.frame_id)
        brain.predict(scene("mug"))
    brain.tag(scene("plate"), "plate")
    assert [tag for tag, _, _ in told[:3]] == [first, *others]
    assert [label for _, label, _ in told] == ["mug", "cup", "fork", "beaker"]
    assert {thread for _, _, thread in told} == {threading.current_thread().name}


def test_a_callback_may_call_the_brain_and_wait_for_another_thread_that_does(brain: Brain) -> None:
    answers = list[str | None]()

    def ask(tag: Tag) -> None:
        other = threading.Thread(target=lambda: answers.append(brain.predict(scene("mug")).first), daemon=True)
        other.start()
        other.join(10)
        assert not other.is_alive(), "the tagging thread still holds the brain"
        if tag.label == "mug":
            brain.tag(scene("cup"), "cup")

    with brain.on_tagged(ask):
        brain.tag(scene("mug"), "mug")
    assert answers == ["mug", "mug"]
    assert [info.label for info in brain.classes()] == ["cup", "mug"]


def test_what_a_callback_raises_reaches_whoever_tags_and_the_tag_stands(brain: Brain) -> None:
    told = list[str]()

    def fail(tag: Tag) -> None:
        raise ZeroDivisionError(tag.label)

    with brain.on_tagged(fail), brain.on_tagged(lambda tag: told.append(tag.label)):
        with pytest.raises(ZeroDivisionError, match="mug"):
            brain.tag(scene("mug"), "mug")
        with pytest.raises(ZeroDivisionError, match="cup"), brain.alone:
            brain.tag_many([(scene("cup"), "cup"), (scene("cup", 1), "cup")])
    assert told == ["mug", "cup", "cup"], "the other callback was called for each"
    with Brain.open(brain.folder) as another:
        assert another.head_digest() == brain.head_digest()
        assert len(another.store.frames(tagged=True)) == 3


def test_nothing_is_told_of_a_tag_that_was_refused(brain: Brain) -> None:
    told = list[Tag]()
    with brain.on_tagged(told.append):
        with pytest.raises(e.BadInput):
            brain.tag(scene("mug"), " ")
        frame = brain.tag(scene("mug"), "mug").frame_id
        with pytest.raises(e.TagChanged):
            brain.relabel({frame: "cup"}, expected={frame: "fork"})
    assert [tag.label for tag in told] == ["mug"]


def test_a_callback_is_told_no_more_once_it_is_closed(brain: Brain) -> None:
    told = list[Tag]()
    listening = brain.on_tagged(told.append)
    twice = brain.on_tagged(told.append)
    listening.close()
    listening.close()
    brain.tag(scene("mug"), "mug")
    assert len(told) == 1
    twice.close()
    brain.tag(scene("cup"), "cup")
    assert len(told) == 1


def test_a_brain_that_is_closed_calls_nobody(brain: Brain) -> None:
    brain.close()
    for listen in (brain.on_tagged, brain.on_level):
        with pytest.raises(e.BadInput, match="is closed; open it again"):
            listen(repr)


# ── levels ──────────────────────────────────────────────────────────────────────────────────────


def test_a_level_is_told_when_it_changes_and_not_before(taught: Brain) -> None:
    told = list[Score]()
    assert taught.score().level == "Great"
    with taught.on_level(told.append):
        taught.tag(again(scene("cup")), "cup")
        assert told == []
        tag = taught.tag(scene("knife"), "knife")
        assert [score.level for score in told] == ["Still Learning"], "a class of one frame"
        assert told[0].classes == 4
        taught.untag(tag.frame_id)
        assert [score.level for score in told] == ["Still Learning", "Great"]
        taught.discard([image.id for image in taught.images() if image.label == "cup"])
        assert [score.level for score in told][2:] == ["Still Learning"]
        taught.restore([frame.id for frame in taught.discarded() if frame.label == "cup"])
        assert told[-1].level == "Great"
        taught.retrain()
        assert len(told) == 4, "it is as before"
        with Brain.open(taught.folder) as another:
            another.tag(scene("knife"), "knife")
        with taught.on_level(repr):
            assert [score.level for score in told][4:] == ["Still Learning"], "what another process did is told, too"
    taught.tag(scene("knife", 1), "knife")
    assert len(told) == 5


def test_levels_are_told_in_order_though_a_callback_is_slow(taught: Brain) -> None:
    told, begun, goes_on = list[str](), threading.Event(), threading.Event()

    def note(score: Score) -> None:
        if not begun.is_set():
            begun.set()
            assert goes_on.wait(30)
        told.append(score.level)

    with taught.on_level(note):
        other = threading.Thread(target=lambda: taught.tag(scene("knife"), "knife"))
        other.start()
        assert begun.wait(30)
        taught.remove_class("knife")
        assert told == [], "it goes on while the other thread tells"
        goes_on.set()
        other.join(30)
        assert told == ["Still Learning", "Great"]


def test_what_another_thread_did_is_told_though_a_callback_raises(taught: Brain) -> None:
    told = list[str]()

    def fail(score: Score) -> None:
        told.append(score.level)
        if len(told) == 1:
            taught.remove_class("knife")  # as another thread might
            raise ZeroDivisionError

    with taught.on_level(fail), pytest.raises(ZeroDivisionError):
        taught.tag(scene("knife"), "knife")
    assert told == ["Still Learning", "Great"]


# ── a camera in a thread of its own ─────────────────────────────────────────────────────────────


@pytest.fixture
def belt(brain: Brain) -> Brain:
    """A brain that knows what the belt shows."""
    for label in ("cup", "mug"):
        painter = Painter(Script.of(Spec.parse(f"synthetic:{label}*6?fps=1&hold=1&once=1&pace=0&seed=3")))
        for number in range(6):
            brain.tag(painter.paint(number).pixels, label, burst=f"{label} {number}")
    return brain


def test_a_source_is_watched_beside_what_else_the_app_does(belt: Brain) -> None:
    wanted = [(seen.kind, seen.label, seen.shot) for seen in belt.watch(BELT)]
    seen, threads = list[Observation](), set[str]()

    def note(one: Observation) -> None:
        seen.append(one)
        threads.add(threading.current_thread().name)
        belt.predict(scene("cup"))

    with belt.watching(BELT, note) as watching:
        belt.tag(scene("fork"), "fork")
        assert watching.wait(60) and watching.ended
    assert [(one.kind, one.shot) for one in seen] == [(kind, shot) for kind, _, shot in wanted]
    assert [one.label for one in seen][:3] == ["cup", "mug", "cup"]
    assert threads == {"edge_brain watching"}


def test_it_ends_with_the_block(belt: Brain) -> None:
    shots, enough = list[int](), threading.Event()

    def note(seen: Observation) -> None:
        shots.append(seen.shot)
        if len(shots) == 3:
            enough.set()

    with belt.watching("synthetic:cup,mug?fps=50&hold=1", note, every=True) as watching:
        assert enough.wait(30) and not watching.wait(0)
    assert watching.ended
    assert "edge_brain watching" not in {thread.name for thread in threading.enumerate()}


def test_what_the_callback_raises_ends_it_and_is_raised_at_the_end(belt: Brain) -> None:
    def fail(seen: Observation) -> None:
        raise ZeroDivisionError(seen.label)

    with pytest.raises(ZeroDivisionError, match="cup"), belt.watching(BELT, fail) as watching:
        watching._thread.join(30)
        assert watching.ended
    with belt.watching(BELT, fail) as watching, pytest.raises(ZeroDivisionError, match="cup"):
        watching.wait(30)


def test_the_error_of_the_block_comes_first(belt: Brain) -> None:
    def fail(seen: Observation) -> None:
        raise ZeroDivisionError(seen.label)

    with pytest.raises(KeyError, match="mine"), belt.watching(BELT, fail) as watching:
        watching._thread.join(30)
        raise KeyError("mine")


def test_what_cannot_be_watched_is_refused_at_once(belt: Brain, tmp_path: Path) -> None:
    for source, agree in ((str(tmp_path / "no-camera.mp4"), 5), (BELT, 0)):
        with pytest.raises(e.EdgeBrainError), belt.watching(source, repr, agree=agree):
            raise AssertionError("the block is not entered")


def test_who_would_wait_for_ever_is_told_so(belt: Brain) -> None:
    said, turn = r"waits for `brain.alone`, which this thread holds: leave that first", belt.alone
    with pytest.raises(e.BadInput, match=said), turn, belt.watching(BELT, repr):
        raise AssertionError("the block is not entered")
    with pytest.raises(e.BadInput, match=said), belt.watching("synthetic:cup?fps=50", repr) as watching:
        turn.__enter__()
        with pytest.raises(e.BadInput, match=said):
            watching.wait(0)
    turn.__exit__(None, None, None)
    watching._thread.join(30)
    assert watching.ended and not turn.mine


def test_a_callback_cannot_wait_for_its_own_watching(belt: Brain) -> None:
    given, ready = list[Watching](), threading.Event()

    def wait(seen: Observation) -> None:
        assert ready.wait(30)
        given[0].wait()

    with pytest.raises(e.BadInput, match="a callback cannot wait for its own"), belt.watching(BELT, wait) as watching:
        given.append(watching)
        ready.set()
        watching.wait(30)
