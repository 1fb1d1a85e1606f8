"""Long jobs beside the pages, one at a time, in a thread of their own: retrain, doctor, release, sync.

    begin ─> running, done of all ─┬─> done, with what came of it
                 │                 ├─> failed, and why
                 └─ break_off ─────┴─> broken off: between two steps, so that nothing is half done

A job opens the brain once more, so that tags, pages and the camera go on with it as it is until the job is done.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from typing import Literal

from werkzeug.exceptions import Conflict

from edge_brain import clock
from edge_brain.errors import EdgeBrainError, HubUnreachable
from edge_brain.outcomes import Finding
from edge_brain.web.follower import Follower

Name = Literal["retrain", "doctor", "release", "sync"]
State = Literal["running", "done", "failed", "broken off"]


@dataclass(frozen=True)
class Outcome:
    """What came of a job."""

    good: bool
    message: str
    findings: list[Finding] = field(default_factory=list)  # of the doctor
    head_digest: str | None = None  # after a retrain


@dataclass(frozen=True)
class Job:
    """How a job is."""

    name: Name
    state: State
    began: float  # wall time, seconds since 1970
    ended: float | None = None
    done: int = 0  # steps
    of: int = 0  # steps; 0 while nobody knows
    outcome: Outcome | None = None  # once it has ended


class _BrokenOff(Exception):
    """Ends the work of a job between two steps."""


class Steps:
    """What the work of a job calls between two steps, with those that are done and how many there are in all."""

    def __init__(self, tell: Callable[[int, int], None]) -> None:
        self._tell = tell
        self.stop = threading.Event()  # set when it is to end, for work that waits

    def __call__(self, done: int, of: int) -> None:
        """Tell how far the work is; it ends here when it shall."""
        if self.stop.is_set():
            raise _BrokenOff
        self._tell(done, of)


Work = Callable[[Steps], Outcome]


class Jobs(Follower[tuple[Job, ...]]):
    """Runs the jobs of one workspace; tells the last of each name, the one that was started last at the end."""

    def __init__(self) -> None:
        super().__init__(())
        self._asked: SimpleQueue[tuple[Work, Steps] | None] = SimpleQueue()
        self._starting = threading.Lock()
        self._steps = Steps(self._step)  # of the job that runs, or ran last

    @property
    def running(self) -> Job | None:
        """The job that runs now."""
        return next((job for job in self.latest if job.state == "running"), None)

    def last(self, name: Name) -> Job | None:
        """Return the last job of a name."""
        return next((job for job in self.latest if job.name == name), None)

    def begin(self, name: Name, work: Work) -> Job:
        """Begin a job; Conflict while one runs."""
        with self._starting:
            if self.closed:
                raise Conflict("the server ends: nothing was begun")
            if running := self.running:
                raise Conflict(f"`{running.name}` is at work, and one job runs at a time: wait, or break it off")
            job, self._steps = Job(name, "running", clock.now()), Steps(self._step)
            self._put(job)
            self._asked.put((work, self._steps))
            return job

    def break_off(self) -> None:
        """End the job that runs, soon, between two of its steps; Conflict while none runs."""
        with self._starting:
            if self.running is None:
                raise Conflict("nothing is at work that could be broken off")
            self._steps.stop.set()

    def hurry(self) -> None:
        """Let `follow` end, and what it does between two steps."""
        self._steps.stop.set()
        self._asked.put(None)

    def follow(self) -> None:
        """Do what is asked for, one after the other."""
        while (asked := self._asked.get()) is not None:
            self._run(*asked)

    def _run(self, work: Work, steps: Steps) -> None:
        try:
            steps(0, 0)
            self._end("done", work(steps))
        except _BrokenOff:
            self._end("broken off", Outcome(False, self._broken_off()))
        except HubUnreachable as error:
            if steps.stop.is_set():  # in the midst of waiting for it
                self._end("broken off", Outcome(False, self._broken_off()))
            else:
                self._end("failed", Outcome(False, str(error)))
        except EdgeBrainError as error:
            self._end("failed", Outcome(False, str(error)))
        except Exception as error:  # a fault of ours: whoever asked is to know, and the next job is to run
            self._end("failed", Outcome(False, f"{type(error).__name__}: {error}"))

    def _broken_off(self) -> str:
        if (job := self.running) and job.name == "sync":
            return "It was broken off; what was exchanged until then stays, and it goes on there the next time."
        return "It was broken off; nothing was changed."

    def _end(self, state: State, outcome: Outcome) -> None:
        if job := self.running:
            self._put(replace(job, state=state, ended=clock.now(), outcome=outcome))

    def _step(self, done: int, of: int) -> None:
        if job := self.running:
            self._put(replace(job, done=done, of=of))

    def _put(self, job: Job) -> None:
        """Let all know of a job, in the place of the one before of its name."""
        self.tell((*(each for each in self.latest if each.name != job.name), job))
