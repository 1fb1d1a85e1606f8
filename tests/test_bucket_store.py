"""Where a hub is said to be: what can be meant, and that no key or password is in what is told."""

from __future__ import annotations

import subprocess
import sys
import traceback
from collections.abc import Callable

import hubs
import pytest

from edge_brain import BadInput, ExtraMissing, HubFull, HubRefused, HubUnreachable, StoreMissing
from edge_brain.sync.stores import buckets, open_store
from edge_brain.sync.stores.buckets import Bucket
from edge_brain.sync.stores.store import MARKER


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "hush")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "fleet")
    monkeypatch.setattr(buckets, "_RETRIES", 0)
    monkeypatch.setattr(buckets, "STALLED_S", 2.0)


def at(port: int) -> str:
    return f"s3://hubs/hub?endpoint=http://127.0.0.1:{port}"


@pytest.mark.parametrize(("location", "name"), [
    ("s3://fleet", "s3://fleet"), ("s3://fleet/", "s3://fleet"), ("s3://fleet/a/b/", "s3://fleet/a/b"),
    ("s3://fleet/a/?region=eu-central-1&endpoint=https://minio.lan:9000",
     "s3://fleet/a?region=eu-central-1&endpoint=https://minio.lan:9000"),
    ("gs://fleet/a", "gs://fleet/a"), ("az://fleet/a", "az://fleet/a"),
    ("az://fleet/a?account=other", "az://fleet/a?account=other"),
])  # fmt: skip
def test_by_its_name_a_bucket_is_found_again(location: str, name: str) -> None:
    assert Bucket(location).name == name == Bucket(name).name


@pytest.mark.parametrize("location", [
    "s3://", "s3:///a", "s3://key:hush@fleet/a", "s3://fleet/a?secret=hush",
    "s3://fleet?endpoint=https://key:hush@minio.lan", "s3://fleet?endpoint=https://key:hush%40minio.lan",
    "s3://fleet?hush", "s3://fleet/a#hush",
    "gs://fleet?endpoint=https://a", "ftp://ann:hush@host/a", "smb://ann:hush@host/a", "http://", "https://:9/a",
    "https://ann:hush@host:port/a", "https://host/a?token=hush", "https://host/a#hush", "http://[::1/a", "", "a\0b",
])  # fmt: skip
def test_a_location_that_cannot_be_meant_is_refused_without_telling_a_secret(location: str) -> None:
    with pytest.raises(BadInput) as refused:
        open_store(location)
    assert "hush" not in "".join(traceback.format_exception(refused.value))


def test_a_file_url_is_a_path(tmp_path) -> None:
    open_store(f"file://{tmp_path}/hub", create=True).add("frames/1", b"1")
    assert open_store(f"{tmp_path}/hub").read("frames/1") == b"1"


