"""Threads share a brain: one predicts, one tags, one reads the score, one closes it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pictures import again, scene

from edge_brain import Brain, Coded, Prediction, Score
from edge_brain import errors as e
from edge_brain.extractor import PixelExtractor

pytestmark = pytest.mark.usefixtures("once")

ASKED = scene("mug", 99)


def deeds(brain: Brain) -> Iterator[Callable[[], object]]:
    """Yield what the tagging thread does, one after the other."""
    for number in range(4):
        for label in ("cup", "fork", "mug"):
            yield lambda label=label, number=number: brain.tag(scene(label, number), label)
        yield lambda number=number: brain.tag(again(scene("mug", number)), "mug", source="belt")
        yield lambda: brain.untag(brain.images()[1].id)
        yield lambda: brain.retag([brain.images()[-1].id], "cup")


def states(folder: Path) -> tuple[list[Prediction], str]:
    """Return what a brain that one thread teaches answers before and after each deed, and its head at the end."""
    with Brain.create(folder, extractor="pixels") as brain:
        answers = [brain.predict(ASKED)]
        for deed in deeds(brain):
            deed()
            answers.append(brain.predict(ASKED))
        return answers, brain.head_digest()


def is_the_same(one: Prediction, other: Prediction) -> bool:
    """The metric is followed, or solved anew, when it is asked for: its last digits depend on how often that is."""
    shares = dict(one.ranking)
    same = one.label == other.label and shares.keys() == dict(other.ranking).keys()
    return same and all(abs(shares[label] - share) < 1e-4 for label, share in other.ranking)


@contextmanager
def meanwhile(*asks: Callable[[], object]) -> Iterator[None]:
    """Let threads ask over and over while the block lasts, each at least once before it begins; raise what they get."""
    done, begun = threading.Event(), [threading.Event() for _ in asks]

    def over_and_over(ask: Callable[[], object], first: threading.Event) -> None:
        try:
            while not done.is_set():
                ask()
                first.set()
        finally:
            first.set()

    with ExitStack() as ends, ThreadPoolExecutor(len(asks)) as pool:
        for future in [pool.submit(over_and_over, *each) for each in zip(asks, begun, strict=True)]:
            ends.callback(future.result)
        try:
            for each in begun:
                assert each.wait(60)
            yield
        finally:
            done.set()


def test_every_answer_is_one_of_a_state_between_two_tags_and_the_head_comes_out_the_same(tmp_path: Path) -> None:
    wanted, digest = states(tmp_path / "alone")
    seen, scores = list[Prediction](), list[Score]()
    with Brain.create(tmp_path / "shared", extractor="pixels") as brain:
        with meanwhile(lambda: seen.append(brain.predict(ASKED)), lambda: scores.append(brain.score())):
            for deed in deeds(brain):
                before = len(seen), len(scores)
                deed()
                while len(seen) == before[0] or len(scores) == before[1]:  # both have asked since
                    brain.classes()
        seen.append(brain.predict(ASKED))
        assert brain.head_digest() == digest
        brain.retrain()
        assert brain.head_digest() == digest
    place = 0
    for answer in seen:
        while not is_the_same(answer, wanted[place]):
            place += 1
            assert place < len(wanted), f"{answer} is of no state, or of one that was over"
    assert is_the_same(seen[-1], wanted[-1])
    assert len({answer.label for answer in wanted}) > 1 and len(seen) > len(wanted)
    known = {score.learned for score in scores}
    assert known <= set(range(17)) and len(known) > 3


def test_pictures_and_codes_are_told_by_many_threads_at_once(tmp_path: Path) -> None:
    look, numbers = PixelExtractor().code, range(6)
    codes = {label: [look(scene(label, number)) for number in numbers] for label in ("cup", "fork", "mug")}

    def bursts(label: str) -> list[tuple[Coded | NDArray[np.uint8], str]]:
        told = [Coded(code) for code in codes[label]], [scene(label, number + 10) for number in numbers]
        return [(each, label) for pair in zip(*told, strict=True) for each in pair]

    with Brain.create(tmp_path / "alone", extractor="pixels") as alone:
        for label in codes:
            alone.tag_many(bursts(label), source=label)
        wanted = alone.head_digest()
    with Brain.create(tmp_path / "shared", extractor="pixels") as brain:
        with ThreadPoolExecutor(3) as pool:
            told = list(pool.map(lambda label: brain.tag_many(bursts(label), source=label), codes))
        assert [len(tags) for tags in told] == [12] * 3
        assert {path.suffix for path in brain.folder.glob("frames/*/*")} == {".code", ".jpg"}
        assert brain.head_digest() == wanted


@pytest.mark.parametrize("ask", ["predict", "tag", "score"])
def test_closing_tells_the_other_threads_that_it_is_closed(taught: Brain, ask: str) -> None:
    asks: dict[str, Callable[[], object]] = {
        "predict": lambda: taught.predict(ASKED),
        "tag": lambda: taught.tag(ASKED, "mug"),
        "score": taught.score,
    }
    begun, said = threading.Event(), r"the brain in .*kitchen is closed; open it again"

    def until_it_is_told() -> None:
        with pytest.raises(e.BadInput, match=said):
            while True:
                asks[ask]()
                begun.set()

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(until_it_is_told)
        assert begun.wait(60)
        taught.close()
        other.result(60)
    with pytest.raises(e.BadInput, match=said):
        asks[ask]()
    with Brain.open(taught.folder) as again_open:
        assert again_open.predict(ASKED).first == "mug"


def test_a_picture_that_is_told_while_another_thread_retrains_is_looked_at_again(tmp_path: Path) -> None:
    class Slow(PixelExtractor):
        def __init__(self) -> None:
            super().__init__()
            self.name, self.fingerprint, self.meanwhile = "slow", "1", list[Callable[[], object]]()

        def code(self, pixels: NDArray[np.uint8]) -> NDArray[np.int8]:
            while self.meanwhile:
                other = threading.Thread(target=self.meanwhile.pop())
                other.start()
                other.join(60)
            return super().code(pixels)

    slow = Slow()
    with Brain.create(tmp_path / "left", extractor=slow, region="0,0,0.5,1", views=False) as brain:
        slow.meanwhile.append(lambda: brain.retrain(region="0.5,0,0.5,1"))
        frames = [tag.frame_id for tag in brain.tag_many([(scene("cup"), "cup"), (scene("mug"), "mug")])]
        assert str(brain.region) == "0.5,0.0,0.5,1.0" and len(set(frames)) == 2
        digest = brain.head_digest()
        codes = [brain.store.code(brain.store.frame(each)) for each in frames]
        assert codes == [brain.exposer.code(brain.picture(each)).tobytes() for each in frames]
        brain.retrain()
        assert brain.head_digest() == digest
