"""What takes long to work out of a brain, worked out once for each state that it is in, for all who ask."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from edge_brain.web.workspace import Workspace

T = TypeVar("T")


class OnceAState(Generic[T]):
    """Remembers what was made of the brain as it is now; who asks meanwhile waits for that."""

    def __init__(self, space: Workspace, make: Callable[[Workspace], T]) -> None:
        self._space, self._make = space, make
        self._making = threading.Lock()
        self._made: tuple[str, T] | None = None

    def now(self) -> T:
        """Return what was made of the present state, or make it."""
        with self._making:
            state = self._state()
            if self._made is None or self._made[0] != state:
                self._made = None
                self._made = state, self._make(self._space)
            return self._made[1]

    def known(self) -> T | None:
        """Return what was made of the present state, if it was."""
        made = self._made
        return made[1] if made is not None and made[0] == self._state() else None

    def _state(self) -> str:
        return f"{self._space.pulse.state()} {self._space.pulse.latest.number}"
