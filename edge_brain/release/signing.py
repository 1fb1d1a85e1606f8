"""Signs releases, and tells by whose key one is signed: ed25519, by PyNaCl (the extra [signing]).

    the file of a release, a ZIP │ its comment: "edge_brain signature 1 ed25519 <public key> <signature>"
    ─────────────────────────────┘
    all these bytes are covered, so that nothing has to be parsed before its signature is known to be right

What is signed is one line with their SHA-256, so `sha256sum` and any ed25519 can check it without us.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from edge_brain import extras, files
from edge_brain.errors import BadInput, ReleaseRefused

_BEGINS = b"edge_brain signature 1 ed25519 "
_BLOCK = re.compile(re.escape(_BEGINS) + rb"([0-9a-f]{64}) ([0-9a-f]{128})")
SIZE = len(_BEGINS) + 64 + 1 + 128  # of the comment, bytes
_KEY = re.compile("[0-9a-f]{64}")
_NEEDS = "a signature is made and checked by PyNaCl"


@dataclass(frozen=True)
class Signature:
    """A signature, of which nobody knows yet whether it is right."""

    key: str  # public, hex
    signature: str  # hex


def public_key(text: str) -> str:
    """Return a public key as it is written everywhere, 64 hex digits in lower case; BadInput for what is none."""
    key = text.strip().lower()
    if not _KEY.fullmatch(key):
        raise BadInput(
            f"{text[:80]!r} is no public key: give the 64 hex digits that `edge-brain release key` has printed"
        )
    return key


def found(data: bytes) -> Signature | None:
    """Return the signature that stands at the end of a release's file, or None."""
    block = _BLOCK.fullmatch(data[-SIZE:])
    return Signature(block[1].decode(), block[2].decode()) if block else None


def signed(data: bytes, seed: bytes) -> bytes:
    """Return the file of a release, which is unsigned, with a signature; `seed` is the private key, 32 bytes."""
    with extras.needed("signing", _NEEDS):
        from nacl.signing import SigningKey

    covered = data[:-2] + SIZE.to_bytes(2, "little")  # a ZIP ends with how long its comment is
    key = SigningKey(seed)
    signature = key.sign(_told(covered)).signature
    return bytes(covered + _BEGINS + bytes(key.verify_key).hex().encode() + b" " + signature.hex().encode())


def checked(data: bytes, what: str) -> str | None:
    """Return the public key by which a release is signed; None for an unsigned one, ReleaseRefused for a wrong one."""
    claimed = found(data)
    if claimed is None:
        return None
    with extras.needed("signing", f"{what} is signed, {_NEEDS}"):
        from nacl.exceptions import BadSignatureError
        from nacl.signing import VerifyKey

    try:
        VerifyKey(bytes.fromhex(claimed.key)).verify(_told(data[:-SIZE]), bytes.fromhex(claimed.signature))
    except BadSignatureError as error:
        raise ReleaseRefused(
            f"{what} is not what {claimed.key} has signed: it was changed since, or that key never signed it. "
            "Copy it anew from where it was made"
        ) from error
    return claimed.key


def _told(covered: bytes) -> bytes:
    """Return what is signed of some bytes; it begins so that no signature means anything else."""
    return f"edge_brain release 1 {files.content_id(covered)}\n".encode()
