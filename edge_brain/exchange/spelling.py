"""Class names as names of folders, on any file system: what none may have in a name is spelled in per cent.

    a/b → a%2Fb     .hidden → %2Ehidden     CON → %43ON     50 % → 50 %25     Mug beside mug → %4Dug

As in addresses, %XX is a byte of UTF-8, so that a name says what it spells; one that would be too long is cut, and
ends in `%~` and a digest.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from urllib.parse import unquote

_LONGEST = 120  # bytes of UTF-8; file systems take 255, encrypted ones 143
_DIGEST = 12  # hex digits
_NEVER = set('/\\:*?"<>|%')  # the last is ours
_CONTROLS = ("Cc", "Cf", "Cs", "Zl", "Zp")
# Windows takes these for devices, whatever ending they have, and the last is the list that lies beside the folders
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9¹²³])\s*(\..*)?|bursts\.csv", re.I)


def folder_names(labels: Iterable[str]) -> dict[str, str]:
    """Return the folder of each class; no two are the same where upper and lower case are."""
    every = list(labels)
    alike = Counter(label.casefold() for label in every)
    return {label: spelled(label, beside_others=alike[label.casefold()] > 1) for label in every}


def spelled(label: str, *, beside_others: bool = False) -> str:
    """Return a class name as the name of a folder; `beside_others` that are equal but for case, in lower case."""
    last, pieces = len(label) - 1, list[str]()
    reserved = _RESERVED.fullmatch(label) is not None
    for place, character in enumerate(label):
        unsafe = character in _NEVER or unicodedata.category(character) in _CONTROLS
        unsafe |= place == 0 and (reserved or character in ". ")
        unsafe |= place == last and character in ". "
        unsafe |= beside_others and character != character.casefold()
        pieces.append(_in_per_cent(character) if unsafe else character)
    name = "".join(pieces)
    return name if _size(name) <= _LONGEST else _cut(pieces, label)


def is_spelled(label: str, folder: str) -> bool:
    """Say whether a folder's name is that of a class, or spells it."""
    names = (label, spelled(label), spelled(label, beside_others=True))
    return folder in names or unquote(folder) == label


def _cut(pieces: list[str], label: str) -> str:
    ending = "%~" + hashlib.sha256(label.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    kept, room = "", _LONGEST - len(ending)
    for piece in pieces:
        if _size(kept + piece) > room:
            break
        kept += piece
    return kept + ending


def _in_per_cent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def _size(name: str) -> int:
    return len(name.encode("utf-8", "surrogatepass"))
