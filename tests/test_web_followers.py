"""What the pages follow: the brain and the camera; whoever changes something, and whatever goes wrong, they tell it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from threading import Event

import pytest
from followers import PATIENCE_S, until
from pictures import scene

from edge_brain import BadInput, Brain, BrainBusy, StorageFailed, open_source
from edge_brain.field import Rules
from edge_brain.web.camera import Camera, Sight
from edge_brain.web.pulse import News, Pulse


@pytest.fixture
def pulse(taught: Brain) -> Iterator[Pulse]:
    pulse = Pulse(taught)
    pulse.start()
    yield pulse
    pulse.close()


@pytest.fixture
def camera(brain: Brain) -> Iterator[Camera]:
    with ExitStack() as stack:
        camera = Camera(brain, stack.enter_context(open_source("synthetic:mug*1000?fps=30")), keep=Rules(every_s=0.1))
        stack.callback(camera.close)
        camera.start()
        yield camera


def test_a_tag_of_another_process_is_news_and_a_score_alone_is_none(pulse: Pulse, taught: Brain) -> None:
    first = until(pulse, lambda news: news.number > 1)
    with Brain.open(taught.folder) as other:
        other.score()
        other.tag(scene("spoon", 700), "spoon")
    news = until(pulse, lambda news: news is not first)
    assert (news.number, news.score.classes) == (first.number + 1, first.score.classes + 1)


def test_a_frame_that_is_kept_or_taken_away_is_news_of_what_waits(pulse: Pulse, taught: Brain) -> None:
    taught.keep_exposures([taught.exposer.expose(scene("mug", 800))])
    until(pulse, lambda news: news.waiting == 1)
    taught.discard([frame.id for frame in taught.untagged()])
    pulse.hurry()
    until(pulse, lambda news: news.waiting == 0)


def test_a_disk_that_refuses_is_told_until_it_is_back(pulse: Pulse, taught: Brain, monkeypatch) -> None:
    def refuse() -> None:
        raise StorageFailed("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(taught, "untagged", refuse)
        taught.tag(scene("mug", 801), "mug")
        troubled = until(pulse, lambda news: news.trouble)
    assert troubled.trouble == "the disk is gone" and troubled.score.level
    pulse.hurry()
    until(pulse, lambda news: news.trouble is None)


def test_at_the_end_nobody_waits_any_longer(taught: Brain) -> None:
    pulse = Pulse(taught)
    pulse.close()
    assert pulse.closed and pulse.wait(None, PATIENCE_S) is None


def test_the_camera_keeps_tags_and_tells_its_trouble(camera: Camera, brain: Brain, monkeypatch) -> None:
    until(camera, lambda sight: sight.kept > 0)
    assert camera.jpeg()[1].startswith(b"\xff\xd8")  # type: ignore[index]
    done = camera.tag("mug")
    assert brain.store.frame(next(iter(done.were))).label == "mug"
    with pytest.raises(BadInput, match="label"):
        camera.tag("")

    def refuse(*given: object, **named: object) -> None:
        raise StorageFailed("no space is left")

    with monkeypatch.context() as patch:
        patch.setattr(brain, "look_at", refuse)
        troubled: Sight = until(camera, lambda sight: sight.trouble)
        assert troubled.trouble == "no space is left" and troubled.state == "ok"
    until(camera, lambda sight: sight.trouble is None)


def test_all_who_look_know_that_the_thing_was_moved_until_a_tag(camera: Camera) -> None:
    until(camera, lambda sight: sight.number)
    for say, moved in ((camera.part, True), (camera.part, False), (camera.part, True)):
        say()
        until(camera, lambda sight, moved=moved: sight.moved is moved)
    camera.tag("mug")
    until(camera, lambda sight: not sight.moved)


def test_what_is_asked_of_a_closed_camera_is_refused(camera: Camera, brain: Brain) -> None:
    camera.close()
    with pytest.raises(BrainBusy, match="closed: nothing was done"):
        camera.tag("mug")
    assert brain.classes() == []


def test_news_are_not_made_anew_for_each_page(pulse: Pulse) -> None:
    news: News = pulse.latest
    news.made["bar"] = "made once"
    assert pulse.latest.made == {"bar": "made once"}


def test_who_tags_through_a_camera_that_hangs_is_told_and_nothing_is_tagged_later(
    brain: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    hung, go_on = Event(), Event()

    def hang(self: Camera, passed_s: float) -> None:
        hung.set()
        go_on.wait(PATIENCE_S)

    monkeypatch.setattr("edge_brain.web.camera._PATIENCE_S", 0.2)
    monkeypatch.setattr(Camera, "_look", hang)
    with open_source("synthetic:mug*1000?fps=30") as source:
        camera = Camera(brain, source)
        camera.start()
        assert hung.wait(PATIENCE_S)
        with pytest.raises(BrainBusy, match="nothing was done"):
            camera.tag("mug")
        go_on.set()
        camera.close()
    assert brain.images() == []
