"""Whether a release may answer on this device; then it is put into production, and the one before is kept.

    size ─ SHA-256 ─ signature ─ pinned key ─ all of `form`: contents, score card, golden answers ─ extractor, which
    runs its golden picture ─ expiry ─ number ─> put, switch

In this order: as little as can be is parsed of a file before it is known who made it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from edge_brain import clock, files
from edge_brain.errors import (
    BadInput,
    BrainDamaged,
    BrainNotFound,
    BrainTooNew,
    EdgeBrainError,
    ExtractorMismatch,
    ReleaseRefused,
    StorageFailed,
)
from edge_brain.exposure import load_exposer
from edge_brain.outcomes import Released, Taken
from edge_brain.production import Entry, Standing, named
from edge_brain.production.shelf import Shelf
from edge_brain.release import Release, checks, described, expiry, form, signing

_OF_THE_RELEASE = (BadInput, BrainDamaged, BrainTooNew, ExtractorMismatch)  # not of the device, or of the moment
_UNSIGNED = "it is not signed, and no key is pinned here: nobody vouches for who made it"
_UNPINNED = (
    "it is signed by {0}, and no key is pinned here, so that anybody's would be taken: after "
    "`edge-brain release pin {0}` only that one's are"
)
_NO_TIME = "it ends at {}, and whether that is past nobody here knows: this clock says {}, before it was even made"


@dataclass(frozen=True)
class Asked:
    """A release that is to be put into production, as it came."""

    data: bytes
    what: str  # it is called in an error
    sha256: str | None = None  # that it must have
    number: int | None = None  # that it must have

    @classmethod
    def file(cls, path: Path) -> Asked:
        """Return the release in a file; one that has a hub's name must be what that says."""
        number, sha256 = named(path.name) or (None, None)
        return cls(form.held(path), files.printable(path), sha256, number)

    def having(self, sha256: str | None, number: int | None) -> Asked:
        """Return the same, which must have a SHA-256 and a number besides, where they are given."""
        for wanted, said, what in ((sha256, self.sha256, "the SHA-256"), (number, self.number, "the number")):
            if wanted is not None and said not in (None, wanted):
                raise ReleaseRefused(f"{self.what} should have {what} {wanted}, and by its name another")
        return replace(self, sha256=sha256 or self.sha256, number=number or self.number)


@dataclass(frozen=True)
class Terms:
    """On which a device takes releases."""

    pins: Collection[str]  # public keys, one of which must have signed; empty: anybody may
    older: bool = False  # whether it may have a number that was here already


def take(shelf: Shelf, asked: Asked, terms: Terms) -> Taken:
    """Put a release into production; ReleaseRefused, and nothing changed, for one that may not answer here."""
    signer = _signer(asked, terms)
    release = _read(asked)
    known = described(release, shelf.folder, asked.data, signer)
    known = replace(known, path=files.printable(shelf.path(_entry(known))))
    load_exposer(release.manifest.contract, threads=1)  # its runtime gives the golden code, or raises
    notes = _notes(asked, known, terms)
    with shelf.alone():
        standing, lost = shelf.standing()
        if standing is not None and standing.current.sha256 == known.sha256:
            if lost is None and _is_whole(shelf, standing.current):
                return Taken(known, False, notes)
            after = replace(standing, current=_entry(known))
        else:
            if standing is not None and not terms.older:
                _refuse_older(known, standing, asked.what)
            highest = max(known.number, standing.highest if standing else 0)
            after = Standing(_entry(known), _before(shelf, standing, known), highest)
        shelf.put(after.current, asked.data)
        shelf.switch(after)
    return Taken(known, True, notes)


