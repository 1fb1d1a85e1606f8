"""A hub on a WebDAV server: what breaks off is not seen, and what a server answers is not trusted."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import hubs
import pytest

from edge_brain import BadInput, HubFull, HubRefused, HubUnreachable, clock
from edge_brain.sync.stores import Store, dav, open_store, webdav
from edge_brain.sync.stores.store import MARKER
from edge_brain.sync.stores.webdav import WebDav

pytestmark = pytest.mark.usefixtures("once")  # no runtime is asked for here


@pytest.fixture
def server(once: None, tmp_path: Path) -> Iterator[hubs.Program]:
    with hubs.webdav(tmp_path) as program:
        yield program


@pytest.fixture
def hub(server: hubs.Program, tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "a b").mkdir()
    with closing(open_store(f"http://ann:hu%2Fsh@127.0.0.1:{server.port}/a%20b/hub", create=True)) as store:
        store.add("frames/ab/old.jpg", b"old")
        yield store


def made(tmp_path: Path) -> set[str]:
    """Return what lies on the server's disk."""
    return {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}


OBJECTS = {f"a b/hub/{MARKER}", "a b/hub/frames/ab/old.jpg"}


def test_a_hubs_folder_is_made_in_one_that_is_there_and_may_have_a_blank(hub: Store, tmp_path: Path) -> None:
    assert made(tmp_path) == OBJECTS
    assert hub.name.endswith("/a%20b/hub")


def test_an_upload_that_breaks_off_is_not_seen_and_goes_with_a_later_sweep(
    hub: Store, server: hubs.Program, tmp_path: Path
) -> None:
    folder = tmp_path / "a b" / "hub"
    for name in (".new-old", ".new-young"):
        (folder / name).write_bytes(b"half of")
    os.utime(folder / ".new-old", (clock.now() - 200_000,) * 2)
    with closing(open_store(f"http://ann:hu%2Fsh@127.0.0.1:{server.port}/a%20b/hub")) as other:
        assert {item.name for item in other.list("")} == {MARKER, "frames/ab/old.jpg"}
        other.read("frames/ab/old.jpg")
        assert (folder / ".new-old").exists(), "who reads changes nothing"
        assert other.add("frames/cd/new.jpg", b"new")
    assert made(tmp_path) == OBJECTS | {"a b/hub/frames/cd/new.jpg", "a b/hub/.new-young"}


def test_a_server_that_has_lost_its_disk_is_unreachable_and_nothing_lies_in_its_place(
    hub: Store, tmp_path: Path
) -> None:
    (tmp_path / "a b").rename(tmp_path / "unmounted")
    for stands in (False, True):
        if stands:
            (tmp_path / "a b" / "hub").mkdir(parents=True)
        for ask in (
            lambda: hub.read("frames/ab/old.jpg"), lambda: hub.size("frames/ab/old.jpg"),
            lambda: list(hub.list("frames")), lambda: list(hub.list("")), lambda: hub.add("frames/ab/new.jpg", b"x"),
            lambda: hub.replace("frames/ab/old.jpg", b"x"),
        ):  # fmt: skip
            with pytest.raises(HubUnreachable, match="not the hub that it was"):
                ask()
    assert made(tmp_path / "a b") == set()


@pytest.mark.parametrize(("method", "cut"), [
    ("PUT", "/a%20b/hub"), ("MOVE", "/a%20b/hub"), ("MOVE", "/a%20b/hub/frames"), ("MOVE", "/a%20b/hub/frames/ab"),
    ("DELETE", "/a%20b/hub"), ("DELETE", "/a%20b/hub/frames"), ("DELETE", "/a%20b/hub/frames/ab"),
])  # fmt: skip
def test_a_slash_that_is_flipped_on_the_way_harms_no_more_than_one_object(
    hub: WebDav, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, cut: str
) -> None:
    exchange, flips = dav.Server._exchange, [0]

    def flipped(
        self: dav.Server, connection: object, asked: str, path: str, body: object, headers: dict[str, str], most: int
    ) -> dav.Answer:
        if asked == method:
            for told in (path, headers.get("Destination", "")):
                flips[0] += f"{cut}/" in told
            path = path.replace(f"{cut}/", f"{cut}?")
            headers = {key: value.replace(f"{cut}/", f"{cut}?") for key, value in headers.items()}
        return exchange(self, connection, asked, path, body, headers, most)

    hub.add("frames/ab/other.jpg", b"other")
    monkeypatch.setattr(dav.Server, "_exchange", flipped)
    for name in ("frames/ab/old.jpg", "frames/ab/new.jpg"):
        for put in (hub.add, hub.replace):
            with suppress(HubRefused, HubUnreachable):
                put(name, b"new")
    monkeypatch.undo()
    assert flips[0] > 0 and made(tmp_path) >= {f"a b/hub/{MARKER}", "a b/hub/frames/ab/other.jpg"}
    assert hub.add("frames/cd/next.jpg", b"next"), "and it is a hub still"


