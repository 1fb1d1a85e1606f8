"""The private key that releases are signed with: a small text file, for its owner's eyes alone.

edge_brain private key 1
private <64 hex digits>
public <64 hex digits>
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from edge_brain import extras, files
from edge_brain.errors import BadInput, StorageFailed

_FORM = re.compile(r"edge_brain private key 1\nprivate ([0-9a-f]{64})\npublic ([0-9a-f]{64})\n")
_MOST_BYTES = 4_096
_OTHERS = 0o077  # what a mode allows to others than the owner


@dataclass(frozen=True)
class Key:
    """A key to sign with."""

    public: str  # hex
    seed: bytes = field(repr=False)  # private, 32 bytes


def make(path: Path) -> str:
    """Write a new private key to a file that is not there yet, durably, readable by its owner alone; return the public.

    BadInput where a file stands, which is never replaced; StorageFailed when it cannot be written.
    """
    with extras.needed("signing", "keys are made by PyNaCl"):
        from nacl.signing import SigningKey

    key = SigningKey.generate()
    public = bytes(key.verify_key).hex()
    try:
        with files.unborn(path.parent, 0o600) as fresh:
            with fresh.open("w", encoding="ascii") as file:
                file.write(f"edge_brain private key 1\nprivate {bytes(key).hex()}\npublic {public}\n")
                file.flush()
                os.fsync(file.fileno())
            files.put_first(fresh, path)
    except FileExistsError as error:
        raise BadInput(
            f"{files.printable(path)} is there already; a key is never replaced, give another name"
        ) from error
    except OSError as error:
        raise StorageFailed(f"{files.printable(path)} cannot be written: {error.strerror or error}") from error
    return public


def read(path: Path) -> Key:
    """Return the key in a file; BadInput for what is none, and for one that others may read."""
    name = files.printable(path)
    try:
        with path.open("rb") as file:
            mode, data = os.fstat(file.fileno()).st_mode, file.read(_MOST_BYTES)
    except OSError as error:
        raise StorageFailed(f"the key {name} cannot be read: {error.strerror or error}") from error
    held = _FORM.fullmatch(data.decode("ascii", "replace"))
    if held is None:
        raise BadInput(f"{name} is no private key, or not whole: `edge-brain release key -o FILE` makes one")
    if mode & _OTHERS:
        raise BadInput(f"others on this machine may read the private key {name}: chmod 600 {name}")
    with extras.needed("signing", "a release is signed by PyNaCl"):
        from nacl.signing import SigningKey

    seed = bytes.fromhex(held[1])
    if bytes(SigningKey(seed).verify_key).hex() != held[2]:
        raise BadInput(f"{name} is damaged: its public key is not that of its private one")
    return Key(held[2], seed)
