"""Which burst a new picture joins: by what looks like it, by a name, by what its source showed last.

It remembers the last pictures that it was asked about: the rolls do not know them before they are tagged.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge_brain import head, reserve
from edge_brain.records import Exposure
from edge_brain.roll import Roll, cosines

_SCENES = 256  # sources and classes whose last picture is remembered
_RECENT = 64  # pictures


@dataclass(frozen=True)
class _Scene:
    """What a picture shows, as far as it matters for telling scenes apart."""

    burst: str
    label: str
    row: NDArray[np.int8]
    taken_at: float | None
    moment: float | None = None

    def continues(self, last: _Scene) -> bool:
        """Say whether this picture still shows the scene that its source showed last."""
        likeness = float(cosines(last.row[None], self.row)[0])
        return reserve.is_same_scene(likeness, self.gap(last), next_to=True)

    def gap(self, other: _Scene) -> float | None:
        """Return the seconds between two pictures; None when nobody knows.

        A wall clock that jumps must not make two scenes of one, one learned and one reserved: where both were taken
        by this process, what only goes forward decides.
        """
        known = _gap(self.moment, other.moment)
        return _gap(self.taken_at, other.taken_at) if known is None else known


def _gap(left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else abs(left - right)


class Sightings:
    """Knows the tagged frames by their rolls, and what was seen last."""

    def __init__(self, learned: Roll, reserved: Roll, zero_point: int) -> None:
        self._learned, self._reserved, self._zero_point = learned, reserved, zero_point
        self._scenes: dict[tuple[str, str], _Scene] = {}  # by source and class, the last seen last
        self._recent: deque[_Scene] = deque(maxlen=_RECENT)

    def burst_of(self, exposure: Exposure, label: str, source: str | None, named: str | None = None) -> str:
        """Return the burst of a new picture.

        That of a reserved frame of its class that looks just the same; else as named; else the one that its
        source last showed of this class; else a near-duplicate's; else one of its own.
        """
        scene = replace(self._scene(exposure.id, label, exposure.code, exposure.taken_at), moment=exposure.moment)
        last = self._scenes.get((source, label)) if source is not None else None
        going_on = last.burst if last is not None and scene.continues(last) else None
        burst = self._identical(scene) or named or going_on or self._near_duplicate(scene) or exposure.id
        self._note(source, replace(scene, burst=burst))
        return burst

    def burst_alike(self, label: str, code: bytes, taken_at: float | None, named: str | None) -> str | None:
        """Return the burst in which what is tagged already, or a name, puts a picture; None when neither does."""
        scene = self._scene("", label, code, taken_at)
        return self._identical(scene) or named or self._near_duplicate(scene)

    def _scene(self, burst: str, label: str, code: bytes, taken_at: float | None) -> _Scene:
        return _Scene(burst, label, head.plain_rows([code], len(code), self._zero_point)[0], taken_at)

    def _identical(self, scene: _Scene) -> str | None:
        """Return the burst of the reserved frame of its class that looks just like this picture."""
        twins = self._reserved.alike(scene.row, scene.label, reserve.IDENTICAL)
        return max(twins, key=lambda twin: twin[0])[1].burst_name if twins else None

    def _note(self, source: str | None, scene: _Scene) -> None:
        self._recent.append(scene)
        if source is not None:
            self._scenes.pop((source, scene.label), None)
            self._scenes[source, scene.label] = scene
            while len(self._scenes) > _SCENES:
                del self._scenes[next(iter(self._scenes))]

    def _near_duplicate(self, scene: _Scene) -> str | None:
        """Return the burst of the picture most like this one that shows the same class on the same visit."""
        alike = [
            (cosine, frame.burst_name, _gap(scene.taken_at, frame.taken_at))
            for roll in (self._reserved, self._learned)
            for cosine, frame in roll.alike(scene.row, scene.label, reserve.NEAR_DUPLICATE)
        ]
        recent = [other for other in self._recent if other.label == scene.label]
        if recent:
            likeness = cosines(np.stack([other.row for other in recent]), scene.row).tolist()
            alike += [(each, other.burst, scene.gap(other)) for each, other in zip(likeness, recent, strict=True)]
        for likely, burst, gap in sorted(alike, key=lambda each: -each[0]):
            if reserve.is_same_scene(likely, gap, next_to=False):
                return burst
        return None
