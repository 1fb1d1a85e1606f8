"""The workers: processes of this machine, or those of a Dask scheduler somewhere; gone when the work is.

Work is handed out a little ahead of whoever takes its results, so that neither a hub of a million objects nor what
was made of it is ever in memory at once.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from edge_brain.errors import BadInput, EdgeBrainError
from edge_brain.extras import needed

_AHEAD = 3  # pieces of work a thread that are handed out at once
_CONNECT_S = 10
_GONE = (
    "the workers died, or their scheduler is gone: give them more memory, or let fewer work at once. What was taken "
    "in stays: begin again, and it goes on from there"
)
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Died:
    """What comes of a piece of work of which worker after worker died."""


class Crew:
    """Does work on the workers of one Dask client."""

    def __init__(self, client: Any, workers: int) -> None:
        self._client, self._window = client, _AHEAD * workers

    def each(
        self, work: Callable[..., _Result], pieces: Iterable[tuple[Any, ...]]
    ) -> Iterator[tuple[tuple[Any, ...], _Result | Died]]:
        """Yield each piece, the arguments of `work`, with what came of it, in the order in which they are done."""
        suspects = list[tuple[Any, ...]]()
        for piece, told in self._at_once(work, pieces):
            if isinstance(told, Died):
                suspects.append(piece)
            else:
                yield piece, told
        for piece in suspects:  # it may be that a worker died of another one that it had, too: now each is alone
            yield from self._at_once(work, [piece])

    def _at_once(
        self, work: Callable[..., _Result], pieces: Iterable[tuple[Any, ...]]
    ) -> Iterator[tuple[tuple[Any, ...], _Result | Died]]:
        from distributed import KilledWorker, as_completed

        rest, going = iter(pieces), dict[Any, tuple[Any, ...]]()
        done = as_completed(with_results=True, raise_errors=False)

        def hand_out(count: int) -> None:
            for piece in islice(rest, count):
                future = self._client.submit(work, *piece, pure=False)
                going[future] = piece
                done.add(future)

        hand_out(self._window)
        for future, result in done:
            piece = going.pop(future)
            hand_out(1)
            if future.status == "finished":
                yield piece, result
            elif future.status != "error":
                raise EdgeBrainError(_GONE)
            elif isinstance(error := future.exception(), KilledWorker):
                yield piece, Died()
            else:
                raise error

    def summed(
        self,
        work: Callable[..., _Result],
        pieces: Iterable[tuple[Any, ...]],
        add: Callable[[_Result, _Result], _Result],
    ) -> _Result | None:
        """Return the sum of what comes of all pieces, added up two by two where they lie; None when there are none."""
        from distributed import CancelledError, KilledWorker, wait
        from distributed.comm import CommClosedError

        going, sums = deque[Any](), list[Any]()  # of 1, 2, 4 … pieces, as the digits of a binary number
        try:
            for piece in pieces:
                if len(going) == self._window:
                    wait(going.popleft())
                (data,) = self._client.scatter([piece], hash=False)
                future = self._client.submit(_unfolded, work, data, pure=False)
                going.append(future)
                for place, other in enumerate(sums):
                    if other is None:
                        sums[place], future = future, None
                        break
                    sums[place], future = None, self._client.submit(add, other, future, pure=False)
                if future is not None:
                    sums.append(future)
            left = [each for each in sums if each is not None]
            while len(left) > 1:
                left.append(self._client.submit(add, left.pop(0), left.pop(0), pure=False))
            result: _Result | None = left[0].result() if left else None
        except (KilledWorker, CancelledError, CommClosedError) as error:
            raise EdgeBrainError(_GONE) from error
        return result


@contextmanager
def crew(scheduler: str | None = None, workers: int | None = None) -> Iterator[Crew]:
    """Gather workers: those of a scheduler (tcp://…), or so many processes of this machine, as many as it has cores.

    Processes that are made here listen on the loopback alone, and have ended when the block is left. Raises
    ExtraMissing without the extra [fleet], and BadInput for a scheduler that does not answer or has no worker.
    """
    with needed("fleet", "the fleet is worked on by Dask"):
        import dask
        import distributed
    if scheduler is not None and workers is not None:
        raise BadInput("a scheduler has its own workers: give --scheduler or --workers")
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(_SETTINGS))
        if scheduler is not None:
            client = stack.enter_context(_connected(distributed, scheduler))
        else:
            client = stack.enter_context(_hired(distributed, workers or os.cpu_count() or 1))
        if not (count := sum(client.nthreads().values())):  # a worker may have several threads
            raise BadInput(f"the scheduler {scheduler} has no workers; start some with `dask worker {scheduler}`")
        yield Crew(client, count)


_SETTINGS = {
    "distributed.logging.distributed": "critical",
    "distributed.worker.daemon": True,  # whatever becomes of us, they do not stay
    "distributed.scheduler.allowed-failures": 1,
    "distributed.admin.large-graph-warning-threshold": "1 GB",
}


# Of its own accord it is served on all interfaces, and on port 8787, of which it is told when that is taken.
_NO_DASHBOARD = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}


def _connected(distributed: Any, scheduler: str) -> Any:
    try:
        return distributed.Client(scheduler, timeout=_CONNECT_S)
    except (OSError, ValueError) as error:  # TimeoutError is one, ValueError an address that cannot be meant
        raise BadInput(f"no scheduler answers at {scheduler}: {error}") from error


@contextmanager
def _hired(distributed: Any, workers: int) -> Iterator[Any]:
    with (
        tempfile.TemporaryDirectory(prefix="edge_brain-") as scratch,
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            scheduler_kwargs=_NO_DASHBOARD,
            local_directory=scratch,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        distributed.Client(cluster, direct_to_workers=True) as client,
    ):
        yield client


def _unfolded(work: Callable[..., _Result], piece: tuple[Any, ...]) -> _Result:
    return work(*piece)
