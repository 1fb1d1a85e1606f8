"""Jobs beside the pages: one at a time, told as they go on, ended whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from followers import PATIENCE_S, until
from pictures import scene
from werkzeug.exceptions import Conflict

from edge_brain import BadInput, Brain, HubUnreachable, StorageFailed
from edge_brain.web import follower, work
from edge_brain.web.jobs import Job, Jobs, Outcome, Steps
from edge_brain.web.work import Contract


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    jobs = Jobs()
    jobs.start()
    yield jobs
    jobs.close()


def ended(jobs: Jobs) -> Job:
    """The job that was begun last, when it has ended."""
    return until(jobs, lambda latest: latest[-1].state != "running")[-1]


class Slow:
    """Work that goes on when it is told to."""

    def __init__(self) -> None:
        self.begun, self.may_go_on = Event(), Event()

    def __call__(self, progress: Steps) -> Outcome:
        progress(1, 3)
        self.begun.set()
        assert self.may_go_on.wait(PATIENCE_S)
        progress(2, 3)
        return Outcome(True, "done slowly")


def test_one_job_runs_at_a_time_and_the_second_is_refused(jobs: Jobs) -> None:
    slow = Slow()
    jobs.begin("retrain", slow)
    assert slow.begun.wait(PATIENCE_S)
    assert jobs.running is not None and (jobs.running.done, jobs.running.of) == (1, 3)
    with pytest.raises(Conflict, match="`retrain` is at work"):
        jobs.begin("doctor", slow)
    assert [job.name for job in jobs.latest] == ["retrain"]
    slow.may_go_on.set()
    job = ended(jobs)
    assert (job.state, job.done, job.outcome) == ("done", 2, Outcome(True, "done slowly"))
    assert job.ended is not None and job.ended >= job.began
    jobs.begin("doctor", lambda progress: Outcome(True, "sound"))
    assert ended(jobs).name == "doctor"
    assert jobs.last("retrain") == job, "the last of each name is told"


def test_a_job_is_broken_off_between_two_steps(jobs: Jobs) -> None:
    with pytest.raises(Conflict, match="nothing is at work"):
        jobs.break_off()
    slow = Slow()
    jobs.begin("retrain", slow)
    assert slow.begun.wait(PATIENCE_S)
    jobs.break_off()
    slow.may_go_on.set()
    job = ended(jobs)
    assert (job.state, job.done) == ("broken off", 1)
    jobs.begin("retrain", lambda progress: Outcome(True, "again"))
    assert ended(jobs).state == "done"


def test_the_end_of_the_server_breaks_a_job_off(jobs: Jobs) -> None:
    slow = Slow()
    jobs.begin("retrain", slow)
    assert slow.begun.wait(PATIENCE_S)
    slow.may_go_on.set()
    jobs.close()
    assert jobs.latest[-1].state in ("broken off", "done")
    with pytest.raises(Conflict, match="the server ends"):
        jobs.begin("doctor", slow)


@pytest.mark.parametrize(
    ("error", "told"),
    [(StorageFailed("the disk is gone"), "the disk is gone"), (ZeroDivisionError("by us"), "ZeroDivisionError: by us")],
)
def test_a_job_that_fails_says_why_and_the_next_one_runs(jobs: Jobs, error: Exception, told: str) -> None:
    def fail(progress: Steps) -> Outcome:
        raise error

    jobs.begin("retrain", fail)
    job = ended(jobs)
    assert job.state == "failed" and job.outcome == Outcome(False, told)
    jobs.begin("retrain", lambda progress: Outcome(True, "better"))
    assert ended(jobs).state == "done"


# ── what they do ────────────────────────────────────────────────────────────────────────────────


def nothing(done: int, of: int) -> None: ...


def test_a_plain_retrain_comes_out_the_same_to_the_bit(taught: Brain) -> None:
    before = taught.head_digest()
    outcome = work.retrain(taught, Contract.of(taught))(nothing)
    assert outcome == Outcome(True, "The head came out the same, to the bit.", head_digest=before)
    assert taught.head_digest() == before


def test_a_retrain_says_what_is_another_than_before(taught: Brain) -> None:
    half = Contract("pixels", "0,0,0.5,1", views=True)
    told = list[tuple[int, int]]()
    outcome = work.retrain(taught, half)(lambda done, of: told.append((done, of)))
    assert outcome.good and outcome.message.startswith("Every picture is seen as you chose")
    assert told == [(frame, 24) for frame in range(1, 25)]
    assert str(taught.region) == "0.0,0.0,0.5,1.0" and taught.head_digest() == outcome.head_digest


def test_a_retrain_that_is_broken_off_changes_nothing(taught: Brain) -> None:
    before = taught.head_digest(), taught.store.setting("edition")

    def end(done: int, of: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work.retrain(taught, Contract("pixels", "0,0,0.5,1", views=True))(end)
    assert (taught.head_digest(), taught.store.setting("edition")) == before
    assert str(taught.region) == "0.0,0.0,1.0,1.0"


def test_a_retrain_counts_what_is_tagged_meanwhile_as_no_damage(taught: Brain) -> None:
    taught.retrain(views=False)

    def tag(done: int, of: int) -> None:
        if done == 3:
            taught.tag(scene("mug", 90), "mug")

    outcome = work.retrain(taught, Contract("pixels", "0,0,1,1", views=True))(tag)
    assert outcome.good and taught.head_digest() == outcome.head_digest
    with Brain.open(taught.folder) as other:
        assert other.head_digest() == taught.head_digest()


@pytest.mark.parametrize(
    ("wanted", "told"),
    [(Contract("lite9", "0,0,1,1", views=True), "lite9"), (Contract("pixels", "0,0,2,1", views=True), "region")],
)
def test_what_cannot_be_retrained_to_is_refused_before_it_begins(taught: Brain, wanted: Contract, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        work.retrain(taught, wanted)


def test_the_doctor_tells_how_far_it_is_and_what_it_finds(taught: Brain) -> None:
    told = list[tuple[int, int]]()
    outcome = work.doctor(taught)(lambda done, of: told.append((done, of)))
    assert outcome.good and len(outcome.findings) == 11 and "sound" in outcome.message
    assert told == [(step, 7 + 24) for step in range(1, 32)]
    next(taught.folder.glob("frames/??/*")).unlink()
    outcome = work.doctor(taught)(nothing)
    assert not outcome.good and outcome.message == "Of 11 things, 1 is not well."
    assert [finding.check for finding in outcome.findings if not finding.ok] == ["frame files"]


def test_a_database_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    brain = Brain.create(tmp_path / "kitchen", extractor="pixels")
    brain.close()
    (tmp_path / "kitchen" / "brain.db").write_bytes(b"no database at all" * 1000)
    outcome = work.doctor(brain)(nothing)
    assert not outcome.good and [finding.check for finding in outcome.findings] == ["database"]


def test_what_waits_for_a_hub_is_broken_off_in_the_midst_of_it(jobs: Jobs) -> None:
    waiting = Event()

    def work(steps: Steps) -> Outcome:
        waiting.set()
        assert steps.stop.wait(PATIENCE_S)
        raise HubUnreachable("it was broken off")

    jobs.begin("sync", work)
    assert waiting.wait(PATIENCE_S)
    jobs.break_off()
    job = ended(jobs)
    assert (
        job.state == "broken off" and job.outcome is not None and "goes on there the next time" in job.outcome.message
    )


def test_what_hangs_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "_LEAVE_S", 0.1)
    jobs, hangs, may_end = Jobs(), Event(), Event()

    def work(steps: Steps) -> Outcome:
        hangs.set()
        may_end.wait(PATIENCE_S)
        return Outcome(True, "too late")

    jobs.start()
    jobs.begin("sync", work)
    assert hangs.wait(PATIENCE_S)
    jobs.close()
    assert jobs._thread.is_alive(), "it was left behind"
    may_end.set()
