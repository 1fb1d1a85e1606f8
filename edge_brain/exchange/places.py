"""Where pictures lie that come in: in a folder, or in a ZIP, which is read as it is and never unpacked onto a disk.

A ZIP that somebody has packed is looked at before anything of it is read, and refused whole where a name leads outside
or stands twice, where a member is encrypted, a link, or lies in another, and where all of it together is so much larger
than the file that it cannot be pictures.
"""

from __future__ import annotations

import lzma
import mimetypes
import posixpath
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from edge_brain import files, images
from edge_brain.errors import BadInput, BadPicture

_MOST_ENTRIES = 1_000_000
_MOST_DOCUMENT = 256 * 2**20  # bytes of a list
_MOST_TIMES = 20  # larger than the file; uncompressed pictures of plain colour are, and then not by much in all
_SURELY_FINE = 256 * 2**20  # bytes in all
_LOCAL = 30  # bytes before a member, and its name
_TYPES = mimetypes.MimeTypes()  # those that Python knows, not the machine's
_LISTS = {".json", ".csv", ".tsv", ".jsonl", ".ndjson"}
_NOT_PICTURES = _LISTS | {".db", ".ini", ".md", ".tflite", ".yaml", ".yml"}
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, ValueError, EOFError, OSError,
    LookupError,
)  # fmt: skip
_DRIVE = re.compile(r"[A-Za-z]:(/|$)")
_LONGEST = 4096  # characters of a path, as Linux has it
OF_COCO = "annotations"  # the folder in which COCO's lists lie, beside those of the pictures


@dataclass(frozen=True)
class Packed:
    """A file in a ZIP."""

    archive: zipfile.ZipFile
    entry: zipfile.ZipInfo

    def __str__(self) -> str:
        return f"{self.archive.filename}: {self.entry.filename}"

    @property
    def size_bytes(self) -> int:
        """How large it says that it is."""
        return self.entry.file_size

    def read(self) -> bytes:
        """Return its bytes; BadPicture where that cannot be, or where they are more than a picture has."""
        name = files.printable(str(self))
        try:
            with self.archive.open(self.entry) as file:
                data = file.read(images.MAX_BYTES + 1)
        except _BROKEN as error:
            raise BadPicture(f"{name} cannot be read: {error}") from error
        if len(data) > images.MAX_BYTES:
            raise BadPicture(f"{name} is larger than {images.MAX_BYTES >> 20} MiB; give a smaller picture")
        return data


class Place(Protocol):
    """Where pictures lie, with the lists that tell of them; names are paths in it, with slashes."""

    def names(self) -> list[str]:
        """Return all files, in the order a person would count them; hidden ones are passed over."""

    def at(self, name: str) -> Path | Packed:
        """Return a file, which need not be there."""

    def has(self, name: str) -> bool:
        """Say whether a file is there."""

    def document(self, name: str) -> bytes:
        """Return the bytes of a list; BadInput where it cannot be read."""

    def below(self, folder: str) -> Place:
        """Return a folder in it as a place of its own."""

    def called(self, name: str = "") -> str:
        """Return what it, or a file in it, is called in front of people."""


def may_be_picture(name: str) -> bool:
    """Say whether a file may be a picture, by the ending of its name: what is none is known, all else is tried."""
    kind = _TYPES.guess_type(name, strict=False)[0]
    return posixpath.splitext(name)[1].lower() not in _NOT_PICTURES and (kind is None or kind.startswith("image/"))


def may_be_list(name: str) -> bool:
    """Say whether a file may be a list of pictures, by the ending of its name."""
    return posixpath.splitext(name)[1].lower() in _LISTS


def inside(name: str) -> str | None:
    """Return a path with slashes that a list has told, tidied up; None where it leads out of the place."""
    tidy = posixpath.normpath(name.replace("\\", "/"))
    leads_out = tidy in (".", "..") or tidy.startswith(("/", "../")) or _DRIVE.match(tidy) or "\0" in tidy
    return None if leads_out or len(tidy) > _LONGEST else tidy


def normal(name: str) -> str:
    """Return a name as it is compared: some systems take characters with accents apart."""
    return unicodedata.normalize("NFC", name)


