"""Codes that were made outside edge_brain: how they are given, and the bytes of a frame that is told by one alone.

    edge_brain code 1 ⏎
    <fingerprint of the extractor> <region> ⏎
    <int8 bytes>

Such a frame has no picture, so this is what is stored of it, under its SHA-256 like any other. From these bytes it can
be told again, by a repair, a retrain, an import or another device, as long as codes are made so; never otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from edge_brain.errors import BadInput, BadPicture

if TYPE_CHECKING:
    from numpy.typing import NDArray

CodeLike: TypeAlias = "bytes | NDArray[np.int8] | NDArray[np.floating]"

SUFFIX = ".code"  # of such a frame's file
_MAGIC = b"edge_brain code 1\n"


def as_bytes(code: CodeLike, length: int, zero_point: int) -> bytes:
    """Return a code that came from outside as it is kept, int8 of this length; BadInput for what is none.

    That is int8, or its bytes, with nothing below the zero point, as they are; or floats, an embedding with nothing
    below 0, as after a ReLU. Of these the greatest becomes the highest level, and the others are rounded in proportion:
    the head looks at directions alone, so that no scale has to be agreed on, and a code without one is refused.
    """
    try:
        levels = np.asarray(np.frombuffer(code, np.int8) if isinstance(code, bytes) else code)
    except ValueError as error:
        raise BadInput(f"a code of this brain has {length} numbers, and this is no row of them: {error}") from error
    if levels.shape != (length,):
        raise BadInput(f"a code of this brain has {length} numbers, shape ({length},), not the shape {levels.shape}")
    if np.issubdtype(levels.dtype, np.floating):
        levels = _quantized(levels.astype(np.float64), zero_point)
    if levels.dtype != np.int8:
        raise BadInput(f"a code is int8, or floats from 0 up, not {levels.dtype}; convert it first")
    if (lowest := int(levels.min())) < zero_point:
        raise BadInput(f"a code of this brain has nothing below its level for 0, {zero_point}, this one {lowest}")
    if (levels == zero_point).all():
        raise BadInput("a code that is 0 everywhere has no direction, and is like nothing; nothing was done with it")
    return levels.tobytes()


def _quantized(values: NDArray[np.float64], zero_point: int) -> NDArray[np.int8]:
    if not np.isfinite(values).all():
        raise BadInput("a code of floats holds NaN, or what is infinite; nothing was done with it")
    if values.min() < 0:
        raise BadInput(f"a code of floats has nothing below 0, this one {values.min():g}; take it after the last ReLU")
    highest = 127 - zero_point
    return np.asarray(np.rint(values / (values.max() or 1.0) * highest) + zero_point).astype(np.int8)


def packed(code: bytes, contract: str) -> bytes:
    """Return what is stored of a frame that was told by its code alone; `contract` is as `extractor.spelled`."""
    return _MAGIC + contract.encode() + b"\n" + code


def is_packed(data: bytes) -> bool:
    """Say whether stored bytes hold a code and no picture."""
    return data.startswith(_MAGIC)


def unpacked(data: bytes, contract: str, length: int, name: str) -> bytes:
    """Return the code that stored bytes hold; BadPicture for one that was made otherwise, or is not whole."""
    made, _, code = data.removeprefix(_MAGIC).partition(b"\n")
    if made != contract.encode():
        told = made[:200].decode(errors="replace")
        raise BadPicture(
            f"{name} is no picture but a code, made as {told!r}; this brain's are made as {contract!r}, "
            "and of a code no other can be made"
        )
    if len(code) != length:
        raise BadPicture(f"{name} holds a code of {len(code)} bytes, not {length}; copy it again from where it came")
    return code
