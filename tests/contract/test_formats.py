"""Every format in which pictures and tags go out and come in: byte for byte, once, and hostile ones not at all."""

from __future__ import annotations

import json
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from pictures import again, save, scene
from PIL import Image

from edge_brain import Brain, export_folder, export_zip, files, import_dataset
from edge_brain.errors import BadInput
from edge_brain.exchange.formats import FORMATS
from edge_brain.images import encode_jpeg

pytestmark = pytest.mark.usefixtures("once")  # no runtime is asked for here

LISTS = {
    "folder": "bursts.csv", "csv": "labels.csv", "jsonl": "labels.jsonl", "fiftyone": "labels.json",
    "labelstudio": "tasks.json", "coco": "annotations.json", "imagefolder": None, "teachable": "labels.txt",
}  # fmt: skip
TELLING = ("csv", "jsonl")  # of bursts and roles
STRANGE = "a/b: ü 50 %"  # no name of a folder


@pytest.fixture
def brain(brain: Brain) -> Brain:
    """A brain with JPEGs, PNGs and a WebP of four classes, bursts of several frames, and a hostile name."""
    for label in ("cup", "mug", STRANGE, "Mug"):
        for number in range(4):
            pairs = [(again(scene(label, number), frame), label) for frame in range(2)]
            brain.tag_many(pairs, burst=f"{label} {number}" if number % 2 else None)
    for suffix in ("png", "webp"):
        path = brain.folder.parent / f"other.{suffix}"
        Image.fromarray(scene("cup", 90 + len(suffix))).save(path, lossless=True)
        brain.tag(path, "cup")
    return brain


def classes_of(brain: Brain) -> dict[str, str | None]:
    return {frame.id: frame.label for frame in brain.store.frames(tagged=True)}


def tags_of(brain: Brain) -> set[tuple[str, str | None, str | None, str]]:
    return {(frame.id, frame.label, frame.role, frame.burst) for frame in brain.store.frames(tagged=True)}


def parts_of(brain: Brain) -> dict[str, str | None]:
    return {frame.id: frame.role for frame in brain.store.frames(tagged=True)}


def fresh(tmp_path: Path) -> Brain:
    return Brain.create(tmp_path / f"fresh {len(list(tmp_path.iterdir()))}", extractor="pixels")


def brought(tmp_path: Path, path: Path, **how: object) -> Brain:
    """Return a new brain into which something has come, all of it."""
    new = fresh(tmp_path)
    assert import_dataset(new, path, **how).refused == []  # type: ignore[arg-type]
    return new


