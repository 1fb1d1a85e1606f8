"""Libraries of an extra such as [web], which not every device has: what lacks one says how it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from edge_brain.errors import ExtraMissing


@contextmanager
def needed(extra: str, what: str) -> Iterator[None]:
    """Raise ExtraMissing when an import in the block finds no library; `what` needs it. Our own faults pass through."""
    try:
        yield
    except ImportError as error:
        library = (error.name or "").split(".")[0]
        if library in ("", "edge_brain"):
            raise
        raise ExtraMissing(f"{what}, and {library} is not installed: pip install 'edge_brain[{extra}]'") from error
