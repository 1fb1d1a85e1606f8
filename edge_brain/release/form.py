"""Reads and writes the file of a release."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from edge_brain import files, plain
from edge_brain.errors import BadInput, BrainDamaged, BrainTooNew, StorageFailed
from edge_brain.head import classifier as classifiers
from edge_brain.outcomes import Released
from edge_brain.records import Score
from edge_brain.release import FORMAT, Golden, Manifest, Release, archive, checks, described, signing

MOST_BYTES = 128 * 2**20  # of the file
_MOST_JSON = 8 * 2**20  # in memory it is some twenty times as large
_MANIFEST, _CLASSIFIER, _SCORE, _GOLDEN = "manifest.json", "classifier.npz", "score.json", "golden.json"
_MEMBERS = (_MANIFEST, _CLASSIFIER, _SCORE, _GOLDEN)
_BEGINNING = b"PK\x03\x04"  # of any ZIP
_Kind = TypeVar("_Kind")


def to_bytes(release: Release) -> bytes:
    """Return the file of a release; the same release gives the same bytes."""
    held = {
        _CLASSIFIER: classifiers.to_bytes(release.classifier),
        _SCORE: _json(plain.plain(release.score)),
        _GOLDEN: _json([plain.plain(each) for each in release.golden]),
    }
    members = {name: files.content_id(data) for name, data in held.items()}
    told = _json({**plain.plain(release.manifest), "members": members}, indent=1)
    return archive.packed({_MANIFEST: told, **held})


def read(path: Path) -> tuple[Release, Released]:
    """Return the release in a file, and what it is; errors as those of `from_bytes`."""
    data = held(path)
    release = from_bytes(data, files.printable(path))
    return release, described(release, path, data)


def held(path: Path) -> bytes:
    """Return the bytes of a file, of one that is too large no more than shows that."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise StorageFailed(f"{files.printable(path)} cannot be read: {error.strerror or error}") from error


def check_size(data: bytes, what: str) -> None:
    """Raise BadInput for what is no release by its first bytes, or by how many there are."""
    if not data.startswith(_BEGINNING):
        raise BadInput(f"{what} is no release: give a file that `edge-brain release` wrote, or the folder of a brain")
    if len(data) > MOST_BYTES:
        raise BadInput(f"{what} is larger than {MOST_BYTES >> 20} MiB: it is no release")


def from_bytes(data: bytes, what: str) -> Release:
    """Return the release that a file holds, of which nothing is executed; `what` it is called in an error.

    Raises BadInput for what is no release, BrainTooNew for one of a later edge_brain, BrainDamaged for one that is
    not whole, means nothing, or answers otherwise than when it was made. Who signed it is not asked here: see signing.
    """
    check_size(data, what)
    told = _manifest(data, what)
    members = archive.unpacked(data, _MEMBERS, what)
    archive.check_tight(data, signing.SIZE if signing.found(data) else 0, what)
    digests = told.get("members")
    for name in (_CLASSIFIER, _SCORE, _GOLDEN):
        if not isinstance(digests, dict) or digests.get(name) != files.content_id(members[name]):
            raise BrainDamaged(f"{what}: {name} is not what {_MANIFEST} says")
    manifest = _made(Manifest, {"expires_at": None, **told}, f"{what}: {_MANIFEST}")
    checks.manifest(manifest, what)
    release = Release(
        manifest=manifest,
        score=_made(Score, _parsed(members[_SCORE], f"{what}: {_SCORE}"), f"{what}: {_SCORE}"),
        golden=_made(list[Golden], _parsed(members[_GOLDEN], f"{what}: {_GOLDEN}"), f"{what}: {_GOLDEN}"),
        classifier=checks.classifier(members[_CLASSIFIER], manifest, f"{what}: {_CLASSIFIER}"),
    )
    checks.score(release, what)
    checks.answers(release, what)
    return release


def _manifest(data: bytes, what: str) -> dict[str, Any]:
    """Return what the manifest says, of a format that is known: another may have other members."""
    if _MANIFEST not in archive.names(data, what):
        raise BadInput(f"{what} is a ZIP without {_MANIFEST}: it is no release")
    told = _parsed(archive.member(data, _MANIFEST, what), f"{what}: {_MANIFEST}")
    form = told.get("format") if isinstance(told, dict) else None
    if type(form) is not int or form < FORMAT:
        raise BrainDamaged(f"{what}: {_MANIFEST} says nothing of a format that is known")
    if form > FORMAT:
        raise BrainTooNew(f"{what} is of format {form}, this edge_brain knows up to {FORMAT}; install a newer one")
    held: dict[str, Any] = told
    return held


def _json(value: Any, *, indent: int | None = None) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=indent, sort_keys=True, allow_nan=False).encode()


def _parsed(data: bytes, what: str) -> Any:
    if len(data) > _MOST_JSON:
        raise BrainDamaged(f"{what} is larger than {_MOST_JSON >> 20} MiB")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BrainDamaged(f"{what} is no JSON: {error}") from error


def _made(kind: type[_Kind], value: Any, what: str) -> _Kind:
    try:
        return plain.record(kind, value)
    except (ValueError, OverflowError) as error:
        raise BrainDamaged(f"{what} cannot be meant: {error}") from error
