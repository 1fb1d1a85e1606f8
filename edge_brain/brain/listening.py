"""Who wants to be told: an app's callbacks, called when what they wait for is on the disk and holds nobody up.

    tag ─ takes the turn ─ transaction ─ lets the turn go ─> callbacks, in the thread that has tagged ─> returns the Tag
    watching ─ a thread of its own ─ looks at a shot, in its turn ─> callback, in that thread

A callback may do with the brain whatever it likes, and so may other threads meanwhile. What it raises goes to whoever
has tagged, after the other callbacks were called: the tag stands. In a thread of its own it ends the watching.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Generic, TypeVar

from edge_brain.errors import BadInput
from edge_brain.records import Observation

_Told = TypeVar("_Told")
Callback = Callable[[_Told], object]


class Turns:
    """What the threads that share a brain hold one at a time; what is due is done when it is let go altogether."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._held = 0  # times, by the thread that holds it
        self._holder: int | None = None
        self._due: list[Callable[[], object]] = []

    def __enter__(self) -> Turns:
        self._lock.acquire()
        self._held, self._holder = self._held + 1, threading.get_ident()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        due = list[Callable[[], object]]()
        self._held -= 1
        if not self._held:
            due, self._due, self._holder = self._due, due, None
        self._lock.release()
        with ExitStack() as each:  # one that raises keeps no other from being called
            for call in reversed(due):
                each.callback(call)

    @property
    def mine(self) -> bool:
        """Whether the thread that asks holds this."""
        return self._holder == threading.get_ident()

    def afterwards(self, call: Callable[[], object]) -> None:
        """Do something, once, when the thread that holds this lets it go."""
        if call not in self._due:
            self._due.append(call)


class Listeners(Generic[_Told]):
    """The callbacks that want to be told of one kind of thing."""

    def __init__(self) -> None:
        self._callbacks: list[Callback[_Told]] = []

    def __bool__(self) -> bool:
        return bool(self._callbacks)

    def add(self, callback: Callback[_Told]) -> Listening:
        """Call this from now on, until what is returned is closed, or its `with` is left."""
        self._callbacks.append(callback)
        return Listening(lambda: self._callbacks.remove(callback))

    def tell(self, told: _Told) -> None:
        """Call all, each though another raises."""
        with ExitStack() as each:
            for callback in self._callbacks[::-1]:
                each.callback(callback, told)


class Listening:
    """A callback that is called until this is closed; use it in a `with`, or keep it."""

    def __init__(self, end: Callable[[], object]) -> None:
        self._ends = [end]

    def close(self) -> None:
        """Call it no more; may be called twice."""
        while self._ends:
            self._ends.pop()()

    def __enter__(self) -> Listening:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Watching:
    """A source that is watched in a thread of its own while the `with` lasts."""

    def __init__(
        self,
        follow: Callable[[Callable[[], bool]], Iterator[Observation]],
        on_change: Callback[Observation],
        turns: Turns,
    ) -> None:
        """`follow` yields observations, in `turns`, until what it is given says that it is to stop."""
        self._follow, self._on_change, self._turns = follow, on_change, turns
        self._stop, self._error = threading.Event(), list[BaseException]()
        self._thread = threading.Thread(target=self._run, name="edge_brain watching")

    @property
    def ended(self) -> bool:
        """Whether the source has ended, or an error ended the watching; `wait` raises that."""
        return not self._thread.is_alive()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the source to end, and say whether it has; raise, once, what has ended the watching instead.

        BadInput in the callback, and while this thread holds `brain.alone`: it would wait for ever.
        """
        self._refuse_for_ever()
        self._thread.join(timeout_s)
        if self._error:
            raise self._error.pop()
        return self.ended

    def _refuse_for_ever(self) -> None:
        if self._thread is threading.current_thread():
            raise BadInput("a callback cannot wait for its own watching to end: wait in the thread that began it")
        if self._turns.mine and not self._stands_still():
            raise BadInput("the watching waits for `brain.alone`, which this thread holds: leave that first")

    def _stands_still(self) -> bool:
        return self._thread.ident is not None and self.ended

    def __enter__(self) -> Watching:
        self._refuse_for_ever()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._turns.mine and error is not None:
            return  # the thread ends by itself
        self._refuse_for_ever()
        self._thread.join()
        if self._error and error is None:
            raise self._error.pop()

    def _run(self) -> None:
        try:
            for seen in self._follow(self._stop.is_set):
                self._on_change(seen)
        except BaseException as error:  # which is raised where one waits, or leaves the `with`
            self._error.append(error)
