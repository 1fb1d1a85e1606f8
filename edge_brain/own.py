"""Extractors that edge_brain does not bring: an app's own, which it is given, and a camera's, whose codes alone come.

A brain is bound to one by what it says of itself, as to any other. Where it is not at hand, codes are still told and
asked; only a picture cannot be looked at, which is refused and names it.
"""

from __future__ import annotations

import operator
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, SupportsIndex, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from edge_brain.errors import BadInput, ExtractorMismatch

_MARK = "own"  # in the fingerprint, behind the name
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
_LEAST, _MOST = 2, 4096  # numbers of a code: the head holds their products, 128 MiB of the longest


@dataclass(frozen=True)
class Codes:
    """A network that looks at pictures elsewhere, in the camera or the app: only its codes come here.

    Embeddings with nothing below 0 suit, pooled after a ReLU: `zero_point` is the int8 level that stands for 0. When
    the network becomes another, so must its `fingerprint`: codes of two do not go together.
    """

    name: str
    length: int
    zero_point: int = -128
    fingerprint: str = "1"


@runtime_checkable
class OwnExtractor(Protocol):
    """What an app's own extractor says of itself, and does; `Codes` tells what each means."""

    @property
    def name(self) -> str:
        """What it is called: letters, digits, `.`, `_`, `+` and `-`."""

    @property
    def length(self) -> int:
        """How many numbers a code has."""

    @property
    def zero_point(self) -> int:
        """The int8 level that stands for 0."""

    @property
    def fingerprint(self) -> str:
        """Another one when the codes of the same pictures become others."""

    def code(self, pixels: NDArray[np.uint8]) -> NDArray[np.int8]:
        """Return the code, int8 (length,), of uint8 RGB pixels, shape (height, width, 3), of any size.

        They are as large as the picture came. The same pixels give the same code. A brain asks in one thread at a
        time.
        """


Given: TypeAlias = "Codes | OwnExtractor"


def contract(given: Given) -> dict[str, str]:
    """Return what a brain that is bound to an extractor must know of it; BadInput for what it cannot be bound to."""
    if isinstance(given, type):
        raise BadInput(f"{given.__name__} is a class: give one that is made of it, {given.__name__}(…)")
    if not isinstance(given, Codes | OwnExtractor):
        raise BadInput(
            f"{given!r} is no extractor of an app's own: that has name, fingerprint, length, zero_point and "
            "code(pixels); where only codes come, give `Codes`"
        )
    for what, word in (("name", given.name), ("fingerprint", given.fingerprint)):
        if not isinstance(word, str) or not _WORD.fullmatch(word):
            raise BadInput(f"the {what} of an extractor is letters, digits and . _ + -, at most 64, not {word!r}")
    return {
        "extractor": given.name,
        "fingerprint": f"{given.name}:{_MARK}:{given.fingerprint}",
        "code_length": str(_whole("length", given.length, _LEAST, _MOST)),
        "zero_point": str(_whole("zero_point", given.zero_point, -128, 126)),
    }


def _whole(what: str, number: object, least: int, most: int) -> int:
    """Return a whole number, NumPy's own among them; truth values are none."""
    whole = operator.index(number) if isinstance(number, SupportsIndex) and not isinstance(number, bool) else None
    if whole is None or not least <= whole <= most:
        raise BadInput(f"the {what} of an extractor is a whole number from {least} to {most}, not {number!r}")
    return whole


def check_told(told: Mapping[str, str]) -> None:
    """Raise BadInput where a contract that somebody tells of cannot be that of an app's own extractor."""
    name, _, fingerprint = told["fingerprint"].split(":", 2)
    given = Codes(name, int(told["code_length"]), int(told["zero_point"]), fingerprint)
    if any(told[key] != value for key, value in contract(given).items()):
        raise BadInput(f"the contract of {told['fingerprint']!r} contradicts itself")


def is_own(fingerprint: str) -> bool:
    """Say whether a brain's codes come from an extractor that edge_brain does not bring."""
    return fingerprint.split(":")[1:2] == [_MARK]


def check(given: Given | None, wanted: Mapping[str, str]) -> None:
    """Raise ExtractorMismatch when an extractor is given and codes were made by another; `wanted` tells of theirs."""
    if given is None:
        return
    told = contract(given)
    if any(wanted[key] != value for key, value in told.items()):
        theirs, here = (
            " ".join(each[key] for key in ("fingerprint", "code_length", "zero_point")) for each in (wanted, told)
        )
        raise ExtractorMismatch(
            f"the codes of this brain were made by extractor {theirs} (fingerprint, length, zero point), given was "
            f"{here}; open it with the one that it was made with, or with none"
        )


def one_at_a_time(given: Given | None) -> Given | None:
    """Return what answers as an extractor does, and asks it in one thread at a time, however many ask."""
    return _InTurn(given) if isinstance(given, OwnExtractor) else given


class _InTurn:
    """An own extractor that threads wait for."""

    def __init__(self, given: OwnExtractor) -> None:
        self.name, self.fingerprint = given.name, given.fingerprint
        self.length, self.zero_point = given.length, given.zero_point
        self._code, self._lock = given.code, threading.Lock()

    def code(self, pixels: NDArray[np.uint8]) -> NDArray[np.int8]:
        with self._lock:
            return self._code(pixels)


class Outside:
    """An own extractor as the rest of the house knows one: what it answers is checked; it need not be here."""

    side, runtime = 0, "the app"

    def __init__(self, wanted: Mapping[str, str], given: Given | None) -> None:
        """Stand for the extractor that a contract names."""
        check(given, wanted)
        self.name, self.fingerprint = wanted["extractor"], wanted["fingerprint"]
        self.length, self.zero_point = int(wanted["code_length"]), int(wanted["zero_point"])
        self._given = given if isinstance(given, OwnExtractor) else None

    def code(self, pixels: NDArray[np.uint8]) -> NDArray[np.int8]:
        """Return the code, int8 (length,), of uint8 RGB pixels; ExtractorMismatch where nobody here can make it."""
        if self._given is None:
            raise ExtractorMismatch(
                f"the codes of this brain are made by {self.name!r} ({self.fingerprint}), which is not here, so that "
                "no picture can be looked at: give codes (`tag_code`), or the extractor (`Brain.open(…, extractor=…)`)"
            )
        code = self._given.code(pixels)
        if not isinstance(code, np.ndarray) or code.dtype != np.int8 or code.shape != (self.length,):
            given = f"{code.dtype} {code.shape}" if isinstance(code, np.ndarray) else type(code).__name__
            raise BadInput(f"the extractor {self.name!r} gave {given} for a code, not int8 ({self.length},)")
        return code
