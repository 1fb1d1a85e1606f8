"""Advice: what is missing, class by class, in numbers that are right: who follows them gets there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from edge_brain.advice import advise
from edge_brain.records import Advice, Image, Score
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
    elif advice.kind == "add frames":
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
            if advice.kind == "add frames" and advice.labels[0] in before:
                own = somebody.score().per_class[advice.labels[0]]
                assert own.learned >= 5 and own.reserved_bursts >= 2, "one round was enough"
    assert somebody.score().level != "Still Learning"


def test_who_adds_scenes_as_advised_gets_from_good_to_great() -> None:
    somebody = person(cup=(20, 0), mug=(20, 0))
    assert somebody.score().level == "Good"
    (only,) = somebody.advice()
    assert (only.kind, only.labels) == ("add scene", ())
    low = somebody.score().interval
    assert low is not None and f"as low as {low[0]:.0%}" in only.message
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


def test_a_weak_class_is_named_with_its_figures() -> None:
    somebody = with_answers(cup=["cup"] * 10, fork=["fork"] * 4 + ["cup"] * 6, mug=["mug"] * 10)
    assert somebody.score().level == "Low"
    weak, confused = (advice for advice in somebody.advice() if advice.kind in ("weak class", "confused"))
    assert weak.labels == ("fork",)
    assert "right in 40% of its reserved scenes (4 of 10 frames)" in weak.message
    assert confused.labels == ("fork", "cup")
    assert confused.message == "6 frames of `fork` were taken for `cup`: tag both in like scenes."


def test_the_weakest_class_comes_first_and_the_worst_pairs_are_three() -> None:
    somebody = with_answers(
        cup=["cup"] * 2 + ["mug"] * 5 + ["fork"] * 3,
        fork=["fork"] * 1 + ["cup"] * 7 + ["mug"] * 2,
        mug=["mug"] * 9 + ["cup"],
    )
    told = somebody.advice()
    assert [advice.labels for advice in told if advice.kind == "weak class"] == [("fork",), ("cup",)]
    pairs = [advice for advice in told if advice.kind == "confused"]
    assert [advice.labels for advice in pairs] == [("fork", "cup"), ("cup", "mug"), ("cup", "fork")]
    assert pairs[2].message.startswith("3 frames of `cup` were taken for `fork`")


def test_one_frame_is_not_called_frames() -> None:
    somebody = with_answers(cup=["cup"] * 10, mug=["mug"] * 4 + ["cup"])
    told = [advice.message for advice in somebody.advice() if advice.kind == "confused"]
    assert told == ["1 frame of `mug` was taken for `cup`: tag both in like scenes."]


answer = st.sampled_from(["cup", "fork", "mug"])


@given(st.fixed_dictionaries({label: st.lists(answer, max_size=12) for label in ("cup", "fork", "mug")}))
def test_there_is_always_advice_and_it_is_about_classes_that_are_there(answers: dict[str, list[str]]) -> None:
    somebody = with_answers(**answers)
    told = somebody.advice()
    assert told
    assert {label for advice in told for label in advice.labels} <= {"cup", "fork", "mug"}
    assert [advice.kind for advice in told] == ["ready"] or somebody.score().level != "Great"
