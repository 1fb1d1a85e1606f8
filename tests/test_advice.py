"""Advice: what is missing, class by class, in numbers that are right: who follows them gets there."""

from __future__ import annotations

import copy
import pickle
import re
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from edge_brain.advice import Told, advise
from edge_brain.curve import Slope
from edge_brain.drift import Drift
from edge_brain.evidence import Evidence
from edge_brain.records import Advice, Fault, Image, Score, Suspect
from edge_brain.reserve import role_of_next_burst
from edge_brain.score import measure


@dataclass
class Person:
    """Somebody who tags, and whose brain is right but where told otherwise."""

    learned: dict[str, list[int]] = field(default_factory=dict)  # class → frames of each learned burst
    reserved: dict[str, list[str]] = field(default_factory=dict)  # class → answer to each reserved burst

    def scene(self, label: str, answer: str | None = None) -> str:
        """Tag one frame of a new scene and return its role."""
        learned, reserved = self.learned.setdefault(label, []), self.reserved.setdefault(label, [])
        role = role_of_next_burst(len(learned), len(reserved))
        if role == "learned":
            learned.append(1)
        else:
            reserved.append(answer or label)
        return role

    def frame(self, label: str) -> None:
        """Tag one more frame of a scene that is learned."""
        if not self.learned.get(label):
            assert self.scene(label) == "learned"
        else:
            self.learned[label][-1] += 1

    def score(self) -> Score:
        images = [
            Image(f"{label} {n}", label, "reserved", f"{label} {n}", answer, answer == label)
            for label, bursts in self.reserved.items()
            for n, answer in enumerate(bursts)
        ]
        return measure(images, {label: (sum(bursts), len(bursts)) for label, bursts in self.learned.items()})

    def advice(self) -> list[Advice]:
        return advise(self.score())


def person(**classes: tuple[int, int]) -> Person:
    """Return a person who tagged so many scenes of each class, and then so many frames more."""
    somebody = Person()
    for label, (scenes, frames) in classes.items():
        for _ in range(scenes):
            somebody.scene(label)
        for _ in range(frames):
            somebody.frame(label)
    return somebody


def follow(somebody: Person, advice: Advice) -> None:
    """Do what one piece of advice says, to the letter, and check that its numbers were right."""
    if advice.kind == "add class":
        for _ in range(number(r"Tag (\d+) more class", advice)):
            somebody.scene(f"class {len(somebody.learned)}")
    elif len(advice.labels) == 1:
        label = advice.labels[0]
        assert f"`{label}`" in advice.message
        scenes, wanted = number(r"(\d+) more scene", advice), number(r"so that (\d+) more can be reserved", advice)
        roles = [somebody.scene(label) for _ in range(scenes)]
        assert roles.count("reserved") == wanted
        assert not wanted or roles[-1] == "reserved", "one scene fewer would not have been enough"
        for _ in range(number(r"(\d+) more learned frame", advice)):
            somebody.frame(label)
    else:
        assert (advice.kind, advice.labels) == ("add scene", ())
        bursts = number(r"(\d+) of at least 6", advice)
        assert bursts == sum(map(len, somebody.reserved.values()))
        somebody.scene(min(somebody.learned))


def number(pattern: str, advice: Advice) -> int:
    found = re.search(pattern, advice.message)
    return int(found[1]) if found else 0


def test_an_empty_brain_is_told_to_begin_with_two_classes() -> None:
    (only,) = Person().advice()
    assert (only.kind, only.labels) == ("add class", ())
    assert only.message.startswith("Tag 2 more classes")
    assert person(mug=(8, 0)).advice()[0].message.startswith("Tag 1 more class:")


def test_what_is_missing_is_said_class_by_class_the_neediest_first() -> None:
    told = person(cup=(6, 0), fork=(1, 0), mug=(3, 4)).advice()
    assert [advice.message for advice in told] == [
        "`fork` needs 4 more learned frames and 5 more scenes, so that 2 more can be reserved.",
        "`cup` needs 1 more learned frame.",
        "`mug` needs 3 more scenes, so that 1 more can be reserved.",
    ]
    assert [advice.labels for advice in told] == [("fork",), ("cup",), ("mug",)]


def test_once_every_class_has_enough_the_scenes_of_all_are_counted() -> None:
    (only,) = person(cup=(6, 1), mug=(6, 1)).advice()
    assert only.kind == "add scene"
    assert "4 of at least 6 bursts are reserved" in only.message


classes = st.dictionaries(
    st.sampled_from(["cup", "fork", "mug", "spoon"]), st.tuples(st.integers(1, 12), st.integers(0, 8)), max_size=4
)


@given(classes)
def test_who_follows_the_advice_to_the_letter_leaves_still_learning(given_classes: dict[str, tuple[int, int]]) -> None:
    somebody = person(**given_classes)
    for _ in range(30):
        if somebody.score().level != "Still Learning":
            break
        before = {label: len(bursts) for label, bursts in somebody.learned.items()}
        told = somebody.advice()
        assert told, "there is always something to do next"
        for advice in told:
            follow(somebody, advice)
        for advice in told:
            if len(advice.labels) == 1 and advice.labels[0] in before:
                own = somebody.score().per_class[advice.labels[0]]
                assert own.learned >= 5 and own.reserved_bursts >= 2, "one round was enough"
    assert somebody.score().level != "Still Learning"


