"""What every store promises, wherever the objects lie: one suite for all, on real disks and real servers."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import hubs
import pytest
from mounts import stick
from tally import Missing

from edge_brain import BadInput, HubRefused, HubUnreachable, StoreMissing, clock
from edge_brain.sync import marker
from edge_brain.sync.stores import Item, Store, buckets, dav, open_store
from edge_brain.sync.stores.doubles import Flaky, Lying, Memory
from edge_brain.sync.stores.store import MARKER, MOST_BYTES
from edge_brain.sync.stores.throttled import Throttled

pytestmark = pytest.mark.usefixtures("once")  # no runtime is asked for here

REPOSITORY = Path(__file__).resolve().parent.parent.parent
LONG_S = 60.0  # an upper guard on a slow machine, never what is measured
BIG = bytes(range(256)) * (5 * 2**12)  # 5 MiB
SEGMENT = "events/0123456789abcdef/000000000001-000000000002-" + "ab" * 24 + ".jsonl.gz"  # as long as a name may be
ADDER = """
import sys
from edge_brain.sync.stores import open_store
store = open_store(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(*(int(store.add(f"frames/ab/{number:02}.jpg", sys.argv[2].encode() * 5_000)) for number in range(20)))
"""


@dataclass
class Rig:
    """A hub under test: how it is opened, and what is known of it."""

    kind: str
    open: Callable[[], Store]
    location: str = ""  # "" for one in memory
    opened: list[Store] = field(default_factory=list)


@pytest.fixture(scope="session")
def s3(once: None) -> Iterator[hubs.Program]:
    with hubs.s3() as program:
        yield program


@pytest.fixture(scope="session")
def webdav(once: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[hubs.Program]:
    with hubs.webdav(tmp_path_factory.mktemp("webdav")) as program:
        yield program


def plugged(kind: str) -> Callable[..., Iterator[Path]]:
    @pytest.fixture(scope="session", name=kind)
    def plug(once: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
        place = tmp_path_factory.mktemp(kind)
        try:
            with stick(place / "stick", kind, place / "image") as folder:
                yield folder
        except Missing as missing:
            pytest.skip(f"A HUB ON {kind} WAS NOT TRIED: {missing}")

    return plug


fat, exfat = plugged("fat"), plugged("exfat")


def location_of(kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return where there is room for a new hub."""
    if kind == "folder":
        return str(tmp_path / "hub")
    where = request.getfixturevalue(kind)
    if kind == "s3":
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", where.said["key"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", where.said["secret"])
        return f"s3://hubs/{uuid.uuid4().hex}/hub?endpoint=http://127.0.0.1:{where.port}"
    if kind == "webdav":
        return f"http://ann:hu%2Fsh@127.0.0.1:{where.port}/{uuid.uuid4().hex}"
    return str(where / uuid.uuid4().hex)