def written(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


# ── round trips ─────────────────────────────────────────────────────────────────────────────────


def test_every_format_is_tried_here() -> None:
    assert set(LISTS) == set(FORMATS)


@pytest.mark.parametrize("form", FORMATS)
def test_pictures_go_out_byte_for_byte_under_names_of_their_own(brain: Brain, tmp_path: Path, form: str) -> None:
    done = export_folder(brain, tmp_path / "out", form=form)
    assert (done.frames, done.already, done.refused) == (len(classes_of(brain)), 0, [])
    pictures = [path for path in written(tmp_path / "out") if path.suffix in (".jpg", ".png", ".webp")]
    assert {files.content_id(path.read_bytes()) for path in pictures} == set(classes_of(brain))
    assert len({path.name.casefold() for path in pictures}) == len(pictures) == done.frames
    assert LISTS[form] is None or (tmp_path / "out" / LISTS[form]).is_file()
    again = export_folder(brain, tmp_path / "out", form=form)
    assert (again.frames, again.already, again.refused) == (0, done.frames, []), "what is there is left"


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("form", FORMATS)
def test_what_goes_out_comes_in_with_its_classes(brain: Brain, tmp_path: Path, form: str, packed: bool) -> None:
    out = tmp_path / "out.zip" if packed else tmp_path / "out"
    (export_zip if packed else export_folder)(brain, out, form=form)
    with brought(tmp_path, out) as new:
        expected = classes_of(brain)
        if form == "imagefolder" or (form in ("folder", "teachable") and not packed):  # folders alone tell classes
            spelled = {STRANGE: "a%2Fb%3A ü 50 %25", "Mug": "%4Dug"}
            expected = {frame: spelled.get(label or "", label) for frame, label in expected.items()}
        assert classes_of(new) == expected
        for frame in new.store.frames():
            assert files.content_id(new.store.path(frame).read_bytes()) == frame.id
        known = tags_of(new)
        assert import_dataset(new, out).already == len(known), "what is here is left"
        assert tags_of(new) == known
        if form in (*TELLING, "imagefolder"):
            assert parts_of(new) == parts_of(brain)
        if packed and form in ("folder", "teachable"):
            assert tags_of(new) == tags_of(brain), "a ZIP's own bursts.csv is read"


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("named", [False, True])
def test_a_table_tells_bursts_and_roles_too(brain: Brain, tmp_path: Path, form: str, named: bool) -> None:
    export_folder(brain, tmp_path / "out", form=form)
    with brought(tmp_path, tmp_path / "out" / f"labels.{form}" if named else tmp_path / "out") as new:
        assert tags_of(new) == tags_of(brain)
        assert new.head_digest() == brain.head_digest()


@pytest.mark.parametrize("form", ["folder", "teachable"])
def test_the_list_of_bursts_tells_the_rest_where_folders_tell_classes(brain: Brain, tmp_path: Path, form: str) -> None:
    export_folder(brain, tmp_path / "out", form=form)
    with brought(tmp_path, tmp_path / "out", bursts=tmp_path / "out" / "bursts.csv") as new:
        assert tags_of(new) == tags_of(brain)


@pytest.mark.parametrize("form", ["fiftyone", "labelstudio", "coco"])
def test_a_list_is_known_by_what_is_in_it_whatever_it_is_called(brain: Brain, tmp_path: Path, form: str) -> None:
    export_folder(brain, tmp_path / "out", form=form)
    path = (tmp_path / "out" / str(LISTS[form])).rename(tmp_path / "out" / "of the summer.json")
    (tmp_path / "out" / "settings.json").write_text('{"zoom": 2}')
    for given, form_given in ((path, None), (path.parent, None), (path, form)):
        with brought(tmp_path, given, form=form_given) as new:
            assert classes_of(new) == classes_of(brain)


def test_an_older_list_of_ours_is_kept_under_another_name(brain: Brain, tmp_path: Path) -> None:
    export_folder(brain, tmp_path / "out", form="coco")
    before = (tmp_path / "out" / "annotations.json").read_bytes()
    brain.untag(next(iter(classes_of(brain))))
    assert export_folder(brain, tmp_path / "out", form="coco").refused == []
    assert (tmp_path / "out" / "annotations-1.json").read_bytes() == before
    assert len(json.loads((tmp_path / "out" / "annotations.json").read_bytes())["images"]) == len(classes_of(brain))
    with brought(tmp_path, tmp_path / "out") as new:
        assert classes_of(new) == classes_of(brain), "and the newer one counts"


def test_a_class_more_does_not_stop_the_next_export(brain: Brain, tmp_path: Path) -> None:
    export_folder(brain, tmp_path / "out", form="teachable")
    brain.tag(scene("apple"), "apple")
    assert export_folder(brain, tmp_path / "out", form="teachable").refused == []
    assert "0 Mug\n1 a/b" in (tmp_path / "out" / "labels.txt").read_text()


def test_where_no_list_names_what_counts_nothing_older_is_left_beside_it(brain: Brain, tmp_path: Path) -> None:
    export_folder(brain, tmp_path / "out", form="imagefolder")
    brain.retag([next(iter(classes_of(brain)))], "fork")
    before = {path: path.read_bytes() for path in written(tmp_path / "out")}
    with pytest.raises(BadInput, match="1 pictures of an older export that are tagged otherwise by now"):
        export_folder(brain, tmp_path / "out", form="imagefolder")
    assert {path: path.read_bytes() for path in written(tmp_path / "out")} == before


def test_a_format_that_is_none_is_refused(brain: Brain, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no format 'yolo'; known are folder, fiftyone"):
        export_folder(brain, tmp_path / "out", form="yolo")
    with pytest.raises(BadInput, match="no format 'yolo'"):
        import_dataset(brain, tmp_path, form="yolo")


# ── as others write it ──────────────────────────────────────────────────────────────────────────


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Pictures that lists are written of: a.jpg to h.jpg, and i.png, each another scene."""
    for number, name in enumerate("abcdefgh"):
        save(tmp_path / "album", f"images/{name}.jpg", scene("thing", number))
    Image.fromarray(scene("thing", 8)).save(tmp_path / "album" / "images" / "i.png")
    (tmp_path / "album" / "images" / "Thumbs.db").write_bytes(b"\0")
    (tmp_path / "album" / ".DS_Store").write_bytes(b"\0")
    return tmp_path / "album"


def told(tmp_path: Path, album: Path, name: str, text: object) -> tuple[dict[str, str | None], list[str]]:
    """Return what is known of each picture, by the file's name, and what was refused, after a list has come in."""
    path = album / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text if isinstance(text, str) else json.dumps(text))
    with fresh(tmp_path) as new:
        refused = import_dataset(new, path).refused
        known = {frame.id: frame.label for frame in new.store.frames(tagged=True)}
    names = {files.content_id(each.read_bytes()): each.name for each in written(album)}
    return {names[frame]: label for frame, label in known.items()}, [each.reason for each in refused]


@pytest.mark.parametrize("text", [
    "file,label\nimages/a.jpg,cup\nimages/b.jpg,mug\n",
    "\ufeffFilename;x,Class\nimages/a.jpg,cup\nimages/b.jpg,mug\n".replace(";x", ""),
    "id,image_path,category\n1,images\\a.jpg,cup\n2,./images/b.jpg,mug\n",
    "file;label\nimages/a.jpg;cup\nimages/b.jpg;mug\n", "file\tlabel\nimages/a.jpg\tcup\nimages/b.jpg\tmug\n",
])  # fmt: skip
def test_a_csv_may_name_its_columns_as_people_do(tmp_path: Path, album: Path, text: str) -> None:
    assert told(tmp_path, album, "mine.csv", text) == ({"a.jpg": "cup", "b.jpg": "mug"}, [])


def test_lines_that_tell_nothing_useful_are_set_aside_and_stop_nothing(tmp_path: Path, album: Path) -> None:
    lines = [
        {"file": "images/a.jpg", "label": "cup"}, {"file": "images/b.jpg", "label": 7},
        {"file": "images/none.jpg", "label": "cup"}, {"file": "../../etc/passwd", "label": "cup"},
        {"file": "/etc/passwd", "label": "cup"}, {"file": "images/c.jpg", "label": ""},
        {"label": "cup"}, {"file": "images/d.jpg", "label": "x\u0000y"}, {"file": "images/e.jpg", "label": ["cup"]},
    ]  # fmt: skip
    known, reasons = told(tmp_path, album, "mine.jsonl", "\n".join(map(json.dumps, lines)))
    assert known == {"a.jpg": "cup", "b.jpg": "7"}
    assert len(reasons) == 7 and sum("leads elsewhere" in reason for reason in reasons) == 3


def test_an_image_folder_with_metadata_and_parts(tmp_path: Path, album: Path) -> None:
    for part, names in (("train", "ab"), ("validation", "cd"), ("test", "e")):
        (album / part).mkdir()
        for name in names:
            (album / "images" / f"{name}.jpg").rename(album / part / f"{name}.jpg")
        lines = [json.dumps({"file_name": f"{name}.jpg", "label": "thing"}) for name in names]
        (album / part / "metadata.jsonl").write_text("\n".join(lines))
    for path in written(album / "images"):
        path.unlink()
    (album / "images").rmdir()
    ids = {name: files.content_id(next(album.rglob(f"{name}.jpg")).read_bytes()) for name in "abcde"}
    with brought(tmp_path, album) as new:
        assert parts_of(new) == {
            ids[name]: "learned" if name in "ab" else "reserved" for name in "abcde"
        }  # fmt: skip


def test_a_scene_that_lies_in_both_parts_is_reserved_whole(tmp_path: Path) -> None:
    """As random parts have it: one frame of each scene to test with, its neighbours to train with."""
    for number in range(6):
        for frame in range(5):
            part = "val" if frame == 2 else "train"
            save(tmp_path / "set", f"{part}/mug/{number}-{frame}.jpg", again(scene("mug", number), frame))
        save(tmp_path / "set", f"train/mug/other-{number}.jpg", scene("mug", 50 + number))
    with brought(tmp_path, tmp_path / "set") as new:
        roles = parts_of(new)
        for path in written(tmp_path / "set"):
            expected = "learned" if "other" in path.name else "reserved"
            assert roles[files.content_id(path.read_bytes())] == expected, path


def test_one_picture_in_two_parts_and_two_classes_is_told(tmp_path: Path) -> None:
    for place in ("train/cup", "val/mug"):
        save(tmp_path / "set", f"{place}/1.jpg", scene("thing"))
    save(tmp_path / "set", "train/mug/2.jpg", scene("mug"))
    with fresh(tmp_path) as new:
        (refused,) = import_dataset(new, tmp_path / "set").refused
        assert "too" in refused.reason


def test_strays_beside_parts_and_in_them_make_no_classes_of_them(tmp_path: Path) -> None:
    for part in ("train", "val"):
        for label in ("cup", "mug"):
            save(tmp_path / "set", f"{part}/{label}/1.jpg", scene(f"{label} {part}"))
    (tmp_path / "set" / "docs").mkdir()
    (tmp_path / "set" / "docs" / "readme.txt").write_text("of the summer")
    stray = save(tmp_path / "set", "train/overview.jpg", scene("all"))
    with fresh(tmp_path) as new:
        done = import_dataset(new, tmp_path / "set")
        assert {info.label for info in new.classes()} == {"cup", "mug"}
        assert [(each.path, each.reason) for each in done.refused] == [(str(stray), "it lies in no folder of a class")]


def test_parts_that_hold_nothing_to_test_with_decide_nothing(tmp_path: Path) -> None:
    for number in range(8):
        save(tmp_path / "set", f"train/mug/{number}.jpg", scene("mug", number))
        save(tmp_path / "set", f"train/cup/{number}.jpg", scene("cup", number))
    lines = [f"train/{label}/{number}.jpg,{label},train" for label in ("mug", "cup") for number in range(8)]
    (tmp_path / "set" / "labels.csv").write_text("\n".join(["file,label,split", *lines]))
    with brought(tmp_path, tmp_path / "set") as new:
        assert "reserved" in parts_of(new).values(), "else there would be no score"


def test_a_list_over_all_parts_counts_and_parts_are_parts(tmp_path: Path) -> None:
    lines = ["file_name,label"]
    for part, numbers in (("train", (0, 1)), ("validation", (2, 3))):
        for number in numbers:
            save(tmp_path / "set", f"{part}/{number}.jpg", scene("mug", number))
            lines.append(f"{part}/{number}.jpg,mug")
    (tmp_path / "set" / "metadata.csv").write_text("\n".join(lines))
    with brought(tmp_path, tmp_path / "set") as new:
        assert sorted(map(str, parts_of(new).values())) == ["learned", "learned", "reserved", "reserved"]


def test_cocos_own_folders_are_known_by_the_list_that_is_given(tmp_path: Path) -> None:
    for part, number in (("train2017", 0), ("val2017", 1)):
        save(tmp_path / "coco", f"{part}/{number:012}.jpg", scene("mug", number))
        document = {
            "images": [{"id": 7.0, "file_name": f"{number:012}.jpg"}], "categories": [{"id": 1, "name": "mug"}],
            "annotations": [{"image_id": 7, "category_id": 1}],
        }  # fmt: skip
        (tmp_path / "coco" / "annotations").mkdir(exist_ok=True)
        (tmp_path / "coco" / "annotations" / f"instances_{part}.json").write_text(json.dumps(document))
    with fresh(tmp_path) as new, pytest.raises(BadInput, match="give the one that is meant, annotations/instances_tr"):
        import_dataset(new, tmp_path / "coco")
    with brought(tmp_path, tmp_path / "coco" / "annotations" / "instances_val2017.json") as new:
        assert list(parts_of(new).values()) == ["reserved"]


def test_a_picture_does_not_stand_in_for_another_of_its_name(tmp_path: Path) -> None:
    save(tmp_path / "album", "a/1.jpg", scene("cup"))
    document = {
        "images": [{"id": 1, "file_name": "b/1.jpg"}, {"id": 2, "file_name": "a/1.jpg"}],
        "categories": [{"id": 1, "name": "mug"}, {"id": 2, "name": "cup"}],
        "annotations": [{"image_id": 1, "category_id": 1}, {"image_id": 2, "category_id": 2}],
    }
    known, reasons = told(tmp_path, tmp_path / "album", "list.json", document)
    assert known == {"1.jpg": "cup"} and len(reasons) == 1


def test_json_that_is_of_something_else_stops_nothing(tmp_path: Path) -> None:
    for label in ("cup", "mug"):
        save(tmp_path / "set", f"{label}/1.jpg", scene(label))
    (tmp_path / "set" / "settings.json").write_text("{} // as editors like it")
    (tmp_path / "set" / "index.json").write_text('[{"path": "cup/1.jpg", "tag": "v1"}]')
    with brought(tmp_path, tmp_path / "set") as new:
        assert {info.label for info in new.classes()} == {"cup", "mug"}


@pytest.mark.parametrize("name", ["labels.json", "annotations.json", "metadata.jsonl"])
def test_a_torn_list_is_not_passed_over_for_its_folders(brain: Brain, tmp_path: Path, name: str) -> None:
    for folder in ("data", "more"):
        save(tmp_path / "set", f"{folder}/1.jpg", scene(folder))
    (tmp_path / "set" / name).write_text('{"labels": {"1": ')
    before = tags_of(brain)
    with pytest.raises(BadInput, match="cannot be read"):
        import_dataset(brain, tmp_path / "set")
    assert tags_of(brain) == before


def test_what_lies_in_val_is_reserved_and_a_double_of_it_is_not_learned(tmp_path: Path) -> None:
    seen = scene("mug", 5)
    for part, numbers in (("train", (0, 1, 2)), ("val", (3, 4, 5))):
        for number in numbers:
            save(tmp_path / "set", f"{part}/mug/{number}.jpg", scene("mug", number))
            save(tmp_path / "set", f"{part}/train/{number}.jpg", scene("a train", number))
    double = save(tmp_path / "set", "train/mug/double.jpg", again(seen))
    with brought(tmp_path, tmp_path / "set") as new:
        roles = parts_of(new)
        for path in written(tmp_path / "set"):
            part = "reserved" if path == double or "val" in path.parts else "learned"
            assert roles[files.content_id(path.read_bytes())] == part, path
        assert {info.label for info in new.classes()} == {"mug", "train"}


def test_classes_that_are_called_train_and_test_are_classes(tmp_path: Path) -> None:
    for label in ("train", "test"):
        save(tmp_path / "set", f"{label}/1.jpg", scene(label))
    with brought(tmp_path, tmp_path / "set") as new:
        assert {info.label for info in new.classes()} == {"train", "test"}


def test_fiftyone_names_classes_or_counts_them(tmp_path: Path, album: Path) -> None:
    (album / "images").rename(album / "data")
    document = {
        "classes": ["cup", "mug"],
        "labels": {
            "a": 0, "b": 1, "c": "fork", "d.jpg": {"label": "mug"},
            "e": None, "f": 9, "g": -1, "h": ["cup"], "z": 0, "i": True,
        },
    }  # fmt: skip
    known, reasons = told(tmp_path, album, "labels.json", document)
    assert known == {"a.jpg": "cup", "b.jpg": "mug", "c.jpg": "fork", "d.jpg": "mug"}
    assert len(reasons) == 6


def test_label_studio_names_pictures_by_paths_of_its_own(tmp_path: Path, album: Path) -> None:
    def task(image: str, *choices: str, **more: object) -> dict[str, object]:
        return {
            "data": {"image": image},
            "annotations": [{"result": [{"type": "choices", "value": {"choices": list(choices)}}], **more}],
        }

    tasks = [
        task("/data/local-files/?d=images/a.jpg", "cup"), task("/data/upload/3/b.jpg", "mug"),
        task("s3://bucket/somewhere/c.jpg", "mug"), task("https://host/d.jpg?token=1", "cup"),
        task("images/e.jpg", "cup", "mug"), task("images/f.jpg", "cup", was_cancelled=True),
        task("images/none.jpg", "cup"),
        {"data": {"text": "no picture"}}, {"data": {"image": "images/g.jpg"}, "predictions": [{"result": []}]},
        {"data": {"image": "http://[broken/h.jpg"}, "annotations": task("", "fork")["annotations"]},
    ]  # fmt: skip
    known, reasons = told(tmp_path, album, "export.json", tasks)
    assert known == {"a.jpg": "cup", "b.jpg": "mug", "c.jpg": "mug", "d.jpg": "cup", "h.jpg": "fork"}
    assert len(reasons) == 5
    small = [
        {"image": "/data/upload/1/a.jpg", "choice": "cup", "annotation_id": 1},
        {"image": "b.jpg", "choice": {"choices": ["mug"]}},
    ]
    assert told(tmp_path, album, "export.json", small)[0] == {"a.jpg": "cup", "b.jpg": "mug"}


def test_coco_tells_of_whole_pictures_where_all_boxes_agree(tmp_path: Path, album: Path) -> None:
    document = {
        "images": [{"id": number, "file_name": f"{name}.jpg"} for number, name in enumerate("abcd")] + ["nonsense"],
        "categories": [{"id": 1, "name": "cup"}, {"id": 2, "name": "mug"}],
        "annotations": [
            {"image_id": 0, "category_id": 1, "bbox": [0, 0, 5, 5]}, {"image_id": 0, "category_id": 1},
            {"image_id": 1, "category_id": 2}, {"image_id": 2, "category_id": 1}, {"image_id": 2, "category_id": 2},
            {"image_id": 3, "category_id": 77}, {"image_id": 99, "category_id": 1},
        ],
    }  # fmt: skip
    known, reasons = told(tmp_path, album, "instances.json", document)
    assert known == {"a.jpg": "cup", "b.jpg": "mug"}
    assert "several classes: cup, mug" in reasons[0] and "no class" in reasons[1]


@pytest.mark.parametrize(("name", "text", "said"), [
    ("x.json", "{", "cannot be read"), ("x.json", "[" * 100_000, "cannot be read"),
    ("x.json", "{}", "no list of pictures"),
    ("x.json", "[1]", "no list of pictures"), ("x.csv", "file\nnone.jpg,x\n", "has the columns file; it needs one of"),
    ("x.csv", "", "no list of pictures"), ("x.jsonl", "7\n", "no objects"), ("x.csv", "name,label\na,b\n", "no list"),
    ("x.jsonl", "{}\n{\n", "cannot be read"), ("labels.json", '{"labels": {', "cannot be read"),
    ("x.jsonl", '{"file": NaN}', "needs one of label"),
])  # fmt: skip
def test_a_list_that_is_none_is_refused_whole(tmp_path: Path, album: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        told(tmp_path, album, name, text)


def test_a_list_that_is_no_text_is_refused(brain: Brain, album: Path) -> None:
    (album / "x.csv").write_bytes(b"file,label\nimages/\xff.jpg,cup\n")
    with pytest.raises(BadInput, match="cannot be read"):
        import_dataset(brain, album / "x.csv")


def test_a_list_as_a_spreadsheet_saves_it_and_names_as_a_mac_spells_them(tmp_path: Path) -> None:
    save(tmp_path / "album", unicodedata.normalize("NFD", "küche.jpg"), scene("mug"))
    (tmp_path / "album" / "list.csv").write_bytes(
        unicodedata.normalize("NFC", "file\tlabel\nküche.jpg\tmug\n").encode("utf-16")
    )
    with brought(tmp_path, tmp_path / "album" / "list.csv") as new:
        assert list(classes_of(new).values()) == ["mug"]


def test_a_name_that_no_file_can_have_is_set_aside(tmp_path: Path, album: Path) -> None:
    known, reasons = told(tmp_path, album, "x.csv", f"file,label\n{'x' * 300}.jpg,cup\nimages/a.jpg,cup\n")
    assert known == {"a.jpg": "cup"} and len(reasons) == 1


def test_several_lists_are_not_guessed_between(brain: Brain, tmp_path: Path) -> None:
    for form in ("coco", "labelstudio"):
        export_folder(brain, tmp_path / "out", form=form)
    with pytest.raises(BadInput, match=r"several lists, annotations.json, tasks.json"):
        import_dataset(brain, tmp_path / "out")
    with brought(tmp_path, tmp_path / "out", form="coco") as new:
        assert classes_of(new) == classes_of(brain)


def test_a_format_that_is_not_there_is_told(brain: Brain, album: Path) -> None:
    with pytest.raises(BadInput, match=r"has no list as coco has it: images/ and annotations.json"):
        import_dataset(brain, album, form="coco")


def test_a_model_of_teachable_machine_holds_no_pictures(brain: Brain, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "converted_tflite.zip", "w") as archive:
        archive.writestr("labels.txt", "0 cup\n1 big mug\n")
        archive.writestr("model_unquant.tflite", b"TFL3")
    with pytest.raises(BadInput, match="a model of the classes cup, big mug: pictures are what is learned from"):
        import_dataset(brain, tmp_path / "converted_tflite.zip")


def test_what_computers_leave_in_zips_is_passed_over_and_one_folder_around_all_is_none(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("my set/", b"")
        for label in ("cup", "mug"):
            archive.writestr(f"my set/{label}/1.jpg", encode_jpeg(scene(label)))
        for stray in ("__MACOSX/my set/cup/._1.jpg", "my set/.DS_Store", "my set/cup/Thumbs.db", "my set/readme.txt"):
            archive.writestr(stray, b"stray")
    with brought(tmp_path, tmp_path / "x.zip") as new:
        assert {info.label for info in new.classes()} == {"cup", "mug"}


@pytest.mark.parametrize(("members", "classes"), [
    (["labels.csv", "images/2024/a.jpg", "images/2025/b.jpg"], {"fork", "spoon"}),
    (["mug/shelf/a.jpg"], {"mug"}), (["./mug/a.jpg", "cup//b.jpg"], {"mug", "cup"}),
    (["set/mug/a.jpg", "set/cup/b.jpg", "readme.txt"], {"mug", "cup"}),
    (["1: mugs/a.jpg", "2/b.jpg"], {"1: mugs", "2"}),
    ([f"{'7' * 300}/a.jpg", "2/b.jpg"], None), (["/".join(["mug", *"x" * 1500, "a.jpg"])], {"mug"}),
])  # fmt: skip
def test_a_zip_is_read_as_the_folder_that_was_packed(
    tmp_path: Path, members: list[str], classes: set[str] | None
) -> None:
    data = {"labels.csv": b"file,label\nimages/2024/a.jpg,fork\nimages/2025/b.jpg,spoon\n", "readme.txt": b"hello"}
    path = packed(tmp_path / "x.zip", [(name, data.get(name) or encode_jpeg(scene(name))) for name in members])
    with fresh(tmp_path) as new:
        refused = import_dataset(new, path).refused
        assert {info.label for info in new.classes()} == (classes or {"2"}) and len(refused) == (classes is None)


# ── hostile archives ────────────────────────────────────────────────────────────────────────────


def packed(path: Path, members: Iterable[tuple[zipfile.ZipInfo | str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def good() -> list[tuple[zipfile.ZipInfo | str, bytes]]:
    return [(f"mug/{number}.jpg", encode_jpeg(scene("mug", number))) for number in range(3)]


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return entry


def assert_refused_whole(brain: Brain, path: Path, said: str) -> None:
    before, there = tags_of(brain), sorted(path.parent.iterdir())
    with pytest.raises(BadInput, match=said):
        import_dataset(brain, path)
    assert tags_of(brain) == before and len(brain.store.frames()) == len(before)
    assert sorted(path.parent.iterdir()) == there


@pytest.mark.parametrize("name", [
    "../mug/x.jpg", "/mug/x.jpg", "mug/../../x.jpg", "mug/../x.jpg", "C:/mug/x.jpg", "mug\\..\\..\\x.jpg", "m" * 5000,
])  # fmt: skip
def test_a_name_that_leads_out_of_a_zip_has_it_refused_whole(brain: Brain, tmp_path: Path, name: str) -> None:
    path = packed(tmp_path / "x.zip", [*good(), (name, encode_jpeg(scene("mug", 9)))])
    assert_refused_whole(brain, path, "leads out of it; nothing of it was taken")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_links_doubles_and_secrets_have_a_zip_refused_whole(brain: Brain, tmp_path: Path) -> None:
    assert_refused_whole(brain, packed(tmp_path / "1.zip", [*good(), (link("mug/x.jpg"), b"/etc/passwd")]), "a link")
    assert_refused_whole(brain, packed(tmp_path / "2.zip", [*good(), *good()[:1]]), "stands there twice")
    data = bytearray(packed(tmp_path / "3.zip", good()).read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "3.zip").write_bytes(data)
    assert_refused_whole(brain, tmp_path / "3.zip", "is encrypted")
    data = bytearray(packed(tmp_path / "4.zip", good()).read_bytes())
    data[data.index(b"PK\x01\x02") + 10] = 99
    (tmp_path / "4.zip").write_bytes(data)
    assert_refused_whole(brain, tmp_path / "4.zip", "compressed in a way that is not known")


def test_files_that_lie_in_each_other_have_a_zip_refused_whole(brain: Brain, tmp_path: Path) -> None:
    data = bytearray(packed(tmp_path / "x.zip", good()).read_bytes())
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[second + 42 : second + 46] = struct.pack("<I", 8)
    (tmp_path / "x.zip").write_bytes(data)
    assert_refused_whole(brain, tmp_path / "x.zip", "lie in each other")


def test_a_bomb_is_refused_whole(brain: Brain, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in good():
            archive.writestr(name, data)
        for number in range(6):
            archive.writestr(f"mug/zero {number}.bmp", bytes(50 * 2**20))
    assert_refused_whole(brain, tmp_path / "x.zip", "as no pictures are")


def test_a_zip_that_is_cut_off_is_refused_whole_and_a_picture_that_is_damaged_alone(
    brain: Brain, tmp_path: Path
) -> None:
    data = packed(tmp_path / "x.zip", good()).read_bytes()
    for cut in (len(data) // 2, len(data) - 5, 4):
        (tmp_path / "cut.zip").write_bytes(data[:cut])
        assert_refused_whole(brain, tmp_path / "cut.zip", "no whole ZIP")
    torn = bytearray(data)
    torn[data.index(b"PK\x03\x04", 4) - 40] ^= 1
    (tmp_path / "torn.zip").write_bytes(torn)
    with fresh(tmp_path) as new:
        done = import_dataset(new, tmp_path / "torn.zip")
        assert done.learned + done.reserved == 2 and "cannot be read" in done.refused[0].reason
