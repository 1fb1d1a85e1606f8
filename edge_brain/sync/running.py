"""Syncs a brain with a hub, and says how it stands with the hubs that it knows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_brain.brain import Brain
from edge_brain.errors import BadInput, HubUnreachable
from edge_brain.outcomes import HubStatus, Refused, Synced, SyncStatus
from edge_brain.release import form
from edge_brain.sync import choice, marker
from edge_brain.sync.choice import Choice, Fetch, Send
from edge_brain.sync.patience import Patience, Patient
from edge_brain.sync.session import Progress, Session
from edge_brain.sync.stores import Store, open_store
from edge_brain.sync.stores.throttled import Throttled

_LOOKS = 4  # at the marker of a hub that is news


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
    goes on there the next time; whoever sets `stop` ends all waiting, with HubUnreachable.

    Raises HubUnreachable when it may go better the next time, HubRefused when it will not, BrainTooNew for a hub of
    a later edge_brain. What single objects are refused for is in `aside`.
    """
    wish = _wish(send, fetch, thin_after_s, releases, limit)
    release = None if publish is None else form.held(Path(publish))
    patient = Patient(patience or Patience(), stop)
    with _opened(hub, patient, create=create, limit=limit) as store:
        found = _found(brain, store, patient)
        session = Session(brain, store, found.id, wish, patient, progress)
        with brain.alone:
            before = Choice.noted(brain.store.sharing.wish(found.id))
            brain.store.sharing.wished(found.id, wish.line(), told_anew=before.send != wish.send)
        if anew:
            with brain.alone:
                brain.store.sharing.forget(brain.store.sharing.hub(found.id, store.name))
        try:
            if release is not None:
                session.releases.publish(release)
            return session.run()
        except HubUnreachable as error:
            raise HubUnreachable(f"{error}. {_so_far(session.told())} done; the rest is for the next time") from error


def sync_status(brain: Brain) -> SyncStatus:
    """Return how it stands with a brain's device among others: its hubs, what is elsewhere, what waits."""
    with brain.alone, brain.store.database.snapshot():
        sharing = brain.store.sharing
        device = sharing.own_devices()[0]
        return SyncStatus(device, brain.device_name, hubs_of(brain), sharing.away(), sharing.waiting())


def hubs_of(brain: Brain) -> list[HubStatus]:
    """Return how it stands with the hubs of a brain, the last used first: what they still lack, what was set aside."""
    with brain.alone:
        return [_status(brain, *hub) for hub in brain.store.sharing.hubs()]


def _status(brain: Brain, number: int, hub_id: str, place: str, synced_at: float | None) -> HubStatus:
    sharing = brain.store.sharing
    wish = Choice.noted(sharing.wish(hub_id))
    unsent = [] if wish.send == "events" else sharing.unsent(number)
    return HubStatus(
        place=place,
        id=hub_id,
        synced_at=synced_at,
        events_to_send=brain.store.owed.count(number),
        pictures_to_send=sum(tagged or wish.send != "tagged" for *_, tagged in unsent),
        aside=[Refused(name, reason) for name, reason in sharing.aside(number).items()],
        send=wish.send,
        fetch=wish.fetch,
        thin_after_s=wish.thin_after_s,
        releases=wish.releases,
        limit=wish.limit,
    )


def _wish(send: str, fetch: str, thin_after_s: float | None, releases: bool, limit: float | None) -> Choice:
    if send not in choice.SEND or fetch not in choice.FETCH:
        raise BadInput(
            f"send {send!r} and fetch {fetch!r}: send is one of {', '.join(choice.SEND)}, fetch of "
            f"{', '.join(choice.FETCH)}"
        )
    if thin_after_s is not None and not thin_after_s >= 0:
        raise BadInput(f"pictures cannot be thinned after {thin_after_s} s: give 0 or more, or none")
    if limit is not None and not limit > 0:
        raise BadInput(f"a limit of {limit} bytes a second lets nothing through: give one above 0")
    return Choice(send, fetch, thin_after_s, releases, limit)


def _found(brain: Brain, store: Store, patient: Patient) -> marker.Hub:
    """Return the hub in a store; one that is news is looked at twice: a flipped digit makes another of it."""
    with brain.alone:
        known = {hub_id for _, hub_id, *_ in brain.store.sharing.hubs()}
    found = patient.do(lambda: marker.find(store))
    for _ in range(_LOOKS):
        before, found = found, found if found.id in known else patient.do(lambda: marker.find(store))
        if found.id == before.id:
            return found
    raise HubUnreachable(f"{store.name} says each time that it is another hub: it is changed on the way")


@contextmanager
def _opened(hub: str | Store, patient: Patient, *, create: bool, limit: float | None) -> Iterator[Store]:
    """Yield the store of a hub, slowed down where it must be; one that was opened here is closed."""
    if isinstance(hub, str):
        store = patient.do(lambda: open_store(hub, create=create))
    else:
        store = hub
        if create:
            patient.do(lambda: marker.make(store))
    try:
        yield store if limit is None else Throttled(store, limit, sleep=patient.sleep)
    finally:
        if isinstance(hub, str):
            store.close()


def _so_far(told: Synced) -> str:
    sent = f"{told.events_sent} events and {told.pictures_sent} pictures sent"
    return f"{sent}, {told.events_taken} events taken in: that is"
