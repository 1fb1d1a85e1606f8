"""What breaks off is tried again; what is refused is believed when it was heard twice."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from edge_brain import BrainTooNew, HubRefused, HubUnreachable
from edge_brain.sync.patience import Patience, Patient

pytestmark = pytest.mark.usefixtures("once")  # no runtime is asked for here

SOON = Patience(tries=3, first_s=0.0)


def answering(*answers: str | Exception) -> Callable[[], str]:
    coming = iter(answers)

    def act() -> str:
        answer = next(coming)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return act


def test_what_breaks_off_is_tried_again_and_counted() -> None:
    patient = Patient(SOON)
    assert patient.do(answering(HubUnreachable("1"), HubUnreachable("2"), "done")) == "done"
    assert patient.failures == 2


def test_the_last_failure_is_raised() -> None:
    with pytest.raises(HubUnreachable, match="3"):
        Patient(SOON).do(answering(*(HubUnreachable(str(number)) for number in (1, 2, 3, 4))))


@pytest.mark.parametrize("error", [HubRefused("no"), BrainTooNew("of format 9")])
def test_a_refusal_is_believed_when_it_was_heard_twice(error: Exception) -> None:
    assert Patient(SOON).do(answering(error, "done")) == "done"
    assert Patient(SOON).do(answering(HubUnreachable("1"), error, HubUnreachable("2"), "done")) == "done"
    with pytest.raises(type(error), match=str(error)):
        Patient(SOON).do(answering(error, HubUnreachable("1"), error, "done"))


def test_who_stops_does_not_wait() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(HubUnreachable, match="1"):
        Patient(Patience(tries=9, first_s=1e6, longest_s=1e6), stop).do(answering(HubUnreachable("1"), "done"))


def test_pauses_grow_up_to_the_longest_and_are_by_chance() -> None:
    patience = Patience(first_s=1.0, longest_s=5.0)
    assert [patience.pause_s(failures, 1.0) for failures in (1, 2, 3, 4, 9)] == [1.0, 2.0, 4.0, 5.0, 5.0]
    assert patience.pause_s(3, 0.25) == 1.0
