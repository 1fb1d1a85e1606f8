"""A source that is lost says so in time and heals, whatever its reader does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import islice
from queue import Queue

import pytest
from cameras import jpeg, red

from edge_brain import SourceLost, clock
from edge_brain.capture.healing import Live, back_offs
from edge_brain.capture.source import Raw, Reader


class Puppet(Reader):
    """A reader that does what the test says: gives what is put, raises what is put, hangs while nothing is."""

    def __init__(self, deeds: Queue[Raw | Exception | None]) -> None:
        self.deeds, self.closed = deeds, 0

    def read(self) -> Raw | None:
        deed = self.deeds.get()
        if isinstance(deed, Exception):
            raise deed
        return deed

    def stop(self) -> None:
        self.deeds.put(SourceLost("stopped"))

    def close(self) -> None:
        self.closed += 1


class Stage:
    def __init__(self) -> None:
        self.deeds: Queue[Raw | Exception | None] = Queue()
        self.readers: list[Puppet] = []
        self.refusal: Exception | None = None

    def open(self) -> Reader:
        if self.refusal:
            raise self.refusal
        self.readers.append(Puppet(self.deeds))
        return self.readers[-1]


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def live(stage: Stage) -> Iterator[Live]:
    with Live("a camera", stage.open, back_off_s=0.01, deadline_s=5.0) as live:
        yield live


def until(met: Callable[[], object]) -> None:
    guard, pause = clock.elapsed() + 30, threading.Event()
    while not met():
        assert clock.elapsed() < guard
        pause.wait(0.005)


def test_the_pauses_double_up_to_half_a_minute() -> None:
    assert list(islice(back_offs(0.5), 9)) == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert list(islice(back_offs(60), 3)) == [60, 60, 60], "one who asks for longer gets longer"


def test_a_reader_that_hangs_is_lost_after_the_deadline_and_well_with_its_next_picture(
    stage: Stage, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.elapsed()
    monkeypatch.setattr(clock, "elapsed", lambda: now)
    stage.deeds.put(Raw(red()))
    assert live.next(30) is not None
    now += 5.0
    assert live.state.condition == "ok"
    now += 0.1
    assert live.state.condition == "lost"
    assert live.state.detail == "no picture for 5 s"
    stage.deeds.put(Raw(red(1)))
    shot = live.next(30)
    assert shot is not None
    assert (shot.number, live.state.condition) == (1, "ok")
    assert len(stage.readers) == 1, "it was never closed: it only hung"


@pytest.mark.parametrize("error", [SourceLost("unplugged"), RuntimeError("unplugged"), KeyError("unplugged")])
def test_whatever_a_reader_raises_it_is_closed_and_opened_again(stage: Stage, live: Live, error: Exception) -> None:
    stage.deeds.put(Raw(red()))
    assert live.next(30) is not None
    stage.refusal = SourceLost("still unplugged")
    stage.deeds.put(error)
    until(lambda: "still unplugged" in live.state.detail)
    assert live.state.condition == "lost"
    assert live.next(0.01) is None
    assert stage.readers[0].closed == 1
    stage.refusal = None
    stage.deeds.put(Raw(red(1)))
    shot = live.next(30)
    assert shot is not None
    assert shot.number == 1
    assert live.state.condition == "ok"
    assert len(stage.readers) == 2


def test_only_the_newest_picture_is_kept(stage: Stage, live: Live) -> None:
    for number in range(100):
        stage.deeds.put(Raw(red(number), truth=str(number)))
    until(lambda: live._number == 100)
    shot = live.next(30)
    assert shot is not None
    assert (shot.number, shot.truth) == (99, "99")
    assert live.next(0.01) is None


def test_the_last_picture_is_given_before_the_end_is_told(stage: Stage, live: Live) -> None:
    stage.deeds.put(Raw(red()))
    stage.deeds.put(None)
    until(lambda: live._ended)
    assert live.state.condition == "ok"
    assert [shot.number for shot in live] == [0]
    assert live.state.condition == "ended"


def test_pictures_of_which_none_can_be_decoded_are_no_pictures(
    stage: Stage, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.elapsed()
    monkeypatch.setattr(clock, "elapsed", lambda: now)
    for _ in range(3):
        stage.deeds.put(Raw(data=b"no JPEG"))
        until(lambda: live._newest)
        assert live.next(0) is None
        now += 3.0
    stage.deeds.put(Raw(data=b"no JPEG"))
    until(lambda: live._newest)
    assert live.state.condition == "lost"
    assert "decoded" in live.state.detail
    stage.deeds.put(Raw(data=jpeg(red())))
    assert live.next(30) is not None
    assert live.state.condition == "ok"


def test_a_frozen_camera_is_noticed_through_the_source_and_clears(
    stage: Stage, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.elapsed()
    monkeypatch.setattr(clock, "elapsed", lambda: now)
    for _ in range(6):
        stage.deeds.put(Raw(red()))
        assert live.next(30) is not None
        now += 1.0
    assert live.state.condition == "frozen"
    stage.deeds.put(Raw(red(1)))
    assert live.next(30) is not None
    assert live.state.condition == "ok"


def test_closing_stops_a_reader_that_waits_and_one_that_just_opens(stage: Stage) -> None:
    gate, entered = threading.Event(), threading.Event()

    def open_slowly() -> Reader:
        entered.set()
        gate.wait(30)
        return stage.open()

    for opener in (stage.open, open_slowly):
        live = Live("a camera", opener)
        if opener is open_slowly:
            entered.wait(30)
            threading.Timer(0.1, gate.set).start()
        live.close()
        assert live.state.condition == "ended"
        until(lambda live=live: not live._thread.is_alive())
    assert all(reader.closed == 1 for reader in stage.readers)
