"""How the devices of a common brain stand beside each other: what each took and said, what it lacks, what is odd."""

from __future__ import annotations

from collections import Counter

from edge_brain import clock
from edge_brain.brain import Brain
from edge_brain.outcomes import DeviceReport


def compare(brain: Brain) -> list[DeviceReport]:
    """Return how each device stands, this one first; those of which nothing came are left out.

    How right the brain is there is told by reserved frames alone. It costs one look at each of their codes, and
    the whole brain is never in memory.
    """
    brain.make_views()  # what is to be written comes before
    with brain.alone, brain.store.database.snapshot():
        census, own = brain.store.census, brain.store.devices.own_id()
        ahead = census.ahead(clock.now())
        said = {each.device: each for each in census.said()}
        took = dict[str, Counter[str]]()
        for tally in (*census.tallies("learned"), *census.tallies("reserved")):
            took.setdefault(tally.device or own, Counter())[tally.label] += tally.frames
        scores = brain.reserved_by_device()
        classes = sorted({label for counts in took.values() for label in counts})
        told = []
        for device in brain.devices():
            words, counts, score = said.get(device.id), took.get(device.id, Counter()), scores.get(device.id)
            if words is None and not device.frames:
                continue
            told.append(
                DeviceReport(
                    id=device.id,
                    name=device.name,
                    frames=device.frames,
                    learned=device.learned,
                    reserved=device.reserved,
                    events=words.events if words else 0,
                    last_event=device.last_event,
                    ahead_s=ahead.get(device.id, 0.0),
                    missing=words.last - words.numbers if words else 0,
                    doubled=words.events - words.numbers if words else 0,
                    classes=dict(sorted(counts.items())),
                    lacks=[label for label in classes if label not in counts],
                    accuracy=score.accuracy if score else None,
                    elsewhere=score.elsewhere if score else None,
                    weakest=score.weakest if score else None,
                )
            )
    return told