def test_folders_that_vanish_are_made_again(hub: Store, tmp_path: Path) -> None:
    (tmp_path / "a b" / "hub" / "frames" / "ab" / "old.jpg").unlink()
    (tmp_path / "a b" / "hub" / "frames" / "ab").rmdir()
    assert hub.add("frames/ab/new.jpg", b"new") and hub.read("frames/ab/new.jpg") == b"new"


def test_a_connection_that_the_server_has_closed_meanwhile_is_opened_again(hub: Store) -> None:
    assert isinstance(hub, WebDav)
    for connection in hub._server._idle:
        connection.sock.shutdown(socket.SHUT_RDWR)
    assert hub.read("frames/ab/old.jpg") == b"old"


def test_an_upload_that_was_cut_off_is_not_made_again_under_its_name(
    hub: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the server still holds of the first it may write into the second, when that was read back already."""
    exchange, uploads = dav.Server._exchange, list[str]()

    def cut_off(self: dav.Server, connection: object, method: str, path: str, *rest: object) -> dav.Answer:
        answer = exchange(self, connection, method, path, *rest)  # type: ignore[arg-type]
        if method == "PUT":
            uploads.append(path)
            if len(uploads) == 1:
                raise ConnectionResetError
        return answer

    monkeypatch.setattr(dav.Server, "_exchange", cut_off)
    with pytest.raises(HubUnreachable):
        hub.add("frames/ab/new.jpg", b"new")
    assert hub.add("frames/ab/new.jpg", b"new") and hub.read("frames/ab/new.jpg") == b"new"
    assert len(set(uploads)) == len(uploads) == 2


def test_a_request_to_delete_that_comes_late_takes_nothing_that_was_put_since(
    hub: Store, server: hubs.Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange, deleted = dav.Server._exchange, list[int]()

    def held_up(self: dav.Server, connection: object, method: str, path: str, *rest: object) -> dav.Answer:
        if method == "DELETE" and path.endswith("old.jpg"):
            monkeypatch.undo()
            with closing(open_store(f"http://ann:hu%2Fsh@127.0.0.1:{server.port}/a%20b/hub")) as other:
                other.replace("frames/ab/old.jpg", b"whole")
            deleted.append((answer := exchange(self, connection, method, path, *rest)).status)  # type: ignore[arg-type]
            return answer
        return exchange(self, connection, method, path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(dav.Server, "_exchange", held_up)
    hub.replace("frames/ab/old.jpg", b"changed on the way")
    assert deleted == [412] and hub.read("frames/ab/old.jpg") == b"whole"


def test_nothing_is_put_where_no_marker_was_seen(server: hubs.Program, tmp_path: Path) -> None:
    with closing(WebDav(f"http://ann:hu%2Fsh@127.0.0.1:{server.port}/other")) as store:
        for put in (store.add, store.replace):
            with pytest.raises(HubRefused, match="there is no hub"):
                put("frames/ab/1.jpg", b"1")
    assert made(tmp_path) == set()


@pytest.mark.parametrize(("status", "body", "error", "match"), [
    (207, b"no XML", HubUnreachable, "no list of a folder"), (207, b"", HubUnreachable, "no list of a folder"),
    (200, b"<html/>", HubRefused, "a WebDAV folder"), (301, b"", HubRefused, "301"), (405, b"", HubRefused, "405"),
    (423, b"", HubUnreachable, "423"), (507, b"", HubFull, "is full"),
])  # fmt: skip
def test_a_server_that_answers_otherwise_is_told(status: int, body: bytes, error: type[Exception], match: str) -> None:
    with hubs.answering(status, body=body) as port, closing(WebDav(f"http://127.0.0.1:{port}/hub")) as store:
        for ask in (lambda: list(store.list("")), lambda: store.size("frames/1"), lambda: store.add("frames/1", b"")):
            with pytest.raises(error, match=match):
                ask()


def listing(*hrefs: str, kind: str = "") -> bytes:
    prop = f"<prop><resourcetype>{kind}</resourcetype><getcontentlength>1</getcontentlength></prop>"
    told = (f"<response><href>{href}</href><propstat>{prop}</propstat></response>" for href in hrefs)
    return f'<multistatus xmlns="DAV:">{"".join(told)}</multistatus>'.encode()


def test_a_listing_leads_nowhere_else() -> None:
    hrefs = (
        "/hub/", "/hub/frames/", "/hub/frames/1.jpg", "http://127.0.0.1/hub/frames/2.jpg", "/hub/frames/%33.jpg",
        "/hub/frames/1.jpg", "/hub/frames/../codes", "/hub/frames/a/b.jpg", "/hub/codes/1", "/etc/passwd",
        "/hub/frames/%2e%2e/x", "/hub/frames/A.jpg", "/hub/frames/.new-1", "/hub/frames/a b.jpg", "",
    )  # fmt: skip
    with hubs.answering(207, body=listing(*hrefs)) as port, closing(WebDav(f"http://127.0.0.1:{port}/hub")) as store:
        names = [item.name for item in store.list("frames")]
    assert sorted(names) == ["frames/1.jpg", "frames/2.jpg", "frames/3.jpg"]


def test_a_folder_that_says_it_lies_in_itself_is_not_walked_for_ever() -> None:
    with (
        hubs.answering(207, body=listing("/hub/a/", kind="<collection/>")) as port,
        closing(WebDav(f"http://127.0.0.1:{port}/hub")) as store,
    ):
        assert list(store.list("")) == []


def test_an_answer_that_ends_short_or_never_is_not_taken_for_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        hubs.answering(200, headers={"Content-Length": "100"}, body=b"the first") as port,
        closing(WebDav(f"http://127.0.0.1:{port}/hub")) as store,
        pytest.raises(HubUnreachable, match="broke off"),
    ):
        store.read("frames/1")
    monkeypatch.setattr(webdav, "MOST_BYTES", 10)
    with (
        hubs.answering(200, body=bytes(11)) as port,
        closing(WebDav(f"http://127.0.0.1:{port}/hub")) as store,
        pytest.raises(HubRefused, match="more than 10 bytes"),
    ):
        store.read("frames/1")


def test_a_server_that_takes_the_connection_and_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dav, "STALLED_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken: list[socket.socket] = []
        thread = threading.Thread(target=lambda: taken.append(listener.accept()[0]))
        thread.start()
        with pytest.raises(HubUnreachable, match="it took too long"):
            WebDav(f"http://127.0.0.1:{listener.getsockname()[1]}/hub").read("frames/1")
        thread.join()
        taken[0].close()


def test_a_server_without_a_certificate_gets_no_password() -> None:
    with hubs.answering(200) as port:
        store = WebDav(f"https://ann:hush@127.0.0.1:{port}/hub")
        with pytest.raises(HubUnreachable) as refused:
            store.read("frames/1")
    assert "hush" not in str(refused.value)


def test_name_and_password_come_from_the_netrc_file_where_the_address_has_none(
    server: hubs.Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path.parent / f"{tmp_path.name}.netrc"
    monkeypatch.setenv("NETRC", str(told))
    address = f"http://127.0.0.1:{server.port}/hub"
    with pytest.raises(HubRefused, match=r"401 .* else from ~/\.netrc"):
        open_store(address, create=True)
    told.write_text("machine 127.0.0.1 login ann password hu/sh\n")
    with closing(open_store(address, create=True)) as store:
        assert store.add("frames/ab/1.jpg", b"1") and "ann" not in store.name
    told.write_text("machine\n")
    with pytest.raises(BadInput, match="is no netrc file"):
        open_store(address)


def test_a_list_of_a_folder_in_an_encoding_that_nobody_knows_is_none() -> None:
    with (
        hubs.answering(207, body=b'<?xml version="1.0" encoding="utv-8"?><a/>') as port,
        closing(WebDav(f"http://127.0.0.1:{port}/hub")) as store,
        pytest.raises(HubUnreachable, match="no list of a folder"),
    ):
        list(store.list(""))


@pytest.mark.parametrize("host", ["nas..local", "x" * 64])
def test_a_name_that_no_host_can_have_is_told(host: str) -> None:
    with pytest.raises(BadInput, match="is no URL"):
        WebDav(f"https://{host}/hub")


def test_an_answer_that_drips_is_given_up_and_an_upload_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dav, "STALLED_S", 0.3)
    body, taken = bytes(2**20), bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                while len(taken) < len(body):  # longer than a connection may give nothing
                    taken.extend(connection.recv(2**16))
                    time.sleep(0.02)
                connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 1000\r\n\r\n")
                for _ in range(1000):
                    connection.sendall(b".")
                    time.sleep(0.02)

        thread = threading.Thread(target=serve)
        thread.start()
        begun = time.monotonic()
        with pytest.raises(HubUnreachable, match="it took too long"):
            WebDav(f"http://127.0.0.1:{listener.getsockname()[1]}/hub")._server.ask("PUT", "frames/1", body=body)
        thread.join()
    assert len(taken) > len(body) and time.monotonic() - begun < 15


def test_one_connection_serves_for_many_requests(hub: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    connected, made = dav.Server._connected, list[object]()

    def noted(self: dav.Server) -> object:
        made.append(self)
        return connected(self)

    monkeypatch.setattr(dav.Server, "_connected", noted)
    for _ in range(5):
        assert hub.read("frames/ab/old.jpg") == b"old" and hub.size("frames/ab/old.jpg") == 3
    assert made == [], "the one that is there is used"