def roll_back(shelf: Shelf, expected: int | None = None) -> None:
    """Let the release before answer again, and, done once more, the one that was rolled back.

    ReleaseRefused where there is none that is whole, or when another than `expected` is in production by now.
    """
    with shelf.alone():
        standing, _ = shelf.standing()
        if standing is None:
            raise BrainNotFound("nothing is in production: there is nothing to go back from")
        if expected not in (None, standing.current.number):
            raise ReleaseRefused(
                f"release {standing.current.number} is in production by now, not {expected}: look again"
            )
        if standing.previous is None:
            raise ReleaseRefused(f"release {standing.current.number} is the first here: there is none to go back to")
        try:
            shelf.read(standing.previous)
        except EdgeBrainError as error:
            raise ReleaseRefused(f"the release before cannot answer, so nothing was changed: {error}") from error
        back = replace(standing.previous, since=clock.now())
        shelf.switch(replace(standing, current=back, previous=standing.current))


def _signer(asked: Asked, terms: Terms) -> str | None:
    """Return the key that has signed a release, after size, hash and signature were found right."""
    with _as_refused():
        form.check_size(asked.data, asked.what)
    if asked.sha256 not in (None, found := files.content_id(asked.data)):
        raise ReleaseRefused(f"{asked.what} has the SHA-256 {found}, not {asked.sha256}: it was changed on its way")
    signer = signing.checked(asked.data, asked.what)
    if terms.pins and signer not in terms.pins:
        by = f"is signed by {signer}, which is not pinned here" if signer else "is not signed"
        raise ReleaseRefused(
            f"{asked.what} {by}; this device takes only what is signed by {', '.join(sorted(terms.pins))}. "
            "`edge-brain release pin` trusts another key, if you do"
        )
    return signer


def _read(asked: Asked) -> Release:
    with _as_refused():
        release = form.from_bytes(asked.data, asked.what)
        checks.extractor(release.manifest, asked.what)
    if asked.number not in (None, release.manifest.number):
        raise ReleaseRefused(f"{asked.what} is release {release.manifest.number}: its name says {asked.number}")
    return release


def _notes(asked: Asked, known: Released, terms: Terms) -> tuple[str, ...]:
    """Return what nobody vouches for of a release that is taken; ReleaseRefused for one that has expired."""
    now = clock.now()
    judged = expiry.judged(known.expires_at, known.taught_at, now)
    end, here = (expiry.stamp(each or 0.0) for each in (known.expires_at, now))
    if judged == "expired":
        raise ReleaseRefused(
            f"{asked.what} has expired: it ended at {end}, and here it is {here}; set the clock if not"
        )
    notes = [_NO_TIME.format(end, here)] if judged == "unknown" else []
    if not terms.pins:
        signer = known.signed_by
        notes.append(_UNPINNED.format(signer) if signer else _UNSIGNED)
    return tuple(notes)


def _refuse_older(known: Released, standing: Standing, what: str) -> None:
    """Raise ReleaseRefused for a number that was here already."""
    if known.number > standing.highest:
        return
    before = standing.previous
    if before is not None and before.sha256 == known.sha256:
        raise ReleaseRefused(
            f"release {known.number} was in production before: `edge-brain release rollback` goes to it"
        )
    kind = "another of the same number as" if known.number == standing.highest else "older than"
    raise ReleaseRefused(
        f"{what} is release {known.number}, {kind} release {standing.highest}, which was taken here. Release the brain "
        "with a greater number; to take it all the same say --allow-older"
    )


def _is_whole(shelf: Shelf, entry: Entry) -> bool:
    try:
        shelf.read(entry)
    except EdgeBrainError:
        return False
    return True


def _before(shelf: Shelf, standing: Standing | None, known: Released) -> Entry | None:
    """Return the release that has answered until now: what is not whole is no use to go back to."""
    for entry in (standing.current, standing.previous) if standing else ():
        if entry is None or entry.sha256 == known.sha256:
            continue
        try:
            shelf.read(entry)
        except StorageFailed:
            if shelf.path(entry).exists():
                raise  # the disk may give it in a moment: it is not to be dropped for that
        except EdgeBrainError:
            continue
        else:
            return entry
    return None


@contextmanager
def _as_refused() -> Iterator[None]:
    """Raise what is wrong with a release as ReleaseRefused; what is wrong with the device passes through."""
    try:
        yield
    except _OF_THE_RELEASE as error:
        raise ReleaseRefused(str(error)) from error


def _entry(known: Released) -> Entry:
    return Entry(known.number, known.sha256, known.signed_by, clock.now())