def test_who_adds_scenes_as_advised_gets_from_good_to_great() -> None:
    somebody = person(cup=(20, 0), mug=(20, 0))
    assert somebody.score().level == "Good"
    (only,) = somebody.advice()
    assert (only.kind, only.labels) == ("reserve small", ())
    low = somebody.score().interval
    assert low is not None and f"as low as {low[0]:.0%}" in only.message
    assert re.search(r"about \d+ to \d+ more scenes", only.message)
    for _ in range(40):
        if somebody.score().level == "Great":
            break
        for label in ("cup", "mug"):
            somebody.scene(label)
    assert somebody.score().level == "Great"
    (ready,) = somebody.advice()
    assert (ready.kind, ready.labels) == ("ready", ())


def with_answers(**answers: list[str]) -> Person:
    somebody = person(**dict.fromkeys(answers, (0, 0)))
    for label, given_answers in answers.items():
        somebody.learned[label] = [1] * 10
        somebody.reserved[label] = given_answers
    return somebody


def test_a_weak_class_is_named_with_its_figures_and_what_it_takes() -> None:
    somebody = with_answers(cup=["cup"] * 10, fork=["fork"] * 4 + ["cup"] * 6, mug=["mug"] * 10)
    assert somebody.score().level == "Low"
    weak, surer, confused = somebody.advice()
    assert (surer.kind, surer.labels) == ("reserve small", ())
    assert (weak.kind, weak.labels) == ("add frames", ("fork",))
    assert "right in 40% of the 10 scenes it was judged by" in weak.message
    assert "more scenes of it" in weak.message and "the 50% that Good takes" in weak.message
    assert weak.frames == ("fork 4", "fork 5", "fork 6")
    assert (confused.kind, confused.labels) == ("confused", ("fork", "cup"))
    assert "6 of 10 frames of `fork` were taken for `cup` (see fork 4, fork 5)" in confused.message
    assert confused.frames == ("fork 4", "fork 5")


def test_the_weakest_class_comes_first_and_then_the_accuracy_of_all() -> None:
    somebody = with_answers(
        cup=["cup"] * 2 + ["mug"] * 5 + ["fork"] * 3,
        fork=["fork"] * 1 + ["cup"] * 7 + ["mug"] * 2,
        mug=["mug"] * 9 + ["cup"],
    )
    told = somebody.advice()
    assert [advice.labels for advice in told if advice.kind == "add frames"] == [("fork",), ("cup",), ()]
    assert "All classes together are right in 40%" in told[2].message
    pairs = [advice for advice in told if advice.kind == "confused"]
    assert [advice.labels for advice in pairs] == [("fork", "cup"), ("cup", "mug")]
    assert "7 of 10 frames of `fork` were taken for `cup` and 3 of 10 the other way round" in pairs[0].message
    assert pairs[0].frames == ("fork 1", "cup 7"), "one frame of each side"


def test_one_frame_makes_no_pair_of_look_alikes() -> None:
    somebody = with_answers(cup=["cup"] * 10, mug=["mug"] * 4 + ["cup"])
    assert not [advice for advice in somebody.advice() if advice.kind == "confused"]


# ── with evidence ───────────────────────────────────────────────────────────────────────────────


def suspect(number: int, sure: float = 0.94, label: str = "mug") -> Suspect:
    return Suspect(f"{number:064x}", label, "cup", sure, "burst", "learned")


def great() -> Score:
    score = with_answers(cup=["cup"] * 20, mug=["mug"] * 20).score()
    assert score.level == "Great"
    return score


def test_a_frame_that_looks_wrongly_tagged_is_told_with_its_id_and_how_sure_that_is() -> None:
    ready, wrong = advise(great(), Evidence(suspects=[suspect(0)]))
    assert ready.kind == "ready", "one frame of sixty does not come first"
    assert (wrong.kind, wrong.labels, wrong.frames) == ("suspect", ("mug",), ("0" * 64,))
    assert "1 frame looks wrongly tagged: 000000000000 is tagged `mug`, looks like `cup` (94% sure)." in wrong.message


def test_what_is_more_likely_right_is_not_told() -> None:
    (only,) = advise(great(), Evidence(suspects=[suspect(0, 0.49)]))
    assert only.kind == "ready"


def test_many_wrong_tags_come_before_all_else_and_some_are_spelled_out() -> None:
    score = with_answers(cup=["cup"] * 10, fork=["fork"] * 4 + ["cup"] * 6, mug=["mug"] * 10).score()
    first, *others = advise(score, Evidence(score.images, [suspect(number) for number in range(9)]))
    assert first.kind == "suspect" and len(first.frames) == 9
    assert "9 frames look wrongly tagged" in first.message and "and 6 more" in first.message
    last = advise(score, Evidence(score.images, [suspect(0)]))[-1]
    assert last.kind == "suspect" and others, "one of them comes last"


