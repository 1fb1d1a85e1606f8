"""The stores that break off and lie do so, each as it says, and by a seed the same again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from edge_brain import EdgeBrainError, HubUnreachable, StoreMissing
from edge_brain.sync.stores import Store
from edge_brain.sync.stores.doubles import Flaky, Lying, Memory

pytestmark = pytest.mark.usefixtures("once")  # no runtime is asked for here


def told(store: Store) -> list[str]:
    """Do much with a store, and return what came of it."""
    answers = []
    for number in range(200):
        name, data = f"frames/ab/{number % 40:02}a.jpg", b"picture %d" % number
        asks: list[Callable[[], object]] = [
            lambda name=name, data=data: store.add(name, data), lambda name=name: store.read(name),
            lambda name=name: store.size(name), lambda: sorted(item.name for item in store.list("frames")),
            lambda name=name, data=data: store.replace(name, data),
        ]  # type: ignore[misc]  # fmt: skip
        try:
            answers.append(repr(asks[number * 7 % 5]()))
        except EdgeBrainError as error:
            answers.append(repr(error))
    return answers


@pytest.mark.parametrize("double", [Flaky, Lying])
def test_a_seed_makes_the_same_again_and_another_one_something_else(double: Callable[..., Store]) -> None:
    assert told(double(Memory(), 1)) == told(double(Memory(), 1)) != told(double(Memory(), 2))
    assert told(double(Memory(), 1, rate=0)) == told(Memory())


def test_memory_is_shared_and_copies_what_it_is_given() -> None:
    memory, data = Memory(), bytearray(b"first")
    assert memory.add("a", data) is True and memory.add("a", b"") is False
    data[:] = b"other"
    assert memory.read("a") == memory.objects["a"] == b"first"


# ── flaky ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("fault", "kept"), [("before", False), ("after", True), ("stall", False)])
def test_a_call_breaks_off_before_the_deed_or_after_it(fault: str, kept: bool) -> None:
    memory, slept = Memory(), list[float]()
    flaky = Flaky(memory, 1, rate=1, faults=[fault], stall_s=7, sleep=slept.append)
    memory.add("b", b"old")
    for ask in (lambda: flaky.add("a", b"1"), lambda: flaky.replace("b", b"new"), lambda: flaky.size("b")):
        with pytest.raises(HubUnreachable, match="memory does not answer"):
            ask()
    for ask in (lambda: flaky.read("b"), lambda: list(flaky.list(""))):
        with pytest.raises(HubUnreachable):
            ask()
    assert memory.objects == ({"b": b"new", "a": b"1"} if kept else {"b": b"old"})
    assert slept == ([7.0] * 5 if fault == "stall" else [])
    assert flaky.broken == 5
    flaky.rate = 0
    assert flaky.read("b") == memory.objects["b"] and flaky.broken == 5


def test_a_read_is_torn_and_a_listing_ends_in_the_midst() -> None:
    memory = Memory()
    for number in range(20):
        memory.add(f"{number}", b"whole")
    flaky = Flaky(memory, 1, rate=1, faults=["torn"])
    reads = {flaky.read("1") for _ in range(50)}
    assert b"whole" not in reads and all(b"whole".startswith(read) for read in reads) and len(reads) > 3
    seen = []
    with pytest.raises(HubUnreachable):
        for item in flaky.list(""):
            seen.append(item)
    assert len(seen) < 20


def test_who_tries_again_gets_there() -> None:
    memory = Memory()
    flaky = Flaky(memory, 3, rate=0.5)
    for number in range(50):
        for _ in range(100):
            try:
                flaky.add(f"{number}", b"%d" % number)
                break
            except HubUnreachable:
                continue
    assert memory.objects == {f"{number}": b"%d" % number for number in range(50)}
    assert flaky.broken > 10


# ── lying ───────────────────────────────────────────────────────────────────────────────────────


def test_it_says_yes_and_keeps_nothing() -> None:
    memory = Memory()
    lying = Lying(memory, 1, rate=1, kinds=["nothing"])
    assert lying.add("frames/a.jpg", b"picture") is True
    assert memory.objects == {} and lying.size("frames/a.jpg") is None
    assert lying.lies == ["nothing frames/a.jpg"]
    lying.rate = 0
    assert lying.add("frames/a.jpg", b"picture") is True and lying.read("frames/a.jpg") == b"picture"


def test_it_says_yes_and_keeps_something_else() -> None:
    memory = Memory()
    lying = Lying(memory, 1, rate=1, kinds=["else"])
    for number in range(30):
        data = hashlib.sha256(b"%d" % number).digest()
        assert lying.add(f"{number}", data) is True
        lying.replace(f"{number}r", data)
        assert memory.read(f"{number}") != data != memory.read(f"{number}r")
    assert {len(data) for data in memory.objects.values()} == {16, 32}, "some are cut short, some changed"
    assert lying.add("empty", b"") is True and memory.read("empty") != b""
    assert len(lying.lies) == 61


def test_it_gives_it_back_and_then_has_never_heard_of_it_until_it_is_put_again() -> None:
    lying = Lying(Memory(), 1, rate=1, kinds=["forgets"])
    assert lying.add("a", b"1") is True
    assert lying.read("a") == b"1"
    with pytest.raises(StoreMissing):
        for _ in range(10):
            lying.read("a")
    assert lying.size("a") is None and list(lying.list("")) == []
    lying.rate = 0
    assert lying.add("a", b"2") is True and lying.read("a") == b"2"
    assert [item.name for item in lying.list("")] == ["a"]


def test_it_lists_what_is_not_there_under_a_name_like_the_others() -> None:
    memory = Memory()
    memory.add("events/09af/0001-000f.jsonl.gz", b"1")
    lying = Lying(memory, 1, rate=1, kinds=["lists"])
    assert [item.name for item in lying.list("events")] == [
        "events/09af/0001-000f.jsonl.gz", "events/09af/1112-1110.jsonl.gz",
    ]  # fmt: skip
    assert lying.lies == ["lists events/09af/1112-1110.jsonl.gz"]
    assert list(lying.list("frames")) == []
    with pytest.raises(StoreMissing):
        lying.read("events/09af/1112-1110.jsonl.gz")
