"""The work of jobs: each opens the brain once more, says how far it is, and in plain words what came of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from edge_brain.brain import Brain
from edge_brain.doctor import examine
from edge_brain.errors import BrainDamaged, EdgeBrainError
from edge_brain.outcomes import Finding, HubStatus
from edge_brain.sync import words
from edge_brain.sync.choice import Choice
from edge_brain.sync.running import sync_brain
from edge_brain.web import releases
from edge_brain.web.jobs import Outcome, Steps, Work

_THREADS = 1  # of the network: tags and the camera need the others


@dataclass(frozen=True)
class Contract:
    """How a brain sees pictures: what `retrain` may change."""

    extractor: str
    region: str  # x,y,width,height, as fractions of a picture
    views: bool  # whether each frame is learned with its mirror image and its middle

    @classmethod
    def of(cls, brain: Brain) -> Contract:
        """Return how a brain sees pictures now."""
        with brain.alone:
            return cls(brain.extractor, str(brain.region), brain.views)


def retrain(brain: Brain, wanted: Contract) -> Work:
    """Return the work of retraining a brain that tags meanwhile; BadInput for an extractor or region that cannot be."""
    with brain.alone:
        told = brain.as_retrained(extractor=wanted.extractor, region=wanted.region, views=wanted.views)
    wanted = replace(wanted, region=told["region"])

    def work(steps: Steps) -> Outcome:
        before, seen_so = _head(brain), Contract.of(brain)
        with Brain.open(brain.folder, threads=_THREADS) as ours:
            ours.retrain(extractor=wanted.extractor, region=wanted.region, views=wanted.views, progress=steps)
            return _compared(before, _head(ours), changed=wanted != seen_so)

    return work


def doctor(brain: Brain) -> Work:
    """Return the work of looking a brain over."""

    def work(steps: Steps) -> Outcome:
        try:
            with Brain.open(brain.folder, threads=_THREADS) as ours:
                findings = examine(ours, progress=steps)
        except BrainDamaged as error:
            findings = [Finding("database", False, str(error))]
        wrong = sum(not finding.ok for finding in findings)
        if wrong:
            return Outcome(
                False, f"Of {len(findings)} things, {wrong} {'is' if wrong == 1 else 'are'} not well.", findings
            )
        return Outcome(True, "The brain is sound: all that was looked at holds.", findings)

    return work


def release(brain: Brain) -> Work:
    """Return the work of freezing a brain into a release, which is kept in its folder."""

    def work(steps: Steps) -> Outcome:
        with Brain.open(brain.folder, threads=_THREADS) as ours:
            steps(0, 1)  # the last moment to break it off: it has no steps
            number = ours.next_number
            made = ours.release(releases.path_of(brain.folder, number), number)
        return Outcome(True, f"Release {made.number} is made.")

    return work


def sync(brain: Brain, hub: HubStatus) -> Work:
    """Return the work of syncing with a hub that the brain knows: what is sent is what was wished the last time."""
    wish = Choice.of(hub)

    def work(steps: Steps) -> Outcome:
        with Brain.open(brain.folder, threads=_THREADS) as ours:
            done = sync_brain(
                ours, hub.place, send=wish.send, fetch=wish.fetch, thin_after_s=wish.thin_after_s,
                releases=wish.releases, limit=wish.limit, stop=steps.stop,
                progress=lambda what, done, of: steps(done, of),
            )  # fmt: skip
        told = [words.summary(done), *words.notices(done)]
        message = ". ".join(f"{line[0].upper()}{line[1:]}" for line in told) + "."
        aside = [Finding("set aside", False, words.one_aside(each.path, each.reason)) for each in done.aside]
        return Outcome(not aside, message, aside)

    return work


def _head(brain: Brain) -> tuple[int, str] | None:
    """Return the last event and the digest of the head; None for a head that cannot be read, which retraining mends."""
    with suppress(EdgeBrainError), brain.alone:
        return brain.store.last_event(), brain.head_digest()
    return None


def _compared(before: tuple[int, str] | None, after: tuple[int, str] | None, *, changed: bool) -> Outcome:
    """Say what became of a head."""
    if after is None:
        return Outcome(False, "It was rebuilt, and cannot be read: the doctor tells more.")
    event, digest = after
    if before is not None and digest == before[1]:
        message = "The head came out the same, to the bit."
    elif changed:
        message = "Every picture is seen as you chose, and the head is a new one."
    elif before is not None and event != before[0]:
        message = "The head was rebuilt, together with what was tagged meanwhile."
    else:
        message = "What was damaged or missing was made anew: the head is another than before."
    return Outcome(True, message, head_digest=digest)
