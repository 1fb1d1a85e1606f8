"""A store that is slowed down: so many bytes a second, on a clock that is made up."""

from __future__ import annotations

import pytest

from edge_brain import BadInput, clock
from edge_brain.sync.stores.doubles import Memory
from edge_brain.sync.stores.throttled import Allowance, Throttled

pytestmark = pytest.mark.usefixtures("once")  # no runtime is asked for here


class Time:
    """A clock that goes on when somebody sleeps, and remembers for how long."""

    def __init__(self) -> None:
        self.now, self.slept = 100.0, list[float]()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    @property
    def waited(self) -> float:
        return sum(self.slept)


@pytest.fixture
def time() -> Time:
    return Time()


def throttled(time: Time, rate: float) -> tuple[Memory, Throttled]:
    memory = Memory("a hub")
    return memory, Throttled(memory, rate, elapsed=lambda: time.now, sleep=time.sleep)


def test_a_second_of_bytes_goes_at_once_and_then_so_many_a_second(time: Time) -> None:
    _, store = throttled(time, 1_000)
    for number in range(11):
        store.add(f"frames/{number:02}", bytes(1_000))
    assert time.waited == pytest.approx(9)


def test_what_is_read_counts_as_what_is_put(time: Time) -> None:
    memory, store = throttled(time, 1_000)
    memory.add("frames/1", bytes(5_000))
    assert store.read("frames/1") == bytes(5_000)
    assert time.waited == 0, "how much it is one knows afterwards"
    assert store.size("frames/1") == 5_000
    assert time.waited == pytest.approx(4)
    store.replace("frames/1", bytes(2_000))
    store.add("frames/1", bytes(3_000))
    assert store.size("frames/1") == 2_000
    assert time.waited == pytest.approx(9)


def test_a_listing_counts_by_its_names(time: Time) -> None:
    memory, store = throttled(time, 100)
    for number in range(50):
        memory.add(f"{number:010}", b"")
    assert len(list(store.list(""))) == 50
    store.size("0")
    assert time.waited == pytest.approx(4)


def test_no_more_than_a_second_is_saved_up(time: Time) -> None:
    _, store = throttled(time, 1_000)
    time.now += 3_600
    store.add("frames/1", bytes(3_000))
    store.size("frames/1")
    assert time.waited == pytest.approx(2)


def test_a_sleep_that_ends_early_is_gone_on_with(time: Time) -> None:
    allowance = Allowance(10, elapsed=lambda: time.now, sleep=lambda seconds: time.sleep(seconds / 2 + 0.01))
    allowance.spend(110)
    allowance.wait()
    assert time.waited == pytest.approx(10, abs=0.1) and len(time.slept) > 1


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_a_limit_lets_something_through(rate: float) -> None:
    with pytest.raises(BadInput, match="lets nothing through"):
        Throttled(Memory(), rate)


def test_the_clock_lets_time_pass_but_not_backwards() -> None:
    before = clock.elapsed()
    clock.sleep(0.01)
    assert clock.elapsed() - before >= 0.01
    clock.sleep(-1)
