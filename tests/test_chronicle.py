"""The story of the score, on real SQLite: what is told is what was done and what it did, and no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pictures import changed, scene
from versions import back_to_version_1

from edge_brain import Brain, __version__, chronicle, clock
from edge_brain import errors as e
from edge_brain.head.classifier import Classifier
from edge_brain.learner import Learner
from edge_brain.records import Change, Deed, Image, Scored, Tag

CLASSES = ("cup", "fork", "mug")


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Brain]:
    """A brain of three classes that are told apart without a fault, whose score has been taken.

    It learns no views: so few wrong tags would not mislead it.
    """
    with Brain.create(tmp_path / "kitchen", extractor="pixels", views=False) as brain:
        brain.tag_many([(scene(label, number), label) for label in ("cup", "fork", "mug") for number in range(8)])
        brain.score()
        yield brain


def burst_of(brain: Brain, label: str, role: str = "learned") -> str:
    return next(frame.burst for frame in brain.store.frames(tagged=True) if (frame.label, frame.role) == (label, role))


def mistake(
    brain: Brain, frames: int, *, shown: str = "mug", said: str = "cup", who: str = "sdk", first: int = 500
) -> list[Tag]:
    """Tag scenes of the one class, from the first on, as the other, all of them learned."""
    burst = burst_of(brain, said)
    tags = [brain.tag(scene(shown, first + number), said, burst=burst, who=who) for number in range(frames)]
    assert {tag.role for tag in tags} == {"learned"}
    return tags


def right(brain: Brain) -> dict[str, Image]:
    return {image.id: image for image in brain.score().images if image.right}


def last(brain: Brain) -> Scored:
    brain.score()
    line = brain.history()[-1]
    if line.reasons:
        assert sum(reason.change for reason in line.reasons) == pytest.approx(line.change, abs=1e-5)
    return line


def messages(line: Scored) -> list[str]:
    return [reason.message for reason in line.reasons]


# ── causes ──────────────────────────────────────────────────────────────────────────────────────


def test_wrong_tags_pull_another_class_over_and_the_story_says_just_that(told: Brain) -> None:
    for number in range(4):  # more of `mug` that can be pulled
        told.tag(changed(scene("mug", 5), 5 + number), "mug", burst=burst_of(told, "mug", "reserved"))
    before = right(told)
    tags = mistake(told, 8)
    pulled = [image for image in told.score().images if image.id in before and image.predicted == "cup" != image.label]
    assert len(pulled) > 1 and {image.label for image in pulled} == {"mug"}
    line = told.history()[-1]
    assert line.cause == "learned 8 frames of `cup`"
    left_out = [image for image in told.images() if image.role == "learned" and image.label == "mug"]
    count = len(pulled) + sum(image.predicted == "cup" for image in left_out)
    reason = line.reasons[0]
    assert reason.message == (
        f"8 frames tagged `cup` pulled `mug` over: {count} of its judged frames are now taken for `cup`."
    )
    assert (reason.kind, reason.frames, reason.labels, reason.cause) == (
        "lost", count, ("mug", "cup"), "8 frames tagged `cup`",
    )  # fmt: skip
    assert messages(line)[1:] == [
        "8 new judged frames of `cup` (0 right) came in harder than those before, 100% right."
    ]
    told.retag([tag.frame_id for tag in tags], None)
    line = last(told)
    assert line.cause == "untagged 8 frames of `cup`"
    assert sorted(messages(line)) == [
        "8 judged frames of `cup` (0 right) do not count any more.",
        f"Untagging 8 frames of `cup` brought back {count} judged frames of `mug`.",
    ]


def test_of_two_classes_that_were_tagged_the_one_that_did_it_is_named(told: Brain) -> None:
    mistake(told, 6, first=200)
    told.tag(scene("fork", 700), "fork", burst=burst_of(told, "fork"))
    line = last(told)
    assert line.cause == "learned 6 frames of `cup`, learned 1 frame of `fork`"
    proven = [message for message in messages(line) if "pulled" in message]
    assert proven == ["6 frames tagged `cup` pulled `mug` over: 1 of its judged frames is now taken for `cup`."]


def test_of_many_classes_that_were_tagged_only_two_are_looked_into(
    told: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies, learner = list[int](), told._memory.learner()
    without = learner.classifier_without

    def counted(changes: Sequence[Change]) -> Classifier:
        copies.append(len(changes))
        return without(changes)

    monkeypatch.setattr(learner, "classifier_without", counted)
    mistake(told, 10)
    mistake(told, 10, shown="fork", said="mug", first=600)
    mistake(told, 10, shown="cup", said="fork", first=700)
    line = last(told)
    assert copies == [10, 10]
    assert {reason.kind for reason in line.reasons} >= {"lost"}


def test_what_either_of_two_would_have_done_alone_is_laid_on_neither(told: Brain) -> None:
    mugs = [frame.id for frame in told.store.frames(tagged=True) if (frame.label, frame.role) == ("mug", "learned")]
    mistake(told, 10)
    told.retag(mugs[:5], "cup")
    line = last(told)
    assert line.cause == "learned 10 frames of `cup`, retagged 5 frames from `mug` to `cup`"
    proven = [message for message in messages(line) if "pulled" in message]
    assert proven == [
        "5 frames retagged from `mug` to `cup` pulled `mug` over: 1 of its judged frames is now taken for `cup`."
    ]
    assert "1 judged frame of `mug` is now taken for `cup`." in messages(line)


def test_another_process_that_tags_meanwhile_leaves_no_cause_rather_than_a_wrong_one(
    told: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    mistake(told, 8)
    last_event = told.store.last_event
    told._memory.learner()
    monkeypatch.setattr(told.store, "last_event", lambda: last_event() + 1)
    line = last(told)
    assert line.change and line.change < 0
    assert {reason.cause for reason in line.reasons} == {None}


# ── what else moves a score ─────────────────────────────────────────────────────────────────────


def test_new_reserved_frames_that_are_hard_are_told(told: Brain) -> None:
    told.tag(scene("fork", 900), "mug", burst=burst_of(told, "mug", "reserved"))
    line = last(told)
    assert line.cause == "reserved 1 frame of `mug`"
    assert messages(line) == ["1 new judged frame of `mug` (0 right) came in harder than those before, 100% right."]


def test_a_reserved_frame_that_is_retagged_or_untagged_is_told(told: Brain) -> None:
    image = told.score().images[0]
    told.retag([image.id], "mug")
    line = last(told)
    assert line.cause == f"retagged 1 frame from `{image.label}` to `mug`"
    assert messages(line) == [f"1 judged frame of `{image.label}` is tagged `mug` now: 1 right before, 0 since."]
    told.untag(image.id)
    line = last(told)
    assert line.cause == "untagged 1 frame of `mug`"
    assert messages(line) == ["1 judged frame of `mug` (0 right) does not count any more."]
    assert line.change and line.change > 0


def test_a_class_that_is_renamed_moves_nothing_and_is_told_so(told: Brain) -> None:
    told.rename_class("mug", "beaker")
    line = last(told)
    assert (line.cause, line.change, line.reasons) == ("renamed `mug` to `beaker` (8 frames)", 0.0, [])


def test_what_is_tagged_along_with_a_rename_is_told_by_the_new_name(
    told: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.rename_class("mug", "beaker")
    mistake(told, 8, shown="mug", said="cup")
    monkeypatch.setattr(Learner, "classifier_without", None)  # another name is no other way: there is nothing to prove
    line = last(told)
    assert line.cause == "renamed `mug` to `beaker` (8 frames), learned 8 frames of `cup`"
    assert any(message.startswith("8 frames tagged `cup` pulled `beaker` over: ") for message in messages(line))


def test_classes_that_are_merged_or_removed_are_told(told: Brain) -> None:
    told.merge_classes("fork", "mug")
    line = last(told)
    assert line.cause == "merged `fork` into `mug` (8 frames)"
    mistake(told, 8, shown="cup", said="mug")
    told.score()
    told.remove_class("cup")
    line = last(told)
    assert line.cause == "removed `cup` (8 frames)"
    assert {reason.kind for reason in line.reasons} >= {"class went"}
    assert any("`cup` is not measured any more;" in message for message in messages(line))


def test_a_retrain_that_sees_otherwise_is_told_and_nothing_is_laid_on_tags(told: Brain) -> None:
    told.retrain(region="0,0,0.1,0.1")
    mistake(told, 8)
    line = last(told)
    assert line.cause == "retrained with pixels:1 0.0,0.0,0.1,0.1, learned 8 frames of `cup`"
    assert line.reasons and {reason.cause for reason in line.reasons} == {None}


def test_another_version_that_answers_otherwise_is_told(told: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chronicle, "__version__", "99.0")
    mistake(told, 8)
    line = last(told)
    assert line.cause.startswith("edge_brain 99.0 in place of ")
    assert line.reasons and {reason.cause for reason in line.reasons} == {None}
    mistake(told, 1, first=600)
    assert last(told).cause == "learned 1 frame of `cup`"


def test_another_version_that_answers_alike_is_told_once(told: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chronicle, "__version__", "99.0")
    learned = "learned 1 frame of `cup`"
    for number, cause in enumerate((f"edge_brain 99.0 in place of {__version__}, {learned}", learned)):
        mistake(told, 1, shown="cup", first=500 + number)
        line = last(told)
        assert (line.cause, line.change, line.reasons) == (cause, 0.0, [])


# ── what is kept ────────────────────────────────────────────────────────────────────────────────


def test_a_line_keeps_who_did_what(told: Brain) -> None:
    mistake(told, 2, who="anna")
    (deed,) = last(told).deeds
    assert (deed.who, deed.role, deed.before, deed.after, deed.frames) == ("anna", "learned", None, "cup", 2)


def test_names_of_classes_are_told_as_they_are(told: Brain) -> None:
    told.rename_class("mug", '{0} `%s` "Tasse"')
    assert last(told).cause == 'renamed `mug` to `{0} `%s` "Tasse"` (8 frames)'


def test_the_next_process_goes_on_with_the_story(told: Brain) -> None:
    with Brain.open(told.folder) as other:
        mistake(other, 8)
        line = last(other)
    assert "pulled `mug` over" in messages(line)[0]
    assert told.history()[-1] == line


def test_of_two_processes_that_score_the_same_the_faster_adds_the_line(
    told: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    mistake(told, 8)
    deeds = told.store.history.deeds

    def slow(after: int, upto: int) -> list[Deed]:
        with Brain.open(told.folder) as other:
            other.score()
        return deeds(after, upto)

    monkeypatch.setattr(told.store.history, "deeds", slow)
    told.score()
    assert [line.cause for line in told.history()][1:] == ["learned 8 frames of `cup`"]


def test_answers_that_are_damaged_cost_the_reasons_of_one_line_and_no_more(told: Brain) -> None:
    told.store.database.execute("UPDATE views SET value = zeroblob(length(value)) WHERE name = 'answers'")
    assert any("answers" in wrong for wrong in told.store.damage())
    tags = mistake(told, 8)
    line = last(told)
    assert line.change and line.change < 0 and line.reasons == []
    assert list(told.store.damage()) == []
    told.retag([tag.frame_id for tag in tags], None)
    assert last(told).reasons != []


def test_tags_that_turn_no_answer_write_no_answers(told: Brain) -> None:
    def written() -> int:
        return int(told.store.database.value("SELECT rowid FROM views WHERE name = 'answers'"))

    told.store.keep_view("later", "", b"")  # a row that is written again comes behind it
    first = written()
    told.store.database.execute("UPDATE settings SET value = '2' WHERE key = 'edition'")
    assert last(told).change == 0.0
    assert written() == first
    mistake(told, 8, first=600)
    assert last(told).change
    assert written() > first


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Brain]:
    """A brain of the first schema with a line of history, opened by this version."""
    with Brain.create(tmp_path / "old", extractor="pixels", views=False) as brain:
        brain.tag_many([(scene(label, number), label) for label in CLASSES for number in range(8)])
        brain.store.database.execute(
            "INSERT INTO scores (event, edition, at, level, accuracy, balanced_accuracy, low, high, classes,"
            " learned, reserved, cause)"
            " VALUES (24, '1', 1.5e9, 'Good', 0.9, 0.9, 0.7, 0.95, 3, 18, 6, 'learned 18 frames')"
        )
        back_to_version_1(brain.store.database)
    with Brain.open(tmp_path / "old") as upgraded:
        yield upgraded


def test_lines_of_an_older_version_are_kept_and_have_no_reasons(old: Brain) -> None:
    (line,) = old.history()
    assert (line.cause, line.balanced_accuracy, line.change) == ("learned 18 frames", 0.9, None)
    assert (line.deeds, line.reasons) == ([], [])
    mistake(old, 1)
    line = last(old)
    assert line.change is not None and line.change > 0.05 and line.reasons == []
    mistake(old, 8, first=600)
    assert last(old).reasons != []


def test_a_disk_that_is_full_hides_no_score(told: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> float:
        raise e.StorageFailed("the disk is full")

    mistake(told, 1)
    monkeypatch.setattr(clock, "now", full)
    assert told.score().level == "Good"
    assert len(told.history()) == 1
