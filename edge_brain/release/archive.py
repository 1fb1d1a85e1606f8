"""A ZIP whose members are known beforehand, and not compressed: nothing in it is larger than it is itself.

Whoever wrote it: no name of it becomes a path, and what is not as it must be is refused.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping

from edge_brain.errors import BrainDamaged

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP knows: the same members give the same bytes
_ENTRY = b"PK\x01\x02"  # begins what a ZIP's list says of a member
_ENDING = b"PK\x05\x06"  # begins its end
_LOCAL, _LISTED, _END = 30, 46, 22  # bytes of a member, of its entry in the list, and of the end, without their names
_MOST_ENTRIES = 64  # some of these four bytes may stand there by chance; a list of millions would fill the memory
_BROKEN = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, OSError, OverflowError, LookupError,
    struct.error,
)  # fmt: skip


def packed(members: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16  # Unix, whatever writes it
            archive.writestr(entry, data)
    return file.getvalue()


def check_tight(data: bytes, comment: int, what: str) -> None:
    """Check that a ZIP is its members, its list and a comment of so many bytes, and not a byte besides."""
    entries = _entries(data, what)
    members = sum(_LOCAL + _LISTED + 2 * len(entry.filename.encode()) + entry.file_size for entry in entries)
    end = len(data) - _END - comment
    if members != end or data[end : end + 4] != _ENDING or data[end + 20 : end + 22] != comment.to_bytes(2, "little"):
        raise BrainDamaged(f"{what} holds bytes that belong to nothing in it")


def names(data: bytes, what: str) -> list[str]:
    """Return the names of a ZIP's members; `what` it is called in an error."""
    return [entry.filename for entry in _entries(data, what)]


def member(data: bytes, name: str, what: str) -> bytes:
    """Return a member of a ZIP that is not compressed."""
    for entry in _entries(data, what):
        if entry.filename == name:
            return _read(data, entry, what)
    raise BrainDamaged(f"{what} lacks {name}: it is not whole")


def unpacked(data: bytes, wanted: Iterable[str], what: str) -> dict[str, bytes]:
    """Return the members of a ZIP, which must be these, each once, and no others."""
    entries = _entries(data, what)
    if sorted(entry.filename for entry in entries) != sorted(wanted):
        found = ", ".join(repr(entry.filename[:40]) for entry in entries[:10])
        raise BrainDamaged(f"{what} holds {found or 'nothing'}, and not what it must: {', '.join(wanted)}")
    return {entry.filename: _read(data, entry, what) for entry in entries}


def _entries(data: bytes, what: str) -> list[zipfile.ZipInfo]:
    if data.count(_ENTRY) > _MOST_ENTRIES:
        raise BrainDamaged(f"{what} has more members than it may")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.infolist()
    except _BROKEN as error:
        raise BrainDamaged(f"{what} is not whole: {error}") from error


def _read(data: bytes, entry: zipfile.ZipInfo, what: str) -> bytes:
    if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
        raise BrainDamaged(f"{what}: {entry.filename} is compressed, which it must not be")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.read(entry)
    except _BROKEN as error:
        raise BrainDamaged(f"{what} is not whole: {error}") from error
