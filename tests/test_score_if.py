"""What the score would be: the same, in every figure, as after the real thing on a copy, and nothing is changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pictures import again, scene

from edge_brain import Brain
from edge_brain import errors as e
from edge_brain.advice import advise
from edge_brain.records import Frame, Score, Tagging
from edge_brain.views import VIEWS

Wanted = dict[str, "str | None"]
LABELS = ("bowl", "cup", "fork", "mug")


@pytest.fixture
def muddled(brain: Brain) -> Brain:
    """A brain of four classes that is often wrong: some scenes bear another's tag, some bursts have two classes."""
    brain.tag_many([(scene(label, number), label) for label in LABELS for number in range(10)])
    frames = brain.store.frames(tagged=True)
    brain.relabel({frame.id: LABELS[place % 4] for place, frame in enumerate(frames) if place % 3 == 0})
    for number in range(6):
        brain.tag(again(scene("cup", number), number), "fork", burst=f"walk {number // 2}")
        brain.tag(again(scene("mug", number), number), "bowl", burst=f"walk {number // 2}")
    assert 0.2 < (brain.score().balanced_accuracy or 0) < 0.9, "there is something to gain and to lose"
    return brain


def figures(score: Score) -> Score:
    return replace(score, advice=[])


def after(brain: Brain, frames: Mapping[str, str | None], home: Path) -> Score:
    """Return what a copy of a brain says after the frames were relabelled indeed."""
    brain.close()
    copied = home / "copy"
    shutil.rmtree(copied, ignore_errors=True)
    shutil.copytree(brain.folder, copied)
    with Brain.open(copied) as copy:
        copy.relabel(frames)
        return figures(copy.score())


def everything(brain: Brain) -> tuple[object, ...]:
    """Return what must not change when one only asks."""
    rows = brain.store.database.rows("SELECT * FROM frames ORDER BY number")
    return (
        brain.store.frames(discarded=None), [tuple(row) for row in rows], brain.store.last_event(),
        brain.store.last_view(), brain.history(), brain.head_digest(), figures(brain.score()), brain.classes(),
    )  # fmt: skip


def all_of(label: str, new: str | None) -> Callable[[list[Frame]], Wanted]:
    return lambda frames: {frame.id: new for frame in frames if frame.label == label}


def one(role: str, new: str | None) -> Callable[[list[Frame]], Wanted]:
    def choose(frames: list[Frame]) -> Wanted:
        return {next(frame.id for frame in frames if frame.role == role and frame.label != new): new}

    return choose


def a_reserved_burst(frames: list[Frame]) -> Wanted:
    burst = next(frame.burst for frame in frames if frame.role == "reserved" and frame.burst.startswith("walk"))
    return {frame.id: None for frame in frames if frame.burst == burst}


def deal_anew(frames: list[Frame]) -> Wanted:
    chance = np.random.default_rng(7)
    names: list[str | None] = [*LABELS, "spoon", None]
    return {frame.id: names[chance.integers(len(names))] for frame in frames if chance.random() < 0.6}


