"""What may be the name of a class."""

from __future__ import annotations

import unicodedata

from edge_brain.errors import BadInput

_LONGEST = 100


def checked(label: str) -> str:
    """Return a label in its normal form (NFC, no space around it), or raise BadInput."""
    if not isinstance(label, str):
        raise BadInput(f"a label is text, not {type(label).__name__}: {label!r}")
    text = unicodedata.normalize("NFC", label).strip()
    if not text:
        raise BadInput("a label must not be empty; name the class that the picture shows")
    if len(text) > _LONGEST:
        raise BadInput(f"a label has at most {_LONGEST} characters, this one {len(text)}: {text[:30]!r}…")
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in text):
        raise BadInput(f"a label is one line of text without control characters, not {text!r}")
    return text
