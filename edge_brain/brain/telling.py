"""What a brain tells an app unasked: that something was tagged through it, and that its level has changed."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import ExitStack
from functools import partial

from edge_brain.brain.asking import Asking
from edge_brain.brain.listening import Callback, Listeners, Listening
from edge_brain.own import Given
from edge_brain.records import Level, Score, Tag
from edge_brain.store import Store


class Telling(Asking):
    """Calls back when what it tells is on the disk."""

    def __init__(self, store: Store, *, threads: int | None = None, given: Given | None = None) -> None:
        super().__init__(store, threads=threads, given=given)
        self._on_tagged, self._on_level = Listeners[Tag](), Listeners[Score]()
        self._level: Level | None = None  # that was told last
        self._moved, self._teller = threading.Event(), threading.Lock()

    def on_tagged(self, callback: Callback[Tag]) -> Listening:
        """Call this with each new tag that is given through this object, when it is on the disk.

        It is called in the thread that tags, before that call returns; what it raises comes out of that call, and the
        tag stands. It may call the brain. Close what is returned, or use it in a `with`, to be told no more. Of what
        other processes and devices tag, and of tags that are taken away, it is not told.
        """
        self.store.last_event()  # a release, or a brain that is closed, is never tagged: it raises
        return self._on_tagged.add(callback)

    def on_level(self, callback: Callback[Score]) -> Listening:
        """Call this with the score whenever its level is another than before, as `on_tagged` calls.

        So the score is measured now, and from now on after each call that changes tags through this object. Levels are
        told in order, one at a time: by a thread that is still telling one, where another thread tags meanwhile.
        """
        self.store.last_event()
        if self._on_level:
            self._tell_level()  # another process may have tagged
        else:
            self._level = self.score().level
        return self._on_level.add(callback)

    def _changed(self, tags: Iterable[Tag] = ()) -> None:
        """Note that this process has changed tags, and have those told who want to know."""
        self._memory.tagged()
        for tag in tags if self._on_tagged else ():
            self._lock.afterwards(partial(self._on_tagged.tell, tag))
        if self._on_level:
            self._lock.afterwards(self._tell_level)

    def _tell_level(self) -> None:
        self._moved.set()
        self._follow_level()

    def _follow_level(self) -> None:
        """Tell the level while it may have moved, unless a thread does so already, which then looks again."""
        if not self._moved.is_set() or not self._teller.acquire(blocking=False):
            return
        with ExitStack() as ends:  # also where a callback raises
            ends.callback(self._follow_level)
            ends.callback(self._teller.release)
            self._moved.clear()
            with self._lock:
                score = self.score()
                was, self._level = self._level, score.level
            if score.level != was:
                self._on_level.tell(score)
