"""From the answers to one shot after another to what is before the camera: a decision takes agreement, and holds.

A class, or none, is decided for when it was the answer to four of the last five shots. To lose its place it must be
outvoted in the same way: what was decided stays while the answers waver between two.
"""

from __future__ import annotations

import math
from collections import Counter, deque

from edge_brain.records import Prediction

_AGREEMENT = 0.8  # share of the last answers


class Smoother:
    """Takes answers, newest last, and knows what they agree on."""

    def __init__(self, agree: int = 5) -> None:
        """Look at the last `agree` answers; at 1 each decides."""
        self._last: deque[Prediction] = deque(maxlen=agree)
        self._needed = math.ceil(_AGREEMENT * agree)
        self.label: str | None = None  # what was decided for; None: nothing that the brain knows, or nothing yet

    def take(self, answer: Prediction) -> bool:
        """Take one more answer, and say whether it changed the decision."""
        self._last.append(answer)
        best, votes = Counter(each.label for each in self._last).most_common(1)[0]
        if votes < self._needed or best == self.label:
            return False
        self.label = best
        return True

    def ranking(self) -> list[tuple[str, float]]:
        """Return every class with the mean of its probabilities over the last answers, most probable first."""
        sums = dict[str, float]()
        for answer in self._last:
            for label, share in answer.ranking:
                sums[label] = sums.get(label, 0.0) + share
        means = [(label, total / len(self._last)) for label, total in sums.items()]
        return sorted(means, key=lambda mean: -mean[1])