@pytest.fixture
def rig(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    kind = request.param
    if kind in IN_MEMORY:
        memory = Memory()
        marker.make(memory)
        rig = Rig(kind, lambda: IN_MEMORY[kind](memory))
    else:
        location = location_of(kind, request, tmp_path, monkeypatch)
        rig = Rig(kind, lambda: open_store(location, create=True), location)
    yield rig
    for store in rig.opened:
        store.close()


@pytest.fixture
def store(rig: Rig) -> Store:
    """A hub with nothing in it but its marker."""
    rig.opened.append(rig.open())
    return rig.opened[-1]


IN_MEMORY: dict[str, Callable[[Memory], Store]] = {
    "memory": lambda memory: memory,
    "throttled": lambda memory: Throttled(memory, 1e12),
    "flaky, mended": lambda memory: Flaky(memory, 1, rate=0),
    "lying, honest": lambda memory: Lying(memory, 1, rate=0),
}
DISKS, SERVERS = ("folder", "fat", "exfat"), ("s3", "webdav")
# the program that reads FAT where the kernel does not gives zeros to several who read at once
AT_ONCE = ("folder", "exfat", *SERVERS)
ALL = (*IN_MEMORY, *DISKS, *SERVERS)


def of(*kinds: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("rig", kinds, indirect=True)


def listed(store: Store, folder: str = "") -> dict[str, int]:
    """Return what is listed, which is nothing twice, but for the marker."""
    items = list(store.list(folder))
    names = [item.name for item in items]
    assert len(names) == len(set(names)), "each once"
    return {item.name: item.size_bytes for item in items if item.name != MARKER}


# ── bytes in, bytes out ─────────────────────────────────────────────────────────────────────────


@of(*ALL)
def test_bytes_come_back_as_they_were_put_and_what_is_not_there_is_missing(store: Store) -> None:
    for name, data in {
        "frames/ab/abcd.jpg": b"a\x00b\r\n\xff",
        SEGMENT: b"",
        "releases/00000001-ab.brain": BIG,
    }.items():
        assert store.size(name) is None
        with pytest.raises(StoreMissing, match=name):
            store.read(name)
        assert store.add(name, data) is True
        assert store.size(name) == len(data)
        assert store.read(name) == data
    assert store.size("frames") is None, "a folder is no object"
    with pytest.raises(KeyError):
        store.read("frames/ab/abce.jpg")


@of(*ALL)
def test_what_stands_is_left_by_an_add_and_changed_by_a_replace(store: Store) -> None:
    assert store.add("frames/ab/abcd.jpg", b"first") is True
    for data in (b"first", b"other", b"longer than it was", b""):
        assert store.add("frames/ab/abcd.jpg", data) is False
        assert store.read("frames/ab/abcd.jpg") == b"first"
    for data in (b"longer than it was", b"", b"short"):
        store.replace("frames/ab/abcd.jpg", data)
        assert store.read("frames/ab/abcd.jpg") == data
        assert listed(store) == {"frames/ab/abcd.jpg": len(data)}
    store.replace("frames/ab/new.jpg", b"new")
    assert store.read("frames/ab/new.jpg") == b"new"


@of(*ALL)
def test_another_opening_sees_what_was_put(rig: Rig, store: Store) -> None:
    store.add("codes/0123456789abcdef/1", b"codes")
    store.close()
    store.close()
    with closing(rig.open()) as other:
        assert other.read("codes/0123456789abcdef/1") == b"codes"
        assert other.add("codes/0123456789abcdef/1", b"others") is False
        assert listed(other) == {"codes/0123456789abcdef/1": 5}


LEGAL = [
    "a", "edge_brain.json", "a-b_c.d/e.f", "a.b-c", "a..b", "0/1/2/3/4/5", "a--b", "a__b", "abcdefghijkl.jsonl.gz",
    "nul", "con.txt", "ab" * 60, "lib-0a/" + "x" * 113,
]  # fmt: skip
ILLEGAL = [
    "", "/", "a/", "/a", "a//b", "..", "../a", "a/../b", ".", ".a", "a/.new-b", "a.", "a./b", "A", "frames/AB/x", "a b",
    "a\n", "a\0", "ä", "a*", "a?b", "a:b", "a\\b", "-a", "_a", "a%2fb", "x" * 121, "a/" + "x" * 119,
]  # fmt: skip


@of(*ALL)
def test_every_legal_name_can_be_put_and_is_listed_as_it_was_put(store: Store) -> None:
    for name in LEGAL:
        if name != "a":  # which is a folder of others
            assert store.add(name, name.encode()) is True, name
    assert listed(store) == {name: len(name) for name in LEGAL if name != "a"}
    for name in LEGAL[1:]:
        assert store.read(name) == name.encode()


@of(*ALL)
def test_a_name_that_no_hub_holds_is_refused_whatever_is_asked(store: Store) -> None:
    for name in ILLEGAL:
        for ask in (
            lambda name=name: store.add(name, b"x"), lambda name=name: store.replace(name, b"x"),
            lambda name=name: store.read(name), lambda name=name: store.size(name),
        ):  # fmt: skip
            with pytest.raises(BadInput, match="no name of an object"):
                ask()
    for folder in ("/", "..", "A", "a//"):
        with pytest.raises(BadInput):
            list(store.list(folder))
    assert listed(store) == {}


@of("memory", "folder")
def test_more_bytes_than_an_object_has_are_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_BYTES == 128 * 2**20
    monkeypatch.setattr("edge_brain.sync.stores.store.MOST_BYTES", 100)
    for put in (store.add, store.replace):
        with pytest.raises(BadInput, match="at most 100"):
            put("a", b"1" * 101)
    assert store.size("a") is None


# ── what is listed ──────────────────────────────────────────────────────────────────────────────


@of(*ALL)
def test_a_listing_holds_all_below_a_folder_and_nothing_beside_it(store: Store) -> None:
    objects = {
        "events/one/1": b"1",
        "events/one/2": b"22",
        "events/two/1": b"333",
        "events/3": b"",
        "eventsandmore/1": b"",
    }
    for name, data in objects.items():
        store.add(name, data)
    assert listed(store) == {name: len(data) for name, data in objects.items()}
    for folder in ("events", "events/"):
        assert listed(store, folder) == {
            name: len(data) for name, data in objects.items() if name.startswith("events/")
        }
    assert listed(store, "events/one") == {"events/one/1": 1, "events/one/2": 2}
    assert listed(store, "frames") == listed(store, "events/none/at/all") == {}
    assert list(store.list("events/two/")) == [Item("events/two/1", 3)]


@of(*ALL)
def test_a_hub_of_which_nothing_was_made_yet_lists_its_marker_alone(store: Store) -> None:
    assert [item.name for item in store.list("")] == [MARKER]
    assert list(store.list("events")) == []


@of(*ALL)
def test_a_listing_is_complete_for_more_objects_than_a_server_lists_at_once(rig: Rig, store: Store) -> None:
    count = 150 if rig.kind in ("fat", "exfat") else 1_050  # a disk lists at once; these are slow
    names = {f"codes/{number % 3}/{number:04}" for number in range(count)}
    with ThreadPoolExecutor(4 if rig.kind in SERVERS else 1) as several:
        assert all(several.map(lambda name: store.add(name, name[-4:].encode()), sorted(names)))
    assert listed(store, "codes") == dict.fromkeys(names, 4)
    assert len(listed(store, "codes/1")) == count // 3


# ── several at once ─────────────────────────────────────────────────────────────────────────────


@of(*IN_MEMORY, *AT_ONCE)
def test_of_several_threads_that_add_one_name_one_has_it_whole(rig: Rig, store: Store) -> None:
    given = [bytes([65 + number]) * 1_000 * (number + 1) for number in range(8)]
    with ThreadPoolExecutor(8) as several:
        for turn in range(12):
            added = list(several.map(lambda data, turn=turn: store.add(f"frames/{turn}", data), given))
            assert added.count(True) == 1 or (rig.kind == "webdav" and any(added)), "see what `webdav` says of this"
            assert store.read(f"frames/{turn}") in [data for data, won in zip(given, added, strict=True) if won]
    assert len(listed(store)) == 12


@of(*AT_ONCE)
def test_of_two_processes_that_add_the_same_names_each_is_had_by_one_whole(rig: Rig, store: Store) -> None:
    command = [sys.executable, "-c", ADDER, rig.location]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": REPOSITORY}
    with (
        subprocess.Popen([*command, "A"], **pipes) as one,  # type: ignore[call-overload]
        subprocess.Popen([*command, "B"], **pipes) as other,  # type: ignore[call-overload]
    ):
        assert (one.stdout.readline(), other.stdout.readline()) == ("ready\n", "ready\n")
        for process in (one, other):
            process.stdin.write("go\n")
            process.stdin.flush()
        ones, others = one.stdout.read().split(), other.stdout.read().split()
    assert len(ones) == len(others) == 20
    for number, pair in enumerate(zip(ones, others, strict=True)):
        assert sorted(pair) == ["0", "1"] or (rig.kind == "webdav" and pair == ("1", "1"))
        assert store.read(f"frames/ab/{number:02}.jpg") in [
            data * 5_000 for data, won in zip((b"A", b"B"), pair, strict=True) if won == "1"
        ]
    assert len(listed(store)) == 20


def opened_at_last(rig: Rig) -> Store:
    """Open a hub as sync does: where a server stumbles over others it is asked again."""
    for _ in range(5):
        try:
            return rig.open()
        except HubUnreachable:
            assert rig.kind == "webdav"
    return rig.open()


@of(*AT_ONCE)
def test_of_several_who_make_a_hub_at_once_all_end_with_one(rig: Rig) -> None:
    with ThreadPoolExecutor(6) as several:
        rig.opened += several.map(lambda _: opened_at_last(rig), range(6))
    assert len({marker.find(store) for store in rig.opened}) == 1
    assert all(listed(store) == {} for store in rig.opened)


# ── what is a hub ───────────────────────────────────────────────────────────────────────────────


@of(*DISKS, *SERVERS)
def test_a_place_without_a_marker_is_no_hub_until_one_is_made(rig: Rig) -> None:
    with pytest.raises((HubRefused, HubUnreachable), match=r"there is no hub at|is not there"):
        open_store(rig.location)
    made = rig.open()
    rig.opened.append(made)
    with closing(open_store(rig.location)) as found:
        assert marker.find(found) == marker.find(made) == marker.make(found)


@of(*DISKS, *SERVERS)
@pytest.mark.parametrize(
    "said",
    [b"", b"{", b"[]", b"7", b"\xff\xfe", b'{"format": 1}', b'{"format": 0, "hub": "", "made_at": ""}',
     b'{"format": 1, "hub": "' + b"F" * 32 + b'", "made_at": ""}', b"[" * 100_000],
    ids=["empty", "torn", "a list", "a number", "no text", "no hub", "format 0", "no id", "deep"],
)  # fmt: skip
def test_a_marker_that_is_damaged_is_told_and_stays(rig: Rig, store: Store, said: bytes) -> None:
    store.replace(MARKER, said)
    for create in (False, True):
        with pytest.raises(HubRefused, match=f"{MARKER} in .* is damaged"):
            open_store(rig.location, create=create)


@of("folder", "s3")
def test_a_hub_of_a_later_edge_brain_is_refused(rig: Rig, store: Store) -> None:
    from edge_brain import BrainTooNew

    store.replace(MARKER, b'{"format": 2, "what": "we do not know yet"}')
    for create in (False, True):
        with pytest.raises(BrainTooNew, match=r"of format 2, this edge_brain knows up to 1"):
            open_store(rig.location, create=create)


# ── what an error means ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a server for more than half a second, or asks it twice."""
    monkeypatch.setattr(buckets, "_RETRIES", 0)
    monkeypatch.setattr(buckets, "STALLED_S", 0.5)
    monkeypatch.setattr(buckets, "_SLOWEST_BYTES_S", 2**20)
    monkeypatch.setattr(dav, "STALLED_S", 0.5)


def asks(store: Store) -> list[Callable[[], object]]:
    return [
        lambda: store.read("frames/ab/1.jpg"), lambda: store.size("frames/ab/1.jpg"),
        lambda: list(store.list("frames")), lambda: store.add("frames/ab/2.jpg", b"2" * 100_000),
        lambda: store.replace("frames/ab/1.jpg", b"2"),
    ]  # fmt: skip


def every_one_raises(store: Store, error: type[Exception], match: str) -> None:
    begun = clock.elapsed()
    for ask in asks(store):
        with pytest.raises(error, match=match) as raised:
            ask()
        assert not any(secret in str(raised.value) for secret in ("hush", "hu/sh", "hu%2Fsh", "ann:", "AKIA"))
    assert clock.elapsed() - begun < LONG_S


@pytest.fixture(params=SERVERS)
def served(
    request: pytest.FixtureRequest, once: None, impatient: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[hubs.Program, Store]]:
    """A server of its own, and a hub on it with an object."""
    with hubs.s3() if request.param == "s3" else hubs.webdav(tmp_path) as program:
        if request.param == "s3":
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", program.said["key"])
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", program.said["secret"])
            location = f"s3://hubs/hub?endpoint=http://127.0.0.1:{program.port}"
        else:
            location = f"http://ann:hu%2Fsh@127.0.0.1:{program.port}/hub"
        with closing(open_store(location, create=True)) as store:
            assert store.add("frames/ab/1.jpg", b"1")
            yield program, store


def test_a_server_that_stalls_or_is_gone_is_unreachable_before_long_and_heals(
    served: tuple[hubs.Program, Store],
) -> None:
    program, store = served
    program.stall()
    every_one_raises(store, HubUnreachable, "does not answer: it took too long")
    program.go_on()
    assert store.read("frames/ab/1.jpg") in (b"1", b"2"), "a replace that stalled may have come to pass"
    assert listed(store, "frames")["frames/ab/1.jpg"] == 1
    program.kill()
    every_one_raises(store, HubUnreachable, "does not answer")


@pytest.mark.parametrize(("status", "error"), [
    (503, HubUnreachable), (500, HubUnreachable), (429, HubUnreachable), (403, HubRefused), (401, HubRefused),
    (400, HubRefused), (507, HubRefused),
])  # fmt: skip
@pytest.mark.parametrize("kind", SERVERS)
def test_what_a_server_says_is_passing_or_permanent(
    kind: str, status: int, error: type[Exception], impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    with hubs.answering(status) as port:
        location = f"http://ann:hush@127.0.0.1:{port}/hub"
        if kind == "s3":
            location = f"s3://hubs/hub?endpoint=http://127.0.0.1:{port}"
        with pytest.raises(error):
            open_store(location)
        with closing(buckets.Bucket(location) if kind == "s3" else webdav_hub(location)) as store:
            every_one_raises(store, error, str(status))


def webdav_hub(location: str) -> Store:
    from edge_brain.sync.stores.webdav import WebDav

    store = WebDav(location)
    store._is_hub = True
    return store


@of("s3", "webdav")
def test_wrong_keys_are_refused(rig: Rig, store: Store, impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add("frames/ab/1.jpg", b"1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    location = rig.location.replace("hu%2Fsh", "hush")
    for create in (False, True):
        with pytest.raises(HubRefused, match=r"refused: 40[13]"):
            open_store(location, create=create)
    with closing(buckets.Bucket(location) if rig.kind == "s3" else webdav_hub(location)) as stranger:
        every_one_raises(stranger, HubRefused, r"refused: 40[13]")
    assert listed(store) == {"frames/ab/1.jpg": 1}


@of("s3")
def test_a_bucket_that_is_not_there_is_refused(rig: Rig, impatient: None) -> None:
    for create in (False, True):
        with pytest.raises(HubRefused, match="there is no such bucket"):
            open_store(rig.location.replace("://hubs", "://no-such-hubs"), create=create)


@of("s3")
def test_a_bucket_without_keys_is_refused(rig: Rig, impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:9")  # what a machine of the cloud would ask
    with pytest.raises(HubRefused, match="needs keys, and there are none: set AWS_ACCESS_KEY_ID"):
        open_store(rig.location)
