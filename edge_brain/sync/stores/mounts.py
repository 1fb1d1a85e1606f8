"""What a stick that is not plugged in, and a share that is not mounted, look like: an empty folder on the wrong disk.

A hub that were made in one would fill the disk of the device and reach nobody.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from edge_brain.errors import HubUnreachable
from edge_brain.files import printable

_FSTAB = Path("/etc/fstab")
_MOUNTED = Path("/proc/self/mountinfo")
_BESIDE = ("/media/*", "/media/*/*", "/mnt/*", "/run/media/*", "/run/media/*/*")  # where sticks and shares appear


def look(folder: Path) -> None:
    """Raise HubUnreachable when a folder lies below a mount point at which nothing is mounted, or is to be one.

    Links are followed: behind one there may be such a mount point, too.
    """
    folder = Path(os.path.realpath(folder))
    mounted, listed = set(_mounted()), set(_listed())
    for place in (folder, *folder.parents):
        if str(place) in mounted or os.path.ismount(place):
            return
        if str(place) in listed or (_is_beside(place) and _is_empty(place)):
            raise HubUnreachable(
                f"nothing is mounted at {printable(place)}, so {printable(folder)} is on no stick or share: "
                "plug it in, or mount it. Nothing was written"
            )


def _is_beside(place: Path) -> bool:
    return any(place.match(pattern) and len(place.parts) == pattern.count("/") + 1 for pattern in _BESIDE)


def _is_empty(place: Path) -> bool:
    """Say whether a folder has nothing in it, or is not even there."""
    try:
        return not any(place.iterdir())
    except FileNotFoundError:
        return True
    except OSError:  # whoever opens it is told why
        return False


def _listed() -> Iterator[str]:
    """Yield the mount points that this machine is told of in /etc/fstab."""
    for line in _lines(_FSTAB):
        fields = line.split()
        if len(fields) > 1 and not fields[0].startswith("#") and fields[1].startswith("/"):
            yield _plain(fields[1]).rstrip("/") or "/"


def _mounted() -> Iterator[str]:
    """Yield where something is mounted; a folder that is bound to another of the same disk is not seen otherwise."""
    for line in _lines(_MOUNTED):
        yield _plain(line.split()[4])


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:  # a machine without it: what is mounted is known by its device, what should be by its place
        return []


def _plain(field: str) -> str:
    """Return a path that has its blanks spelled as \\040."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), field)
