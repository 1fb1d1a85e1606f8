"""Syncs a brain with a hub, and says how it stands with the hubs that it knows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_brain import files
from edge_brain.brain import Brain
from edge_brain.errors import BadInput, HubUnreachable
from edge_brain.outcomes import HubStatus, Refused, Synced
from edge_brain.sync import choice, marker
from edge_brain.sync.choice import Choice, Fetch, Send
from edge_brain.sync.patience import Patience, Patient
from edge_brain.sync.session import Progress, Session
from edge_brain.sync.stores import Store, open_store


def sync_brain(
    brain: Brain,
    hub: str | Store,
    *,
    send: Send = "all",
    fetch: Fetch = "none",
    thin_after_s: float | None = None,
    releases: bool = True,
    publish: str | Path | None = None,
    limit: float | None = None,
    create: bool = False,
    anew: bool = False,
    patience: Patience | None = None,
    stop: threading.Event | None = None,
    progress: Progress | None = None,
) -> Synced:
    """Exchange with a hub what its devices were told: send what it lacks, then take in what it has.

    `hub` is a path, a URL (s3://…, see `edge_brain.sync.stores`) or an open store; with `create` one is made where
    there is none. What is sent is read back before it counts. `send`, `fetch` and `thin_after_s` say which pictures
    go, come, and are taken away here (see `Choice`). With `releases` the newest one that the hub has, and that may
    answer here, is put into production; `publish` is a release's file to be put into the hub. `limit` is the most
    bytes a second. With `anew` the hub is looked at as if for the first time. It may be broken off anywhere, and
    goes on there the next time; whoever sets `stop` ends the waiting for a hub that does not answer.

    Raises HubUnreachable when it may go better the next time, HubRefused when it will not, BrainTooNew for a hub of
    a later edge_brain. What single objects are refused for is in `aside`.
    """
    wish = _wish(send, fetch, thin_after_s, releases)
    release = None if publish is None else files.read(Path(publish))
    with _opened(hub, create=create, limit=limit) as store:
        patient = Patient(patience or Patience(), stop)
        found = patient.do(lambda: marker.find(store))
        session = Session(brain, store, found.id, wish, patient, progress)
        if anew:
            with brain.alone:
                brain.store.sharing.forget(brain.store.sharing.hub(found.id, store.name))
        try:
            if release is not None:
                session.publish(release)
            return session.run()
        except HubUnreachable as error:
            raise HubUnreachable(f"{error}. {_so_far(session.told())} done; the rest is for the next time") from error


def hubs_of(brain: Brain) -> list[HubStatus]:
    """Return how it stands with the hubs of a brain, the last used first: what they still lack, what was set aside."""
    with brain.alone:
        sharing = brain.store.sharing
        return [
            HubStatus(
                place=place,
                id=hub_id,
                synced_at=synced,
                events_to_send=sharing.count_untold(number),
                pictures_to_send=len(sharing.unsent(number)),
                aside=[Refused(name, reason) for name, reason in sharing.aside(number).items()],
            )
            for number, hub_id, place, synced in sharing.hubs()
        ]


def _wish(send: str, fetch: str, thin_after_s: float | None, releases: bool) -> Choice:
    if send not in choice.SEND or fetch not in choice.FETCH:
        raise BadInput(
            f"send {send!r} and fetch {fetch!r}: send is one of {', '.join(choice.SEND)}, fetch of "
            f"{', '.join(choice.FETCH)}"
        )
    if thin_after_s is not None and not thin_after_s >= 0:
        raise BadInput(f"pictures cannot be thinned after {thin_after_s} s: give 0 or more, or none")
    return Choice(send, fetch, thin_after_s, releases)


@contextmanager
def _opened(hub: str | Store, *, create: bool, limit: float | None) -> Iterator[Store]:
    if not isinstance(hub, str):
        yield hub
        return
    store = open_store(hub, create=create, limit=limit)
    try:
        yield store
    finally:
        store.close()


def _so_far(told: Synced) -> str:
    sent = f"{told.events_sent} events and {told.pictures_sent} pictures sent"
    return f"{sent}, {told.events_taken} events taken in: that is"
