"""Whether what a release holds can be meant, whoever wrote it, and here; each raises BrainDamaged when it cannot."""

from __future__ import annotations

import base64
import math
import re
import unicodedata

import numpy as np

from edge_brain import extractor as extractors
from edge_brain import labels, own
from edge_brain.errors import BadInput, BrainDamaged, ExtractorMismatch
from edge_brain.head import classifier as classifiers
from edge_brain.head.classifier import Classifier
from edge_brain.records import Prediction
from edge_brain.region import Region
from edge_brain.release import CONTRACT, GREATEST, Golden, Manifest, Release, archive, expiry

_LONGEST_CODE = 65_536
_LONGEST_LINE = 10_000
_MOST_GOLDEN = 64
_TOLERANCE = 1e-3  # of golden answers: another machine rounds otherwise, from the sixth digit on
_DIGEST = re.compile("[0-9a-f]{64}")
_ARRAYS = {  # of the classifier: type and shape, K classes, d numbers a code
    "labels": ("U", "K"), "weights": ("f4", "Kd"), "offsets": ("f8", "K"), "axes": ("f8", "KK"), "origin": ("f8", "K"),
    "background": ("f4", "d"), "temperature": ("f8", ""), "threshold": ("f8", ""), "outlook": ("f8", "3"),
}  # fmt: skip
# of a .npy file as numpy writes it; it is read by numpy, too, but not before it is known to be no more than this
_HEADER = re.compile(
    rb"\{'descr': '<([fU]\d{1,3})', 'fortran_order': (?:True|False), 'shape': \(([\d, ]{0,40})\), \} *\n"
)


def manifest(told: Manifest, what: str) -> None:
    """Check number, names, contract and classes."""
    try:
        classes = [labels.checked(each.label) == each.label for each in told.classes]
        Region.parse(told.contract.get("region", ""))
        length = int(told.contract.get("code_length", ""))
        zero_point = int(told.contract.get("zero_point", ""))
    except (BadInput, ValueError) as error:
        raise BrainDamaged(f"{what}: its manifest cannot be meant: {error}") from error
    sound = {
        "a number": 1 <= told.number <= GREATEST,
        "a time": 0 <= told.taught_at < expiry.END_OF_TIME,
        "an end": told.expires_at is None or told.taught_at < told.expires_at < expiry.END_OF_TIME,
        "a name": _is_line(told.name) and _is_line(told.made_by) and _is_line(told.device),
        "a contract": set(told.contract) == set(CONTRACT) and all(map(_is_line, told.contract.values())),
        "a code": 0 < length <= _LONGEST_CODE and -128 <= zero_point <= 127,
        "classes": bool(classes) and all(classes) and len({each.label for each in told.classes}) == len(classes),
        "a digest": _DIGEST.fullmatch(told.head_digest) is not None,
    }
    if wrong := [name for name, holds in sound.items() if not holds]:
        raise BrainDamaged(f"{what}: its manifest has {', '.join(wrong)} that cannot be meant")


def score(release: Release, what: str) -> None:
    """Check that the score speaks of the release's classes, and can be printed."""
    told, known = release.score, {each.label for each in release.manifest.classes}
    named = {*told.per_class, *(label for image in told.images for label in (image.label, image.predicted))}
    if named - known - {None} or told.level != release.manifest.level:
        raise BrainDamaged(f"{what}: its score is another brain's")
    if not all(_is_line(text) for each in told.advice for text in (each.kind, each.message, *each.labels)):
        raise BrainDamaged(f"{what}: its advice is no text that can be shown")
    devices = told.per_device.values()
    names = [*told.per_device, *(each.name for each in devices), *(image.burst or "" for image in told.images)]
    if {each.weakest for each in devices} - known - {None} or not all(map(_is_line, names)):
        raise BrainDamaged(f"{what}: it names devices, bursts, or classes of theirs, that cannot be meant")
    if not all(_DIGEST.fullmatch(image.id) for image in told.images):
        raise BrainDamaged(f"{what}: it names images that cannot be meant")


