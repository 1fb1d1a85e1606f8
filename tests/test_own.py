"""An extractor of the app's own: bound to like any other, given anew whenever a picture is to be looked at."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from folders import class_folders
from numpy.typing import NDArray
from pictures import scene

from edge_brain import Brain, Codes, OwnExtractor, examine, images, import_folder
from edge_brain import errors as e

pytestmark = pytest.mark.usefixtures("once")


class Mirrored:
    """Sees each part of a picture in a mirror."""

    name, fingerprint, length, zero_point = "mirrored", "1", 192, -128

    def __init__(self, **other: Any) -> None:
        self.inside = self.most_inside = self.asked = 0
        self.pause = threading.Event()
        self.__dict__.update(other)

    def code(self, pixels: NDArray[np.uint8]) -> NDArray[np.int8]:
        self.inside += 1
        self.asked += 1
        self.most_inside = max(self.most_inside, self.inside)
        self.pause.wait(0.001)  # lets another thread come in, if it may
        if hasattr(self, "gives"):
            return self.gives
        small = images.fit(pixels, 8, 8)[:, ::-1]
        self.inside -= 1
        return np.ascontiguousarray(small ^ np.uint8(128)).view(np.int8).reshape(-1)


def teach(brain: Brain) -> None:
    brain.tag_many([(scene(label, number), label) for label in ("cup", "mug") for number in range(4)])


def test_a_brain_is_taught_and_asked_by_it_and_views_are_made(tmp_path: Path) -> None:
    own = Mirrored()
    assert isinstance(own, OwnExtractor) and not isinstance(Codes("mirrored", 192), OwnExtractor)
    with Brain.create(tmp_path / "box", extractor=own) as brain:
        teach(brain)
        assert (brain.extractor, brain.predict(scene("mug", 50)).first) == ("mirrored", "mug")
        assert brain.store.last_view() > 0, "mirror and middle, too"
        digest = brain.head_digest()
        brain.retrain()
        assert brain.head_digest() == digest
        assert all(finding.ok for finding in examine(brain))
    with Brain.open(tmp_path / "box", extractor=Mirrored()) as again:
        assert again.predict(scene("mug", 50)).first == "mug"
        again.retrain(region="0,0,0.5,1")
        assert again.head_digest() != digest
        again.retrain(region="0,0,1,1")
        assert again.head_digest() == digest


def test_it_looks_at_pictures_as_large_as_they_came_however_they_come(tmp_path: Path) -> None:
    shapes = list[tuple[int, ...]]()

    class Watched(Mirrored):
        def code(self, pixels: NDArray[np.uint8]) -> NDArray[np.int8]:
            shapes.append(pixels.shape)
            return super().code(pixels)

    frame = images.fit(scene("mug"), 1920, 1080)
    with Brain.create(tmp_path / "box", extractor=Watched(), views=False) as brain:
        tag = brain.tag(frame, "mug")
        assert brain.predict(frame).first == brain.predict(brain.picture(tag.frame_id)).first == "mug"
    assert shapes == [(1080, 1920, 3)] * 3


def test_without_it_codes_are_asked_and_no_picture_is(tmp_path: Path) -> None:
    with Brain.create(tmp_path / "box", extractor=Mirrored()) as brain:
        teach(brain)
        code, wanted = brain.look(scene("mug", 50))
        wanted = brain.predict_code(code)
        brain.release(tmp_path / "box.brain")
        events = brain.store.last_event()
    for path in (tmp_path / "box", tmp_path / "box.brain"):
        with Brain.open(path) as bare:
            assert bare.predict_code(code) == wanted
            with pytest.raises(
                e.ExtractorMismatch, match=r"'mirrored' \(mirrored:own:1\), which is not here.*extractor="
            ):
                bare.predict(scene("mug", 50))
    with Brain.open(tmp_path / "box") as bare:
        with pytest.raises(e.ExtractorMismatch, match="'mirrored'"):
            bare.tag(scene("mug", 60), "mug")
        assert bare.store.last_event() == events
        tag = bare.tag_code(code, "mug", picture=scene("mug", 50), burst="here")
        assert all(finding.ok for finding in examine(bare))
        assert bare.predict_code(code).label == "mug", "views that nobody here can make hold nobody up"
        assert bare.store.frame(tag.frame_id).label == "mug"
    with Brain.open(tmp_path / "box.brain", extractor=Mirrored()) as frozen:
        assert frozen.predict(scene("mug", 50)).first == "mug"


def test_another_than_the_brains_is_refused_with_both(tmp_path: Path) -> None:
    with Brain.create(tmp_path / "box", extractor=Mirrored()) as brain:
        teach(brain)
        brain.release(tmp_path / "box.brain")
    others = {
        "mirrored:own:2 192 -128": Mirrored(fingerprint="2"),
        "edges:own:1 192 -128": Mirrored(name="edges"),
        "mirrored:own:1 191 -128": Codes("mirrored", 191),
        "mirrored:own:1 192 0": Codes("mirrored", 192, 0),
    }
    for said, other in others.items():
        for path in (tmp_path / "box", tmp_path / "box.brain"):
            with pytest.raises(
                e.ExtractorMismatch, match=rf"made by extractor mirrored:own:1 192 -128 .* given was {said}"
            ):
                Brain.open(path, extractor=other)
    Brain.open(tmp_path / "box", extractor=Codes("mirrored", 192)).close()
    with pytest.raises(e.BadInput, match="'mirrored' is no extractor of an app's own"):
        Brain.open(tmp_path / "box", extractor="mirrored")  # type: ignore[arg-type]


def test_numbers_of_numpy_are_whole_numbers_too(tmp_path: Path) -> None:
    own = Mirrored(length=np.int64(192), zero_point=np.int8(-128))
    with Brain.create(tmp_path / "box", extractor=own) as brain:
        assert brain.store.setting("code_length") == "192"
    Brain.open(tmp_path / "box", extractor=Codes("mirrored", 192)).close()


class Blind:
    """Lacks what makes an extractor."""

    name, fingerprint, length, zero_point = "blind", "1", 64, -128


NOT_ONE: dict[str, tuple[Any, str]] = {
    "one that cannot look": (Blind(), "no extractor of an app's own: that has .* where only codes come, give `Codes`"),
    "a class": (Mirrored, r"Mirrored is a class: give one that is made of it, Mirrored\(…\)"),
    "nothing of the kind": (object(), "no extractor of an app's own"),
    "a name with a space": (Codes("my net", 64), "the name of an extractor is letters"),
    "no name": (Codes("", 64), "the name of an extractor is letters"),
    "a fingerprint of two lines": (Codes("net", 64, fingerprint="1\n"), "the fingerprint of an extractor is letters"),
    "a name of ours": (Codes("lite0-224", 1280), "'lite0-224' is an extractor that edge_brain brings"),
    "one number": (Codes("net", 1), "the length of an extractor is a whole number from 2 to 4096, not 1"),
    "too many numbers": (Codes("net", 4097), "the length of an extractor"),
    "half a number": (Codes("net", 64.5), "the length of an extractor"),  # type: ignore[arg-type]
    "a truth for a number": (Codes("net", 64, zero_point=False), "the zero_point of an extractor is a whole number"),
    "a zero beyond int8": (Codes("net", 64, 127), "the zero_point of an extractor is a whole number from -128 to 126"),
}


@pytest.mark.parametrize("name", NOT_ONE)
def test_what_a_brain_cannot_be_bound_to_is_refused(tmp_path: Path, name: str) -> None:
    given, said = NOT_ONE[name]
    with pytest.raises(e.BadInput, match=said):
        Brain.create(tmp_path / "box", extractor=given)
    assert not (tmp_path / "box").exists()


@pytest.mark.parametrize("gives", [np.zeros(191, np.int8), np.zeros(192, np.uint8), np.zeros((1, 192), np.int8), None])
def test_what_it_gives_is_checked_and_nothing_changes(tmp_path: Path, gives: Any) -> None:
    own = Mirrored()
    with Brain.create(tmp_path / "box", extractor=own) as brain:
        own.gives = gives
        for ask in (lambda: brain.tag(scene("mug"), "mug"), lambda: brain.predict(scene("mug"))):
            with pytest.raises(e.BadInput, match=r"the extractor 'mirrored' gave .* for a code, not int8 \(192,\)"):
                ask()
        assert brain.images() == [] and not list(brain.folder.glob("frames/*/*"))


def test_an_import_asks_it_one_at_a_time(tmp_path: Path) -> None:
    own, photos = Mirrored(), class_folders(tmp_path / "photos", classes=2, bursts=4, frames=4)
    with Brain.create(tmp_path / "box", extractor=own, threads=4, views=False) as brain:
        assert import_folder(brain, photos).refused == []
        assert len(brain.images()) == own.asked == 32
    assert own.most_inside == 1


def test_a_brain_goes_over_to_it_and_back(brain: Brain) -> None:
    teach(brain)
    before, own = brain.head_digest(), Mirrored()
    brain.retrain(extractor=own)
    assert (brain.extractor, brain.predict(scene("cup", 50)).first) == ("mirrored", "cup")
    brain.retrain(views=False)
    with pytest.raises(e.ExtractorMismatch, match="'others'"):
        brain.retrain(extractor=Codes("others", 64))
    assert brain.extractor == "mirrored"
    brain.retrain(extractor="pixels", views=True)
    assert (brain.extractor, brain.head_digest()) == ("pixels", before)
    asked = own.asked
    brain.predict(scene("cup", 50))
    assert own.asked == asked
