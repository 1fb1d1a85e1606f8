"""Notices what has changed, whoever changed it, and wakes every page that waits for news.

    a tag here, in another process ─> the database's version, five times a second ─> one score ─> all open pages

One thread asks, and it asks for one small number; the score is measured once for each change, not for each page.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field

from edge_brain.brain import Brain
from edge_brain.errors import EdgeBrainError
from edge_brain.records import Score
from edge_brain.web.follower import Follower

_LOOK_S = 0.2
_TROUBLED_S = 2.0


@dataclass(frozen=True)
class News:
    """What a page that is open shows of the brain: another number, something else to show."""

    number: int
    score: Score
    waiting: int  # frames without a tag
    trouble: str | None = None  # why the score is not that of now
    made: dict[str, str] = field(default_factory=dict, compare=False)  # what was made of it once, for all pages


class Pulse(Follower[News]):
    """Follows one brain."""

    def __init__(self, brain: Brain) -> None:
        super().__init__(News(1, brain.score(), len(brain.untagged())))
        self._brain = brain
        self._poked, self._anew = threading.Event(), threading.Event()
        self._run = secrets.token_hex(4)  # the versions of another run count from the same number
        self._state: str | None = None  # that was looked at
        self._shown: tuple[int, str, int] | None = None  # what the news are of

    def state(self) -> str:
        """Return what is another after each change of the brain, by whomever; it costs one small query."""
        with self._brain.alone:
            return f"{self._run}-{self._brain.store.database.version()}"

    def hurry(self) -> None:
        """Look at once: something was changed here."""
        self._poked.set()

    def again(self) -> None:
        """Tell the news once more: what the pages show has changed, though the brain has not."""
        self._anew.set()
        self.hurry()

    def follow(self) -> None:
        """Look again and again; what goes wrong is told on the pages, until it is well again."""
        while not self.closed:
            pause_s = _LOOK_S
            try:
                self._look()
            except EdgeBrainError as error:  # the disk may be back in a moment
                pause_s, self._state = _TROUBLED_S, None
                if self.latest.trouble != str(error):
                    self._tell(self.latest.score, self.latest.waiting, str(error))
            self._poked.wait(pause_s)
            self._poked.clear()

    def _look(self) -> None:
        anew, state = self._anew.is_set(), self.state()
        if state == self._state and not anew:
            return
        if anew:
            self._anew.clear()
        store = self._brain.store
        with self._brain.alone:
            shown = store.last_event(), store.setting("edition"), len(self._brain.untagged())
            if anew or shown != self._shown or self.latest.trouble:
                self._tell(self._brain.score(), shown[-1])
        self._state, self._shown = state, shown

    def _tell(self, score: Score, waiting: int, trouble: str | None = None) -> None:
        self.tell(News(self.latest.number + 1, score, waiting, trouble))
