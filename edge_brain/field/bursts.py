"""Which burst a camera's frame belongs to: a change of scene or a pause starts a new one.

A frame belongs to the burst of the kept frame that it is most like, if by the pause between them they can show one
scene (`reserve.is_same_scene`). So a scene that went on behind a passing hand stays one burst, and so does one that
was there before a restart; what is doubtful is joined.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_brain import head, reserve
from edge_brain.roll import unit

_REMEMBERED = 256  # frames


@dataclass(frozen=True)
class _Kept:
    id: str
    burst: str
    row: NDArray[np.float32]  # of length 1
    moment: float | None  # None: before this source was opened
    hint: str | None


class Bursts:
    """Remembers the last frames that were kept of one source."""

    def __init__(self, zero_point: int, before: Sequence[tuple[str, str, bytes]] = ()) -> None:
        """`before` are the id, the burst and the code of frames that the source gave when it was open last."""
        self._zero_point = zero_point
        self._kept: deque[_Kept] = deque(maxlen=_REMEMBERED)
        for frame_id, burst, code in before:
            self._kept.append(_Kept(frame_id, burst, self._row(code), None, None))

    def nearest(self, code: bytes) -> tuple[float, str | None]:
        """Return the cosine to the kept frame that is most like this, and its id; −1 and None before the first."""
        self._fit(code)
        if not self._kept:
            return -1.0, None
        likeness = self._likeness(code)
        best = int(likeness.argmax())
        return float(likeness[best]), self._kept[best].id

    def cosine(self, one: bytes, other: bytes) -> float:
        """Return how alike two codes are; −1 where they are of two extractors."""
        if len(one) != len(other):
            return -1.0
        return float(self._row(one) @ self._row(other))

    def of(self, code: bytes, moment: float, hint: str | None = None) -> str | None:
        """Return the burst of a frame; None when it starts a new one. A source's `hint` counts before likeness."""
        if hint is not None:
            return next((kept.burst for kept in self._kept if kept.hint == hint), None)
        self._fit(code)
        if not self._kept:
            return None
        likeness = self._likeness(code)
        for place in np.argsort(-likeness):
            kept = self._kept[int(place)]
            gap = None if kept.moment is None else abs(moment - kept.moment)
            if reserve.is_same_scene(float(likeness[place]), gap, next_to=kept.moment is not None):
                return kept.burst
        return None

    def keep(self, frame_id: str, burst: str, code: bytes, moment: float, hint: str | None = None) -> None:
        """Remember a frame that was kept, and its burst."""
        self._fit(code)
        self._kept.append(_Kept(frame_id, burst, self._row(code), moment, hint))

    def forget(self) -> None:
        """Forget all: what comes next is another scene, however alike."""
        self._kept.clear()

    def _fit(self, code: bytes) -> None:
        """Forget what was coded by an extractor whose codes have another length: the brain was retrained with one."""
        if self._kept and len(self._kept[-1].row) != len(code):
            self.forget()

    def _likeness(self, code: bytes) -> NDArray[np.float32]:
        return np.asarray(np.stack([kept.row for kept in self._kept]) @ self._row(code))

    def _row(self, code: bytes) -> NDArray[np.float32]:
        return np.asarray(unit(head.plain_rows([code], len(code), self._zero_point))[0])
