"""Folders come in whole, once, and again after they were broken off; what is no picture stops nothing."""

from __future__ import annotations

import csv
import os
from fnmatch import fnmatch
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import again, changed, save, scene
from PIL import Image

from edge_brain import Brain, examine, files
from edge_brain.errors import BadInput
from edge_brain.exchange import folder as folders
from edge_brain.files import content_id
from edge_brain.outcomes import Refused, Scenes
from edge_brain.records import Tag

CLASSES = ("cup", "fork", "mug")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of three classes with eight scenes each."""
    for label in CLASSES:
        for number in range(8):
            save(tmp_path / "pictures", f"{label}/{number}.jpg", scene(label, number))
    return tmp_path / "pictures"


def tags_of(brain: Brain) -> dict[str, tuple[str | None, str | None, str]]:
    return {frame.id: (frame.label, frame.role, frame.burst) for frame in brain.store.frames()}


def assert_sound(brain: Brain) -> None:
    assert [finding for finding in examine(brain) if not finding.ok and finding.check != "free space"] == []


def bursts_csv(path: Path, column: str, lines: dict[str, str]) -> Path:
    path.write_text("\n".join([f"file,{column}", *(f"{file},{burst}" for file, burst in lines.items())]) + "\n")
    return path


# ── what comes in ───────────────────────────────────────────────────────────────────────────────


def test_a_folder_of_folders_is_tagged_by_their_names(brain: Brain, pictures: Path) -> None:
    told = folders.import_folder(brain, pictures)
    assert (told.learned, told.reserved, told.already, told.refused) == (18, 6, 0, [])
    assert [(info.label, info.learned, info.reserved) for info in brain.classes()] == [(c, 6, 2) for c in CLASSES]
    for label in CLASSES:
        for path in (pictures / label).iterdir():
            frame = brain.store.frame(content_id(path.read_bytes()))
            assert frame.label == label
            assert brain.picture(frame.id) == path.read_bytes()
    assert {row["who"] for row in brain.store.database.rows("SELECT who FROM events")} == {"import"}


def test_importing_is_what_tagging_one_by_one_in_the_same_order_gives(
    brain: Brain, pictures: Path, tmp_path: Path
) -> None:
    folders.import_folder(brain, pictures)
    with Brain.create(tmp_path / "other", extractor="pixels") as other:
        for label in CLASSES:
            for number in range(8):
                other.tag(pictures / label / f"{number}.jpg", label)
        assert (tags_of(other), other.head_digest()) == (tags_of(brain), brain.head_digest())


def test_folders_inside_a_class_belong_to_it_and_other_files_are_passed_over(brain: Brain, tmp_path: Path) -> None:
    save(tmp_path, "pictures/mug/2024/may/1.jpg", scene("mug"))
    save(tmp_path, "pictures/mug/.thumbnails/1.jpg", scene("mug", 1))
    save(tmp_path, "pictures/.trash/1.jpg", scene("cup"))
    save(tmp_path, "pictures/stray.jpg", scene("cup"))
    (tmp_path / "pictures/mug/notes.txt").write_text("not a picture")
    (tmp_path / "pictures/mug/groups.CSV").write_text("file,burst")
    told = folders.import_folder(brain, tmp_path / "pictures")
    stray = folders.Refused(str(tmp_path / "pictures/stray.jpg"), "it lies in no folder of a class")
    assert (told.learned, told.reserved, told.refused) == (1, 0, [stray])
    assert [info.label for info in brain.classes()] == ["mug"]


def test_importing_twice_adds_nothing(brain: Brain, pictures: Path) -> None:
    folders.import_folder(brain, pictures)
    before, events = tags_of(brain), brain.store.last_event()
    told = folders.import_folder(brain, pictures)
    assert (told.learned, told.reserved, told.already) == (0, 0, 24)
    assert (tags_of(brain), brain.store.last_event()) == (before, events)


def test_what_the_brain_holds_stays_as_it_is(brain: Brain, pictures: Path) -> None:
    tag = brain.tag(pictures / "mug" / "0.jpg", "teacup")
    gone = brain.tag(pictures / "mug" / "1.jpg", "mug")
    brain.untag(gone.frame_id)
    told = folders.import_folder(brain, pictures)
    assert told.already == 2
    assert brain.store.frame(tag.frame_id).label == "teacup"
    assert brain.store.frame(gone.frame_id).label is None


def test_a_file_that_is_no_picture_is_refused_and_stops_nothing(brain: Brain, pictures: Path) -> None:
    (pictures / "cup" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not much of a JPEG")
    (pictures / "mug" / "empty.png").write_bytes(b"")
    whole = (pictures / "mug" / "1.jpg").read_bytes()
    (pictures / "mug" / "cut short.jpg").write_bytes(whole[: len(whole) // 2])
    told = folders.import_folder(brain, pictures)
    assert told.learned + told.reserved == 24
    names = ("cup/broken.jpg", "mug/cut short.jpg", "mug/empty.png")
    assert sorted(refused.path for refused in told.refused) == [str(pictures / name) for name in names]
    for refused in told.refused:
        assert isinstance(refused, Refused)
        assert refused.reason.startswith(f"{refused.path}: "), "the reason can be shown alone"
    assert len(brain.store.frames()) == 24


def test_the_same_picture_in_two_classes_is_tagged_once_and_refused_once(brain: Brain, pictures: Path) -> None:
    twin = pictures / "mug" / "twin.jpg"
    twin.write_bytes((pictures / "cup" / "3.jpg").read_bytes())
    told = folders.import_folder(brain, pictures)
    assert [(refused.path, refused.reason) for refused in told.refused] == [
        (str(twin), "the same picture lies in class `cup` too")
    ]
    assert brain.store.frame(content_id(twin.read_bytes())).label == "cup"
    assert told.learned + told.reserved == 24


def test_the_same_picture_twice_in_a_class_is_one_frame(brain: Brain, pictures: Path) -> None:
    (pictures / "cup" / "copy.jpg").write_bytes((pictures / "cup" / "3.jpg").read_bytes())
    told = folders.import_folder(brain, pictures)
    assert (told.learned + told.reserved, told.already, told.refused) == (24, 1, [])


def test_progress_is_told_for_every_file(brain: Brain, pictures: Path) -> None:
    (pictures / "mug" / "empty.png").write_bytes(b"")
    told: list[tuple[int, int]] = []
    folders.import_folder(brain, pictures, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 25) for done in range(1, 26)]


def test_a_folder_that_holds_no_classes_is_refused(brain: Brain, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"there is no folder .*nowhere"):
        folders.import_folder(brain, tmp_path / "nowhere")
    save(tmp_path, "flat/1.jpg", scene("mug"))
    with pytest.raises(BadInput, match=r"flat has no pictures in folders: give each class a folder of its own"):
        folders.import_folder(brain, tmp_path / "flat")
    save(tmp_path, f"long/{'x' * 101}/1.jpg", scene("mug"))
    save(tmp_path, "long/a/1.jpg", scene("mug"))
    assert brain.store.frames() == []
    told = folders.import_folder(brain, tmp_path / "long")
    assert (told.learned, [("at most 100 characters" in each.reason) for each in told.refused]) == (1, [True])


# ── bursts ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("column", ["burst", "track", "tile", "session", "scene", "student", "whatever"])
def test_a_csv_says_which_pictures_show_one_scene(brain: Brain, pictures: Path, tmp_path: Path, column: str) -> None:
    lines = {f"{label}/{number}.jpg": f"{label} {number // 4}" for label in CLASSES for number in range(8)}
    folders.import_folder(brain, pictures, bursts=bursts_csv(tmp_path / "groups.csv", column, lines))
    for label in CLASSES:
        for number in range(8):
            frame = brain.store.frame(content_id((pictures / label / f"{number}.jpg").read_bytes()))
            assert frame.burst == f"{label} {number // 4}"
            assert frame.role == ("learned", "reserved")[number // 4]


def test_files_that_the_csv_does_not_name_find_their_bursts_themselves(
    brain: Brain, pictures: Path, tmp_path: Path
) -> None:
    groups = tmp_path / "groups.csv"
    groups.write_text("\ufefffile,who,session\ncup/0.jpg,me,s1\ncup/1.jpg,me,s1\ncup/2.jpg,me,\n", encoding="utf-8")
    folders.import_folder(brain, pictures, bursts=groups)
    bursts = [brain.store.frame(content_id((pictures / "cup" / f"{n}.jpg").read_bytes())).burst for n in range(3)]
    assert bursts[:2] == ["s1", "s1"]
    assert bursts[2] == content_id((pictures / "cup" / "2.jpg").read_bytes())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,burst\nmug/1.jpg,a\n", r"has the columns name, burst; it needs `file` and one of session, student"),
        ("file,colour,size\nmug/1.jpg,red,2\n", r"has the columns file, colour, size; it needs `file` and one of"),
        ("file\nmug/1.jpg\n", r"has the columns file; it needs"),
        ("", r"has the columns none; it needs"),
        ("file,burst\n", r"has the columns none|no file that"),
        ("file,burst\ncups/0.jpg,a\n", r"no file that .* names is in .*; its column `file` holds paths like mug/1.jpg"),
    ],
)
def test_a_csv_that_says_nothing_useful_is_refused(
    brain: Brain, pictures: Path, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "groups.csv").write_text(text)
    with pytest.raises(BadInput, match=said):
        folders.import_folder(brain, pictures, bursts=tmp_path / "groups.csv")
    assert brain.store.frames() == []


def test_a_csv_that_cannot_be_read_is_refused(brain: Brain, pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes("file,burst\nmug/1.jpg,café\n".encode("latin-1"))
    for path in (tmp_path / "latin.csv", tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(BadInput, match="cannot be read as CSV"):
            folders.import_folder(brain, pictures, bursts=path)
    assert brain.store.frames() == []


def test_near_duplicates_that_follow_each_other_are_one_burst(brain: Brain, tmp_path: Path) -> None:
    for number in range(12):
        save(tmp_path, f"pictures/mug/{number}.jpg", again(scene("mug", number // 4), number))
    folders.import_folder(brain, tmp_path / "pictures")
    bursts = [frame.burst for frame in brain.store.frames()]
    assert bursts == [bursts[0]] * 4 + [bursts[4]] * 4 + [bursts[8]] * 4
    assert len(set(bursts)) == 3
    assert [frame.role for frame in brain.store.frames()] == ["learned"] * 4 + ["reserved"] * 4 + ["learned"] * 4


def shot(path: Path, picture: np.ndarray, time: str) -> None:
    """Write a picture as a camera does that has a clock."""
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = f"2024:05:31 {time}"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, "JPEG", quality=95, subsampling=0, exif=exif)


def test_pictures_taken_moments_apart_are_one_burst_while_they_are_alike(brain: Brain, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures" / "mug"
    shot(pictures / "1.jpg", scene("mug"), "12:00:00")
    shot(pictures / "2.jpg", changed(scene("mug"), 8, 1), "12:00:20")
    shot(pictures / "3.jpg", changed(scene("mug"), 4, 2), "13:30:00")  # another visit
    shot(pictures / "4.jpg", scene("mug", 5), "13:30:05")  # another scene
    folders.import_folder(brain, tmp_path / "pictures")
    first, second, third, fourth = (frame.burst for frame in brain.store.frames())
    assert first == second
    assert len({first, third, fourth}) == 3


def test_a_scene_goes_on_after_a_picture_that_is_here_already(brain: Brain, tmp_path: Path) -> None:
    save(tmp_path, "pictures/mug/1.jpg", scene("mug", 1))
    held = brain.tag(save(tmp_path, "pictures/mug/2.jpg", scene("mug", 2)), "mug", burst="shelf")
    save(tmp_path, "pictures/mug/3.jpg", changed(scene("mug", 2), 4))
    save(tmp_path, "pictures/mug/4.jpg", changed(scene("mug", 2), 4, 1))
    folders.import_folder(brain, tmp_path / "pictures")
    bursts = {frame.id: frame.burst for frame in brain.store.frames()}
    first, second, third, fourth = (
        bursts[content_id((tmp_path / f"pictures/mug/{number}.jpg").read_bytes())] for number in (1, 2, 3, 4)
    )
    assert held.burst == second == third == fourth == "shelf"
    assert first != second


def test_a_scene_goes_on_after_a_copy_of_its_picture(brain: Brain, tmp_path: Path) -> None:
    for name, picture in (("1.jpg", scene("mug")), ("2.jpg", scene("mug")), ("3.jpg", changed(scene("mug"), 4))):
        save(tmp_path, f"pictures/mug/{name}", picture)
    told = folders.import_folder(brain, tmp_path / "pictures")
    assert (told.learned, told.reserved, told.already) == (2, 0, 1)
    assert len({frame.burst for frame in brain.store.frames()}) == 1


# ── broken off ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def walks(tmp_path: Path) -> Path:
    """A folder of two classes with twelve walks round a thing each: five pictures that drift."""
    for label in ("cup", "mug"):
        for number in range(60):
            picture = changed(scene(label, number // 5), 2, number)
            save(tmp_path / "walks", f"{label}/{number}.jpg", picture)
    return tmp_path / "walks"


class PulledPlug(Exception):
    pass


def scenes_csv(path: Path) -> Path:
    return bursts_csv(path, "burst", {f"{c}/{n}.jpg": f"{c} {n // 5}" for c in ("cup", "mug") for n in range(60)})


def assert_begun_again_is_whole(folder: Path, walks: Path, tagged: int, bursts: Path | None, tmp_path: Path) -> None:
    """Assert that an import of the walks goes on where it stood, and ends as one that was left alone."""
    with Brain.open(folder) as next_day, Brain.create(tmp_path / "whole", extractor="pixels") as whole:
        told = folders.import_folder(next_day, walks, bursts=bursts)
        assert (told.already, told.learned + told.reserved, told.refused) == (tagged, 120 - tagged, [])
        folders.import_folder(whole, walks, bursts=bursts)
        assert 20 <= len({frame.burst for frame in whole.store.frames()}) <= 24
        assert tags_of(next_day) == tags_of(whole)
        assert next_day.head_digest() == whole.head_digest()


@pytest.mark.parametrize("stop", [1, 40, 119])
@pytest.mark.parametrize("named", [True, False], ids=["bursts named", "bursts found"])
def test_an_import_that_was_broken_off_is_simply_begun_again(
    brain: Brain, walks: Path, tmp_path: Path, stop: int, named: bool
) -> None:
    bursts = scenes_csv(tmp_path / "groups.csv") if named else None

    def pull(done: int, total: int) -> None:
        if done == stop:
            raise PulledPlug

    with pytest.raises(PulledPlug):
        folders.import_folder(brain, walks, bursts=bursts, progress=pull)
    assert len(brain.store.frames()) == stop // 32 * 32, "what was kept is there"
    assert brain.classes() == [], "and untagged, until all pictures are known"
    assert_begun_again_is_whole(brain.folder, walks, 0, bursts, tmp_path)


@pytest.mark.parametrize("batches", [1, 2, 3])
@pytest.mark.parametrize("named", [True, False], ids=["bursts named", "bursts found"])
def test_an_import_that_was_broken_off_within_a_burst_goes_on_within_it(
    brain: Brain, walks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batches: int, named: bool
) -> None:
    bursts, tag, calls = scenes_csv(tmp_path / "groups.csv") if named else None, brain.tag_exposures, count()

    def pull(*args: Any, **kwargs: Any) -> list[Tag]:
        if next(calls) == batches:
            raise PulledPlug
        return tag(*args, **kwargs)

    monkeypatch.setattr(brain, "tag_exposures", pull)
    with pytest.raises(PulledPlug):
        folders.import_folder(brain, walks, bursts=bursts)
    tagged = sum(info.learned + info.reserved for info in brain.classes())
    assert tagged == 32 * batches and tagged % 5, "within a burst"
    assert_begun_again_is_whole(brain.folder, walks, tagged, bursts, tmp_path)


def test_pictures_that_are_put_into_a_folder_later_join_the_bursts_of_their_neighbours(
    brain: Brain, walks: Path, tmp_path: Path
) -> None:
    later = {path: path.read_bytes() for path in walks.rglob("*7.jpg")}
    for path in later:
        path.unlink()
    folders.import_folder(brain, walks)
    before = tags_of(brain)
    for path, data in later.items():
        path.write_bytes(data)
    told = folders.import_folder(brain, walks)
    assert (told.learned + told.reserved, told.already) == (12, 108)
    bursts = {frame.id: frame.burst for frame in brain.store.frames()}
    assert {frame_id: tag for frame_id, tag in tags_of(brain).items() if frame_id in before} == before
    for path in later:
        beside = path.with_name(f"{int(path.stem) - 1}.jpg")
        assert bursts[content_id(path.read_bytes())] == bursts[content_id(beside.read_bytes())]


def test_a_picture_that_was_kept_and_never_tagged_is_tagged_as_if_it_were_new(brain: Brain, walks: Path) -> None:
    kept = brain.exposer.expose(walks / "mug" / "1.jpg")
    brain.keep_exposures([kept])
    first = brain.tag(walks / "mug" / "0.jpg", "mug", source="camera")
    assert brain.tag(walks / "mug" / "1.jpg", "mug", source="camera").burst == first.burst
    assert_sound(brain)


# ── scenes that nobody named ────────────────────────────────────────────────────────────────────


def test_an_import_tells_how_it_found_the_scenes(brain: Brain, walks: Path, tmp_path: Path) -> None:
    told = folders.import_folder(brain, walks).scenes
    assert told.by_numbers >= 20 and (told.by_time, told.alone) == (0, 0)
    assert folders.import_folder(brain, walks).scenes == Scenes(), "nothing was to be found"
    with Brain.create(tmp_path / "named", extractor="pixels") as named:
        assert folders.import_folder(named, walks, bursts=scenes_csv(tmp_path / "groups.csv")).scenes == Scenes()
    with Brain.create(tmp_path / "alone", extractor="pixels") as alone:
        for number in range(5):
            save(tmp_path / "fork", f"{number}.jpg", scene("fork", number))
        assert folders.tag_files(alone, [tmp_path / "fork"], "fork").scenes == Scenes(alone=5)


def test_times_find_scenes_whose_pictures_lie_far_apart_in_the_folder(brain: Brain, tmp_path: Path) -> None:
    """Two cameras' folders, two classes, and names that say nothing."""
    for label in ("cup", "mug"):
        for number in range(12):
            for frame in range(3):
                name = f"camera {frame % 2}/{content_id(f'{label} {number} {frame}'.encode())[:12]}.jpg"
                picture = changed(scene(label, number), 8, 3 * number + frame)
                shot(tmp_path / "pictures" / label / name, picture, f"{10 + number // 6}:{number % 6}0:{5 * frame:02}")
    told = folders.import_folder(brain, tmp_path / "pictures")
    assert told.scenes == Scenes(by_time=24)
    assert [(info.learned, info.reserved) for info in brain.classes()] == [(27, 9), (27, 9)]


