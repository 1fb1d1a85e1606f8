"""A brain that is open: its store, its memory, its network; one thing at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from edge_brain import config, labels, own
from edge_brain.brain.listening import Turns
from edge_brain.chronicle import Chronicle
from edge_brain.closer import Closer
from edge_brain.exposure import Exposer, load_exposer
from edge_brain.head.classifier import Classifier
from edge_brain.memory import Memory
from edge_brain.own import Given
from edge_brain.region import Region
from edge_brain.store import Store

_Method = TypeVar("_Method", bound=Callable[..., Any])
_Self = TypeVar("_Self", bound="Opened")


def one_at_a_time(method: _Method) -> _Method:
    """Let the threads that share a brain wait for one another."""

    @wraps(method)
    def locked(self: Opened, *args: Any, **kwargs: Any) -> Any:
        with self._lock:
            return method(self, *args, **kwargs)

    return locked  # type: ignore[return-value]


class Opened:
    """What stands behind all that a brain is told and asked."""

    def __init__(self, store: Store, *, threads: int | None = None, given: Given | None = None) -> None:
        """Take over an open store, and an extractor of the app's own; use `Brain.create` or `Brain.open`."""
        self.store = store
        self._given = own.one_at_a_time(given)
        self.threads = threads or config.threads()
        self._lock = Turns()
        self._memory = Memory(store)
        self._chronicle = Chronicle(store)
        self._exposer: Exposer | None = None
        self._closer = Closer(store, lambda: self.exposer, self._memory.tagged)

    @one_at_a_time
    def close(self) -> None:
        """Close the brain; views that are still to be made are made, a classifier is kept for the next process."""
        if not self.store.closed:
            self._closer.look()
            self._memory.keep()
            self.store.close()

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """The folder of this brain."""
        return self.store.folder

    @property
    def device_name(self) -> str:
        """What this device is called, for people: as it was told, else the name of the machine; one printable line."""
        return self.store.devices.own_name()

    @device_name.setter
    def device_name(self, name: str) -> None:
        with self._lock:
            self.store.devices.give_name(labels.checked(name, "device's name"))
            self.store.keep_settings()

    @property
    def alone(self) -> Turns:
        """What a thread holds, in a `with`, while it asks the store for more than one thing: the others wait."""
        return self._lock

    @property
    def extractor(self) -> str:
        """The name of the extractor that this brain is bound to."""
        return self.store.setting("extractor")

    @property
    def region(self) -> Region:
        """The part of every picture that this brain looks at."""
        return Region.parse(self.store.setting("region"))

    @property
    def views(self) -> bool:
        """Whether each frame is learned with its mirror image and its middle."""
        return self.store.views > 1

    @property
    def _contract(self) -> str:
        """How pictures become codes, in one line."""
        return self.store.contract

    @property
    def _coding(self) -> Mapping[str, str]:
        """How pictures become codes, setting by setting."""
        return self.store.codes_contract()

    @property
    def _zero_point(self) -> int:
        """The codes' level zero."""
        return int(self.store.setting("zero_point"))  # one query: it is asked for with each answer

    def _unmoved(self) -> AbstractContextManager[None]:
        """Let all that is read in the block be of one moment."""
        return self.store.database.snapshot()

    def _solved(self, at_leisure: bool = False) -> Classifier:
        """Return the classifier of what is learned by now, or, at leisure, was a moment ago."""
        return self._memory.classifier(at_leisure=at_leisure)

    def hold_still(self) -> None:
        """Let looks at leisure go by what is known now, whatever others tag, until `catch_up`; returns at once."""
        self._memory.is_still = True

    @property
    def holds_still(self) -> bool:
        """Whether looks at leisure go by what was known before."""
        return self._memory.is_still

    @one_at_a_time
    def catch_up(self) -> None:
        """Go by what is known by now; what another has solved, and kept by `keep_solved`, is not solved again."""
        self._memory.catch_up()

    @one_at_a_time
    def keep_solved(self) -> None:
        """Leave what was solved of the tags of now to others who open the brain."""
        self._memory.keep()

    @property
    def exposer(self) -> Exposer:
        """What turns pictures into codes; it is made, with its runtime, when the first picture comes."""
        if self._exposer is None or self._exposer.contract != self._contract:
            self._exposer = self.new_exposer(threads=self.threads)
        return self._exposer

    def new_exposer(self, *, threads: int) -> Exposer:
        """Return another exposer, with a network of its own, for a thread that works beside this one."""
        return load_exposer(self._coding, threads=threads, given=self._given)
