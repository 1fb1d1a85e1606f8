"""What edge_brain costs on this very machine: each thing alone, durably, on a brain of its own that is gone afterwards.

    picture file ─ decode ─> pixels ─ embed ─> code ─> answer      predict is all of it
    tag        decode, embed, the same for mirror and middle, and a write that survives a power cut
    score      after each tag, advice aside

It needs no camera and no network. The pictures are made up, of camera's size and weight; how right the brain is on them
says nothing.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np

from edge_brain import __version__, clock, images
from edge_brain import board as boards
from edge_brain.bench import pictures
from edge_brain.bench.published import PUBLISHED, Published
from edge_brain.board import Board, Strain
from edge_brain.brain import Brain
from edge_brain.errors import BadInput, StorageFailed

T = TypeVar("T")

_KINDS, _A_BURST = 4, 5  # things that are shown, frames of a scene
_SCENES, _QUICK_SCENES = 6, 2  # of each thing that are tagged, and as many that are asked for


@dataclass(frozen=True)
class Cost:
    """How long something took, over so many times."""

    p50_ms: float
    p95_ms: float
    times: int


@dataclass(frozen=True)
class Comparison:
    """A published figure, and what was measured here beside it."""

    published: Published
    here_ms: float  # the medians of what it stands beside, added up


@dataclass(frozen=True)
class Benched:
    """What was measured, when, where and with what."""

    at: float  # wall time, seconds since 1970
    quick: bool  # too few times for a p95 that one can rely on
    board: Board
    version: str  # of edge_brain
    python: str
    numpy: str
    extractor: str
    runtime: str
    threads: int
    file_system: str | None  # that the brain lay on
    width: int  # of the pictures
    height: int
    picture_bytes: float  # a frame, of its file
    database_bytes: float  # a frame: its code, those of its views, thumbnail, event
    costs: Mapping[str, Cost]  # decode, embed, predict, tag (of learned frames), score
    peak_memory_bytes: int | None  # of the whole process
    before: Strain
    after: Strain
    throttled: bool | None  # whether the machine was slowed down meanwhile; None: nobody says, or can say
    comparisons: Sequence[Comparison]  # none where it was quick, or no network ran


def measure(
    folder: str | Path,
    *,
    extractor: str | None = None,
    quick: bool = False,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Benched:
    """Measure on a brain that is made in `folder`, so that what its disk costs is counted, and taken away again.

    Takes 240 pictures, 80 with `quick`, and 45 MB of the disk. `progress` is told (pictures done, pictures in all);
    what it raises ends the bench. Raises BadInput where there is no such folder, StorageFailed where its disk refuses.
    """
    work = _Work(_QUICK_SCENES if quick else _SCENES, progress)
    before = boards.strain()
    with _room(Path(folder)) as place, Brain.create(place / "brain", extractor=extractor, threads=threads) as brain:
        empty = brain.store.thinning.holding()
        work.teach(brain)
        work.ask(brain)
        after, full = boards.strain(), brain.store.thinning.holding()
        costs = {name: cost(taken) for name, taken in work.taken.items()}
        runtime = brain.exposer.extractor.runtime
        return Benched(
            at=clock.now(), quick=quick, board=boards.board(), version=__version__,
            python=platform.python_version(), numpy=np.__version__,
            extractor=brain.extractor, runtime=runtime, threads=brain.threads,
            file_system=boards.file_system(place), width=pictures.WIDTH, height=pictures.HEIGHT,
            picture_bytes=full.frames_bytes / full.frames,
            database_bytes=(full.database_bytes - empty.database_bytes) / full.frames,
            costs=costs, peak_memory_bytes=boards.peak_memory_bytes(), before=before, after=after,
            throttled=throttled(before, after),
            comparisons=compared(costs, runtime, quick),
        )  # fmt: skip


class _Work:
    """What is done to a brain, and the milliseconds that each of it took."""

    def __init__(self, scenes: int, progress: Callable[[int, int], None] | None) -> None:
        self._scenes, self._progress, self._done = scenes, progress, 0
        self.taken: dict[str, list[float]] = {name: [] for name in ("decode", "embed", "predict", "tag", "score")}

    def teach(self, brain: Brain) -> None:
        """Tag frame after frame, and ask for the score after each."""
        for number, (kind, scene, data) in enumerate(self._frames(0)):
            tag, tagging = _timed(partial(brain.tag, data, f"kind {kind}", burst=f"{kind} {scene}"))
            _, scoring = _timed(brain.score)
            if number and tag.role == "learned":  # the first one loads the network; a reserved one is cheaper
                self.taken["tag"].append(tagging)
            if number:
                self.taken["score"].append(scoring)

    def ask(self, brain: Brain) -> None:
        """Ask for frames of scenes that the brain was not told of: by parts, then for the answer."""
        for number, (_, _, data) in enumerate(self._frames(self._scenes)):
            picture, decoding = _timed(partial(brain.exposer.decode, data, "picture"))
            _, embedding = _timed(partial(brain.exposer.extractor.code, picture.pixels))
            _, predicting = _timed(partial(brain.predict, data))
            if number:  # the first one calibrates
                for name, taken in (("decode", decoding), ("embed", embedding), ("predict", predicting)):
                    self.taken[name].append(taken)

    def _frames(self, first: int) -> Iterator[tuple[int, int, bytes]]:
        """Yield kind, scene and JPEG of frames, scene after scene, as `capture` would keep them."""
        for scene in range(first, first + self._scenes):
            for kind in range(_KINDS):
                for pixels in pictures.burst(kind, scene, _A_BURST):
                    yield kind, scene, images.encode_jpeg(pixels)
                    self._done += 1
                    if self._progress:
                        self._progress(self._done, 2 * self._scenes * _KINDS * _A_BURST)


def cost(taken: Sequence[float]) -> Cost:
    """Return median and 95th percentile of milliseconds, both as they were measured: nearest rank."""
    ordered = sorted(taken)
    p50, p95 = (ordered[math.ceil(share * len(ordered)) - 1] for share in (0.5, 0.95))
    return Cost(p50, p95, len(ordered))


def compared(costs: Mapping[str, Cost], runtime: str, quick: bool) -> list[Comparison]:
    """Return each published figure beside what was measured of the same kind: none where that is no fair match.

    They are of networks, and of many runs.
    """
    if quick or runtime == "none":
        return []
    return [Comparison(each, sum(costs[name].p50_ms for name in each.beside)) for each in PUBLISHED]


def reasons(before: Strain, after: Strain) -> list[str]:
    """Return why a machine was slowed down between two moments, as far as it was seen."""
    since = [why for why in after.was_slowed or () if why not in (before.was_slowed or ())]
    return list(dict.fromkeys((*(before.slowed or ()), *(after.slowed or ()), *since)))


def throttled(before: Strain, after: Strain) -> bool | None:
    """Say whether a machine was slowed down between two moments; None where nobody says, or can say.

    A Pi keeps each reason once since its start: one that came before, and perhaps again in between, is not seen.
    """
    if reasons(before, after):
        return True
    if before.was_slowed or (before.slowed is None and after.slowed is None):
        return None
    return False


@contextmanager
def _room(folder: Path) -> Iterator[Path]:
    """Yield a new folder in a folder, which is gone afterwards, however that comes about."""
    if not folder.is_dir():
        raise BadInput(f"{folder} is no folder to measure in; give one on the disk that the brain lies on")
    try:
        room = TemporaryDirectory(prefix="edge-brain-bench-", dir=folder)
    except OSError as error:
        raise StorageFailed(
            f"nothing can be written in {folder}: {error.strerror or error}; make it writable, or give another folder"
        ) from error
    with room as place:
        yield Path(place)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = clock.elapsed()
    result = work()
    return result, 1e3 * (clock.elapsed() - started)
