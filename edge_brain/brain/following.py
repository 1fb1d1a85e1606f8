"""What a camera app runs: the release that is in production in a brain's folder, and the next from when it is switched.

Before each answer it looks at one file's mark. What cannot be read then, whatever became of the disk, changes nothing:
the release that was read goes on answering.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from edge_brain import files
from edge_brain.brain.frozen import Frozen
from edge_brain.errors import BadInput, EdgeBrainError, StorageFailed
from edge_brain.outcomes import Production, Released
from edge_brain.own import Given
from edge_brain.production.shelf import Serving, Shelf
from edge_brain.records import Prediction
from edge_brain.release import Release


class InProduction(Frozen):
    """The release that is in production, read-only."""

    def __init__(self, folder: Path, *, threads: int | None = None, given: Given | None = None) -> None:
        """Open what is in production in a brain's folder; use `Brain.open`."""
        if folder.is_file():
            raise BadInput(f"{files.printable(folder)} is a file: production is in the folder of a brain")
        self._shelf, self._blocks = Shelf(folder), 0
        self._mark: tuple[int, int, int] | None = None
        serving = self._read()
        self._begin(serving.release, serving.released, threads, given)

    @property
    def production(self) -> Production | None:
        """What is in production here, and how it is."""
        return self._shelf.told()

    @property
    def released(self) -> Released:
        """What the release is that answers now."""
        return self._followed()[1]

    @property
    def _release(self) -> Release:
        return self._followed()[0]

    def _unmoved(self) -> AbstractContextManager[None]:
        """Let one release answer throughout the block."""
        return self._of_one_release()

    @contextmanager
    def _of_one_release(self) -> Iterator[None]:
        with self._lock:
            self._followed()
            self._blocks += 1
            try:
                yield
            finally:
                self._blocks -= 1

    def _answers(self, codes: Sequence[bytes], at_leisure: bool = False) -> list[Prediction]:
        with self._unmoved():
            return super()._answers(codes, at_leisure)

    def _followed(self) -> tuple[Release, Released]:
        with self._lock:
            if not self._blocks and self._shelf.mark() != self._mark:
                try:
                    serving = self._read(may_wait=True)
                    self._held = serving.release, serving.released
                except StorageFailed:
                    self._mark = None  # the disk may be back in a moment: look again before the next answer
                except EdgeBrainError:
                    pass  # it is told by `production`; what was read is whole
            return self._held

    def _read(self, *, may_wait: bool = False) -> Serving:
        """Return the release that is in production, of one moment: who switches twice takes away what was current."""
        while True:
            self._mark = self._shelf.mark()
            try:
                return self._shelf.serving(may_wait=may_wait)
            except EdgeBrainError:
                if self._shelf.mark() == self._mark:
                    raise
