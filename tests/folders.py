"""Folders of made-up pictures, a folder for each class: what one would import."""

from __future__ import annotations

from pathlib import Path

from pictures import again, save, scene


def class_folders(folder: Path, *, classes: int, bursts: int, frames: int, seed: int = 0) -> Path:
    """Write `frames` pictures of each of `bursts` scenes of each class; other seeds give other scenes."""
    for label in (f"class-{number}" for number in range(classes)):
        for burst in range(bursts):
            seen = scene(label, 1000 * seed + burst)
            for frame in range(frames):
                save(folder / label, f"scene-{burst}-{frame}.jpg", again(seen, frame))
    return folder
