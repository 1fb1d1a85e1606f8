"""Codes that were made elsewhere: told with their picture or alone, asked, and kept as whatever else is."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pictures import scene

from edge_brain import (
    Brain,
    Coded,
    Codes,
    coded,
    examine,
    export_folder,
    export_tflite,
    files,
    images,
    import_folder,
    sync_brain,
)
from edge_brain import errors as e
from edge_brain.capture import open_source
from edge_brain.extractor import PixelExtractor
from edge_brain.repair import repair
from edge_brain.report import report_html
from edge_brain.sync import marker
from edge_brain.sync.stores.doubles import Memory

CAMERA = Codes("imx500-mobilenetv2", length=192)
LABELS = ("cup", "fork", "mug")
look = PixelExtractor().code  # the network in the camera


def code(label: str, number: int = 0) -> NDArray[np.int8]:
    return look(scene(label, number))


def teach(brain: Brain, scenes: int = 8) -> None:
    brain.tag_many([(Coded(code(label, number)), label) for label in LABELS for number in range(scenes)])


def standing(brain: Brain) -> tuple[object, ...]:
    """Return all that a refusal must leave as it was."""
    files_there = sorted((path.name, path.stat().st_size) for path in brain.folder.glob("frames/*/*"))
    return brain.head_digest(), brain.images(), brain.store.last_event(), brain.store.contract, files_there


def unsound(brain: Brain) -> list[str]:
    return [f"{finding.check}: {finding.detail}" for finding in examine(brain) if not finding.ok]


@pytest.fixture(scope="module")
def made(once: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a brain that has never seen a picture: three classes by eight scenes each."""
    folder = tmp_path_factory.mktemp("made") / "box"
    with Brain.create(folder, extractor=CAMERA) as box:
        teach(box)
    return folder


@pytest.fixture
def box(made: Path, tmp_path: Path) -> Iterator[Brain]:
    """That brain."""
    shutil.copytree(made, tmp_path / "box")
    with Brain.open(tmp_path / "box") as box:
        yield box


# ── telling and asking ──────────────────────────────────────────────────────────────────────────


def test_codes_alone_teach_what_their_pictures_would_have(box: Brain, tmp_path: Path) -> None:
    with Brain.create(tmp_path / "eyes", extractor="pixels", views=False) as eyes:
        eyes.tag_many([(Coded(code(label, n), scene(label, n)), label) for label in LABELS for n in range(8)])
        assert box.head_digest() == eyes.head_digest()
        for label in LABELS:
            assert box.predict_code(code(label, 99)) == eyes.predict_code(code(label, 99))
            assert box.predict_code(code(label, 99)).label == label
        assert (box.score().level, box.score().interval) == (eyes.score().level, eyes.score().interval)
    assert box.score().reserved == 6
    assert unsound(box) == []


def test_a_frame_that_is_told_by_its_code_is_named_by_the_bytes_that_hold_it(box: Brain) -> None:
    tag = box.tag_code(code("mug", 50), "mug", burst="monday")
    data = box.picture(tag.frame_id)
    assert hashlib.sha256(data).hexdigest() == tag.frame_id
    assert data == b"edge_brain code 1\nimx500-mobilenetv2:own:1 0.0,0.0,1.0,1.0\n" + code("mug", 50).tobytes()
    assert (tag.label, tag.burst) == ("mug", "monday")
    assert files.frame_path(box.folder, tag.frame_id, ".code").read_bytes() == data
    assert box.tag_code(code("mug", 50), "cup").frame_id == tag.frame_id, "the same code is the same frame"


def test_a_code_comes_as_bytes_as_int8_or_as_floats_of_any_scale(box: Brain) -> None:
    ints = code("cup", 40)
    wanted = box.predict_code(ints)
    assert box.predict_code(ints.tobytes()) == wanted
    levels = ints.astype(np.float64) + 128  # 0 … 220
    for scale in (1e-300, 0.02, 1e6):
        assert box.predict_code(levels * scale).label == wanted.label
        assert coded.as_bytes(levels * scale, 192, -128) == coded.as_bytes((levels * 3).astype(np.float32), 192, -128)
    told = np.frombuffer(coded.as_bytes(levels, 192, -128), np.int8)
    assert (told.min(), told.max()) == (-128, 127)
    assert np.abs((told + 128.0) / 255 - levels / levels.max()).max() <= 0.5 / 255
    assert set(np.frombuffer(coded.as_bytes(levels, 192, -3), np.int8)) <= set(range(-3, 128))