class Folder:
    """A folder on this machine."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        """Return all files, in the order a person would count them; hidden ones are passed over."""
        return [path.relative_to(self._path).as_posix() for path in files.walk(self._path)]

    def at(self, name: str) -> Path:
        """Return a file, which need not be there."""
        return self._path / name

    def has(self, name: str) -> bool:
        """Say whether a file is there."""
        try:
            return self.at(name).is_file()
        except (OSError, ValueError):  # no name that a file can have
            return False

    def document(self, name: str) -> bytes:
        """Return the bytes of a list; BadInput where it cannot be read."""
        try:
            with self.at(name).open("rb") as file:
                return _of_a_list(file.read(_MOST_DOCUMENT + 1), self.called(name))
        except OSError as error:
            raise BadInput(f"{self.called(name)} cannot be read: {error.strerror or error}") from error

    def below(self, folder: str) -> Folder:
        """Return a folder in it as a place of its own."""
        return Folder(self._path / folder)

    def called(self, name: str = "") -> str:
        """Return what it, or a file in it, is called in front of people."""
        return files.printable(self._path / name)


class Archive:
    """A ZIP, or a folder in one."""

    def __init__(self, archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], above: str = "") -> None:
        self._archive, self._entries, self._above = archive, entries, above

    def names(self) -> list[str]:
        """Return all files, in the order a person would count them; hidden ones are passed over."""
        shown = [name for name in self._entries if not any(_is_hidden(part) for part in name.split("/"))]
        return sorted(shown, key=lambda name: [files.as_counted(part) for part in name.split("/")])

    def at(self, name: str) -> Packed:
        """Return a file that is there."""
        return Packed(self._archive, self._entries[name])

    def has(self, name: str) -> bool:
        """Say whether a file is there."""
        return name in self._entries

    def document(self, name: str) -> bytes:
        """Return the bytes of a list; BadInput where it cannot be read."""
        try:
            with self._archive.open(self._entries[name]) as file:
                return _of_a_list(file.read(_MOST_DOCUMENT + 1), self.called(name))
        except _BROKEN as error:
            raise BadInput(f"{self.called(name)} cannot be read: {error}") from error

    def below(self, folder: str) -> Archive:
        """Return a folder in it as a place of its own."""
        prefix = f"{folder}/"
        held = {name[len(prefix) :]: entry for name, entry in self._entries.items() if name.startswith(prefix)}
        return Archive(self._archive, held, f"{self._above}{prefix}")

    def called(self, name: str = "") -> str:
        """Return what it, or a file in it, is called in front of people."""
        within = f"{self._above}{name}"
        return files.printable(f"{self._archive.filename}: {within}" if within else str(self._archive.filename))


@contextmanager
def opened(path: Path) -> Iterator[tuple[Place, str]]:
    """Open what is to come in: a folder, a ZIP, or a list and the folder it lies in. Yield the place, and the list."""
    if path.is_dir():
        yield Folder(path), ""
    elif not path.is_file():
        raise BadInput(f"there is no folder {files.printable(path)}, and no such file")
    elif not _is_zip(path):
        within = path.parent.name == OF_COCO  # its pictures lie beside that folder
        yield Folder(path.parent.parent if within else path.parent), f"{OF_COCO}/{path.name}" if within else path.name
    else:
        try:
            archive = zipfile.ZipFile(path)
        except _BROKEN as error:
            raise BadInput(f"{files.printable(path)} is no whole ZIP: {error}; nothing of it was taken") from error
        with archive:
            place = Archive(archive, _checked(archive))
            yield _unwrapped(place), ""


def _unwrapped(place: Archive) -> Archive:
    """Return the folder in which all lies, where there is but one, and a list or several folders lie in that."""
    while True:
        folders, lists, pictures = _top(place)
        if len(folders) != 1 or lists or pictures:
            return place
        inner = place.below(folders.pop())
        inner_folders, inner_lists, inner_pictures = _top(inner)
        if inner_pictures or not (inner_lists or len(inner_folders) > 1):
            return place
        place = inner


def _top(place: Archive) -> tuple[set[str], bool, bool]:
    """Return the folders at the top that hold pictures or lists, and whether a list and a picture lie there."""
    useful = [name for name in place.names() if may_be_picture(name) or may_be_list(name)]
    open_ones = [name for name in useful if "/" not in name]
    folders = {name.split("/")[0] for name in useful if "/" in name}
    return folders, any(map(may_be_list, open_ones)), any(map(may_be_picture, open_ones))


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) in (b"PK\3\4", b"PK\5\6")
    except OSError as error:
        raise BadInput(f"{files.printable(path)} cannot be read: {error.strerror or error}") from error


def _is_hidden(part: str) -> bool:
    return part.startswith(".") or part == "__MACOSX"


def _of_a_list(data: bytes, name: str) -> bytes:
    if len(data) > _MOST_DOCUMENT:
        raise BadInput(f"{name} is larger than {_MOST_DOCUMENT >> 20} MiB: that is no list of pictures")
    return data


# ── what a ZIP must be, before anything is read of it ───────────────────────────────────────────


def _checked(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the files of a ZIP by their names; BadInput where anything about it is wrong."""
    name, entries = files.printable(str(archive.filename)), archive.infolist()
    held = dict[str, zipfile.ZipInfo]()
    for entry in entries:
        tidy = inside(entry.filename)
        if (wrong := _wrong(entry, tidy)) or tidy in held:
            where = files.printable(entry.filename[:80])
            raise BadInput(f"{name} holds {where!r}, which {wrong or 'stands there twice'}; nothing of it was taken")
        if tidy is not None and not entry.is_dir():
            held[tidy] = entry
    places = sorted(entries, key=lambda entry: entry.header_offset)
    if len(entries) > _MOST_ENTRIES or any(
        first.header_offset + _LOCAL + first.compress_size > second.header_offset for first, second in pairwise(places)
    ):
        raise BadInput(f"{name} holds files that lie in each other, or far too many; nothing of it was taken")
    size, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if size > max(_SURELY_FINE, _MOST_TIMES * packed):
        raise BadInput(
            f"{name} would be {size >> 20:,} MiB of {packed >> 20:,}, as no pictures are; nothing of it was taken"
        )
    return held


def _wrong(entry: zipfile.ZipInfo, tidy: str | None) -> str:
    """Return what is wrong with a member of a ZIP; nothing where all is well."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if tidy is None or ".." in re.split(r"[/\\]", entry.filename):
        return "leads out of it"
    if entry.flag_bits & 1:
        return "is encrypted"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is no file, but a link or the like"
    return "" if entry.compress_type in _METHODS else "is compressed in a way that is not known"