CHANGES = {
    "a class is merged into another": all_of("mug", "cup"),
    "a class is removed": all_of("fork", None),
    "a class is renamed": all_of("bowl", "spoon"),
    "the classes trade places": lambda frames: {**all_of("cup", "mug")(frames), **all_of("mug", "cup")(frames)},
    "a reserved burst is untagged": a_reserved_burst,
    "a learned frame is relabelled": one("learned", "mug"),
    "a reserved frame is relabelled": one("reserved", "cup"),
    "a learned frame becomes the first of a class": one("learned", "spoon"),
    "all are relabelled anyhow": deal_anew,
    "only one class is left": lambda frames: {frame.id: "mug" for frame in frames},
    "nothing is left": lambda frames: {frame.id: None for frame in frames},
    "nothing is changed": lambda frames: {},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_is_the_score_after_the_real_thing(
    muddled: Brain, tmp_path: Path, change: Callable[[list[Frame]], Wanted]
) -> None:
    wanted, now = change(muddled.store.frames(tagged=True)), figures(muddled.score())
    would_be = figures(muddled.score_if(wanted))
    assert would_be == after(muddled, wanted, tmp_path)
    assert (would_be == now) == (not wanted)


def test_asking_changes_nothing_on_the_disk_and_nothing_in_memory(muddled: Brain) -> None:
    before, files = everything(muddled), sorted(path for path in muddled.folder.rglob("*"))
    for change in CHANGES.values():
        muddled.score_if(change(muddled.store.frames(tagged=True)))
    assert everything(muddled) == before
    assert sorted(path for path in muddled.folder.rglob("*")) == files
    with Brain.open(muddled.folder) as other:
        assert everything(other) == before


def test_frames_that_were_untagged_or_discarded_may_come_back(muddled: Brain, tmp_path: Path) -> None:
    frames = muddled.store.frames(tagged=True)
    gone = [frame.id for frame in frames[::5]]
    muddled.relabel(dict.fromkeys(gone[::2]))
    muddled.discard(gone[1::2])
    wanted: Wanted = {**dict.fromkeys(gone[:-2], "cup"), **dict.fromkeys(gone[-2:])}
    now, would_be = figures(muddled.score()), figures(muddled.score_if(wanted))
    assert would_be == after(muddled, wanted, tmp_path)
    assert would_be != now


def test_a_frame_that_comes_back_without_its_views_is_judged_with_them(brain: Brain, tmp_path: Path) -> None:
    exposures = [brain.exposer.expose(scene(label, number)) for label in LABELS for number in range(10)]
    learned = [tag.frame_id for tag in brain.tag_exposures([Tagging(each, "mug") for each in exposures[:2]])]
    brain.relabel(dict.fromkeys(learned))  # before their views were made
    brain.tag_exposures([Tagging(each, LABELS[place // 5 % 4]) for place, each in enumerate(exposures[2:])])
    assert brain.views and len(VIEWS) == 2
    assert brain.score() and [brain.store.lacks_views(each) for each in learned] == [True, True]
    wanted: Wanted = {learned[0]: "fork"}
    would_be = figures(brain.score_if(wanted))
    assert brain.store.lacks_views(learned[0]), "they are not kept"
    assert would_be == after(brain, wanted, tmp_path)


def test_others_tags_are_heard(muddled: Brain, tmp_path: Path) -> None:
    muddled.score()
    wanted = all_of("mug", "cup")(muddled.store.frames())
    with Brain.open(muddled.folder) as other:
        other.tag_many([(scene("spoon", number), "spoon") for number in range(3)])
    would_be = figures(muddled.score_if(wanted))
    assert would_be.classes == 4, "a fifth has come, and one of them has gone"
    assert would_be == after(muddled, wanted, tmp_path)


def test_its_advice_is_what_such_a_score_alone_tells(muddled: Brain) -> None:
    score = muddled.score_if(all_of("mug", None)(muddled.store.frames()))
    assert score.advice == advise(figures(score)) != []


def test_a_frame_that_was_never_tagged_is_refused_and_so_is_what_no_class_can_be(muddled: Brain) -> None:
    exposure = muddled.exposer.expose(scene("mug", 99))
    muddled.keep_exposures([exposure])
    known = muddled.store.frames(tagged=True)[0].id
    before = everything(muddled)
    for label in ("mug", None):
        with pytest.raises(e.BadInput, match=f"frame {exposure.id} was never tagged, so whether .* leave it out"):
            muddled.score_if({known: "cup", exposure.id: label})
    with pytest.raises(e.UnknownFrame, match="holds no frame 'ab'"):
        muddled.score_if({"ab": "mug"})
    with pytest.raises(e.BadInput):
        muddled.score_if({known: ""})
    assert everything(muddled) == before
    muddled.discard([known])
    muddled.erase()
    with pytest.raises(e.UnknownFrame, match="erased for good"):
        muddled.score_if({known: "mug"})
