"""How right a brain is on the frames that each device took: arithmetic on the frames that its score was measured on.

accuracy    mean over the bursts of the device of the share of frames that were right
interval    as the score's: 90 %, for what half as many further bursts will show
elsewhere   what the other devices are right in, on bursts that show the same classes, as many of each as here
chance      how often so few bursts would be right here, were the device like the others: of the bursts that show the
            same classes, as many are drawn as are of this device (the exact test of Fisher, 1934, one-sided, over all
            classes). A share of a burst counts in favour of the device

A level is of the whole brain and does not hang on this: a brain may be Great and weak at one site, which its advice
then says first. Two sites of few scenes differ by chance more often than not, and a level must not jump with it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge_brain.records import Device, DeviceScore, Image
from edge_brain.score import expected

Taken = Mapping[str | None, Mapping[int, int]]  # device → burst → frames, as a roll counts them
Shown = frozenset[str]  # the classes that a burst shows
_ALMOST = 1e-9  # of a burst, lost in a sum of shares


@dataclass
class _Site:
    """What was right on the frames of one device."""

    cells: dict[tuple[str, str], list[bool]] = field(default_factory=dict)  # burst and class → its frames
    right: int = 0  # frames in reserve

    def shares(self) -> dict[str, tuple[Shown, float]]:
        """Return for each burst the classes that it shows, and the share of its frames that were right."""
        bursts: dict[str, tuple[set[str], list[bool]]] = {}
        for (burst, label), answers in self.cells.items():
            shown, all_answers = bursts.setdefault(burst, (set(), []))
            shown.add(label)
            all_answers += answers
        return {burst: (frozenset(shown), sum(own) / len(own)) for burst, (shown, own) in bursts.items()}

    def weakest(self) -> str | None:
        """Return the class that does worst here; None when nothing is wrong."""
        of_class: dict[str, list[float]] = {}
        for (_, label), answers in self.cells.items():
            of_class.setdefault(label, []).append(sum(answers) / len(answers))
        ranked = sorted((math.fsum(own) / len(own), -len(own), label) for label, own in of_class.items())
        return ranked[0][2] if ranked and ranked[0][0] < 1 else None


def measure(
    devices: Sequence[Device], learned: Taken, reserved: Taken, images: Sequence[Image], left_out: Sequence[Image]
) -> dict[str, DeviceScore]:
    """Return how each device does, by its id; nothing where one device has taken all frames.

    `images` are the reserved frames, `left_out` the learned ones that the score heard, as `score.measure` takes them.
    """
    if len(devices) < 2:
        return {}
    sites: dict[str | None, _Site] = {None if each.here else each.id: _Site() for each in devices}
    for image in (*images, *left_out):
        if image.predicted is not None and image.device in sites:
            site = sites[image.device]
            site.cells.setdefault((image.burst, image.label or ""), []).append(image.right is True)
            site.right += image.role == "reserved" and image.right is True
    shares = {device: site.shares() for device, site in sites.items()}
    whole = _added(*map(_by_shown, shares.values()))
    told = {}
    for each in devices:
        own = None if each.here else each.id
        accuracy, (elsewhere, chance) = _mean(shares[own]), _beside(_by_shown(shares[own]), whole)
        told[each.id] = DeviceScore(
            name=each.name,
            here=each.here,
            frames=each.frames,
            learned=sum(learned.get(own, {}).values()),
            reserved=sum(reserved.get(own, {}).values()),
            learned_bursts=len(learned.get(own, {})),
            reserved_bursts=len(reserved.get(own, {})),
            judged_bursts=len(shares[own]),
            right=sites[own].right,
            accuracy=accuracy,
            interval=None if accuracy is None else expected(accuracy, len(shares[own])),
            weakest=sites[own].weakest(),
            elsewhere=elsewhere,
            chance=chance,
        )
    return told


def _mean(shares: Mapping[str, tuple[Shown, float]]) -> float | None:
    return math.fsum(share for _, share in shares.values()) / len(shares) if shares else None


def _by_shown(shares: Mapping[str, tuple[Shown, float]]) -> dict[Shown, tuple[int, float]]:
    """Return how many bursts show the same classes, and how many of them were right."""
    counts = Counter(shown for shown, _ in shares.values())
    return {
        shown: (count, math.fsum(share for own, share in shares.values() if own == shown))
        for shown, count in counts.items()
    }


def _added(*several: Mapping[Shown, tuple[int, float]]) -> dict[Shown, tuple[int, float]]:
    whole: dict[Shown, tuple[int, float]] = {}
    for each in several:
        for shown, (count, right) in each.items():
            before = whole.get(shown, (0, 0.0))
            whole[shown] = before[0] + count, before[1] + right
    return whole


def _beside(
    own: Mapping[Shown, tuple[int, float]], whole: Mapping[Shown, tuple[int, float]]
) -> tuple[float | None, float | None]:
    """Return what the other devices are right in, and the chance; None where they show nothing that this one does."""
    likely, observed, compared, expected_right = np.ones(1), 0, 0, list[float]()
    for shown in sorted(own, key=sorted):
        (count, right), (all_count, all_right) = own[shown], whole[shown]
        others = all_count - count
        if not others:
            continue
        in_favour = min(count, math.ceil(right - _ALMOST))
        against = min(others, max(0, math.floor(all_right - right + _ALMOST)))
        likely = np.convolve(likely, _drawn(in_favour + against, all_count, count))
        observed, compared = observed + in_favour, compared + count
        expected_right.append(count * (all_right - right) / others)
    if not compared:
        return None, None
    return math.fsum(expected_right) / compared, min(1.0, float(likely[: observed + 1].sum()))


def _drawn(right: int, bursts: int, count: int) -> NDArray[np.float64]:
    """Return how likely 0, 1, … of so many bursts are right that are drawn from all, of which so many are."""
    ways = np.array([_choose(right, hits) + _choose(bursts - right, count - hits) for hits in range(count + 1)])
    return np.exp(ways - _choose(bursts, count))


def _choose(of: int, chosen: int) -> float:
    """Return the logarithm of the number of ways to choose so many."""
    if not 0 <= chosen <= of:
        return -math.inf
    return math.lgamma(of + 1) - math.lgamma(chosen + 1) - math.lgamma(of - chosen + 1)
