"""The picture files of frames: written before the transaction that names them, so that no row points to none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edge_brain import files
from edge_brain.records import Exposure


class Pictures:
    """Writes the pictures of one brain."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._synced: dict[str, tuple[int, int, int] | None] = {}  # that are on the disk ahead of their rows

    def keep(self, exposure: Exposure) -> None:
        """Write a picture's bytes, durably, unless they are there, and spare the row that follows a second sync."""
        self.write(exposure)
        self._synced[exposure.id] = files.mark(self._path(exposure))

    def write(self, exposure: Exposure) -> None:
        """Write a picture's bytes, durably, unless the very file was kept ahead."""
        path = self._path(exposure)
        ours = self._synced.pop(exposure.id, None)
        if ours is None or ours != files.mark(path):
            files.write_once(path, exposure.data)

    def make_sure_of(self, exposures: Sequence[Exposure]) -> None:
        """Write those pictures again that were taken away since they were written; ask within the transaction.

        Who drops the same picture takes its file away, under the write lock, while there is no row of it: it may
        have been there when we looked, and gone when our row came. From here on there is one.
        """
        for exposure in exposures:
            if not self._path(exposure).is_file():
                self.write(exposure)

    def _path(self, exposure: Exposure) -> Path:
        return files.frame_path(self._folder, exposure.id, exposure.suffix)
