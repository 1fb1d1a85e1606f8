"""Small disks that may be filled, made read-only, cut off or broken: mounted by root, and gone afterwards."""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tally import Missing, as_root

IMAGE_BYTES = 32 * 2**20
STICK_BYTES = 40 * 2**20  # FAT32 has at least 32 MiB
_SHUTDOWN = 0x8004587D  # FS_IOC_SHUTDOWN


@contextmanager
def memory_disk(folder: Path, size_bytes: int) -> Iterator[Path]:
    """Mount a disk of so many bytes that lies in memory."""
    with _mounted(folder, "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs"):
        yield folder


@contextmanager
def image_disk(folder: Path, image: Path) -> Iterator[Path]:
    """Mount an ext4 file system that lies in a file; it writes back only what it is told to sync."""
    with _mounted(folder, "-t", "ext4", "-o", "loop,commit=600,errors=remount-ro", image):
        yield folder


@contextmanager
def stick(folder: Path, kind: str, image: Path) -> Iterator[Path]:
    """Mount a stick that lies in a file, `fat` or `exfat`: by the kernel, or by a program where it knows none."""
    as_root()
    if not image.exists():
        with image.open("wb") as file:
            file.truncate(STICK_BYTES)
        _run(*(("mkfs.vfat", "-F", "32") if kind == "fat" else ("mkfs.exfat",)), image)
    system = {"fat": "vfat", "exfat": "exfat"}[kind]
    if f"\t{system}\n" in Path("/proc/filesystems").read_text():
        with _mounted(folder, "-t", system, "-o", "loop", image):
            yield folder
    elif kind == "fat":
        folder.mkdir(parents=True, exist_ok=True)
        _run("fusefat", "-s", "-o", "rw+", image, folder)
        try:
            yield folder
        finally:
            _unmount(folder, "--lazy")
    else:
        device = _run("losetup", "--find", "--show", image).strip()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _run("mount.exfat-fuse", device, folder)
            try:
                yield folder
            finally:
                _unmount(folder, "--lazy")
        finally:
            _run("losetup", "--detach", device)


def pull_out(folder: Path, *, noticed: bool = True) -> None:
    """Pull out a stick: what is mounted there fails from now on, and with `noticed` is not mounted any more."""
    drivers = [pid for pid in _processes() if pid[1][0].endswith("fat-fuse") or "fusefat" in pid[1][0]]
    for number, command in drivers:
        if str(folder) in command:
            os.kill(number, 9)
            break
    else:
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, _SHUTDOWN, struct.pack("I", 2))  # nothing more is written, the journal neither
        except OSError as error:
            raise Missing("this file system cannot be cut off") from error
        finally:
            os.close(handle)
    if noticed:
        _unmount(folder, "--lazy")


def make_image(image: Path) -> Path:
    """Make a file that holds an empty ext4 file system."""
    with image.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    _run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", image)
    return image


def remount(folder: Path, how: str) -> None:
    """Mount a disk anew as it stands: `ro` or `rw`."""
    _run("mount", "-o", f"remount,{how}", folder)


def mend(image: Path) -> None:
    """Let the file system's own check put an unmounted image in order."""
    done = subprocess.run(["e2fsck", "-f", "-y", str(image)], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stdout + done.stderr  # 1: errors were corrected


def break_off(image: Path) -> None:
    """Make the kernel find an error in a mounted image: it turns read-only, under open files too."""
    done = _run("losetup", "-j", image)
    device = Path(done.split(":")[0]).name
    trigger = Path(f"/sys/fs/ext4/{device}/trigger_fs_error")
    if not trigger.exists():
        raise Missing("this kernel cannot be made to find an error in a file system")
    trigger.write_text("the card is worn out")


def fill(folder: Path, leave_bytes: int = 0) -> Path:
    """Fill a disk up but for so many bytes, and return the file that does it."""
    filler = folder / "filler"
    left = shutil.disk_usage(folder).free
    with filler.open("wb", buffering=0) as file:
        file.write(bytes(max(0, left - leave_bytes)))
    return filler


@contextmanager
def _mounted(folder: Path, *arguments: object) -> Iterator[None]:
    as_root()
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", *arguments, folder)
    try:
        yield
    finally:
        _unmount(folder)


def _unmount(folder: Path, *how: str) -> None:
    """Unmount a disk, unless it was pulled out; of one whose driver is gone only the table of mounts knows."""
    spelled = str(folder).replace(" ", "\\040")
    if any(line.split()[4] == spelled for line in Path("/proc/self/mountinfo").read_text().splitlines()):
        _run("umount", *how, folder)


def _processes() -> Iterator[tuple[int, list[str]]]:
    """Yield the processes of this machine, with their commands."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                yield int(entry.name), (entry / "cmdline").read_text().split("\0")
            except OSError:  # it ended meanwhile
                continue


def _run(*command: object) -> str:
    try:
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=True)
    except FileNotFoundError as error:
        raise Missing(f"{command[0]} is not installed") from error
    except subprocess.CalledProcessError as error:
        raise Missing(f"{' '.join(map(str, command))}: {error.stderr.strip()}") from error
    return done.stdout