WRONG: dict[str, tuple[Any, str]] = {
    "short": (b"\0" * 191, r"has 192 numbers, shape \(192,\), not the shape \(191,\)"),
    "long": (np.zeros(1280, np.int8), r"has 192 numbers, .* not the shape \(1280,\)"),
    "flat": (np.zeros((1, 192), np.int8), r"not the shape \(1, 192\)"),
    "unsigned": (np.zeros(192, np.uint8), "int8, or floats from 0 up, not uint8"),
    "whole": ([0] * 192, "not int64"),
    "words": (["mug"] * 192, "not <U3"),
    "of several lengths": ([[1.0], [1.0, 2.0]] * 96, "has 192 numbers, and this is no row of them"),
    "without a direction": (np.full(192, -128, np.int8), "0 everywhere has no direction"),
    "of nothing": (np.zeros(192), "0 everywhere has no direction"),
    "nan": (np.full(192, np.nan), "holds NaN, or what is infinite"),
    "infinite": (np.full(192, np.inf, np.float32), "holds NaN, or what is infinite"),
    "negative": (np.linspace(-0.5, 1, 192), "nothing below 0, this one -0.5; take it after the last ReLU"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_code_of_the_brain_is_refused_and_changes_nothing(box: Brain, wrong: str) -> None:
    before = standing(box)
    given, said = WRONG[wrong]
    for tell in (lambda: box.tag_code(given, "mug"), lambda: box.predict_code(given)):
        with pytest.raises(e.BadInput, match=said):
            tell()
    with pytest.raises(e.BadInput, match=said):
        box.tag_many([(Coded(code("mug", 60)), "mug"), (Coded(given), "mug")])
    assert standing(box) == before


def test_levels_below_its_zero_are_refused(tmp_path: Path) -> None:
    with Brain.create(tmp_path / "box", extractor=Codes("net", 192, zero_point=-3)) as box:
        with pytest.raises(e.BadInput, match="nothing below its level for 0, -3, this one -128"):
            box.tag_code(code("mug"), "mug")
        assert box.images() == []
        box.tag_code(np.maximum(code("mug"), -3), "mug")


def test_a_picture_cannot_be_looked_at_where_only_codes_come(box: Brain) -> None:
    before, picture = standing(box), scene("mug")
    source = open_source("synthetic:mug?once=1&pace=0")
    for ask in (
        lambda: box.tag(picture, "mug"),
        lambda: box.predict(picture),
        lambda: list(box.watch(source)),
        lambda: box.nearest(picture),
    ):
        with pytest.raises(e.ExtractorMismatch, match=r"made by 'imx500-mobilenetv2' .*not here.*give codes"):
            ask()
    assert standing(box) == before
    source.close()


def test_with_its_picture_a_frame_is_that_and_has_the_code_that_was_given(box: Brain) -> None:
    jpeg = images.encode_jpeg(scene("mug", 70))
    tag = box.tag_code(code("mug", 70), "mug", picture=jpeg)
    assert tag.frame_id == hashlib.sha256(jpeg).hexdigest()
    assert box.picture(tag.frame_id) == jpeg
    assert box.thumbnail(tag.frame_id) != images.blank()
    assert box.store.code(box.store.frame(tag.frame_id)) == code("mug", 70).tobytes()
    assert unsound(box) == []


def test_a_brain_that_looks_itself_takes_codes_of_its_own_extractor_too(tmp_path: Path) -> None:
    jpegs = {label: images.encode_jpeg(scene(label)) for label in LABELS}
    with Brain.create(tmp_path / "one", extractor="lite0-192") as one, Brain.create(tmp_path / "two") as other:
        by_code = Brain.create(tmp_path / "three", extractor="lite0-192")
        for label, jpeg in jpegs.items():
            one.tag(jpeg, label)
            by_code.tag_code(one.look(jpeg)[0], label, picture=jpeg)
        assert by_code.head_digest() == one.head_digest(), "the views are made of the picture"
        answer = one.predict(jpegs["mug"])
        assert one.predict_code(one.look(jpegs["mug"])[0]) == answer
        alone = by_code.tag_code(one.look(jpegs["cup"])[0], "cup")
        assert len(by_code.picture(alone.frame_id)) > 1280
        assert unsound(by_code) == []
        by_code.close()
        with pytest.raises(e.BadPicture, match=r"is no picture but a code, made as 'lite0-192:.* no other can be made"):
            other.predict(tmp_path / "three" / "frames" / alone.frame_id[:2] / f"{alone.frame_id}.code")


def test_frames_of_one_source_are_one_burst_as_with_pictures(tmp_path: Path) -> None:
    with Brain.create(tmp_path / "box", extractor=CAMERA) as box:
        near = code("mug").copy()
        near[:2] += 1
        tags = [box.tag_code(each, "mug", source="belt") for each in (code("mug"), near, code("mug", 9))]
    assert tags[0].burst == tags[1].burst != tags[2].burst
    assert [tag.role for tag in tags] == ["learned", "learned", "reserved"]


# ── what the house does with a frame that has no picture ────────────────────────────────────────


def test_retraining_comes_to_the_same_bit_for_bit_and_mends_a_damaged_code(box: Brain) -> None:
    digest = box.head_digest()
    box.retrain()
    assert box.head_digest() == digest
    with box.store.database.transaction():
        box.store.database.execute("UPDATE codes SET code = zeroblob(192) WHERE frame = 1")
    assert "the code of frame number 1 differs" in unsound(box)[0]
    box.retrain()
    assert (box.head_digest(), unsound(box)) == (digest, [])


def test_no_other_extractor_and_no_other_region_can_look_at_a_code(box: Brain) -> None:
    before, digest = standing(box), box.head_digest()
    for change in ({"extractor": "pixels"}, {"extractor": "lite0-224"}, {"region": "0,0,0.5,0.5"}):
        with pytest.raises(e.ExtractorMismatch, match="24 frames were told by their codes alone, made as imx500"):
            box.retrain(**change)
    with pytest.raises(e.ExtractorMismatch, match="24 frames"):
        box.retrain(extractor=Codes("imx500-mobilenetv2", length=192, fingerprint="2"))
    assert standing(box) == before
    box.retrain(extractor=CAMERA)
    assert box.head_digest() == digest


def test_once_the_codes_are_erased_what_has_pictures_is_coded_anew(tmp_path: Path) -> None:
    with Brain.create(tmp_path / "box", extractor=CAMERA) as box:
        teach(box, scenes=2)
        pictured = box.tag_code(code("mug", 70), "mug", picture=scene("mug", 70), burst="pictured")
        alone = [image.id for image in box.images() if image.id != pictured.frame_id]
        box.discard(alone)
        with pytest.raises(e.ExtractorMismatch, match="6 frames"):
            box.retrain(extractor="pixels")
        assert box.erase().frames == 6
        assert [path.suffix for path in box.folder.glob("frames/*/*")] == [".jpg"]
        box.retrain(extractor="pixels")
        assert (box.extractor, [image.id for image in box.images()]) == ("pixels", [pictured.frame_id])
        assert box.predict(scene("mug", 70)).first == "mug"
        assert unsound(box) == []


def test_discarded_codes_come_back_to_the_bit(box: Brain) -> None:
    digest, some = box.head_digest(), [image.id for image in box.images()][:7]
    box.discard(some)
    assert box.head_digest() != digest
    box.restore(some)
    assert box.head_digest() == digest


def test_it_is_shown_grey_and_no_fault_is_found_with_its_picture(box: Brain) -> None:
    frame = box.images()[0]
    assert box.thumbnail(frame.id) == images.blank()
    assert (frame.faults, frame.brightness, frame.away) == ((), None, False)
    assert not [item for item in box.score().advice if item.kind == "picture quality"]
    assert "Brain Score" in report_html(box)


def test_the_pages_show_it_grey(box: Brain) -> None:
    from edge_brain.web.app import create_app
    from edge_brain.web.workspace import Workspace

    space = Workspace.of(box, "token", needs_token=False)
    client = create_app(space).test_client()
    frame = box.images()[0].id
    for place in ("thumbnail", "picture"):
        told = client.get(f"/{place}/{frame}")
        assert (told.status_code, told.content_type, told.data) == (200, "image/jpeg", images.blank())
    for page in ("/", "/review", "/score", "/device"):
        told = client.get(page, follow_redirects=True)
        assert told.status_code == 200, page
    assert "imx500-mobilenetv2</option>" in told.text, "retraining keeps the extractor unless one chooses another"
    space.close()


def test_an_export_writes_it_and_an_import_tells_it_again(box: Brain, tmp_path: Path) -> None:
    exported = export_folder(box, tmp_path / "out")
    assert (exported.frames, exported.refused) == (24, [])
    assert {path.suffix for path in (tmp_path / "out").glob("*/*")} == {".code"}
    with Brain.create(tmp_path / "again", extractor=CAMERA) as again:
        imported = import_folder(again, tmp_path / "out", bursts=tmp_path / "out" / "bursts.csv")
        assert (imported.refused, again.head_digest()) == ([], box.head_digest())
    with Brain.create(tmp_path / "unnamed", extractor=CAMERA) as unnamed:
        found = import_folder(unnamed, tmp_path / "out").scenes
        assert len({image.burst for image in unnamed.images()}) == 24, f"grey is not alike: {found}"
    with Brain.create(tmp_path / "other", extractor="pixels") as other:
        refused = import_folder(other, tmp_path / "out").refused
        assert len(refused) == 24 and "is no picture but a code" in refused[0].reason
        assert other.images() == []


def test_a_damaged_code_file_is_refused_and_told(box: Brain, tmp_path: Path) -> None:
    frame = box.images()[0].id
    path = files.frame_path(box.folder, frame, ".code")
    short = tmp_path / "short.code"
    short.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(e.BadPicture, match="holds a code of 191 bytes, not 192"):
        box.predict(short)
    path.write_bytes(short.read_bytes())
    assert unsound(box) == [f"frame files: {frame}.code is not what its name says"]
    path.unlink()
    assert unsound(box) == [f"frame files: {frame}.code is missing (its code and thumbnail are kept)"]
    assert hashlib.sha256(box.picture(frame)).hexdigest() == frame, "it is made again of the code"
    box.tag_code(code("cup", 0), "cup")
    assert unsound(box) == []


@pytest.mark.parametrize("left", ["a copy", "its file"])
def test_a_repair_brings_it_back_to_the_bit(box: Brain, left: str) -> None:
    digest, tagged = box.head_digest(), [(image.id, image.label, image.role) for image in box.images()]
    if left == "a copy":
        box.store.backup()
    box.close()
    (box.folder / "brain.db").write_bytes(b"")
    mended = repair(box.folder)
    from_where = "brain-00000024.db" if left == "a copy" else "pictures, looked at again"
    assert (mended.frames, mended.lost) == ({from_where: 24}, [])
    with Brain.open(box.folder) as again:
        assert again.head_digest() == digest
        assert sorted((image.id, image.label, image.role) for image in again.images()) == sorted(tagged)
        assert unsound(again) == []


def test_devices_exchange_it_like_a_picture(box: Brain, tmp_path: Path) -> None:
    hub = Memory()
    marker.make(hub)
    with Brain.create(tmp_path / "other", extractor=CAMERA) as other:
        assert sync_brain(box, hub).pictures_sent == 24
        sync_brain(other, hub)
        assert other.head_digest() == box.head_digest()
        away = other.images()[0]
        assert away.away and other.thumbnail(away.id) == images.blank()
        assert hashlib.sha256(other.picture(away.id)).hexdigest() == away.id
        with pytest.raises(e.ExtractorMismatch, match="24 frames"):
            other.retrain(extractor="pixels")
        assert unsound(other) == []
        assert sync_brain(other, hub, fetch="all").pictures_fetched == 24
        assert not any(image.away for image in other.images())
        assert (other.head_digest(), unsound(other)) == (box.head_digest(), [])
        assert sync_brain(box, hub, thin_after_s=0).pictures_thinned == 24
        box.retrain()
        assert (box.head_digest(), unsound(box)) == (other.head_digest(), [])
    with Brain.create(tmp_path / "eyes", extractor="pixels") as eyes:
        told = sync_brain(eyes, hub, fetch="all")
        assert told.waiting == 24 and eyes.images() == []
        assert "is no picture but a code" in told.aside[0].reason


def test_a_release_answers_codes_and_goes_into_production(box: Brain, tmp_path: Path) -> None:
    box.release(tmp_path / "box.brain")
    asked = [code(label, number) for label in LABELS for number in range(90, 95)]
    wanted = box.predict_codes(asked)
    with Brain.open(tmp_path / "box.brain") as frozen:
        assert frozen.predict_codes(asked) == wanted
        assert frozen.predict_code(asked[0]) == box.predict_code(asked[0])
        with pytest.raises(e.BadInput, match="192 numbers"):
            frozen.predict_code(b"\0")
        with pytest.raises(e.ExtractorMismatch, match="imx500-mobilenetv2"):
            frozen.predict(scene("mug"))
        with pytest.raises(e.BadInput, match="'imx500-mobilenetv2' is not here, only its codes are"):
            export_tflite(frozen, tmp_path / "box.tflite")
    assert box.take_release(tmp_path / "box.brain").changed
    with Brain.open(box.folder, production=True) as running:
        assert running.predict_codes(asked) == wanted


def test_a_region_is_refused_where_only_codes_come(tmp_path: Path) -> None:
    with pytest.raises(e.BadInput, match="gives codes, of whatever it looked at"):
        Brain.create(tmp_path / "box", extractor=CAMERA, region="0,0,0.5,1")
    assert not (tmp_path / "box").exists()


# ── a code with its picture ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def pictured(box: Brain) -> Brain:
    """That brain, with a frame that has its picture, too, which only the camera can look at."""
    box.tag_code(code("mug", 70), "mug", picture=scene("mug", 70), burst="pictured")
    return box


def test_a_repair_keeps_all_but_a_picture_whose_code_is_nowhere(pictured: Brain) -> None:
    pictured.close()
    copy = pictured.folder.with_name("copy")
    shutil.copytree(pictured.folder, copy)
    for folder in (pictured.folder, copy):
        for path in (folder / "brain.db", *folder.glob("backups/brain-*")):
            path.write_bytes(b"")
    lost = repair(pictured.folder).lost
    assert [each.path.endswith(".jpg") for each in lost if "which is not here" in each.reason] == [True]
    with Brain.open(pictured.folder) as again:
        assert (len(again.images()), unsound(again)) == (24, [])
    assert len(list(pictured.folder.glob("frames/*/*.jpg"))) == 1, "the picture stays"

    class Camera:
        name, fingerprint, length, zero_point, code = CAMERA.name, CAMERA.fingerprint, 192, -128, staticmethod(look)

    repair(copy, extractor=Camera())
    with Brain.open(copy) as again:
        assert (len(again.images()), unsound(again)) == (25, [])


def test_an_import_takes_all_but_a_picture_that_comes_without_its_code(pictured: Brain, tmp_path: Path) -> None:
    export_folder(pictured, tmp_path / "out")
    with Brain.create(tmp_path / "again", extractor=CAMERA) as again:
        refused = import_folder(again, tmp_path / "out", bursts=tmp_path / "out" / "bursts.csv").refused
        assert len(again.images()) == 24
        assert len(refused) == 1 and "which is not here" in refused[0].reason


def test_a_picture_that_is_fetched_keeps_the_code_that_came_before(pictured: Brain, tmp_path: Path) -> None:
    hub = Memory()
    marker.make(hub)
    sync_brain(pictured, hub)
    with Brain.create(tmp_path / "other", extractor=CAMERA) as other:
        told = sync_brain(other, hub, fetch="all")
        assert (told.pictures_fetched, told.aside) == (25, [])
        assert not any(image.away for image in other.images())
        assert (other.head_digest(), unsound(other)) == (pictured.head_digest(), [])


def test_a_picture_whose_code_has_no_direction_stays_in_the_hub_and_stops_nothing(tmp_path: Path) -> None:
    class Dark:
        name, fingerprint, length, zero_point = CAMERA.name, CAMERA.fingerprint, 192, -128

        def code(self, pixels: NDArray[np.uint8]) -> NDArray[np.int8]:
            return look(pixels) if pixels.any() else np.full(192, -128, np.int8)

    hub = Memory()
    marker.make(hub)
    with Brain.create(tmp_path / "eyes", extractor=Dark(), views=False) as eyes:
        eyes.tag_many([(np.zeros((64, 64, 3), np.uint8), "night"), (scene("mug"), "mug")])
        sync_brain(eyes, hub)
    with Brain.create(tmp_path / "other", extractor=CAMERA) as other:
        told = sync_brain(other, hub, fetch="all")
        assert told.pictures_fetched == 1 and "has no direction" in told.aside[0].reason
        assert unsound(other) == []


def test_a_damaged_code_beside_a_picture_names_the_frame_and_comes_back_from_a_copy(pictured: Brain) -> None:
    digest, frame = pictured.head_digest(), pictured.images()[-1].id
    pictured.store.backup()
    with pictured.store.database.transaction():
        pictured.store.database.execute("UPDATE codes SET code = zeroblob(192) WHERE frame = 25")
    with pytest.raises(e.ExtractorMismatch, match=rf"frame {frame} needs another code: .*doctor --repair"):
        pictured.retrain()
    pictured.close()
    assert repair(pictured.folder).lost == []
    with Brain.open(pictured.folder) as again:
        assert (again.head_digest(), unsound(again)) == (digest, [])
