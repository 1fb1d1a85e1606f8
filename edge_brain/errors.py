"""Every error the package raises, in one tree.

EdgeBrainError
├── BrainNotFound          (also FileNotFoundError)   no brain in that folder
├── BrainExists            (also FileExistsError)     `create` would overwrite one
├── BrainDamaged           (also RuntimeError)        a checksum or an invariant does not hold
├── BrainTooNew            (also RuntimeError)        written by a later version of edge_brain
├── BrainReadOnly          (also PermissionError)     a release answers; it learns nothing and holds no pictures
├── BrainBusy              (also TimeoutError)        another process holds the write lock too long
├── StorageFailed          (also OSError)             the disk refused: read-only, broken
│   └── DiskFull                                      … because it is full
├── BadPicture             (also ValueError)          bytes that are no picture we accept; says why
├── BadInput               (also ValueError)          a label, region, shape or option that cannot be meant
├── UnknownFrame           (also KeyError)            a frame id the brain does not hold
├── UnknownClass           (also KeyError)            a class the brain does not hold
├── TagChanged             (also RuntimeError)        a frame is tagged otherwise by now than who asks has seen
├── ExtractorMismatch      (also RuntimeError)        the brain's codes come from another extractor
├── ReleaseRefused         (also PermissionError)     a release that this device does not put into production; says why
├── SourceLost             (also ConnectionError)     a camera, stream or video does not open, or gives nothing more
├── HubUnreachable         (also ConnectionError)     a hub does not answer: no network, no stick; it may the next time
├── HubRefused             (also PermissionError)     a hub will not, however often it is asked: no access, no hub
│   └── HubFull                                       … because it is full
├── StoreMissing           (also KeyError)            a name under which a hub holds nothing
├── RuntimeMissing         (also ImportError)         no TFLite runtime here runs the golden picture
└── ExtraMissing           (also ImportError)         a library of an extra such as [web] is not installed

Each is ours and Python's, so both `except EdgeBrainError` and `except ValueError` do what one expects.
A message says what was wrong, what was given and what to do.
"""

from __future__ import annotations


class EdgeBrainError(Exception):
    """Base of every error that edge_brain raises on purpose."""

    def __str__(self) -> str:  # KeyError would show the repr of its message
        return str(self.args[0]) if self.args else type(self).__name__


class BrainNotFound(EdgeBrainError, FileNotFoundError):
    """There is no brain in the given folder."""


class BrainExists(EdgeBrainError, FileExistsError):
    """A brain stands where one was to be created."""


class BrainDamaged(EdgeBrainError, RuntimeError):
    """A stored checksum or invariant does not hold."""


class BrainTooNew(EdgeBrainError, RuntimeError):
    """A brain, release or hub was written by a later version of edge_brain."""


class BrainReadOnly(EdgeBrainError, PermissionError):
    """A release was asked for what only the brain that it was made of can do."""


class BrainBusy(EdgeBrainError, TimeoutError):
    """Another process kept the brain's write lock for too long."""


class StorageFailed(EdgeBrainError, OSError):
    """The disk refused to read or write."""


class DiskFull(StorageFailed):
    """The disk has no space left, or the user's share of it is used up."""


class BadPicture(EdgeBrainError, ValueError):
    """The given bytes are no picture that is accepted."""


class BadInput(EdgeBrainError, ValueError):
    """A label, region, shape or option that cannot be meant."""


class UnknownFrame(EdgeBrainError, KeyError):
    """The brain holds no frame of that id."""


class UnknownClass(EdgeBrainError, KeyError):
    """The brain holds no class of that name."""


class TagChanged(EdgeBrainError, RuntimeError):
    """A frame is tagged otherwise by now than was expected."""


class ExtractorMismatch(EdgeBrainError, RuntimeError):
    """The brain's codes were made by another extractor than the one at hand."""


class ReleaseRefused(EdgeBrainError, PermissionError):
    """A release is not put into production here: it is not whole, signed by nobody who may, expired, or too old."""


class SourceLost(EdgeBrainError, ConnectionError):
    """A camera, stream, video or folder does not open, or gives nothing any more."""


class HubUnreachable(EdgeBrainError, ConnectionError):
    """A hub does not answer, or broke off; it may go better the next time."""


class HubRefused(EdgeBrainError, PermissionError):
    """A hub does not do what is asked, and will not by itself: no access, no such bucket, read-only, no hub."""


class HubFull(HubRefused):
    """The hub has no space left, or the user's share of it is used up."""


class StoreMissing(EdgeBrainError, KeyError):
    """A hub holds no object of that name."""


class RuntimeMissing(EdgeBrainError, ImportError):
    """No TFLite runtime on this machine runs the golden picture."""


class ExtraMissing(EdgeBrainError, ImportError):
    """A library is not installed that only some of edge_brain needs; the message names the extra."""