def said(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>hush</Message></Error>".encode()


@pytest.mark.parametrize(("status", "code", "error", "told"), [
    (403, "AccessDenied", HubRefused, "403 Forbidden AccessDenied"),
    (301, "Moved", HubRefused, "lies in another region"),
    (403, "RequestTimeTooSkewed", HubUnreachable, "the clock of this device is wrong"),
    (403, "QuotaExceeded", HubFull, "is full"), (500, "InternalError", HubUnreachable, "500"),
    (404, "NoSuchBucket", HubRefused, "no such bucket"), (400, "BadDigest", HubUnreachable, "came changed"),
])  # fmt: skip
def test_no_error_of_a_bucket_holds_a_key_or_what_the_server_says(
    once: None, status: int, code: str, error: type[Exception], told: str
) -> None:
    """Not even as its cause: obstore's own text holds the URL, and the answer."""
    with hubs.answering(status, body=said(code)) as port:
        store = Bucket(at(port))
        for ask in (lambda: store.read("a"), lambda: store.add("a", b"1"), lambda: list(store.list(""))):
            with pytest.raises(error, match=told) as raised:
                ask()
            assert "hush" not in str(raised.value)
            assert raised.value.__cause__ is None and raised.value.__suppress_context__


def test_a_conflict_with_another_who_may_yet_fail_is_no_object_that_stands(
    once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hubs.answering(409, body=said("ConditionalRequestConflict")) as port:
        store = Bucket(at(port))
        monkeypatch.setattr(Bucket, "size", lambda *_: None)
        with pytest.raises(HubUnreachable, match="409 Conflict"):
            store.add("frames/1", b"1")
        monkeypatch.setattr(Bucket, "size", lambda *_: 1)
        assert store.add("frames/1", b"1") is False


def test_an_object_that_ends_short_is_not_taken_for_whole(once: None) -> None:
    headers = {"Content-Length": "100", "ETag": '"x"', "Last-Modified": "Mon, 12 Jan 2026 10:00:00 GMT"}
    with hubs.answering(200, headers=headers, body=b"the first of them") as port, pytest.raises(HubUnreachable):
        Bucket(at(port)).read("frames/1")


def test_an_object_that_is_larger_than_any_is_not_fetched(once: None) -> None:
    headers = {"Content-Length": str(2**40), "ETag": '"x"', "Last-Modified": "Mon, 12 Jan 2026 10:00:00 GMT"}
    with hubs.answering(200, headers=headers, body=b"x") as port, pytest.raises(HubRefused, match="it is not ours"):
        Bucket(at(port)).read("frames/1")


@pytest.mark.parametrize("key", ["events//x", "events/../x", "events/./x"])
def test_an_object_that_cannot_be_listed_is_told_by_its_name(once: None, key: str) -> None:
    told = (
        f"<Contents><Key>hub/{key}</Key><LastModified>2026-01-12T10:00:00.000Z</LastModified><Size>1</Size></Contents>"
    )
    body = f"<ListBucketResult><IsTruncated>false</IsTruncated>{told}</ListBucketResult>".encode()
    with (
        hubs.answering(200, body=body) as port,
        pytest.raises(HubRefused, match="no name that can be listed") as raised,
    ):
        list(Bucket(at(port)).list("events"))
    assert key in str(raised.value)


def test_a_large_object_is_put_in_one_request(once: None) -> None:
    """One in parts may stay there in parts; and this server knows nothing of parts."""
    with hubs.answering(200, headers={"Content-Length": "0", "ETag": '"x"'}) as port:
        Bucket(at(port)).replace("releases/1", bytes(6 * 2**20))
        assert Bucket(at(port)).add("releases/2", bytes(6 * 2**20)) is True


def test_a_request_that_comes_late_does_not_land_over_what_was_put_since(
    once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was given up, and its bytes were changed on the way; meanwhile another came, and was read back."""
    with hubs.s3() as server:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.said["key"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", server.said["secret"])
        late, store = Bucket(at(server.port)), Bucket(at(server.port))
        store.add("frames/1", b"torn")
        put = late._obstore.put

        def hold_up(*request: object, **how: object) -> None:
            monkeypatch.undo()
            store.replace("frames/1", b"whole")
            put(*request, **how)

        monkeypatch.setattr(late._obstore, "put", hold_up)
        late.replace("frames/1", b"changed on the way")
        assert store.read("frames/1") == b"whole"


def test_what_is_gone_when_it_is_to_be_replaced_is_put(once: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with hubs.s3() as server:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.said["key"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", server.said["secret"])
        store = Bucket(at(server.port))
        store.add("frames/1", b"torn")
        put = store._obstore.put

        def vanish(*request: object, **how: object) -> None:
            monkeypatch.undo()
            store._obstore.delete(store._reader, "frames/1")
            put(*request, **how)

        monkeypatch.setattr(store._obstore, "put", vanish)
        store.replace("frames/1", b"whole")
        assert store.read("frames/1") == b"whole"


def test_how_long_is_waited_follows_how_much_is_put(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    connected = Bucket._connected
    monkeypatch.setattr(
        Bucket, "_connected", lambda self, most_s, **more: waits.append(most_s) or connected(self, most_s)
    )
    store = Bucket("s3://fleet")
    waits.clear()
    sizes = (0, 1, 65_535, 65_536, 2**20, 2**20, 5 * 2**20)
    for size in sizes:
        store._writer(bytes(size))
    assert len(waits) == 4, "those of like size share their connections"
    assert sorted(waits) == waits
    for size, wait in ((65_535, waits[0]), (65_536, waits[1]), (2**20, waits[2]), (5 * 2**20, waits[3])):
        assert size / buckets._SLOWEST_BYTES_S <= wait - buckets.STALLED_S <= 2 * size / buckets._SLOWEST_BYTES_S + 4


def test_a_bucket_without_obstore_says_how_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(ExtraMissing, match=r"obstore is not installed: pip install 'edge_brain\[s3\]'"):
        open_store("s3://fleet/hub")


def test_a_hub_in_a_folder_or_on_webdav_loads_no_obstore(
    run: Callable[..., subprocess.CompletedProcess[str]], tmp_path
) -> None:
    program = (
        "import sys\nfrom edge_brain.sync.stores import open_store\nfrom edge_brain.sync.stores import webdav\n"
        "open_store(sys.argv[1], create=True)\nprint(*sys.modules)"
    )
    loaded = set(run(program, tmp_path / "hub").stdout.split())
    assert (tmp_path / "hub" / MARKER).exists()
    assert not loaded & {"obstore", "numpy", "PIL", "cv2", "sqlite3", "click"}


def test_a_missing_object_is_told_from_a_missing_bucket(once: None) -> None:
    for code, error in ((b"NoSuchKey", StoreMissing), (b"NoSuchBucket", HubRefused)):
        with hubs.answering(404, body=b"<Error><Code>" + code + b"</Code></Error>") as port, pytest.raises(error):
            Bucket(at(port)).read("frames/1")
