"""The one long job that may run beside the pages: to retrain, which takes minutes on a small device.

It opens the brain a second time, so that the pages, and the camera, go on with the brain as it is until it is done.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge_brain.brain import Brain
from edge_brain.errors import BadInput, EdgeBrainError

Progress = Callable[[int, int], None]
Work = Callable[[Brain, Progress], None]


@dataclass(frozen=True)
class Job:
    """How a job is."""

    name: str
    state: str  # "running" | "done" | "failed"
    done: int = 0  # steps
    of: int = 0  # steps; 0 while nobody knows
    detail: str = ""  # why it failed


class Jobs:
    """Runs one job at a time, in a thread, on a brain opened for it."""

    def __init__(self, folder: Path, *, threads: int) -> None:
        self._folder, self._threads = folder, threads
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._job: Job | None = None

    @property
    def job(self) -> Job | None:
        """The job that runs, or ran last; None before the first."""
        return self._job

    def start(self, name: str, work: Work) -> Job:
        """Start a job; BadInput while one runs."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                raise BadInput(f"{self._job.name if self._job else 'a job'} is not done yet: wait until it is")
            self._job = Job(name, "running")
            self._thread = threading.Thread(target=self._run, args=(name, work), name="job")
            self._thread.start()
            return self._job

    def close(self) -> None:
        """Wait for the job that runs: what it has begun is done whole."""
        if self._thread is not None:
            self._thread.join()

    def _run(self, name: str, work: Work) -> None:
        def progress(done: int, of: int) -> None:
            self._job = Job(name, "running", done, of)

        try:
            with Brain.open(self._folder, threads=self._threads) as brain:
                work(brain, progress)
        except EdgeBrainError as error:
            self._job = Job(name, "failed", detail=str(error))
        else:
            self._job = Job(name, "done")
