"""Where the objects of a hub lie, behind one interface: `store` says what that promises.

PATH  file://…            folder     a folder, a USB stick, a share of the network
s3://  gs://  az://       buckets    a bucket; its keys come from the environment (AWS_ACCESS_KEY_ID, …)
http://  https://         webdav     a folder of a WebDAV server; `dav` speaks to it
                          throttled  any of them, slowed to so many bytes a second
                          doubles    in memory, flaky, lying: for tests, yours too
                          mounts     what a stick that is not plugged in looks like
"""

from __future__ import annotations

from edge_brain.errors import BadInput
from edge_brain.sync.stores.store import MOST_BYTES, Item, Store

__all__ = ["MOST_BYTES", "Item", "Store", "open_store"]


def open_store(location: str, *, create: bool = False) -> Store:
    """Open the hub at a path, or at a URL as above; with `create` one is made where there is none.

    Raises BadInput for a location that cannot be meant, HubUnreachable when nothing can be said for now (a stick that
    is not plugged in), HubRefused when there is no hub, BrainTooNew for one of a later edge_brain, and ExtraMissing.
    """
    from edge_brain.sync import marker

    store = _store_at(location, create)
    try:
        marker.make(store) if create else marker.find(store)
    except BaseException:
        store.close()
        raise
    return store


def _store_at(location: str, create: bool) -> Store:
    scheme, divided, rest = location.partition("://")
    if not divided or scheme == "file":
        from edge_brain.sync.stores.folder import Folder

        return Folder(rest if divided else location, create=create)
    if scheme in ("s3", "gs", "az"):
        from edge_brain.sync.stores.buckets import Bucket

        return Bucket(location)
    if scheme in ("http", "https"):
        from edge_brain.sync.stores.webdav import WebDav

        return WebDav(location)
    raise BadInput(f"{scheme}:// is no hub: give a path, or s3://, gs://, az://, https:// for WebDAV")
