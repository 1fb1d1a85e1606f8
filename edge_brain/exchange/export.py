"""All tagged pictures, byte for byte, and what is known of them: as a folder or as a ZIP, as `formats` lays them out.

    DIR/<class>/<id>.jpg     the folder's name spells the class where that is no safe name (see `spelling`)
    DIR/bursts.csv           file,burst,class,role: the lines in the order in which a new brain is to be told them

So it is by default. `import_folder(brain, DIR, bursts=DIR/bursts.csv)` gives a new brain the same classes and bursts.
Roles are decided again, by the order of the lines: that in which the pictures were first tagged, but for those that
must wait until the role of their burst is the next. So they come out the same, except where a brain was changed so (by
retagging, by merging classes) that no order gives them. The column `role` tells them, and is not read.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Generator, Sequence
from itertools import count
from pathlib import Path
from typing import BinaryIO

from edge_brain import files, reserve
from edge_brain.brain import Brain
from edge_brain.errors import BadInput, StorageFailed
from edge_brain.exchange import formats, spelling
from edge_brain.exchange.bursts import as_csv
from edge_brain.exchange.formats import Layout, Written
from edge_brain.outcomes import Exported, Refused
from edge_brain.records import Frame, Role

LEFT_OUT = "refused.csv"  # in a ZIP from which something was left out
_ID = re.compile("[0-9a-f]{64}")
_BEGINNINGS = {".txt": 2, ".json": 8, ".jsonl": 8}  # bytes by which a list of ours is known; a CSV by its columns
Progress = Callable[[int, int], None]  # frames done, frames in all

_OTHER = "another file stands there; it was left as it is: move it away, or export into an empty folder"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP knows: the same brain gives the same bytes


class _Left(Exception):
    """A file was left out, and the reason."""


def export_folder(
    brain: Brain, folder: str | Path, *, form: str = "folder", progress: Progress | None = None
) -> Exported:
    """Write all tagged pictures into a folder, as a format lays them out, with the lists that tell of them.

    `form` is one of `formats.FORMATS`; by default there is a folder for each class, and `bursts.csv` beside those.
    What is there already, byte for byte, is left, so an export that was broken off, or is a day old, is simply made
    again. A file with other bytes is never replaced but refused; so is a frame of which only the thumbnail is left, and
    one whose picture is on another device. An older list of ours is kept as `bursts-1.csv`; pictures that were untagged
    since stay, and no list names them.
    """
    target, layout = Path(folder), formats.named(form).layout
    _check_place(brain, target)
    told = _told(brain, layout)
    _check_no_older(target, form, told)
    for name in ("", *{each.name.rpartition("/")[0] for each in told}):
        files.sweep(target / name)  # what a killed export has left
    listed, refused, already = list[Written](), list[Refused](), 0
    for done, each in enumerate(told, 1):
        path = target / each.name
        try:
            already += not _put(path, _stored(brain, each.frame))
        except _Left as left:
            refused.append(Refused(files.printable(path), str(left)))
        else:
            listed.append(each)
        if progress:
            progress(done, len(told))
    for name, data in layout.lists(listed).items():
        try:
            _put_list(target / name, data)
        except _Left as left:
            refused.append(Refused(files.printable(target / name), str(left)))
    return Exported(len(listed) - already, already, refused)


def export_zip(brain: Brain, path: str | Path, *, form: str = "folder", progress: Progress | None = None) -> Exported:
    """Write the same as a ZIP file, whole or not at all; a ZIP that stands there is replaced, and no other file."""
    target = Path(path)
    _check_place(brain, target)
    if target.exists() and not _is_zip(target):
        raise BadInput(f"{files.printable(target)} is there, and is no ZIP: it was left as it is; give another name")
    with files.whole(target) as file:
        return write_zip(brain, file, form=form, progress=progress)


def write_zip(brain: Brain, stream: BinaryIO, *, form: str = "folder", progress: Progress | None = None) -> Exported:
    """Write the ZIP to a stream, which need not be seekable."""
    chunks = zip_chunks(brain, form=form, progress=progress)
    while True:
        try:
            chunk = next(chunks)
        except StopIteration as end:
            exported: Exported = end.value
            return exported
        stream.write(chunk)


def zip_chunks(
    brain: Brain, *, form: str = "folder", progress: Progress | None = None
) -> Generator[bytes, None, Exported]:
    """Yield the ZIP picture by picture, not compressed, as JPEGs are; return what was exported.

    No more than one picture is in memory. The same brain gives the same bytes.
    """
    layout = formats.named(form).layout
    told, window, listed, refused = _told(brain, layout), _Window(), list[Written](), list[Refused]()
    with zipfile.ZipFile(window, "w") as archive:
        for done, each in enumerate(told, 1):
            try:
                archive.writestr(_entry(each.name), _stored(brain, each.frame))
            except _Left as left:
                refused.append(Refused(each.name, str(left)))
            else:
                listed.append(each)
                yield window.drain()
            if progress:
                progress(done, len(told))
        for name, data in layout.lists(listed).items():
            archive.writestr(_entry(name), data)
        if refused:
            left_out = as_csv(("file", "reason"), ((each.path, each.reason) for each in refused))
            archive.writestr(_entry(LEFT_OUT), left_out)
    yield window.drain()
    return Exported(len(listed), 0, refused)


class _Window(io.BytesIO):
    """The end of a stream that was not handed on yet: a ZIP's writer goes back to the head of a member, no further."""

    def __init__(self) -> None:
        super().__init__()
        self._before = 0  # bytes that were handed on

    def drain(self) -> bytes:
        """Return what was written since, and forget it."""
        held = self.getvalue()
        self._before += len(held)
        super().seek(0)
        self.truncate()
        return held

    def tell(self) -> int:
        """Return the place in the whole stream."""
        return self._before + super().tell()

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place of the whole stream that is still here."""
        return self._before + super().seek(place - self._before, whence)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.create_system, entry.external_attr = 3, 0o100644 << 16  # Unix, whatever writes it
    return entry


def _check_place(brain: Brain, target: Path) -> None:
    """Raise BadInput for a place in the brain's own folder: something of it could be replaced."""
    if brain.folder.resolve() in (target.resolve(), *target.resolve().parents):
        raise BadInput(f"{files.printable(target)} is inside the brain's own folder; export into another")


