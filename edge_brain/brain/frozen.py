"""A brain that was opened from a release: it answers as the one that it was made of, and refuses all else.

Brain ─ answering ─ exposer, classifier, contract <─ store, memory      a brain in its folder
                                                  <─ the release        this one; its store refuses
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import NoReturn, cast

from edge_brain import extractor as extractors
from edge_brain import own
from edge_brain.brain import Brain
from edge_brain.errors import BrainReadOnly
from edge_brain.head.classifier import Classifier
from edge_brain.outcomes import Released
from edge_brain.own import Given
from edge_brain.records import ClassInfo, Score
from edge_brain.region import Region
from edge_brain.release import Release, checks, form
from edge_brain.store import Store


class Frozen(Brain):
    """A release, read-only."""

    def __init__(self, path: Path, *, threads: int | None = None, given: Given | None = None) -> None:
        """Open a release; use `Brain.open`."""
        release, released = form.read(path)
        checks.extractor(release.manifest, released.path)
        self._begin(release, released, threads, given)

    def _begin(self, release: Release, released: Released, threads: int | None, given: Given | None) -> None:
        own.check(given, release.manifest.contract)
        self._held = release, released
        super().__init__(cast(Store, _Refusing(lambda: self.released)), threads=threads, given=given)

    @property
    def _release(self) -> Release:
        """What answers."""
        return self._held[0]

    def close(self) -> None:
        """Close the release, of which nothing is open."""

    @property
    def released(self) -> Released:
        """What this release is."""
        return self._held[1]

    @property
    def number(self) -> int:
        """The number of this release."""
        return self.released.number

    @property
    def extractor(self) -> str:
        """The name of the extractor that this brain is bound to."""
        return self._release.manifest.contract["extractor"]

    @property
    def region(self) -> Region:
        """The part of every picture that this brain looks at."""
        return Region.parse(self._release.manifest.contract["region"])

    def score(self) -> Score:
        """Return the Brain Score as it was when the release was made."""
        return self._release.score

    def classes(self) -> list[ClassInfo]:
        """Return the classes in the order of their names, with their numbers of frames when the release was made."""
        return list(self._release.manifest.classes)

    def head_digest(self) -> str:
        """Return the SHA-256, hex, of the exact integer state that the release was made of."""
        return self.released.head_digest

    @property
    def _contract(self) -> str:
        return extractors.spelled(self._coding["fingerprint"], str(self.region))

    @property
    def _coding(self) -> Mapping[str, str]:
        return self._release.manifest.contract

    @property
    def _zero_point(self) -> int:
        return int(self._coding["zero_point"])

    def _unmoved(self) -> AbstractContextManager[None]:
        return nullcontext()

    def _solved(self, at_leisure: bool = False) -> Classifier:
        return self._release.classifier


class _Refusing:
    """Stands where a brain has its store: whatever needs one is refused, before anything is done."""

    def __init__(self, released: Callable[[], Released]) -> None:
        self._released = released

    def __getattr__(self, name: str) -> NoReturn:
        told = self._released()
        raise BrainReadOnly(
            f"{told.path} is release {told.number} of the brain {told.name!r}: it answers, learns nothing, and holds "
            "no pictures. Open the brain's own folder for that"
        )
