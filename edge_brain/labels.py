"""What may be the name of a class, a burst or a source."""

from __future__ import annotations

import unicodedata

from edge_brain.errors import BadInput

_LONGEST = 100


def checked(label: str, what: str = "label") -> str:
    """Return a label (or another name: a burst's, a source's) in its normal form, or raise BadInput.

    That is Unicode's NFC without space around it.
    """
    if not isinstance(label, str):
        raise BadInput(f"a {what} is text, not {type(label).__name__}: {label!r}")
    text = unicodedata.normalize("NFC", label).strip()
    if not text:
        raise BadInput(f"a {what} must not be empty")
    if len(text) > _LONGEST:
        raise BadInput(f"a {what} has at most {_LONGEST} characters, this one {len(text)}: {text[:30]!r}…")
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in text):
        raise BadInput(f"a {what} is one line of text without control characters, not {text!r}")
    return text
