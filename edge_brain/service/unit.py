"""The systemd unit of a service, as text: how it is started, watched, started anew, and what it may not do.

It may write to its brain's folder and its hub and nowhere else, sees of the homes only what it needs, opens a camera
only where it has one and the network only where it looks at a stream, syncs over it or tells a broker. Where a setting
is stricter than systemd's, or laxer than one could wish, the reason stands beside it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_brain.capture.spec import Spec
from edge_brain.errors import BadInput
from edge_brain.service.settings import Settings

# longer than the 30 s for which a write may wait for another process that tags or retrains
WATCHDOG_S = 60
ENDED = 5  # exit code: the source has ended, and starting anew would show the same again
_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))
_TEMPORARY = (Path("/tmp"), Path("/var/tmp"))
_STICKS = (Path("/media"), Path("/mnt"), Path("/run/media"))


@dataclass(frozen=True)
class Place:
    """Where a service is to run."""

    python: Path  # the interpreter, absolute
    code: Sequence[Path]  # folders that Python needs: its prefixes, this package
    user: str | None  # None: a unit of the user's own systemd
    growing_pause: bool = False  # systemd 254 and later let the pause between starts grow


def name(service: str) -> str:
    """Return the name of a service's unit."""
    return f"edge-brain-{service}.service"


def render(settings: Settings, place: Place) -> str:
    """Return the unit of a service."""
    sections = {
        "Unit": _about(settings, place),
        "Service": _process(settings, place),
        "Install": [f"WantedBy={'multi-user' if place.user else 'default'}.target"],
    }
    return "\n".join(f"[{section}]\n" + "\n".join(lines) + "\n" for section, lines in sections.items())


def _about(settings: Settings, place: Place) -> list[str]:
    lines = [f"Description=edge_brain {settings.name}: {_percent(Spec.parse(settings.source).name)}"]
    if place.user:
        lines.append(f"RequiresMountsFor={_word(settings.brain)}")
    if place.user and (_streams(settings) or _tells_far(settings)):
        lines += ["Wants=network-online.target", "After=network-online.target"]
    return [*lines, "# it never gives up", "StartLimitIntervalSec=0"]


def _process(settings: Settings, place: Place) -> list[str]:
    return [
        "Type=notify",
        "NotifyAccess=main",
        f"ExecStart={_program(place.python)} -m edge_brain service run {_argument(settings.file)}",
        *_keys(settings),
        "WorkingDirectory=/",
        "Restart=always",
        f"# exit code {ENDED}: a video was seen to its end",
        f"RestartPreventExitStatus={ENDED}",
        f"SuccessExitStatus={ENDED}",
        "RestartSec=5",
        *(["RestartSteps=8", "RestartMaxDelaySec=300"] if place.growing_pause else []),
        "# fed by the loop after work; longer than a write waits for others",
        f"WatchdogSec={WATCHDOG_S}",
        "TimeoutStartSec=180",
        "TimeoutStopSec=5",
        "# the process ends its children itself",
        "KillMode=mixed",
        f"MemoryMax={settings.memory_bytes}",
        "TasksMax=128",
        *(_mine(settings) if place.user is None else _systems(settings, place, place.user)),
    ]


def _mine(settings: Settings) -> list[str]:
    """Return what a user's own systemd can hold back without rights that it does not have."""
    return [
        "NoNewPrivileges=yes",
        *_kernel(settings),
        "UMask=0027",
    ]


def _systems(settings: Settings, place: Place, user: str) -> list[str]:
    return [
        f"User={_percent(user)}",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
        "AmbientCapabilities=",
        *_kernel(settings),
        "ProtectClock=yes",
        "ProtectControlGroups=yes",
        "ProtectHostname=yes",
        "ProtectKernelLogs=yes",
        "ProtectKernelModules=yes",
        "ProtectKernelTunables=yes",
        "ProtectProc=invisible",
        "UMask=0027",
        *_devices(settings),
        *_files(settings, place),
    ]


def _kernel(settings: Settings) -> list[str]:
    families = ["AF_UNIX"]
    if _streams(settings) or _tells_far(settings) or _asks_a_command(settings):
        families += ["AF_INET", "AF_INET6"]
    if _picamera(settings):
        families.append("AF_NETLINK")  # libcamera asks udev for cameras
    return [
        "LockPersonality=yes",
        "RestrictNamespaces=yes",
        "RestrictRealtime=yes",
        "RestrictSUIDSGID=yes",
        f"RestrictAddressFamilies={' '.join(families)}",
        "SystemCallArchitectures=native",
        "SystemCallFilter=@system-service",
        "SystemCallFilter=~@privileged @resources",
        "SystemCallErrorNumber=EPERM",
    ]


def _devices(settings: Settings) -> list[str]:
    alone = [] if _needs_network(settings) else ["PrivateNetwork=yes"]
    if not _camera(settings):
        return ["PrivateDevices=yes", "PrivateUsers=yes", *alone]
    allowed = ["char-video4linux"]
    if _picamera(settings):
        allowed += ["char-media", "char-dma_heap", "/dev/vchiq", "/dev/vcsm-cma"]
    return [
        "SupplementaryGroups=video",
        "DevicePolicy=closed",
        *(f"DeviceAllow={each} rw" for each in allowed),
        *alone,
    ]


