"""What the surroundings say: where the models lie, which runtime and threads are wanted, what a terminal can show.

Read when asked, never at import.
"""

from __future__ import annotations

import ctypes
import os
import platform
from contextlib import suppress
from pathlib import Path
from typing import Literal

from edge_brain.errors import BadInput

RUNTIMES = ("litert", "tflite-runtime")
_M_ARENA_MAX = -8  # as malloc.h has it
Colours = Literal["true", "256", "none"]


def models_folder() -> Path:
    """Return the folder of the extractors: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "models"
    return inside if inside.is_dir() else package.parent / "models"


def wanted_runtime() -> str | None:
    """Return the runtime that `EDGE_BRAIN_RUNTIME` names; None leaves the choice to us."""
    name = os.environ.get("EDGE_BRAIN_RUNTIME") or None
    if name is not None and name not in RUNTIMES:
        raise BadInput(f"EDGE_BRAIN_RUNTIME is {name!r}: it must be one of {', '.join(RUNTIMES)}, or unset")
    return name


def release_key() -> Path | None:
    """Return the file of the private key that releases are signed with, as `EDGE_BRAIN_RELEASE_KEY` names it."""
    name = os.environ.get("EDGE_BRAIN_RELEASE_KEY") or ""
    return Path(name) if name else None


def mqtt_password() -> str | None:
    """Return the password for an MQTT broker, as `EDGE_BRAIN_MQTT_PASSWORD` tells it."""
    return os.environ.get("EDGE_BRAIN_MQTT_PASSWORD") or None


def netrc_file() -> Path:
    """Return the file of names and passwords by host: what `NETRC` names, else that in the home folder."""
    return Path(os.environ.get("NETRC") or Path(os.environ.get("HOME") or "/", ".netrc"))


def threads() -> int:
    """Return how many threads the extractor may use: `EDGE_BRAIN_THREADS`, else one a core, four at most."""
    text = os.environ.get("EDGE_BRAIN_THREADS") or ""
    if not text:
        return min(4, os.cpu_count() or 1)
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise BadInput(f"EDGE_BRAIN_THREADS is {text!r}: it must be a whole number from 1 to 64")
    return int(text)


def reckon_on_one_core() -> None:
    """Let the linear algebra of this process keep to one core, unless told otherwise; before numpy is loaded.

    Our matrices are small: of 2,000 frames a tag and its score took 37 ms of CPU so, and 66 to 72 ms with two
    threads, in about the same time.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def keep_little_memory() -> None:
    """Let the threads of this process share two heaps, where the C library is glibc; it makes eight a core else.

    Each keeps what large arrays have left behind: of 3,600 tagged frames a server that was asked for pages grew to
    1,160 MB, and to under 400 so.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def notify_socket() -> str | None:
    """Return the address at which systemd wants to be told how a service is; None where it does not.

    An `@` begins a name that stands in no folder; for the kernel it is a NUL.
    """
    address = os.environ.get("NOTIFY_SOCKET") or ""
    return f"\0{address[1:]}" if address.startswith("@") else address if address.startswith("/") else None


def watchdog_s() -> float | None:
    """Return how many seconds this process may be silent before systemd takes it for hung; None: for ever."""
    text, process = os.environ.get("WATCHDOG_USEC") or "", os.environ.get("WATCHDOG_PID") or ""
    if not text.isdecimal() or int(text) == 0 or process not in ("", str(os.getpid())):
        return None
    return int(text) / 1e6


def host_name() -> str:
    """Return the name of this machine, in one printable line."""
    return "".join(each if each.isprintable() else "?" for each in platform.node())[:64].strip() or "a device"


def journal() -> bool:
    """Say whether standard error goes to systemd's journal."""
    return bool(os.environ.get("JOURNAL_STREAM"))


def own_units() -> Path:
    """Return where the caller's own systemd looks for units."""
    home = os.environ.get("XDG_CONFIG_HOME") or ""
    return (Path(home) if home.startswith("/") else Path.home() / ".config") / "systemd" / "user"


def terminal() -> str:
    """Return what kind of terminal this is, as `TERM` names it; "dumb" where nobody says."""
    return os.environ.get("TERM") or "dumb"


def colours() -> Colours:
    """Return how many colours the terminal shows, by `NO_COLOR`, `COLORTERM` and `TERM`."""
    if os.environ.get("NO_COLOR"):
        return "none"
    if os.environ.get("COLORTERM") in ("truecolor", "24bit") or "direct" in terminal():
        return "true"
    return "256" if "256color" in terminal() else "none"
