"""Notices what has changed, whoever changed it, and wakes every page that waits for news.

    a tag here, in another process ─> the database's version, five times a second ─> one score ─> all open pages

One thread asks, and it asks for two small numbers; the score is measured once for each change, not for each page.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from edge_brain.brain import Brain
from edge_brain.errors import EdgeBrainError
from edge_brain.records import Score

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


class Pulse:
    """Follows one brain in a thread of its own."""

    def __init__(self, brain: Brain) -> None:
        self._brain = brain
        self._changed = threading.Condition()
        self._poked = threading.Event()
        self._closed = False
        self._state: str | None = None  # that was looked at
        self._shown: tuple[int, str, int] | None = None  # what the news are of
        self._news = News(1, brain.score(), len(brain.untagged()))
        self._thread = threading.Thread(target=self._follow, name="pulse", daemon=True)
        self._thread.start()

    @property
    def news(self) -> News:
        """The latest."""
        return self._news

    @property
    def closed(self) -> bool:
        """Whether no more news will come."""
        return self._closed

    def wait(self, after: int, timeout_s: float) -> News | None:
        """Return news of another number than `after`, as soon as there are any; None when there are none in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._news.number != after, timeout_s)
            return self._news if self._news.number != after and not self._closed else None

    def state(self) -> str:
        """Return what is another after each change of the brain, by whomever: five small queries."""
        store = self._brain.store
        with self._brain.alone:
            numbers = store.database.data_version(), store.last_event(), store.last_view(), store.last_frame()
            return f"{store.setting('edition')}-{'-'.join(map(str, numbers))}"

    def poke(self) -> None:
        """Look at once: something was changed here."""
        self._poked.set()

    def close(self) -> None:
        """End, and wake all who wait."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._poked.set()
        self._thread.join()

    def _follow(self) -> None:
        while not self._closed:
            pause_s = _LOOK_S
            try:
                self._look()
            except EdgeBrainError as error:  # the disk may be back in a moment; the pages tell until then
                pause_s = _TROUBLED_S
                self._state = None
                if self._news.trouble != str(error):
                    self._tell(self._news.score, self._news.waiting, str(error))
            self._poked.wait(pause_s)
            self._poked.clear()

    def _look(self) -> None:
        state = self.state()
        if state == self._state:
            return
        store = self._brain.store
        with self._brain.alone:
            shown = store.last_event(), store.setting("edition"), len(self._brain.untagged())
            if shown != self._shown or self._news.trouble:
                self._tell(self._brain.score(), shown[-1])
        self._state, self._shown = state, shown

    def _tell(self, score: Score, waiting: int, trouble: str | None = None) -> None:
        with self._changed:
            self._news = News(self._news.number + 1, score, waiting, trouble)
            self._changed.notify_all()