def classifier(data: bytes, told: Manifest, what: str) -> Classifier:
    """Return the classifier in an .npz file, after each of its arrays was found to be what it must."""
    arrays = archive.unpacked(data, [f"{name}.npy" for name in _ARRAYS], what)
    length, count = int(told.contract["code_length"]), _shape(arrays["labels.npy"], what)[1]
    sizes = {"K": count[0] if count else 0, "d": length, "3": 3}
    for name, (kind, form) in _ARRAYS.items():
        found, shape = _shape(arrays[f"{name}.npy"], what)
        if (found if kind != "U" else found[0]) != kind or shape != tuple(sizes[each] for each in form):
            raise BrainDamaged(f"{what}: {name} has the shape {shape}, type {found}, which it must not have")
    try:
        solved = classifiers.from_bytes(data)
    except ValueError as error:
        raise BrainDamaged(f"{what} is no classifier: {error}") from error
    calibration = solved.calibration
    numbers = (solved.weights, solved.offsets, solved.axes, solved.origin, solved.background)
    sound = all(bool(np.isfinite(each).all()) for each in numbers)
    sound &= calibration.temperature > 0 and calibration.deviation > 0 and calibration.spread >= 0
    sound &= math.isfinite(calibration.temperature) and not math.isnan(calibration.usual)
    known = {each.label for each in told.classes}
    if not sound or not solved.labels or len(set(solved.labels)) != len(solved.labels) or set(solved.labels) - known:
        raise BrainDamaged(f"{what} holds numbers, or classes, that cannot be meant")
    return solved


def answers(release: Release, what: str) -> None:
    """Check that the golden codes give the answers that they gave when the release was made."""
    codes = [_code(each, release.code_length, what) for each in release.golden]
    if not 0 < len(codes) <= _MOST_GOLDEN:
        raise BrainDamaged(f"{what} has {len(codes)} golden answers, not 1 to {_MOST_GOLDEN}")
    for golden, answer in zip(release.golden, release.answers(codes), strict=True):
        if not _is_the_same(golden.answer, answer):
            raise BrainDamaged(
                f"{what} answers {_said(answer)} where it answered {_said(golden.answer)} when it was made: do not "
                "trust it on this machine; copy it anew, or release the brain again"
            )


def extractor(told: Manifest, what: str) -> None:
    """Raise ExtractorMismatch unless the extractor here is the one that a release's codes come from."""
    wanted = {key: value for key, value in told.contract.items() if key != "region"}
    try:
        extractors.check(wanted["extractor"], wanted["fingerprint"])
    except ExtractorMismatch as error:
        raise ExtractorMismatch(
            f"{what} answers codes of the extractor {wanted['fingerprint']}, which is not here; "
            "install the edge_brain that has it, or release the brain anew with this one"
        ) from error
    if not own.is_own(wanted["fingerprint"]) and wanted != extractors.contract(wanted["extractor"]):
        raise ExtractorMismatch(f"{what} takes the codes of {wanted['extractor']} for other than they are")


def _is_the_same(one: Prediction, other: Prediction) -> bool:
    shares = dict(one.ranking)
    near = [abs(one.familiarity - other.familiarity) <= _TOLERANCE * (1 + abs(one.familiarity))]
    near += [abs(shares.get(label, math.inf) - share) <= _TOLERANCE for label, share in other.ranking]
    return len(shares) == len(other.ranking) and all(near)


def _said(answer: Prediction) -> str:
    return f"{answer.first!r} ({answer.confidence:.1%}, familiarity {answer.familiarity:.3f})"


def _code(golden: Golden, length: int, what: str) -> bytes:
    try:
        code = base64.b64decode(golden.code, validate=True)
    except ValueError as error:
        raise BrainDamaged(f"{what}: a golden code is no base64") from error
    if len(code) != length:
        raise BrainDamaged(f"{what}: a golden code has {len(code)} bytes, not {length}")
    return code


def _shape(data: bytes, what: str) -> tuple[str, tuple[int, ...]]:
    """Return type and shape of a .npy file, version 1, whose numbers are all there."""
    size = int.from_bytes(data[8:10], "little")
    header = _HEADER.fullmatch(data[10 : 10 + size])
    if not data.startswith(b"\x93NUMPY\x01\x00") or header is None:
        raise BrainDamaged(f"{what} holds an array that numpy did not write, or one of Python objects")
    kind = header[1].decode()
    shape = tuple(int(part) for part in header[2].decode().split(",") if part.strip())
    each = int(kind[1:]) * (4 if kind[0] == "U" else 1)
    if not each or math.prod(shape) * each != len(data) - 10 - size:
        raise BrainDamaged(f"{what} holds an array that is not whole")
    return kind, shape


def _is_line(text: str) -> bool:
    """Say whether a text can be shown in a line of a terminal."""
    return len(text) <= _LONGEST_LINE and not any(
        unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") for each in text
    )
