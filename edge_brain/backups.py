"""Copies of a brain's database beside it: the last three whole ones, and what came since each.

    backups/brain-00000512.db       everything up to event 512
    backups/events-00000512.jsonl   what came after it, appended as it is tagged or kept:
        {"device": …, "sequence": 7, "clock": …, "frame": …, "burst": …, "label": …, …, "crc": …}   an event
        {"frame": …, "burst": …, "source": …, "reason": …, …, "crc": …}                            a kept frame
    backups/settings.json           how pictures become codes, without which events are worth nothing

The copies are the second line of defence: the first is that brain.db itself loses nothing. Segments are
therefore appended without fsync, which would cost each tag as much again: a power cut may take their last
lines, or tear one, and then brain.db has them. Together they are lost only if the disk loses both.
"""

from __future__ import annotations

import errno
import json
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from edge_brain import files
from edge_brain.errors import StorageFailed

_KEPT = 3
_LARGE = 2**22
_SETTINGS = "settings.json"


def add(folder: Path, event: int, write: Callable[[Path], None]) -> Path:
    """Let `write` make a copy that covers all up to `event`; it appears whole, and the oldest ones go."""
    backups = folder / "backups"
    target = backups / f"brain-{event:08d}.db"
    try:
        backups.mkdir(exist_ok=True)
        with files.unborn(backups) as fresh:
            write(fresh)
            with fresh.open("rb") as file:
                os.fsync(file.fileno())
            fresh.rename(target)
        files.sync_folder(backups)
    except StorageFailed:
        raise
    except OSError as error:
        raise StorageFailed(
            f"no copy could be made in {files.printable(backups)}: {error.strerror or error}; the brain is unharmed"
        ) from error
    with suppress(StorageFailed):  # what cannot go now goes with the next copy
        keep_last(folder, _KEPT)
    return target


def keep_last(folder: Path, kept: int) -> None:
    """Remove all whole copies but the last ones, each with the segment that follows it, durably."""
    old = copies(folder)[:-kept]
    files.remove_durably([*old, *(_segment(folder / "backups", _covered(copy)) for copy in old)])


def copies(folder: Path) -> list[Path]:
    """Return the whole copies, oldest first."""
    return sorted((folder / "backups").glob("brain-*.db"))


def last_covered(folder: Path) -> int:
    """Return the number of the last event that is in a whole copy; 0 when there is none."""
    found = copies(folder)
    return _covered(found[-1]) if found else 0


# ── what came since ─────────────────────────────────────────────────────────────────────────────


def append_segment(folder: Path, entries: Sequence[Mapping[str, Any]], *, lasting: bool = True) -> None:
    """Append events and kept frames to the segment that follows the last copy, each with its checksum.

    Some may stand there twice, which is harmless. What is not `lasting`, as it may be dropped again, stays out of
    a segment that has grown large: a camera would fill it for years, if nobody tags.
    """
    if not entries:
        return
    backups = folder / "backups"
    backups.mkdir(exist_ok=True)
    data = "".join(json.dumps({**entry, "crc": _crc(entry)}, ensure_ascii=False) + "\n" for entry in entries).encode()
    handle = os.open(_segment(backups, last_covered(folder)), os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        size = os.fstat(handle).st_size
        if size > _LARGE and not lasting:
            return
        if size and os.pread(handle, 1, size - 1) != b"\n":
            data = b"\n" + data  # a line was torn: it shall not spoil this one, too
        if os.write(handle, data) < len(data):  # one write: processes that tag at once do not mix their lines
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(handle)


def segments(folder: Path) -> list[Path]:
    """Return the segments, oldest first."""
    return sorted((folder / "backups").glob("events-*.jsonl"))


def entries(segment: Path) -> Iterator[dict[str, Any] | None]:
    """Yield the entries of a segment in their order; None for each line that is torn or not what was written.

    Those of an earlier edge_brain have no checksum, and fewer fields.
    """
    for line in segment.read_bytes().split(b"\n"):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except ValueError:
            yield None
            continue
        if not isinstance(entry, dict) or entry.pop("crc", _crc(entry)) != _crc(entry):
            yield None
            continue
        yield entry


def keep_settings(folder: Path, settings: Mapping[str, str]) -> None:
    """Write down how pictures become codes, unless it stands there."""
    path = folder / "backups" / _SETTINGS
    wanted = json.dumps(dict(settings), indent=1, sort_keys=True).encode()
    try:
        stands = path.is_file() and path.read_bytes() == wanted
    except OSError as error:
        raise StorageFailed(f"{path} cannot be read: {error.strerror or error}") from error
    if not stands:
        files.write_whole(path, wanted)


def settings(folder: Path) -> dict[str, str]:
    """Return what `keep_settings` wrote; empty when it is not there, or not whole."""
    try:
        held = json.loads((folder / "backups" / _SETTINGS).read_bytes())
    except (OSError, ValueError):
        return {}
    whole = isinstance(held, dict) and all(isinstance(value, str) for value in held.values())
    return held if whole else {}


def _crc(entry: Mapping[str, Any]) -> int:
    """Return the CRC-32 of an entry's fields, without that of its checksum."""
    fields = {key: value for key, value in entry.items() if key != "crc"}
    return zlib.crc32(json.dumps(fields, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass"))


def _covered(copy: Path) -> int:
    return int(copy.stem.removeprefix("brain-"))


def _segment(backups: Path, event: int) -> Path:
    return backups / f"events-{event:08d}.jsonl"