def _check_no_older(target: Path, form: str, told: Sequence[Written]) -> None:
    """Raise BadInput where no list names what counts, and pictures of an older export say something else."""
    if formats.named(form).layout.has_list or not target.is_dir():
        return
    now = {each.name for each in told}
    older = [path for path in files.walk(target) if _ID.fullmatch(path.stem)]
    other = [each for path in older if (each := path.relative_to(target).as_posix()) not in now]
    if other:
        raise BadInput(
            f"{files.printable(target)} holds {len(other)} pictures of an older export that are tagged otherwise by "
            f"now, such as {other[0]}, and {form} has no list that would leave them out: export into an empty folder"
        )


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) in (b"PK", b"")


# ── what is exported ────────────────────────────────────────────────────────────────────────────


def _told(brain: Brain, layout: Layout) -> list[Written]:
    """Return the tagged frames in the order in which to tell them, and where the picture of each is to lie."""
    with brain.alone:
        frames = brain.store.in_order_of_tagging()
    if not frames:
        raise BadInput("this brain has no tagged frame: there is nothing to export")
    folders = spelling.folder_names(sorted({frame.label or "" for frame in frames}))
    return [Written(layout.name(frame, folders[frame.label or ""]), frame) for frame in _in_order_of_roles(frames)]


def _in_order_of_roles(frames: Sequence[Frame]) -> list[Frame]:
    """Return frames so that a brain which is told one after the other gives their bursts the roles that they have.

    Each waits until the role of its burst is the next of its class; those that no order serves come last.
    """
    bursts: dict[str, dict[Role | None, set[str]]] = {}
    told, waiting, begun = list[Frame](), list(frames), set[str]()
    while waiting:
        still = list[Frame]()
        for frame in waiting:
            own = bursts.setdefault(frame.label or "", {"learned": set(), "reserved": set()})
            following = reserve.role_of_next_burst(len(own["learned"]), len(own["reserved"]))
            if frame.burst not in begun and following != frame.role:
                still.append(frame)
                continue
            begun.add(frame.burst)
            own[frame.role].add(frame.burst)
            told.append(frame)
        if len(still) == len(waiting):
            return told + still
        waiting = still
    return told


def _stored(brain: Brain, frame: Frame) -> bytes:
    """Return the stored bytes of a frame, or raise _Left with the reason why there are none."""
    if frame.away:
        raise _Left(f"{brain.whereabouts(frame)}: `edge-brain sync HUB --fetch all` brings it here, then export again")
    try:
        data = files.read(brain.store.path(frame))
    except FileNotFoundError as error:
        raise _Left("its picture is gone, only a thumbnail is left") from error
    except StorageFailed as error:
        raise _Left(str(error)) from error
    if files.content_id(data) != frame.id:
        raise _Left("its picture is not what was stored; `edge-brain doctor` tells what else is damaged")
    return data


def _put_list(path: Path, data: bytes) -> None:
    """Write the list as `_put` does; an older one of ours, which somebody may have mended, gets another name."""
    try:
        _put(path, data)
    except _Left:
        if not path.is_file() or not path.read_bytes().startswith(_beginning(path, data)):
            raise
        names = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in count(1))
        path.rename(next(free for free in names if not free.exists()))
        _put(path, data)


def _beginning(path: Path, data: bytes) -> bytes:
    """Return how a list of ours begins, whatever it tells: a CSV with its columns, another with a few bytes."""
    return data[: data.find(b"\n") + 1] if path.suffix == ".csv" else data[: _BEGINNINGS[path.suffix]]


def _put(path: Path, data: bytes) -> bool:
    """Write a file, unless it stands there already: then say so; raise _Left when another does."""
    try:
        if not path.exists():
            with files.whole(path, first=True) as file:
                file.write(data)
            return True
    except FileExistsError:
        pass  # somebody was faster
    try:
        if path.stat().st_size == len(data) and files.read(path) == data:
            files.sync_folder(path.parent)  # who wrote it may have been killed between link and sync
            return False
    except OSError as error:
        raise _Left(f"what stands there cannot be read: {error}") from error
    raise _Left(_OTHER)
