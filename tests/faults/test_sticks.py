"""A stick that is pulled out in the midst, full or read-only: told clearly, and nothing comes to lie in its place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from mounts import break_off, fill, image_disk, make_image, memory_disk, mend, pull_out, remount, stick
from tally import Missing

from edge_brain import HubFull, HubRefused, HubUnreachable
from edge_brain.sync.stores import Store, open_store
from edge_brain.sync.stores.store import MARKER

KINDS = ("ext4", "fat", "exfat")


class Plugged:
    """A stick with a hub on it, of 30 objects."""

    def __init__(self, kind: str, place: Path) -> None:
        self.kind, self.folder, self.image = kind, place / "stick", place / "image"
        if kind == "ext4":
            make_image(self.image)
        self._mounted = ExitStack()
        self.plug_in()
        self.store = open_store(str(self.folder / "hub"), create=True)
        for number in range(30):
            self.store.add(f"frames/{number % 3}/{number}.jpg", b"%d" % number)

    def plug_in(self) -> None:
        if self.kind == "ext4":
            self._mounted.enter_context(image_disk(self.folder, self.image))
        else:
            self._mounted.enter_context(stick(self.folder, self.kind, self.image))

    def close(self) -> None:
        self._mounted.close()


@pytest.fixture(params=KINDS)
def plugged(request: pytest.FixtureRequest, once: None, tmp_path: Path) -> Iterator[Plugged]:
    try:
        plugged = Plugged(request.param, tmp_path)
    except Missing as missing:
        pytest.skip(f"A STICK WITH {request.param} WAS NOT TRIED: {missing}")
    yield plugged
    plugged.close()


def pull(plugged: Plugged, *, noticed: bool) -> None:
    try:
        pull_out(plugged.folder, noticed=noticed)
    except Missing as missing:
        pytest.skip(f"PULLING OUT A STICK WAS NOT TRIED: {missing}")


def every_call_is_unreachable(store: Store) -> None:
    for ask in (
        lambda: store.add("frames/0/new.jpg", b"new"), lambda: store.add("codes/0/1", b"new"),
        lambda: store.replace("frames/0/0.jpg", b"new"), lambda: store.read("frames/0/0.jpg"),
        lambda: store.read("frames/0/none.jpg"), lambda: store.size("frames/0/none.jpg"),
        lambda: list(store.list("frames")), lambda: list(store.list("codes")), lambda: list(store.list("")),
    ):  # fmt: skip
        with pytest.raises(HubUnreachable):
            ask()


@pytest.mark.parametrize("noticed", [False, True], ids=["the system has not noticed", "and is unmounted"])
def test_a_stick_that_is_pulled_out_is_unreachable_and_nothing_lies_in_its_place(
    plugged: Plugged, noticed: bool
) -> None:
    pull(plugged, noticed=noticed)
    every_call_is_unreachable(plugged.store)
    if noticed:
        assert list(plugged.folder.iterdir()) == []
        (plugged.folder / "hub").mkdir()
        every_call_is_unreachable(plugged.store)
        assert list((plugged.folder / "hub").iterdir()) == []


def test_a_listing_does_not_end_short_when_the_stick_is_pulled_out_meanwhile(plugged: Plugged) -> None:
    listing = plugged.store.list("")
    first = next(listing)
    assert first.size_bytes > 0
    pull(plugged, noticed=False)
    with pytest.raises(HubUnreachable):
        list(listing)


def test_what_was_put_is_there_when_the_stick_is_plugged_in_again(plugged: Plugged) -> None:
    assert plugged.store.add("codes/0/1", b"codes")
    pull(plugged, noticed=True)
    if plugged.kind == "ext4":
        plugged.close()
        mend(plugged.image)
    plugged.plug_in()
    store = open_store(str(plugged.folder / "hub"))
    assert store.read("codes/0/1") == b"codes"
    assert {item.name for item in store.list("frames")} == {f"frames/{n % 3}/{n}.jpg" for n in range(30)}
    assert all(store.read(f"frames/{n % 3}/{n}.jpg") == b"%d" % n for n in range(30))


@pytest.mark.parametrize("plugged", ["ext4"], indirect=True)
def test_a_stick_that_is_read_only_is_read_and_refuses_what_is_put(plugged: Plugged) -> None:
    remount(plugged.folder, "ro")
    for store in (plugged.store, open_store(str(plugged.folder / "hub"))):
        assert store.read("frames/0/0.jpg") == b"0" and len(list(store.list("frames"))) == 30
        for put in (store.add, store.replace):
            with pytest.raises(HubRefused, match="Read-only"):
                put("frames/0/new.jpg", b"new")
        assert store.add("frames/0/0.jpg", b"other") is False
    with pytest.raises(HubRefused, match="Read-only"):
        open_store(str(plugged.folder / "another"), create=True)
    remount(plugged.folder, "rw")
    assert plugged.store.add("frames/0/new.jpg", b"new")


@pytest.mark.parametrize("plugged", ["ext4"], indirect=True)
def test_a_stick_that_breaks_refuses_and_keeps_what_it_has(plugged: Plugged) -> None:
    try:
        break_off(plugged.image)
    except Missing as missing:
        pytest.skip(f"A STICK THAT BREAKS WAS NOT TRIED: {missing}")
    for put in (plugged.store.add, plugged.store.replace):
        with pytest.raises((HubRefused, HubUnreachable)):
            put("frames/0/new.jpg", b"new")
    assert plugged.store.read("frames/0/0.jpg") == b"0"
    plugged.close()
    mend(plugged.image)


# the program that reads FAT where the kernel does not has no way to say how full it is
@pytest.mark.parametrize("plugged", ["ext4", "exfat"], indirect=True)
def test_a_full_stick_refuses_whole_objects_and_takes_them_when_there_is_room(plugged: Plugged) -> None:
    filler = fill(plugged.folder, 100_000)
    with pytest.raises(HubFull, match=r"is full .*free some space"):
        for number in range(100):
            plugged.store.add(f"codes/0/{number}", bytes(60_000))
    for item in plugged.store.list("codes"):
        assert plugged.store.read(item.name) == bytes(60_000)
    assert not [path for path in (plugged.folder / "hub").iterdir() if path.name.startswith(".")]
    filler.unlink()
    assert plugged.store.add("codes/0/later", bytes(60_000))
    assert plugged.store.read("codes/0/later") == bytes(60_000)


def test_a_hub_that_was_made_on_a_full_disk_is_none(once: None, tmp_path: Path) -> None:
    try:
        with memory_disk(tmp_path / "disk", 2**20) as disk:
            (disk / "hub").mkdir()
            filler = fill(disk)
            with pytest.raises(HubFull):
                open_store(str(disk / "hub"), create=True)
            assert not (disk / "hub" / MARKER).exists()
            filler.unlink()
            assert open_store(str(disk / "hub"), create=True).add("frames/0/1.jpg", b"1")
    except Missing as missing:
        pytest.skip(f"A FULL DISK WAS NOT TRIED: {missing}")
