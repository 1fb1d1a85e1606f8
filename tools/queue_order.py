"""Measure what the order of the queue is worth: how right the brain is after its first 10, 20, 40 bursts were tagged.

Of a set of real pictures 30 % of the scenes are never shown. The others, at most 300 bursts of them, are kept untagged
as they come: what is before a camera stays for a while, so five bursts of a class come on end. Somebody then tags
bursts of the queue, rightly, and has it put in order anew after every five: as they came, by chance, or those first
that `Brain.untagged(useful_first=True)` puts first. What counts is the balanced accuracy on the scenes never shown, the
brain reserving what it does. In the uneven pool the share of a class that is there falls from all to a tenth.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from figures import Figure, at_least, table
from pictures import Indices, Pictures, new_brain

from edge_brain import Brain

TAGGED = (10, 20, 40)  # bursts
POOLS = ("even", "uneven")
_POOL = 300  # bursts
_ON_END = 5  # of a class
_AGAIN = 5  # bursts, after which the queue is put in order anew
_SHOWN = 0.7  # of the scenes
_OVER_CHANCE, _OVER_ARRIVAL = 2.0, 5.0  # points, on the mean of all sets
_FEWEST_DRAWS = 3  # before each number of bursts is judged

Order = Callable[[Brain], list[str]]


@dataclass(frozen=True)
class Waiting:
    """What waits: bursts in the order they come, by name, and the pictures that are asked about in the end."""

    bursts: dict[str, list[int]]
    asked: Indices


def waiting(pictures: Pictures, seed: int, *, even: bool) -> Waiting:
    """Draw what is shown of a set, and when."""
    chance = np.random.default_rng(seed)
    order = chance.permutation(np.unique(pictures.scenes))
    shown = np.isin(pictures.scenes, order[: round(_SHOWN * len(order))])
    found = defaultdict[tuple[str, str], list[int]](list)
    for index in np.flatnonzero(shown).tolist():
        found[str(pictures.labels[index]), str(pictures.scenes[index])].append(index)
    classes = chance.permutation(np.unique(pictures.labels)).tolist()
    shares = dict(zip(classes, np.linspace(1.0, 1.0 if even else 0.1, len(classes)), strict=True))
    keys = [key for key in sorted(found) if chance.random() < shares[key[0]]]
    by_class = defaultdict[str, list[tuple[str, str]]](list)
    for place in chance.permutation(len(keys))[:_POOL].tolist():
        by_class[keys[place][0]].append(keys[place])
    visits = [own[at : at + _ON_END] for own in by_class.values() for at in range(0, len(own), _ON_END)]
    come = [key for place in chance.permutation(len(visits)).tolist() for key in visits[place]]
    return Waiting({" ".join(key): found[key] for key in come}, np.flatnonzero(~shown))


def as_they_came(brain: Brain) -> list[str]:
    """Return the bursts that wait, the first to come first."""
    return list(dict.fromkeys(frame.burst for frame in brain.untagged()))


def useful_first(brain: Brain) -> list[str]:
    """Return the bursts that wait, those first of which the brain would learn most."""
    return list(dict.fromkeys(frame.burst for frame in brain.untagged(useful_first=True)))


def by_chance(seed: int) -> Order:
    """Return an order that puts the bursts that wait as chance has it."""
    chance = np.random.default_rng([1, seed])
    return lambda brain: chance.permutation(as_they_came(brain)).tolist()


def learned_in(order: Order, pictures: Pictures, queue: Waiting, extractor: str) -> list[float]:
    """Return the balanced accuracy, per cent, after so many bursts were tagged in that order."""
    told = list[float]()
    labels = pictures.labels[queue.asked]
    with new_brain(extractor) as brain:
        for name, members in queue.bursts.items():
            brain.keep_exposures([pictures.exposures[index] for index in members], burst=name)
        for done in range(0, TAGGED[-1], _AGAIN):
            for name in order(brain)[:_AGAIN]:
                members = queue.bursts[name]
                brain.relabel({pictures.exposures[index].id: str(pictures.labels[index]) for index in members})
            if done + _AGAIN in TAGGED:
                answers = np.array([answer.first for answer in brain.predict_codes(pictures.codes(queue.asked))])
                right = answers == labels
                told.append(100 * float(np.mean([right[labels == label].mean() for label in np.unique(labels)])))
    return told


def queue_order(sets: Sequence[Pictures], draws: int, extractor: str) -> list[Figure]:
    """Print how right the brain becomes by the order of its queue, and return the figures with their bars."""
    figures = list[Figure]()
    for pool in POOLS:
        means = dict[str, dict[str, list[float]]]()  # set → order → accuracies
        for pictures in sets:
            drawn = defaultdict[str, list[list[float]]](list)
            for seed in range(draws):
                queue = waiting(pictures, seed, even=pool == "even")
                orders = {"useful first": useful_first, "by chance": by_chance(seed), "as they came": as_they_came}
                for name, order in orders.items():
                    drawn[name].append(learned_in(order, pictures, queue, extractor))
            means[pictures.name] = {name: np.mean(accuracies, axis=0).tolist() for name, accuracies in drawn.items()}
        whole = {name: np.mean([own[name] for own in means.values()], axis=0).tolist() for name in orders}
        lines = [
            [name, order, *(f"{value:.1f}" for value in accuracies)]
            for name, own in {**means, "mean": whole}.items()
            for order, accuracies in own.items()
        ]
        head = ["set", "order", *(f"{count} bursts" for count in TAGGED)]
        print(
            f"Accuracy by the order of the queue, %, {pool} pool, {draws} draws\n\n{table(head, lines)}\n", flush=True
        )
        figures += judged(whole, pool, draws)
    return figures


def judged(means: dict[str, list[float]], pool: str, draws: int) -> list[Figure]:
    """Return the figures with the bars they are judged by."""
    figures = list[Figure]()
    for other, bar in (("by chance", _OVER_CHANCE), ("as they came", _OVER_ARRIVAL)):
        gains = (np.array(means["useful first"]) - np.array(means[other])).tolist()
        what = f"{pool} pool, useful first: points over {other}"
        if draws < _FEWEST_DRAWS:
            figures.append(at_least(f"{what}, mean", float(np.mean(gains)), 0.0))
        else:
            figures += [at_least(f"{what}, {n} bursts", gain, bar) for n, gain in zip(TAGGED, gains, strict=True)]
    return figures
