"""The token: what a browser on the LAN has to bring. A new one each time, or one kept in a file for its owner alone."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from edge_brain import files
from edge_brain.errors import BadInput, StorageFailed

_SHORTEST = 16  # characters
_FRESH_BYTES = 16
_OTHERS = 0o077  # what a mode allows to others than the owner


def fresh() -> str:
    """Return a new token, of 128 bits."""
    return secrets.token_urlsafe(_FRESH_BYTES)


def checked(token: str) -> str:
    """Return a token that can be in a link and be guessed by nobody, or raise BadInput."""
    if not token.isascii() or not token.isprintable() or " " in token:
        raise BadInput("a token has letters, digits and signs of ASCII only, and no space, for it stands in a link")
    if len(token) < _SHORTEST:
        raise BadInput(f"a token has at least {_SHORTEST} characters, this one {len(token)}: it could be guessed")
    return token


def kept_in(path: Path) -> str:
    """Return the token of a file; where there is no file a new one is written to it.

    Raises BadInput for a file that others may read, or that holds no token; StorageFailed when it cannot be made.
    """
    try:
        if not path.exists():
            _write(path)
        with path.open(encoding="ascii") as file:
            mode, token = os.fstat(file.fileno()).st_mode, file.read().strip()
    except UnicodeDecodeError:
        raise BadInput(f"{path} holds no token: give a file of one line, or one that is not there yet") from None
    except OSError as error:
        raise StorageFailed(f"could not read or make the token file {path}: {error.strerror or error}") from error
    if mode & _OTHERS:
        raise BadInput(f"others on this machine may read the token in {path}: chmod 600 {path}")
    try:
        return checked(token)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def _write(path: Path) -> None:
    with files.unborn(path.parent) as unborn:
        unborn.chmod(0o600)
        with unborn.open("w", encoding="ascii") as file:
            file.write(fresh() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another was faster: then that one's holds
            files.put_first(unborn, path)
