"""A hub on a WebDAV server: a NAS, Nextcloud, Apache; spelled http(s)://[name:password@]host/folder.

An object is put under a name that no hub lists, then moved to its own, which the server refuses when that is
taken (`Overwrite: F`): so what breaks off in the midst is not seen. Some servers look and then move: of two who add
one name in the same moment both may be told yes, and one of the two objects stands, whole. As a name tells the
bytes, it is the same.

Needs nothing that is not in Python. obstore could do it, but it puts straight to the name, not on a condition, and
shows the password in its errors.

No request may harm more than one object, also when a byte of it is flipped on the way, as over plain HTTP one can be:
`/hub?` names the whole hub. So nothing is moved over what stands (`Overwrite: T` deletes a folder that is there), and
what is moved or deleted is told to be no folder (`Depth: 0`).
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from email.utils import parsedate_to_datetime

from edge_brain.errors import HubRefused, HubUnreachable, StoreMissing
from edge_brain.sync.stores.dav import Answer, Member, Server
from edge_brain.sync.stores.store import MARKER, MOST_BYTES, Item, checked, checked_folder, is_legal

_UNBORN = ".new-"
_NO_FOLDER = {"Depth": "0"}  # a server must refuse it for a folder (RFC 4918, 9.6.1)
_LEFT_S = 86_400.0  # after which nobody uploads an unfinished object any more


class WebDav:
    """A hub in a folder of a WebDAV server."""

    def __init__(self, location: str) -> None:
        self._server = Server(location)
        self.name = self._server.name
        self._is_hub = False  # a marker was seen: from then on one that is missing is a disk that the server lost
        self._swept = False
        self._making = threading.Lock()
        self._made: set[str] = set()

    def list(self, folder: str) -> Iterator[Item]:
        """Yield all objects below a folder, at any depth, each once."""
        yield from self._below(checked_folder(folder))
        self._answers()

    def read(self, name: str) -> bytes:
        """Return the bytes of an object; StoreMissing when there is none."""
        answer = self._server.ask("GET", checked(name), most_bytes=MOST_BYTES)
        if answer.status == 404:
            self._answers()
            raise StoreMissing(f"there is no {name} in {self.name}")
        self._expect(answer, 200)
        self._is_hub |= name == MARKER
        return answer.body

    def add(self, name: str, data: bytes) -> bool:
        """Put an object, whole or not at all, and for good; False when one of the name stands there, which stays."""
        checked(name, data)
        return self.size(name) is None and self._put(name, data)

    def replace(self, name: str, data: bytes) -> None:
        """Put an object, whole or not at all, whatever stands there; in between nothing does."""
        self._answers()
        stands = self._member(checked(name, data))
        if not self._put(name, data) and stands:
            self._delete(name, stands.etag)
            self._put(name, data)  # in vain where somebody was faster: whether that is whole is seen when it is read

    def size(self, name: str) -> int | None:
        """Return the size of an object in bytes; None when there is none."""
        found = self._member(checked(name))
        if found is None:
            self._answers()
            return None
        return None if found.is_folder else found.size_bytes

    def close(self) -> None:
        """Let go of the connections."""
        self._server.close()

    def _member(self, name: str) -> Member | None:
        found = self._server.members(name, depth=0)
        return found[0] if found else None

    def _below(self, folder: str) -> Iterator[Item]:
        for each in self._inside(folder):
            if each.is_folder:
                yield from self._below(each.name)
            else:
                yield Item(each.name, each.size_bytes)

    def _inside(self, folder: str) -> Sequence[Member]:
        """Return what lies directly in a folder, as far as it can be ours."""
        prefix = f"{folder}/" if folder else ""
        found = {each.name: each for each in self._server.members(folder) or ()}
        return [
            each
            for name, each in found.items()
            if is_legal(name) and name.startswith(prefix) and "/" not in name[len(prefix) :]
        ]

    def _put(self, name: str, data: bytes) -> bool:
        """Put an object where none stands; False where one does."""
        if name != MARKER and not self._is_hub:
            raise HubRefused(f"there is no hub at {self.name}: nothing there is called {MARKER}")
        self._sweep()
        fresh = f"{_UNBORN}{uuid.uuid4().hex}"
        try:
            self._expect(self._upload(fresh, name, data), 200, 201, 204)
            self._make_folders(name)
            there = {"Destination": self._server.destination(name), "Overwrite": "F", **_NO_FOLDER}
            moved = self._server.ask("MOVE", fresh, there)
            if moved.status == 409:  # a folder that was there is not any more
                self._made.clear()
                self._make_folders(name)
                moved = self._server.ask("MOVE", fresh, there)
        except BaseException:
            self._drop(fresh)
            raise
        if moved.status in (201, 204):
            return True
        self._drop(fresh)
        # some servers do not say 412 but stumble over another who was faster
        if moved.status == 412 or self.size(name) is not None:
            return False
        raise self._server.refusal(moved)

    def _upload(self, fresh: str, name: str, data: bytes) -> Answer:
        answer = self._server.ask("PUT", fresh, body=data)
        if answer.status in (404, 409) and name == MARKER:  # the hub is being made, and its folder, too
            self._make_folder("")
            answer = self._server.ask("PUT", fresh, body=data)
        return answer

    def _make_folders(self, name: str) -> None:
        """Make the folders that an object lies in, once each."""
        folder = ""
        for part in name.split("/")[:-1]:
            folder = f"{folder}/{part}" if folder else part
            if folder not in self._made:
                self._make_folder(folder)
                self._made.add(folder)

    def _make_folder(self, folder: str) -> None:
        answer = self._server.ask("MKCOL", f"{folder}/" if folder else "")
        # 405 says that it is there; when another makes it in this moment some servers stumble
        if answer.status not in (201, 405) and not self._server.members(folder, depth=0):
            raise self._server.refusal(answer)

    def _sweep(self) -> None:
        """Remove what uploads that broke off have left, once; how old it is goes by the server's clock alone."""
        with self._making:
            swept, self._swept = self._swept, True
        if swept:
            return
        now = self._server.ask("OPTIONS", "").headers.get("Date", "")
        for each in self._server.members("") or ():
            if each.name.startswith(_UNBORN) and not each.is_folder and _age_s(each.changed, now) > _LEFT_S:
                self._drop(each.name)

    def _drop(self, fresh: str) -> None:
        with suppress(HubUnreachable, HubRefused):  # a later sweep takes it
            self._delete(fresh)

    def _delete(self, name: str, etag: str = "") -> None:
        """Delete an object; with an `etag` only what has that: a request may come late, when all is well again."""
        only = {"If-Match": etag} if etag else {}
        self._expect(self._server.ask("DELETE", name, {**_NO_FOLDER, **only}), 200, 204, 404, 412)

    def _answers(self) -> None:
        """Raise HubUnreachable when nothing at all is there: of a disk it has lost, a server says `not found`, too."""
        if self._is_hub and not self._server.members(MARKER, depth=0):
            raise HubUnreachable(f"{self.name} is not the hub that it was: its disk may not be mounted there")

    def _expect(self, answer: Answer, *statuses: int) -> None:
        if answer.status not in statuses:
            raise self._server.refusal(answer)


def _age_s(changed: str, now: str) -> float:
    """Return the seconds between two dates of HTTP; none when one of them is no date."""
    try:
        return (parsedate_to_datetime(now) - parsedate_to_datetime(changed)).total_seconds()
    except (TypeError, ValueError):
        return 0.0
