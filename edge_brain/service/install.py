"""Puts a service into systemd's hands, and takes it out again."""

from __future__ import annotations

import os
import pwd
import re
import shlex
import site
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import edge_brain
from edge_brain import config, files
from edge_brain.errors import BadInput, StorageFailed
from edge_brain.service import unit
from edge_brain.service.settings import NAME, Settings

_GROWING_PAUSE = 254  # the first systemd that knows RestartSteps
_RUNNING = Path("/run/systemd/system")  # is there where systemd is at work
_MOST_S = 240.0


@dataclass(frozen=True)
class Installed:
    """What became of a unit."""

    unit: Path
    user: str | None  # as whom it runs; None: as whoever's systemd it is
    changed: bool  # whether the file had to be written, or taken away
    done: list[str]  # commands that were run
    left: list[str]  # commands that are left to be typed
    complaint: str | None = None  # of the command that failed


def install(settings: Settings, *, own: bool = False, root: Path | None = None, start: bool = True) -> Installed:
    """Write the unit of a service, durably, and start it where systemd is at work.

    `own` is for the caller's own systemd. With a `root`, such as an image's, nothing is started.
    """
    path = _folder(own, root) / unit.name(settings.name)
    owner = None if own else _owner(settings.brain)
    place = unit.Place(Path(sys.executable), _code(), owner, growing_pause=_version() >= _GROWING_PAUSE)
    text = unit.render(settings, place)
    before = _read(path)
    if before is not None and _told_file(before) != _told_file(text):
        raise BadInput(
            f"{path} runs another file: {_told_file(before)}; give this service another name in its settings, or take "
            f"that one away: edge-brain service uninstall {settings.name}"
        )
    if before != text:
        _check_writable(path, own)
        files.write_whole(path, text.encode())
    commands = [[*_systemctl(own), "daemon-reload"], [*_systemctl(own), "enable", path.name]]
    commands.append([*_systemctl(own), "restart", path.name])
    return _carried_out(path, owner, before != text, commands, run=start and root is None and _RUNNING.is_dir())


def uninstall(name: str, *, own: bool = False, root: Path | None = None, start: bool = True) -> Installed:
    """Stop a service and take its unit away; its brain, settings and logs stay."""
    if not re.fullmatch(NAME, name):
        raise BadInput(f"{name!r} is no name of a service; see `edge-brain service status`")
    path = _folder(own, root) / unit.name(name)
    run = start and root is None and _RUNNING.is_dir()
    there = path.exists()
    before = [[*_systemctl(own), "disable", "--now", path.name]] if there else []
    stopped = _carried_out(path, None, there, before, run=run)
    if there and stopped.complaint is None:
        _check_writable(path, own)
        try:
            path.unlink(missing_ok=True)
            files.sync_folder(path.parent)
        except OSError as error:
            raise StorageFailed(f"could not take {path} away: {error.strerror or error}") from error
    after = _carried_out(path, None, there, [[*_systemctl(own), "daemon-reload"]] if there else [], run=run)
    done, left = [*stopped.done, *after.done], [*stopped.left, *after.left]
    return Installed(path, None, there, done, left, stopped.complaint or after.complaint)


def _carried_out(path: Path, user: str | None, changed: bool, commands: list[list[str]], *, run: bool) -> Installed:
    """Run commands one by one, up to the first that fails; or, if they are not to be run, name them."""
    spelled = [shlex.join(command) for command in commands]
    if not run:
        return Installed(path, user, changed, [], spelled)
    for number, command in enumerate(commands):
        try:
            ended = subprocess.run(command, capture_output=True, text=True, timeout=_MOST_S)
            complaint = ended.stderr.strip() or f"exit code {ended.returncode}"
            failed = ended.returncode != 0
        except (OSError, subprocess.TimeoutExpired) as error:
            failed, complaint = True, str(error)
        if failed:
            return Installed(path, user, changed, spelled[:number], spelled[number:], f"{spelled[number]}: {complaint}")
    return Installed(path, user, changed, spelled, [])


def _folder(own: bool, root: Path | None) -> Path:
    folder = config.own_units() if own else Path("/etc/systemd/system")
    return folder if root is None else root / folder.relative_to("/")


def _systemctl(own: bool) -> list[str]:
    return ["systemctl", "--user"] if own else ["systemctl"]


def _owner(brain: Path) -> str:
    """Return the user whom the brain's folder belongs to: what the service writes has to stay theirs."""
    number = brain.stat().st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _code() -> list[Path]:
    """Return the folders that this Python and this package lie in."""
    package = Path(edge_brain.__file__).parent
    folders = [Path(sys.prefix), Path(sys.base_prefix), package, config.models_folder()]
    own = Path(site.getusersitepackages())
    return [*folders, own] if site.ENABLE_USER_SITE and own.is_dir() else folders


def _version() -> int:
    """Return which systemd this is; 0 where there is none."""
    try:
        told = subprocess.run(["systemctl", "--version"], capture_output=True, text=True, timeout=_MOST_S).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.match(r"systemd (\d+)", told)
    return int(found[1]) if found else 0


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _told_file(text: str) -> str:
    """Return the settings file that a unit runs, as it is spelled there."""
    found = re.search(r"^ExecStart=.* service run (.*)$", text, re.MULTILINE)
    return found[1] if found else "something else"


def _check_writable(path: Path, own: bool) -> None:
    there = next(folder for folder in path.parents if folder.is_dir())
    if not os.access(there, os.W_OK):
        typed = shlex.join([sys.executable, "-m", "edge_brain", "service"])
        advice = "make it writable" if own else f"type sudo {typed} …, or install it as your own with --user"
        raise BadInput(f"{there} is not yours to write; {advice}")
