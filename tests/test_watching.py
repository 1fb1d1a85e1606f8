"""What changes before a camera is told once, and what changes with the camera, too."""

from __future__ import annotations

from itertools import count

import pytest
from pictures import again, scene
from sources import Scripted

from edge_brain import BadInput, Brain, clock, open_source
from edge_brain.capture import State
from edge_brain.memory import Memory

MUG = [again(scene("mug", 90), number) for number in range(8)]
CUP = [again(scene("cup", 90), number) for number in range(8)]


def told(brain: Brain, *script: object, **options: object) -> list[tuple[str, str | None, str | None]]:
    flat = [each for part in script for each in (part if isinstance(part, list) else [part])]
    return [(seen.kind, seen.label, seen.before) for seen in brain.watch(Scripted(flat), **options)]  # type: ignore[arg-type]


def test_only_what_has_changed_is_told(taught: Brain) -> None:
    assert told(taught, MUG, CUP, MUG) == [
        ("seen", "mug", None), ("seen", "cup", "mug"), ("seen", "mug", "cup"), ("source", "mug", "mug"),
    ]  # fmt: skip


def test_every_answer_is_told_where_it_is_asked_for(taught: Brain) -> None:
    seen = list(taught.watch(Scripted(MUG), every=True))
    assert [each.shot for each in seen if each.kind == "seen"] == list(range(8))
    assert seen[-1].rate is not None and seen[-1].latency_ms is not None and seen[-1].latency_ms > 0
    assert seen[-1].ranking[0][0] == "mug" and seen[-1].confidence == seen[-1].ranking[0][1]


def test_a_source_that_is_lost_and_well_again_is_told_with_the_reason(taught: Brain) -> None:
    source = Scripted([*MUG, State("lost", "unplugged"), State("lost", "unplugged"), State("ok"), *MUG])
    states = [(seen.state, seen.detail) for seen in taught.watch(source) if seen.kind == "source"]
    assert states == [("lost", "unplugged"), ("ok", ""), ("ended", "")]


def test_a_part_of_the_picture_is_looked_at_alone(taught: Brain) -> None:
    halves = [other.copy() for other in CUP]
    for half, mug in zip(halves, MUG, strict=True):
        half[:32, :32] = mug[::2, ::2]
    assert told(taught, halves, roi="0,0,0.5,0.5")[0] == ("seen", "mug", None)
    assert told(taught, halves)[0] == ("seen", "cup", None)


def test_watching_ends_when_it_is_told_to_and_leaves_an_opened_source_open(taught: Brain) -> None:
    source, turns = Scripted(MUG * 100), count()
    assert len(list(taught.watch(source, every=True, stop=lambda: next(turns) == 5))) == 5
    assert not source.closed


def test_tags_that_are_made_meanwhile_count_at_once(taught: Brain) -> None:
    teapot = [again(scene("teapot", 3), number) for number in range(12)]
    seen = taught.watch(Scripted(teapot), every=True)
    assert next(seen).label != "teapot"
    with Brain.open(taught.folder) as other:
        other.tag_many([(scene("teapot", number), "teapot") for number in range(6)])
    assert list(seen)[-1].label == "teapot"


@pytest.mark.parametrize(("options", "wrong"), [({"agree": 0}, "have to agree"), ({"roi": "2,0,1,1"}, "region")])
def test_what_cannot_be_meant_is_refused(taught: Brain, options: dict[str, object], wrong: str) -> None:
    with pytest.raises(BadInput, match=wrong):
        told(taught, MUG, **options)


def test_who_holds_still_goes_by_what_it_knew_and_then_by_what_another_has_solved(taught: Brain, monkeypatch) -> None:
    def knows() -> set[str]:
        """The classes that a look at leisure goes by."""
        taught.look(scene("plate", 900), at_leisure=True)
        assert taught._memory._latest is not None
        return set(taught._memory._latest.labels)

    before = knows()
    taught.hold_still()
    with Brain.open(taught.folder) as other:
        other.tag_many([(scene("plate", number), "plate") for number in range(6)])
        assert knows() == before and taught.holds_still
        assert "plate" in dict(taught.predict(scene("plate", 901)).ranking), "who only asks meanwhile knows it"
        other.tag_many([(scene("lid", number), "lid") for number in range(6)])
        other.score()
        other.keep_solved()
        wanted = other.predict(scene("lid", 900))
    monkeypatch.setattr(Memory, "learner", lambda memory: pytest.fail("it was solved once more"))
    taught.catch_up()
    assert knows() == before | {"plate", "lid"} and not taught.holds_still
    assert taught.predict(scene("lid", 900)) == wanted


def test_while_watching_a_torrent_of_tags_is_followed_at_leisure_and_our_own_at_once(taught: Brain, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(clock, "elapsed", lambda: now.__setitem__(0, now[0] + 0.01) or now[0])  # each look takes time
    with Brain.open(taught.folder) as other, open_source("synthetic:mug?pace=0&once=1&fps=20&hold=9") as source:
        watching = taught.watch(source, every=True)

        def known() -> set[str]:
            """The classes that who watches knows."""
            next(watching)
            assert taught._memory._latest is not None
            return set(taught._memory._latest.labels)

        known()
        other.tag(scene("plate", 900), "plate")
        assert "plate" in known(), "the first after a quiet time counts at once"
        other.tag(scene("pan", 901), "pan")
        assert "pan" not in known(), "the next no sooner than ten times what that took"
        assert "pan" in dict(taught.predict(scene("pan", 901)).ranking), "who only asks meanwhile knows it"
        other.tag(scene("lid", 904), "lid")
        now[0] += 1.1
        assert "lid" in known()
        taught.tag(scene("spoon", 902), "spoon")
        assert "spoon" in known(), "our own at once"
        watching.close()