def test_exposures_of_one_thing_that_the_names_lay_apart_are_one_burst(brain: Brain, tmp_path: Path) -> None:
    for label in ("cup", "mug"):
        for number in range(10):
            for exposure in range(4):
                picture = (changed(scene(label, number), 3, 4 * number + exposure) * (0.4 + 0.2 * exposure)).astype(
                    np.uint8
                )
                save(tmp_path / "pictures", f"{label}/exp{exposure}_num_{700 * number + 9 * exposure}.jpg", picture)
    told = folders.import_folder(brain, tmp_path / "pictures")
    assert told.scenes == Scenes(by_numbers=20)
    assert {len(list(bursts)) for bursts in grouped(tags_of(brain)).values()} == {4}


def grouped(tags: dict[str, tuple[str | None, str | None, str]]) -> dict[str, list[str]]:
    bursts: dict[str, list[str]] = {}
    for frame_id, (_, _, burst) in tags.items():
        bursts.setdefault(burst, []).append(frame_id)
    return bursts


def test_the_bursts_do_not_depend_on_the_order_in_which_a_folder_lists_its_files(
    brain: Brain, walks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders.import_folder(brain, walks)
    otherwise = sorted(files.walk(walks), key=lambda path: path.stem[::-1])
    monkeypatch.setattr(files, "walk", lambda folder: iter(otherwise))
    with Brain.create(tmp_path / "other", extractor="pixels") as other:
        folders.import_folder(other, walks)
        assert set(map(frozenset, grouped(tags_of(other)).values())) == set(
            map(frozenset, grouped(tags_of(brain)).values())
        )


@pytest.mark.usefixtures("once")
def test_tiles_and_students_of_real_pictures_are_found_without_their_csv(tmp_path: Path, data: Path) -> None:
    """Exposures of a tile share a range of numbers; a student makes all signs within a minute."""
    for name, chosen, least in (("magnetic_tile", "[be]*", 0.95), ("sign_digits", "*", 0.8)):
        with (data / name / "groups.csv").open(newline="") as file:
            groups = {row["file"]: row.get("student") or row["burst"] for row in csv.DictReader(file)}
        known = sorted(set(groups.values()))[: 30 if name == "magnetic_tile" else 12]
        for path, group in groups.items():
            if group in known and fnmatch(path, chosen):
                target = tmp_path / name / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(data / name / path)
        with Brain.create(tmp_path / f"brain of {name}") as brain:
            folders.import_folder(brain, tmp_path / name)
            bursts = {content_id((tmp_path / name / path).read_bytes()): group for path, group in groups.items()
                      if (tmp_path / name / path).exists()}  # fmt: skip
            found: dict[str, set[str]] = {}
            for frame in brain.store.frames():
                found.setdefault(bursts[frame.id], set()).add(frame.burst)
        assert sum(len(own) == 1 for own in found.values()) >= least * len(found), name


# ── files that are named ────────────────────────────────────────────────────────────────────────


def test_files_and_folders_are_tagged_with_one_label(brain: Brain, pictures: Path) -> None:
    told = folders.tag_files(brain, [pictures / "mug", pictures / "cup" / "0.jpg"], " mug ", burst="shelf", who="me")
    assert (told.learned, told.reserved, told.already, told.refused) == (9, 0, 0, [])
    assert {(frame.label, frame.burst) for frame in brain.store.frames()} == {("mug", "shelf")}
    told = folders.tag_files(brain, [pictures / "cup" / "0.jpg", pictures / "mug" / "0.jpg"], "cup")
    assert (told.learned, told.already) == (2, 0), "those that are held get the new label"
    told = folders.tag_files(brain, [pictures / "cup" / "0.jpg", pictures / "mug" / "1.jpg"], "cup")
    assert (told.learned, told.already) == (1, 1)
    assert brain.classes()[0].learned == 3


def test_a_label_that_cannot_be_meant_tags_no_file(brain: Brain, pictures: Path) -> None:
    with pytest.raises(BadInput):
        folders.tag_files(brain, [pictures / "mug"], "")
    assert brain.store.frames() == []


def test_files_are_predicted_in_order_and_refused_where_they_are_no_pictures(taught: Brain, pictures: Path) -> None:
    (pictures / "mug" / "9.jpg").write_bytes(b"no picture")
    before = tags_of(taught)
    told = dict(folders.predict_files(taught, [pictures / "cup", pictures / "mug", pictures / "nowhere.jpg"]))
    assert list(told)[:3] == [pictures / "cup" / f"{number}.jpg" for number in range(3)]
    refused = [path for path, answer in told.items() if isinstance(answer, Refused)]
    assert refused == [pictures / "mug" / "9.jpg", pictures / "nowhere.jpg"]
    for path, answer in told.items():
        if not isinstance(answer, Refused):
            assert answer.ranking[0][0] == path.parent.name
    assert tags_of(taught) == before


# ── testing ─────────────────────────────────────────────────────────────────────────────────────


def test_testing_tells_how_right_the_brain_is_and_learns_nothing(taught: Brain, tmp_path: Path) -> None:
    for label in CLASSES:
        for number in range(4):
            save(tmp_path, f"fresh/{label}/{number}.jpg", scene(label, 100 + number))
    save(tmp_path, "fresh/mug/liar.jpg", scene("cup", 110))
    save(tmp_path, "fresh/spoon/0.jpg", scene("fork", 111))
    (tmp_path / "fresh" / "cup" / "broken.jpg").write_bytes(b"no picture")
    before = tags_of(taught), taught.head_digest(), taught.store.last_event()
    told = folders.test_folder(taught, tmp_path / "fresh")
    assert dict(told.per_class) == {"cup": (4, 4), "fork": (4, 4), "mug": (4, 5), "spoon": (0, 1)}
    assert told.accuracy == pytest.approx(12 / 14)
    assert told.balanced_accuracy == pytest.approx((1 + 1 + 0.8 + 0) / 4)
    assert [Path(refused.path).name for refused in told.refused] == ["broken.jpg"]
    wrong = {Path(image.burst).name: (image.label, image.predicted) for image in told.images if not image.right}
    assert wrong == {"liar.jpg": ("mug", "cup"), "0.jpg": ("spoon", "fork")}
    assert (tags_of(taught), taught.head_digest(), taught.store.last_event()) == before


def test_pictures_that_the_brain_holds_are_left_out_of_a_test(brain: Brain, pictures: Path) -> None:
    folders.import_folder(brain, pictures)
    save(pictures, "mug/fresh.jpg", scene("mug", 100))
    told = folders.test_folder(brain, pictures)
    assert (told.overlapping, len(told.images), told.accuracy) == (24, 1, 1.0)


def test_a_brain_that_knows_nothing_is_never_right(brain: Brain, pictures: Path) -> None:
    told = folders.test_folder(brain, pictures)
    assert (told.accuracy, told.balanced_accuracy) == (0.0, 0.0)
    assert {image.predicted for image in told.images} == {None}


# ── odd things in folders ───────────────────────────────────────────────────────────────────────


def test_a_pipe_is_refused_and_hangs_nothing(brain: Brain, tmp_path: Path) -> None:
    save(tmp_path, "pictures/mug/1.jpg", scene("mug"))
    os.mkfifo(tmp_path / "pictures/mug/pipe.jpg")
    told = folders.import_folder(brain, tmp_path / "pictures")
    assert (told.learned, ["no regular file" in each.reason for each in told.refused]) == (1, [True])


def test_a_name_that_is_no_utf8_is_spelled_out(brain: Brain, tmp_path: Path) -> None:
    picture = save(tmp_path, "pictures/mug/1.jpg", scene("mug"))
    picture.rename(picture.with_name(os.fsdecode(b"caf\xe9.jpg")))
    assert folders.import_folder(brain, tmp_path / "pictures").learned == 1
    assert str(brain.store.database.value("SELECT source FROM frames")).endswith("caf\\udce9.jpg")


def test_a_folder_that_lies_in_itself_is_walked_once(brain: Brain, tmp_path: Path) -> None:
    save(tmp_path, "pictures/mug/1.jpg", scene("mug"))
    (tmp_path / "pictures/mug/up").symlink_to(tmp_path / "pictures")
    told = folders.import_folder(brain, tmp_path / "pictures")
    assert (told.learned, told.already, told.refused) == (1, 0, [])