def _files(settings: Settings, place: Place) -> list[str]:
    """Return what of the disk is seen and written.

    The homes are hidden, and what is needed of them is put back: the brain to write, the rest to read. A file in /tmp
    would be hidden by a /tmp of its own, so who keeps a brain there goes without. A hub need not be there: a stick is
    plugged in later, and what is mounted later comes along as it is.
    """
    read = [settings.file, *place.code, *_secrets(settings)]
    if _kind(settings) in ("video", "folder"):
        read.append(Path(settings.source))
    read, write, hub = _with_targets(read), _with_targets([settings.brain]), _with_targets(_hub_folders(settings))
    private = not any(_below(path, _TEMPORARY) for path in [*read, *write, *hub])
    return [
        "ProtectSystem=strict",
        "ProtectHome=tmpfs",
        f"PrivateTmp={'yes' if private else 'no'}",
        *(f"BindReadOnlyPaths={_word(path)}" for path in _outermost(read) if _below(path, _HOMES)),
        *(f"BindReadOnlyPaths={_word(path, may_lack=True)}" for path in _asked(settings) if _below(path, _HOMES)),
        *(f"{_opens(path)}={_word(path)}" for path in write),
        *(f"{_opens(path)}={_word(path, may_lack=True)}" for path in hub if not _below(path, write)),
    ]


def _opens(path: Path) -> str:
    """Return what lets a folder be written."""
    return "BindPaths" if _below(path, _HOMES) else "ReadWritePaths"


def _keys(settings: Settings) -> list[str]:
    """Return where keys and passwords are: a file that root may keep to itself, for systemd reads it."""
    if not _tells_far(settings):
        return []
    return [
        "# the keys of a bucket, the password for a broker, if there are any",
        f"EnvironmentFile=-{_percent(str(settings.file.with_suffix('.env')))}",
    ]


# ── what the source is ──────────────────────────────────────────────────────────────────────────


def _kind(settings: Settings) -> str:
    return Spec.parse(settings.source).kind


def _streams(settings: Settings) -> bool:
    return _kind(settings) in ("rtsp", "http")


def _picamera(settings: Settings) -> bool:
    return _kind(settings) == "picamera"


def _camera(settings: Settings) -> bool:
    return _kind(settings) in ("picamera", "usb")


def _needs_network(settings: Settings) -> bool:
    """Say whether the network is to be seen: libcamera asks udev by it, a condition asks whether it is up."""
    asks = settings.sync is not None and settings.sync.conditions.interface is not None
    return _streams(settings) or _picamera(settings) or _tells_far(settings) or asks or _asks_a_command(settings)


# ── what hub and broker are ─────────────────────────────────────────────────────────────────────


def _tells_far(settings: Settings) -> bool:
    """Say whether a hub or a broker is reached by the network."""
    return settings.mqtt is not None or _hub_is_far(settings)


def _secrets(settings: Settings) -> list[Path]:
    """Return the files by which a broker is asked."""
    broker = settings.mqtt
    return [] if broker is None else [path for path in (broker.password_file, broker.ca) if path is not None]


def _hub_is_far(settings: Settings) -> bool:
    return settings.sync is not None and settings.sync.folder is None


def _command(settings: Settings) -> Sequence[str]:
    return (settings.sync.conditions.command if settings.sync else None) or ()


def _asks_a_command(settings: Settings) -> bool:
    return bool(_command(settings))


def _asked(settings: Settings) -> list[Path]:
    """Return the program that a condition asks, where it is named by its path."""
    return [path for path in map(Path, _command(settings)[:1]) if path.is_absolute()]


def _hub_folders(settings: Settings) -> list[Path]:
    """Return what has to be written of a hub in a folder: the whole stick or share, where it is on one.

    To open but a folder of it would mount that folder once more, and the stick could not be let go.
    """
    if settings.sync is None or (folder := settings.sync.folder) is None:
        return []
    on = next((place for place in (folder, *folder.parents) if os.path.ismount(place)), folder)
    return [on if _below(on, _STICKS) and on not in settings.brain.parents else folder]


# ── paths ───────────────────────────────────────────────────────────────────────────────────────


def _below(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _outermost(paths: Iterable[Path]) -> list[Path]:
    """Return the paths that lie in no other of them, each once."""
    every = set(paths)
    return sorted(path for path in every if not any(parent in every for parent in path.parents))


def _with_targets(paths: Iterable[Path]) -> list[Path]:
    """Return paths, and where they lead to when they are links."""
    return sorted({each for path in paths for each in (path, path.resolve())})


def _percent(text: str) -> str:
    return _checked(text).replace("%", "%%")


def _word(path: Path, *, may_lack: bool = False) -> str:
    """Return one word of a list: in quotes, where percent, backslash and quote stand for themselves."""
    return ('"-' if may_lack else '"') + _percent(str(path)).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _program(path: Path) -> str:
    """Return the first word of a command."""
    if any(each in str(path) for each in "\"'\\"):
        raise BadInput(f"systemd starts no program with quotes or backslashes in its path: {path}; move it elsewhere")
    return _word(path)


def _argument(path: Path) -> str:
    """Return one word of a command after its first, where a dollar has to stand for itself, too."""
    return _word(path).replace("$", "$$")


def _checked(text: str) -> str:
    if not text.isprintable():  # a line break would begin a line of its own in the unit
        raise BadInput(f"{text!r} cannot stand in a unit of systemd; give it a name of printable characters")
    return text
