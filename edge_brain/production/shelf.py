"""The folder production/ of a brain: what stands there is read, and switched so that a kill leaves the old or the new.

It needs no database: a camera app runs what is in production also where the brain itself is damaged.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from edge_brain import clock, files, plain
from edge_brain.errors import BrainBusy, BrainDamaged, BrainNotFound, EdgeBrainError, StorageFailed
from edge_brain.outcomes import Production, Released
from edge_brain.production import Entry, Standing, named
from edge_brain.release import Release, checks, described, expiry, form

FOLDER = "production"
_POINTER = "production.json"
_FORMAT = 1
_MOST_BYTES = 65_536  # of the pointer
_Mark = tuple[int, int, int]


@dataclass(frozen=True)
class Serving:
    """The release that answers, read whole."""

    entry: Entry
    release: Release
    released: Released
    trouble: str | None  # what is not whole, when this one answers in its place


class Shelf:
    """Production of one brain."""

    def __init__(self, brain: Path) -> None:
        self.brain, self.folder = brain, brain / FOLDER
        self._pointer = self.folder / _POINTER

    def mark(self) -> _Mark | None:
        """Return what is another after each switch, for the cost of one look."""
        return files.mark(self._pointer)

    def path(self, entry: Entry) -> Path:
        """Return where a release lies."""
        return self.folder / entry.name

    def standing(self) -> tuple[Standing | None, str | None]:
        """Return what is in production and, where production.json is damaged, what is wrong; (None, None) for nothing.

        Then what it said is gathered from the names of the releases: the greatest number counts as the current one.
        """
        try:
            with self._pointer.open("rb") as file:
                return _standing(json.loads(file.read(_MOST_BYTES))), None
        except FileNotFoundError:
            return None, None
        except OSError as error:
            raise StorageFailed(f"{self._pointer} cannot be read: {error.strerror or error}") from error
        except (ValueError, RecursionError):
            lost = f"{files.printable(self._pointer)} is damaged"
        entries = [Entry(*told, None, 0.0) for path in self.folder.glob("*.brain") if (told := named(path.name))]
        entries.sort(key=lambda entry: entry.number, reverse=True)
        if not entries:
            return None, f"{lost}, and no release lies beside it: `edge-brain release take FILE`"
        previous = entries[1] if len(entries) > 1 else None
        return Standing(entries[0], previous, entries[0].number), lost

    def serving(self, *, may_wait: bool = False) -> Serving:
        """Return the release that answers: the current one or, when that is not whole, the one before.

        Raises BrainNotFound where nothing is in production, BrainDamaged when nothing of it is whole. Who may wait is
        told by StorageFailed of a file that is there and that the disk does not give: it may in a moment.
        """
        standing, lost = self.standing()
        if standing is None:
            if lost:
                raise BrainDamaged(lost)
            raise BrainNotFound(
                f"nothing is in production in {files.printable(self.brain)}; `edge-brain release take FILE` puts a "
                "release there"
            )
        troubles = [lost] if lost else []
        for entry in (standing.current, standing.previous):
            if entry is None:
                continue
            try:
                release, released = self.read(entry)
            except EdgeBrainError as error:
                if may_wait and isinstance(error, StorageFailed) and self.path(entry).exists():
                    raise
                troubles.append(str(error))
                continue
            if troubles:
                troubles.append(f"release {entry.number} answers")
            return Serving(entry, release, released, "; ".join(troubles) or None)
        raise BrainDamaged("; ".join([*troubles, "nothing in production is whole: take a release anew"]))

    def read(self, entry: Entry) -> tuple[Release, Released]:
        """Return a release that lies here, if it is what was put here, and can answer here."""
        path = self.path(entry)
        data, what = form.held(path), files.printable(path)
        if files.content_id(data) != entry.sha256:
            raise BrainDamaged(f"{what} is damaged: it is not what was put into production")
        release = form.from_bytes(data, what)
        checks.extractor(release.manifest, what)
        return release, described(release, path, data, entry.signed_by)

    def told(self, *, anew: bool = False) -> Production | None:
        """Return what is in production, and how it is; None where nothing ever was.

        A file that was read before is not read again while its mark is the same, but `anew`.
        """
        standing, lost = self.standing()
        if standing is None and not lost:
            return None
        troubles, whole = [lost] if lost else [], list[tuple[Entry, Released]]()
        for entry in (standing.current, standing.previous) if standing else ():
            if entry is not None:
                try:
                    read = self.read(entry)[1] if anew else _read_once(self.brain, entry, files.mark(self.path(entry)))
                    whole.append((entry, read))
                except EdgeBrainError as error:
                    troubles.append(str(error))
        if troubles and whole:
            troubles.append(f"release {whole[0][0].number} answers")
        return Production(
            current=whole[0][1] if whole else None,
            since=whole[0][0].since or None if whole else None,
            expired=bool(whole) and _is_over(whole[0][1]),
            previous=whole[1][1] if len(whole) > 1 else None,
            highest=standing.highest if standing else 0,
            trouble="; ".join(troubles) or None,
        )

    # ── switching ───────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let nobody else switch in the block; BrainBusy while somebody does."""
        try:
            files.make_folder(self.folder)
            handle = files.hold(self.folder, alone=True)
        except BlockingIOError as error:
            raise BrainBusy("somebody else changes what is in production just now; try again") from error
        except OSError as error:
            raise StorageFailed(f"{self.folder} cannot be opened: {error.strerror or error}") from error
        try:
            with suppress(OSError):  # what a killed one has left is in nobody's way
                files.sweep(self.folder)
            yield
        finally:
            os.close(handle)

    def put(self, entry: Entry, data: bytes) -> None:
        """Lay down a release, durably and whole; nobody runs it yet."""
        files.write_whole(self.path(entry), data)

    def switch(self, standing: Standing) -> None:
        """Let another release answer from now on; all that it names must lie here by now."""
        told: dict[str, Any] = {"format": _FORMAT, **plain.plain(standing)}
        told["check"] = _check(told)
        files.write_whole(self._pointer, json.dumps(told, indent=1, sort_keys=True).encode())
        kept = {entry.name for entry in (standing.current, standing.previous) if entry}
        for path in self.folder.glob("*.brain"):
            if path.name not in kept:
                with suppress(StorageFailed):  # what cannot go now goes with the next switch
                    files.remove(path)


@lru_cache(maxsize=16)
def _read_once(brain: Path, entry: Entry, mark: _Mark | None) -> Released:
    """Return what a release is whose file is marked so; pages ask for it again and again."""
    return Shelf(brain).read(entry)[1]


def _is_over(released: Released) -> bool:
    return expiry.judged(released.expires_at, released.taught_at, clock.now()) == "expired"


def _standing(told: Any) -> Standing:
    """Return what was written; ValueError when it is not that."""
    if not isinstance(told, dict) or told.get("format") != _FORMAT or told.pop("check", None) != _check(told):
        raise ValueError("not what was written")
    standing = plain.record(Standing, told)
    for entry in (standing.current, standing.previous):
        if entry is not None and named(entry.name) != (entry.number, entry.sha256):
            raise ValueError("no name of a release")
    return standing


def _check(told: Any) -> str:
    return files.content_id(json.dumps(told, sort_keys=True).encode())
