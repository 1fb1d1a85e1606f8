"""A hub in a folder: what becomes of it when a writer is killed, and where no hub is made."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_brain import HubFull, HubRefused, HubUnreachable, StoreMissing, clock, files, naming
from edge_brain.sync import marker
from edge_brain.sync.stores import Store, mounts, open_store
from edge_brain.sync.stores.folder import Folder
from edge_brain.sync.stores.store import MARKER

pytestmark = pytest.mark.usefixtures("once")  # no runtime is asked for here

WRITER = """
import os, signal, sys
from pathlib import Path
from edge_brain.sync.stores import open_store

left = int(sys.argv[2])

def deadly(owner, name):
    original = getattr(owner, name)
    def call(*arguments, **options):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments, **options)
    setattr(owner, name, call)

store = open_store(sys.argv[1])
for owner, name in ((os, "fsync"), (os, "link"), (os, "open"), (os, "unlink"), (Path, "rename"), (Path, "mkdir")):
    deadly(owner, name)
print(store.add("frames/ab/new.jpg", b"new" * 1000), flush=True)
store.replace("frames/ab/old.jpg", b"changed" * 1000)
print("replaced", flush=True)
"""


@pytest.fixture
def hub(tmp_path: Path) -> Store:
    store = open_store(str(tmp_path / "hub"), create=True)
    store.add("frames/ab/old.jpg", b"old" * 1000)
    return store


def left_over(folder: Path) -> list[Path]:
    return list(folder.rglob(".*"))


# ── whole or not at all ─────────────────────────────────────────────────────────────────────────


def test_a_writer_that_is_killed_at_any_moment_leaves_every_object_whole(
    once: None, hub: Store, tmp_path: Path
) -> None:
    folder, deaths, remains = tmp_path / "hub", 0, 0
    for moment in range(1, 100):
        command = [sys.executable, "-c", WRITER, str(folder), str(moment)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).resolve().parent.parent)
        deaths += done.returncode == -9
        said = done.stdout.split()
        assert hub.read("frames/ab/old.jpg") in ([] if "replaced" in said else [b"old" * 1000]) + [b"changed" * 1000]
        whole = {MARKER, "frames/ab/old.jpg", "frames/ab/new.jpg"}
        names = {item.name for item in hub.list("")}
        assert names == whole if "True" in said else whole - {"frames/ab/new.jpg"} <= names <= whole
        if "frames/ab/new.jpg" in names:
            assert hub.read("frames/ab/new.jpg") == b"new" * 1000
            (folder / "frames" / "ab" / "new.jpg").unlink()
        remains += len(left_over(folder))
        for path in left_over(folder):
            path.unlink()
        hub.replace("frames/ab/old.jpg", b"old" * 1000)
        if done.returncode == 0:
            break
        assert done.returncode == -9, done.stderr
    assert (done.stdout.split(), done.stderr) == (["True", "replaced"], "")
    assert deaths > 12 and remains > 3


def test_what_killed_writers_have_left_is_swept_when_it_is_old_and_nobody_holds_it(hub: Store, tmp_path: Path) -> None:
    folder = tmp_path / "hub"
    old, young = folder / ".new-old", folder / ".new-young"
    for path in (old, young):
        path.write_bytes(b"half of")
    os.utime(old, (clock.now() - 7200,) * 2)
    with files.unborn(folder) as held:
        os.utime(held, (clock.now() - 7200,) * 2)
        assert {item.name for item in hub.list("")} == {MARKER, "frames/ab/old.jpg"}, "nothing unfinished is listed"
        open_store(str(folder)).read("frames/ab/old.jpg")
        assert set(left_over(folder)) == {old, young, held}, "who reads changes nothing"
        open_store(str(folder)).add("frames/ab/1.jpg", b"1")
        assert set(left_over(folder)) == {young, held}


def test_an_object_is_synced_before_it_has_its_name_and_its_folder_after(
    hub: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []

    def listen(name: str, told: Callable[..., str]) -> None:
        original = getattr(os, name)

        def call(*arguments: object, **options: object) -> object:
            heard.append(told(*arguments))
            return original(*arguments, **options)

        monkeypatch.setattr(os, name, call)

    listen("fsync", lambda handle: f"sync {Path(f'/proc/self/fd/{handle}').readlink().name[:5]}")
    listen("link", lambda _, target: f"name {target.name}")
    hub.add("codes/1", b"1")
    assert heard == ["sync hub", "sync .new-", "name 1", "sync codes"]


def test_a_file_system_without_links_and_without_such_renames_holds_whole_objects_too(
    hub: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)
    for known in (True, False):
        if not known:
            monkeypatch.setattr(naming, "_renamed_first", lambda *_: False)
        for data in (b"first", b"other"):
            assert hub.add(f"frames/ab/{known}.jpg".lower(), data) is (data == b"first")
            assert hub.read(f"frames/ab/{known}.jpg".lower()) == b"first"
    assert len(list(hub.list("frames"))) == 3


def test_an_object_that_a_power_cut_has_torn_is_told_by_its_bytes_and_mended_by_a_replace(
    hub: Store, tmp_path: Path
) -> None:
    (tmp_path / "hub" / "frames" / "ab" / "torn.jpg").write_bytes(b"")
    assert hub.size("frames/ab/torn.jpg") == 0
    assert hub.add("frames/ab/torn.jpg", b"whole") is False
    assert hub.read("frames/ab/torn.jpg") == b""
    hub.replace("frames/ab/torn.jpg", b"whole")
    assert hub.read("frames/ab/torn.jpg") == b"whole"


# ── what is not ours ────────────────────────────────────────────────────────────────────────────


def test_what_others_have_laid_there_is_not_listed_and_nothing_leads_outside(hub: Store, tmp_path: Path) -> None:
    folder, outside = tmp_path / "hub", tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    for name in ("Thumbs.db", "._1.jpg", ".hidden", "System Volume Information/x", "a b"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")
    (folder / "frames" / "ab" / "link.jpg").symlink_to(outside / "secret")
    (folder / "frames" / "cd").symlink_to(outside)
    os.mkfifo(folder / "frames" / "ab" / "pipe")
    assert {item.name for item in hub.list("")} == {MARKER, "frames/ab/old.jpg"}
    with pytest.raises(StoreMissing):
        hub.read("frames/ab/pipe")
    for ask in (
        lambda: hub.read("frames/ab/link.jpg"), lambda: hub.read("frames/cd/secret"),
        lambda: hub.size("frames/cd/secret"), lambda: hub.add("frames/cd/new", b"x"),
        lambda: hub.replace("frames/cd/secret", b"x"), lambda: list(hub.list("frames/cd")),
        lambda: list(hub.list("frames/cd/e")),
    ):  # fmt: skip
        with pytest.raises(HubRefused):
            ask()
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == {"secret": b"secret"}


def test_a_marker_that_is_a_pipe_makes_nobody_wait(tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    os.mkfifo(tmp_path / "hub" / MARKER)
    with pytest.raises(HubRefused, match="there is no hub"):
        open_store(str(tmp_path / "hub"))


# ── the right place ─────────────────────────────────────────────────────────────────────────────


def test_nothing_is_put_where_no_marker_stands(hub: Store, tmp_path: Path) -> None:
    """As when a stick is pulled out: what lies under its mount point is a folder, too."""
    folder = tmp_path / "hub"
    folder.rename(tmp_path / "pulled out")
    for create in (False, True):
        with pytest.raises(HubUnreachable, match="is not there"):
            open_store(str(folder / "deeper" / "hub"), create=create)
    for stands in (False, True):
        if stands:
            folder.mkdir()
        for ask in (
            lambda: hub.add("frames/ab/new.jpg", b"x"), lambda: hub.replace("frames/ab/old.jpg", b"x"),
            lambda: hub.read("frames/ab/old.jpg"), lambda: hub.size("frames/ab/old.jpg"), lambda: list(hub.list("")),
        ):  # fmt: skip
            with pytest.raises(HubUnreachable):
                ask()
    assert list(folder.iterdir()) == []
    folder.rmdir()
    (tmp_path / "pulled out").rename(folder)
    assert hub.read("frames/ab/old.jpg") == b"old" * 1000


def test_a_folder_in_which_no_hub_was_made_holds_nothing_but_a_marker(tmp_path: Path) -> None:
    store = Folder(str(tmp_path))
    for ask in (
        lambda: store.add("frames/1", b"x"), lambda: store.replace("frames/1", b"x"), lambda: store.read("frames/1"),
        lambda: store.size("frames/1"), lambda: list(store.list("frames")),
    ):  # fmt: skip
        with pytest.raises(HubRefused, match="there is no hub"):
            ask()
    assert list(tmp_path.iterdir()) == []
    made = marker.make(store)
    assert store.add("frames/1", b"x") and marker.find(open_store(str(tmp_path))) == made


def test_another_hub_in_the_place_of_the_first_is_not_taken_for_it(hub: Store, tmp_path: Path) -> None:
    (tmp_path / "hub").rename(tmp_path / "pulled out")
    other = open_store(str(tmp_path / "hub"), create=True)
    with pytest.raises(HubUnreachable, match="not the hub that it was"):
        hub.add("frames/ab/new.jpg", b"x")
    assert [item.name for item in other.list("")] == [MARKER]


@pytest.mark.parametrize("empty", [True, False], ids=["an empty folder", "no folder"])
def test_no_hub_is_made_where_sticks_appear_and_none_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty: bool
) -> None:
    monkeypatch.setattr(mounts, "_BESIDE", (f"{tmp_path}/media/*", f"{tmp_path}/media/*/*"))
    stick = tmp_path / "media" / "pi" / "STICK"
    stick.mkdir(parents=True)
    if not empty:
        stick.rmdir()
    for place in (stick, stick / "hub"):
        for create in (False, True):
            with pytest.raises(HubUnreachable, match=r"nothing is mounted at .*/media/pi|is not there"):
                open_store(str(place), create=create)
    assert not list(tmp_path.rglob(MARKER)) and stick.exists() == empty
    stick.mkdir(exist_ok=True)
    (stick / "photos").mkdir()
    assert open_store(str(stick / "hub"), create=True).name.endswith("STICK/hub"), "a folder in use is a folder"


def test_no_hub_is_made_at_a_mount_point_that_the_machine_knows_and_has_not_mounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = tmp_path / "my stick"
    point.mkdir()
    (point / "something").write_bytes(b"")
    table = tmp_path / "fstab"
    escaped = str(point).replace(" ", "\\040")
    table.write_text(f"# {tmp_path} /x\nUUID=1 none swap sw\n\nUUID=2 {escaped}/ vfat noauto 0 0\nUUID=3 / ext4\n")
    monkeypatch.setattr(mounts, "_FSTAB", table)
    for place in (point, point / "hub"):
        for create in (False, True):
            with pytest.raises((HubUnreachable, HubRefused)) as refused:
                open_store(str(place), create=create)
            assert "nothing is mounted" in str(refused.value) or not create
    assert [path.name for path in point.iterdir()] == ["something"]
    mounted = tmp_path / "mountinfo"
    mounted.write_text(f"36 35 8:17 / {escaped} rw,relatime shared:1 - vfat /dev/sdb1 rw\n")
    monkeypatch.setattr(mounts, "_MOUNTED", mounted)
    assert open_store(str(point / "hub"), create=True).add("frames/ab/1.jpg", b"1")


def test_a_link_leads_to_no_mount_point_at_which_nothing_is_mounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mounts, "_BESIDE", (f"{tmp_path}/mnt/*",))
    (tmp_path / "mnt" / "nas").mkdir(parents=True)
    (tmp_path / "nas").symlink_to(tmp_path / "mnt" / "nas")
    with pytest.raises(HubUnreachable, match=r"nothing is mounted at .*/mnt/nas"):
        open_store(str(tmp_path / "nas" / "hub"), create=True)
    assert not list((tmp_path / "mnt" / "nas").iterdir())


def test_the_places_where_sticks_appear_are_known() -> None:
    for place in ("/media/stick", "/media/pi/STICK", "/mnt/nas", "/run/media/ann/STICK"):
        assert mounts._is_beside(Path(place))
    for place in ("/media", "/mnt", "/mnt/nas/hub", "/srv/hub", "/home/ann/mnt/x", "/run/user", "/run/media/a/b/c"):
        assert not mounts._is_beside(Path(place))


# ── what the system's errors mean ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("number", "error"), [
    (errno.EIO, HubUnreachable), (errno.ENODEV, HubUnreachable), (errno.ESTALE, HubUnreachable),
    (errno.ETIMEDOUT, HubUnreachable), (errno.ENOTCONN, HubUnreachable), (errno.EROFS, HubRefused),
    (errno.EACCES, HubRefused), (errno.ENOSPC, HubFull), (errno.EDQUOT, HubFull),
])  # fmt: skip
def test_an_error_at_any_step_is_told_and_leaves_nothing(
    hub: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[Exception]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    for owner, name in ((os, "fsync"), (files, "put_first"), (Path, "mkdir")):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, refuse)
            with pytest.raises(error, match=f"{tmp_path}/hub") as told:
                hub.add(f"frames/{name.replace('_', '-')}/new.jpg", b"x")
        assert type(told.value) is error and "/proc/" not in str(told.value)
        assert {item.name for item in hub.list("")} == {MARKER, "frames/ab/old.jpg"}
        assert left_over(tmp_path / "hub") == []
    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fadvise", refuse)
        for ask in (lambda: hub.read("frames/ab/old.jpg"), lambda: hub.size("frames/xy"), lambda: list(hub.list(""))):
            with pytest.raises(error):
                ask()
    assert hub.add("frames/cd/new.jpg", b"x")


def test_a_share_that_knows_neither_locks_nor_the_sync_of_a_folder_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    sync = os.fsync

    def without_folders(handle: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{handle}"):  # noqa: PTH112
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        sync(handle)

    def without_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    def without_links(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(os, "fsync", without_folders)
    monkeypatch.setattr(fcntl, "flock", without_locks)
    monkeypatch.setattr(os, "link", without_links)
    monkeypatch.setattr(naming, "_renamed_first", lambda *_: False)
    hub = open_store(str(tmp_path / "hub"), create=True)
    (tmp_path / "hub" / ".new-old").write_bytes(b"half of")
    os.utime(tmp_path / "hub" / ".new-old", (1, 1))
    hub = open_store(str(tmp_path / "hub"))
    assert hub.add("frames/ab/1.jpg", b"1") and not hub.add("frames/ab/1.jpg", b"2")
    assert hub.read("frames/ab/1.jpg") == b"1"
    assert left_over(tmp_path / "hub") == []
