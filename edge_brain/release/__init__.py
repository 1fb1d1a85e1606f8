"""A release: all that is needed to predict, of a brain as it was, in one file. Format 1, a ZIP, nothing compressed:

    manifest.json    format, number, name, device, taught_at; contract: how pictures become codes; classes, level,
                     head_digest; the SHA-256 of each other member
    classifier.npz   the solved head, as `head.classifier` writes it: arrays, no pickles
    score.json       the Brain Score, by the names that the SDK has
    golden.json      codes of a few frames, with the answers that they must give
    (the comment)    nothing, or a signature over all bytes before it

No picture is in it. `form` reads and writes it, `signing` signs it, `checks` tells whether what is in it can be meant,
`expiry` until when it may be taken.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_brain import files, head
from edge_brain.head.classifier import Classifier
from edge_brain.outcomes import Released
from edge_brain.records import ClassInfo, Level, Prediction, Score

FORMAT = 1
GREATEST = 2**31 - 1  # number
CONTRACT = ("code_length", "extractor", "fingerprint", "region", "zero_point")


@dataclass(frozen=True)
class Manifest:
    """What a release says of itself."""

    format: int
    made_by: str
    number: int
    name: str  # of the brain: its folder's
    device: str  # that the brain stands on
    taught_at: float  # seconds since 1970
    contract: Mapping[str, str]  # extractor, fingerprint, code_length, zero_point, region
    classes: Sequence[ClassInfo]
    level: Level
    head_digest: str
    expires_at: float | None = None  # seconds since 1970, from which on no device takes it


@dataclass(frozen=True)
class Golden:
    """A code and the answer that it must give."""

    code: str  # int8 bytes, base64
    answer: Prediction

    @classmethod
    def of(cls, code: bytes, answer: Prediction) -> Golden:
        """Return a code, int8 bytes, with its answer."""
        return cls(base64.b64encode(code).decode(), answer)


@dataclass(frozen=True)
class Release:
    """What a release holds."""

    manifest: Manifest
    score: Score
    golden: Sequence[Golden]
    classifier: Classifier

    @property
    def code_length(self) -> int:
        """How many numbers a code has."""
        return int(self.manifest.contract["code_length"])

    def answers(self, codes: Sequence[bytes]) -> list[Prediction]:
        """Return the answers to codes, int8 bytes."""
        rows = head.plain_rows(codes, self.code_length, int(self.manifest.contract["zero_point"]))
        return self.classifier.answers(rows.astype(np.float32))


def described(release: Release, path: Path, data: bytes, signed_by: str | None = None) -> Released:
    """Return what a release is whose file holds `data`, with the key by which its signature was found right."""
    manifest = release.manifest
    return Released(
        path=files.printable(path),
        number=manifest.number,
        name=manifest.name,
        taught_at=manifest.taught_at,
        level=manifest.level,
        classes=tuple(each.label for each in manifest.classes),
        head_digest=manifest.head_digest,
        size_bytes=len(data),
        sha256=files.content_id(data),
        expires_at=manifest.expires_at,
        balanced_accuracy=release.score.balanced_accuracy,
        signed_by=signed_by,
    )
