"""What was taught goes out whole, byte for byte, and comes in again as it was."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
from pictures import again, changed, save, scene
from reports import NASTY
from test_spelling import HOSTILE

from edge_brain import Brain, examine, export_folder, export_zip, files, import_folder
from edge_brain.errors import BadInput, DiskFull
from edge_brain.exchange import export
from edge_brain.exchange.bursts import LIST
from edge_brain.exchange.export import write_zip, zip_chunks
from edge_brain.outcomes import Refused


def tags_of(brain: Brain) -> dict[str, tuple[str | None, str | None, str]]:
    return {frame.id: (frame.label, frame.role, frame.burst) for frame in brain.store.frames(tagged=True)}


def below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def imported_from(folder: Path, home: Path) -> Brain:
    fresh = Brain.create(home, extractor="pixels")
    import_folder(fresh, folder, bursts=folder / "bursts.csv")
    return fresh


# ── a folder ────────────────────────────────────────────────────────────────────────────────────


def test_all_tagged_pictures_go_out_byte_for_byte(taught: Brain, tmp_path: Path) -> None:
    waiting = taught.tag(scene("spoon"), "spoon")
    taught.untag(waiting.frame_id)
    before, told = tags_of(taught), list[tuple[int, int]]()
    done = export_folder(taught, tmp_path / "out", progress=lambda *now: told.append(now))
    assert (done.frames, done.already, done.refused) == (24, 0, [])
    assert told == [(number, 24) for number in range(1, 25)]
    written = below(tmp_path / "out")
    listed = list(csv.DictReader(io.StringIO(written.pop("bursts.csv").decode())))
    assert {row["file"] for row in listed} == set(written)
    for name, data in written.items():
        label, role, _ = before[files.content_id(data)]
        assert name == f"{label}/{files.content_id(data)}.jpg"
        assert {row["role"] for row in listed if row["file"] == name} == {role}
    assert tags_of(taught) == before


def test_what_went_out_comes_in_as_it_was(taught: Brain, tmp_path: Path) -> None:
    taught.tag_many([(again(scene("mug", 30), number), "mug") for number in range(3)], burst='the shelf, "left"')
    export_folder(taught, tmp_path / "out")
    with imported_from(tmp_path / "out", tmp_path / "again") as fresh:
        assert tags_of(fresh) == tags_of(taught)
        assert fresh.head_digest() == taught.head_digest()
        assert {each.level for each in (fresh.score(), taught.score())} == {taught.score().level}


def test_hostile_class_names_come_in_as_they_were(brain: Brain, tmp_path: Path) -> None:
    for place, label in enumerate(HOSTILE):
        brain.tag_many([(scene(f"thing {place}", number), label) for number in range(3)])
    export_folder(brain, tmp_path / "out")
    assert {path.parent.parent for path in (tmp_path / "out").rglob("*.jpg")} == {tmp_path / "out"}
    assert len(list((tmp_path / "out").iterdir())) == len(HOSTILE) + 1
    with imported_from(tmp_path / "out", tmp_path / "again") as fresh:
        assert {info.label for info in fresh.classes()} == set(HOSTILE)
        assert tags_of(fresh) == tags_of(brain)


def test_roles_come_out_the_same_although_classes_were_merged(brain: Brain, tmp_path: Path) -> None:
    for label, bursts in (("cup", 6), ("mug", 9), ("fork", 4)):
        for number in range(bursts):
            pair = [(changed(scene(label, number), 3, frame), label) for frame in range(2)]
            brain.tag_many(pair, burst=f"{label} {number}")
    brain.merge_classes("fork", "mug")
    in_turn = [frame.role for frame in brain.store.frames() if frame.label == "mug"][::2]
    assert in_turn[9:] == ["learned", "reserved", "learned", "learned"], "a new brain would reserve the tenth"
    export_folder(brain, tmp_path / "out")
    with imported_from(tmp_path / "out", tmp_path / "again") as fresh:
        assert tags_of(fresh) == tags_of(brain)


def test_a_class_that_has_too_many_reserved_bursts_keeps_its_tags_and_bursts(brain: Brain, tmp_path: Path) -> None:
    brain.tag_many([(scene(label, number), label) for label in ("cup", "mug") for number in range(6)])
    brain.retag([frame.id for frame in brain.store.frames() if frame.role == "reserved"], "spoon")
    export_folder(brain, tmp_path / "out")
    with imported_from(tmp_path / "out", tmp_path / "again") as fresh:
        was, now = tags_of(brain), tags_of(fresh)
        assert {each: (tag[0], tag[2]) for each, tag in now.items()} == {
            each: (tag[0], tag[2]) for each, tag in was.items()
        }
        assert [(info.learned, info.reserved) for info in fresh.classes() if info.label == "spoon"] == [(3, 1)], (
            "no class is all reserve"
        )


def test_exporting_twice_writes_nothing_twice(taught: Brain, tmp_path: Path) -> None:
    export_folder(taught, tmp_path / "out")
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in (tmp_path / "out").rglob("*.*")}
    done = export_folder(taught, tmp_path / "out")
    assert (done.frames, done.already, done.refused) == (0, 24, [])
    assert {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in (tmp_path / "out").rglob("*.*")} == before


def test_an_export_that_was_broken_off_is_simply_begun_again(taught: Brain, tmp_path: Path) -> None:
    class PulledPlug(Exception):
        pass

    def pull(done: int, total: int) -> None:
        if done == 10:
            raise PulledPlug

    with pytest.raises(PulledPlug):
        export_folder(taught, tmp_path / "out", progress=pull)
    assert len(below(tmp_path / "out")) == 10, "and no list that names what is not there"
    (tmp_path / "out" / "mug").mkdir(exist_ok=True)
    (tmp_path / "out" / "mug" / ".new-0123").write_bytes(b"what a killed one has left")
    done = export_folder(taught, tmp_path / "out")
    assert (done.frames, done.already, done.refused) == (14, 10, [])
    assert len(below(tmp_path / "out")) == 25


def test_a_file_with_other_bytes_is_refused_and_left(taught: Brain, tmp_path: Path) -> None:
    first = taught.store.frames()[0]
    stands = tmp_path / "out" / "cup" / f"{first.id}.jpg"
    stands.parent.mkdir(parents=True)
    stands.write_bytes(b"mine" * (first.bytes // 4) + b"m" * (first.bytes % 4))
    mine = stands.read_bytes()
    done = export_folder(taught, tmp_path / "out")
    assert (done.frames, done.already) == (23, 0)
    assert [refused.path for refused in done.refused] == [str(stands)]
    assert "another file stands there" in done.refused[0].reason
    assert stands.read_bytes() == mine
    assert first.id not in (tmp_path / "out" / "bursts.csv").read_text()


def test_an_older_list_of_ours_is_replaced_and_no_other(taught: Brain, tmp_path: Path) -> None:
    export_folder(taught, tmp_path / "out")
    listed = tmp_path / "out" / "bursts.csv"
    tag = taught.tag(scene("mug", 50), "mug")
    done = export_folder(taught, tmp_path / "out")
    assert (done.frames, done.already, done.refused) == (1, 24, [])
    assert tag.frame_id in listed.read_text() and tag.frame_id not in (listed.parent / "bursts-1.csv").read_text()
    with imported_from(tmp_path / "out", tmp_path / "again") as fresh:
        assert tags_of(fresh) == tags_of(taught)
    listed.write_text("file,session\nmug/1.jpg,mine\n")
    done = export_folder(taught, tmp_path / "out")
    assert [refused.path for refused in done.refused] == [str(listed)]
    assert listed.read_text() == "file,session\nmug/1.jpg,mine\n"


def test_a_frame_whose_picture_is_gone_is_refused_with_the_reason(taught: Brain, tmp_path: Path) -> None:
    gone, damaged, *_ = taught.store.frames()
    taught.store.path(gone).unlink()
    taught.store.path(damaged).write_bytes(b"x" * damaged.bytes)
    done = export_folder(taught, tmp_path / "out")
    reasons = {Path(refused.path).stem: refused.reason for refused in done.refused}
    assert reasons == {
        gone.id: "its picture is gone, only a thumbnail is left",
        damaged.id: "its picture is not what was stored; `edge-brain doctor` tells what else is damaged",
    }
    assert done.frames == 22 and len(below(tmp_path / "out")) == 23
    with imported_from(tmp_path / "out", tmp_path / "again") as fresh:
        assert tags_of(fresh).keys() == tags_of(taught).keys() - {gone.id, damaged.id}


def test_a_full_disk_stops_the_export_and_leaves_no_half_file(
    taught: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(DiskFull, match="could not write"):
        export_folder(taught, tmp_path / "out")
    assert below(tmp_path / "out") == {}


def test_an_untaught_brain_and_its_own_folder_are_refused(brain: Brain) -> None:
    with pytest.raises(BadInput, match="no tagged frame"):
        export_folder(brain, brain.folder.parent / "out")
    brain.tag(scene("mug"), "frames")
    for inside in (brain.folder, brain.folder / "frames", brain.folder / "x" / ".."):
        with pytest.raises(BadInput, match="inside the brain's own folder"):
            export_folder(brain, inside)
    assert not (brain.folder.parent / "out").exists()


# ── what the list says ──────────────────────────────────────────────────────────────────────────


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for label in ("a%2Fb", "mug"):
        for number in range(2):
            save(tmp_path / "pictures", f"{label}/{number}.jpg", scene(label, number))
    return tmp_path / "pictures"


def test_the_column_class_tells_what_folders_spell_and_what_the_list_does_not_name_is_left(
    brain: Brain, pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "list.csv").write_text("file,burst,class,role\na%2Fb/0.jpg,one,a/b,\nmug/1.jpg,two,mug,\n")
    done = import_folder(brain, pictures, bursts=tmp_path / "list.csv")
    assert {frame.label: frame.burst for frame in brain.store.frames()} == {"a/b": "one", "mug": "two"}
    assert sorted(refused.path for refused in done.refused) == [
        str(pictures / each) for each in ("a%2Fb/1.jpg", "mug/0.jpg")
    ]
    assert all("does not name it" in refused.reason for refused in done.refused)


def test_a_column_class_in_a_list_of_others_means_nothing(brain: Brain, pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("file,session,class\nmug/1.jpg,two,01\nmug/0.jpg,one,02\n")
    assert import_folder(brain, pictures, bursts=tmp_path / "list.csv").refused == []
    assert [info.label for info in brain.classes()] == ["a%2Fb", "mug"]


def test_what_was_untagged_since_an_older_export_does_not_come_back(taught: Brain, tmp_path: Path) -> None:
    export_folder(taught, tmp_path / "out")
    taught.untag(taught.store.frames()[5].id)
    export_folder(taught, tmp_path / "out")
    with imported_from(tmp_path / "out", tmp_path / "again") as fresh:
        assert tags_of(fresh).keys() == tags_of(taught).keys()


def test_without_the_list_folders_are_called_what_they_are(brain: Brain, pictures: Path) -> None:
    import_folder(brain, pictures)
    assert [info.label for info in brain.classes()] == ["a%2Fb", "mug"]


def test_pictures_are_tagged_in_the_order_of_a_list_with_classes(brain: Brain, pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("file,burst,class,role\nmug/1.jpg,two,mug,\nmug/0.jpg,one,mug,\n")
    import_folder(brain, pictures, bursts=tmp_path / "list.csv")
    assert {frame.burst: frame.role for frame in brain.store.frames() if frame.label == "mug"} == {
        "two": "learned",
        "one": "reserved",
    }


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("mug/0.jpg,x,cup,", r"says that mug/0.jpg is of the class 'cup', its folder says another; rename the folder"),
        (
            "a%2Fb/0.jpg,x,a/b,\na%2Fb/1.jpg,x,a%2Fb,",
            r"says of the folder a%2Fb that it is 'a/b' and that it is 'a%2Fb'",
        ),
        ("mug/0.jpg,x,\x01,", "gives mug/0.jpg a class that cannot be one"),
    ],
)
def test_a_list_that_contradicts_the_folders_is_refused_whole(
    brain: Brain, pictures: Path, tmp_path: Path, line: str, said: str
) -> None:
    (tmp_path / "list.csv").write_text(f"file,burst,class,role\n{line}\n")
    with pytest.raises(BadInput, match=said):
        import_folder(brain, pictures, bursts=tmp_path / "list.csv")
    assert brain.store.frames() == []


# ── a ZIP ───────────────────────────────────────────────────────────────────────────────────────


def test_a_zip_holds_the_very_files(brain: Brain, tmp_path: Path) -> None:
    for label in NASTY:
        brain.tag_many([(scene(label[:20], number), label) for number in range(3)])
    done = export_zip(brain, tmp_path / "out.zip")
    assert (done.frames, done.already, done.refused) == (18, 0, [])
    export_folder(brain, tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == below(tmp_path / "out")
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {entry.flag_bits & 0x08 for entry in archive.infolist()} == {0}, "sizes stand ahead: it can be streamed"


def test_the_same_brain_gives_the_same_zip_whatever_it_is_written_to(taught: Brain, tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.written = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.written += bytes(data)
            return len(data)

    pipe = Pipe()
    write_zip(taught, pipe)  # type: ignore[arg-type]
    export_zip(taught, tmp_path / "out.zip")
    assert pipe.written == (tmp_path / "out.zip").read_bytes() == b"".join(zip_chunks(taught))


def test_a_zip_is_made_picture_by_picture(taught: Brain) -> None:
    most = max(frame.bytes for frame in taught.store.frames())
    chunks = [len(chunk) for chunk in zip_chunks(taught)]
    assert len(chunks) == 25
    assert max(chunks[:-1]) < most + 300, "a chunk is a picture and its head"


def test_a_zip_that_is_broken_off_leaves_what_stood_there(
    taught: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out.zip").write_bytes(b"PK, an older one")

    def pull(done: int, total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_zip(taught, tmp_path / "out.zip", progress=pull)
    assert (tmp_path / "out.zip").read_bytes() == b"PK, an older one"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".new-")] == []


def test_a_zip_leaves_out_what_is_gone_and_says_so(taught: Brain, tmp_path: Path) -> None:
    gone = taught.store.frames()[3]
    taught.store.path(gone).unlink()
    done = export_zip(taught, tmp_path / "out.zip")
    assert done.frames == 23
    assert done.refused == [Refused(f"cup/{gone.id}.jpg", "its picture is gone, only a thumbnail is left")]
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert len(archive.namelist()) == 25 and LIST in archive.namelist()
        assert gone.id in archive.read(export.LEFT_OUT).decode()


def test_a_zip_replaces_no_other_file_and_nothing_of_the_brain(taught: Brain, tmp_path: Path) -> None:
    before = taught.head_digest()
    with pytest.raises(BadInput, match="inside the brain's own folder"):
        export_zip(taught, taught.folder / "brain.db")
    (tmp_path / "notes.txt").write_text("dear diary")
    with pytest.raises(BadInput, match="is no ZIP"):
        export_zip(taught, tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "dear diary"
    assert all(finding.ok for finding in examine(taught)) and taught.head_digest() == before


def test_an_export_is_of_one_moment_and_keeps_nobody_from_tagging(taught: Brain) -> None:
    chunks = zip_chunks(taught)
    begun = next(chunks)
    with Brain.open(taught.folder) as other:
        other.tag(scene("spoon"), "spoon")
    with zipfile.ZipFile(io.BytesIO(begun + b"".join(chunks))) as archive:
        assert len(archive.namelist()) == 25
        assert b"spoon" not in archive.read("bursts.csv")


def test_what_appears_under_a_name_meanwhile_is_not_replaced(taught: Brain, tmp_path: Path) -> None:
    first = taught.store.frames()[0]
    stands = tmp_path / "out" / "cup" / f"{first.id}.jpg"
    stands.parent.mkdir(parents=True)
    stands.symlink_to(tmp_path / "nowhere.jpg")  # which no look beforehand shows
    done = export_folder(taught, tmp_path / "out")
    assert [refused.path for refused in done.refused] == [str(stands)]
    assert stands.is_symlink() and not (tmp_path / "nowhere.jpg").exists()