def test_another_place_comes_first_because_the_score_is_of_the_old_one() -> None:
    first, second = advise(great(), Evidence(drift=Drift(12, 0.91, (0, 1)), strangers=("a", "b", "c", "d")))
    assert (first.kind, first.frames, second.kind) == ("changed place", ("a", "b", "c"), "ready")
    assert "12 scenes" in first.message and "91% of comparisons" in first.message


def picture(number: int, label: str, *faults: Fault) -> Image:
    return Image(f"{number:064x}", label, "learned", f"{number}", label, True, faults=faults)


def test_poor_pictures_are_counted_by_what_is_wrong_and_by_class() -> None:
    images = [picture(n, "cup") for n in range(40)] + [picture(n, "mug", "dark") for n in range(3)]
    images += [picture(50, "cup", "blurred", "dark")]
    poor = advise(great(), Evidence(images))[-1]
    assert (poor.kind, poor.labels, len(poor.frames)) == ("picture quality", ("mug",), 3)
    assert "4 of 44 frames are poor pictures, 4 too dark and 1 blurred, 3 of them of `mug`" in poor.message
    assert "more light and a steady, focused camera" in poor.message


def test_one_poor_picture_is_not_worth_a_word_and_all_of_them_are_the_camera() -> None:
    images = [picture(0, "mug", "tiny")] + [picture(n, "cup") for n in range(20)]
    assert [each.kind for each in advise(great(), Evidence(images))] == ["ready"]
    every = advise(great(), Evidence([picture(n, "cup", "blurred") for n in range(20)]))[-1]
    assert every.labels == () and "20 of 20 frames are poor pictures" in every.message
    assert "look to the camera" in every.message


def test_a_class_with_far_fewer_frames_is_named_unless_it_is_advised_already() -> None:
    somebody = with_answers(cup=["cup"] * 6 + ["mug"] * 2, fork=["fork"] * 8, mug=["mug"] * 8)
    somebody.learned["fork"] = [1] * 5
    somebody.learned["cup"] = somebody.learned["mug"] = [4] * 10
    (few,) = (advice for advice in somebody.advice() if advice.kind == "unbalanced")
    assert few.labels == ("fork",) and "`fork` (5)" in few.message and "40 learned frames" in few.message
    somebody.reserved["fork"] = ["fork"] * 3 + ["cup"] * 5
    told = somebody.advice()
    assert ("fork",) in [advice.labels for advice in told if advice.kind == "add frames"]
    assert not [advice for advice in told if advice.kind == "unbalanced"]


def test_a_class_of_which_all_frames_show_one_scene_needs_another() -> None:
    (only,) = (each for each in person(cup=(1, 11), mug=(8, 0)).advice() if "cup" in each.labels)
    assert only.kind == "add scene"
    assert "So far all 12 frames show one scene" in only.message


def test_nobody_is_told_more_than_eight_things() -> None:
    names = [f"class {number:02}" for number in range(30)]
    told = person(**dict.fromkeys(names, (1, 0))).advice()
    assert len(told) <= 8
    assert {label for advice in told for label in advice.labels} == set(names), "but no class is forgotten"
    assert "and 22 more need frames or scenes, too" in told[5].message


def test_the_range_follows_the_slope_of_this_brain() -> None:
    score = with_answers(cup=["cup"] * 20 + ["mug"] * 20, mug=["mug"] * 38 + ["cup"] * 2).score()
    steep, flat = (advise(score, Evidence(score.images, slope=Slope(b, 0.05)))[0].message for b in (0.9, 0.05))
    assert "about" in steep
    assert "at least" in flat


# ── when it is worked out ───────────────────────────────────────────────────────────────────────


def test_advice_is_worked_out_once_when_it_is_looked_at() -> None:
    asked: list[int] = []

    def work() -> list[Advice]:
        asked.append(1)
        return [Advice("ready", (), "Go."), Advice("suspect", ("mug",), "Look.", ("a",))]

    told = Told(work)
    assert not asked
    assert len(told) == 2 and told[0].kind == "ready" and [each.kind for each in told[1:]] == ["suspect"]
    assert told == list(told) and told == Told(work) and told != []
    assert asked == [1, 1], "once for each of the two"


def test_copies_of_it_are_lists_that_hold_no_brain() -> None:
    told = Told(lambda: [Advice("ready", (), "Go.")])
    assert copy.deepcopy(told) == pickle.loads(pickle.dumps(told)) == list(told)
    assert type(copy.deepcopy(told)) is list
    assert repr(told) == repr(list(told))


answer = st.sampled_from(["cup", "fork", "mug"])


@given(st.fixed_dictionaries({label: st.lists(answer, max_size=12) for label in ("cup", "fork", "mug")}))
def test_there_is_always_advice_and_it_is_about_classes_that_are_there(answers: dict[str, list[str]]) -> None:
    somebody = with_answers(**answers)
    told = somebody.advice()
    assert told
    assert {label for advice in told for label in advice.labels} <= {"cup", "fork", "mug"}
    assert [advice.kind for advice in told] == ["ready"] or somebody.score().level != "Great"
