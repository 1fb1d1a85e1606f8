"""When a device may sync: interfaces, hours and commands, and why not in words."""

from __future__ import annotations

import shlex
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge_brain import clock
from edge_brain.sync import conditions
from edge_brain.sync.conditions import Conditions, Hours, hold

pytestmark = pytest.mark.usefixtures("once")  # no runtime is asked for here

NOON = 1_767_268_800.0  # 2026-01-01, 12:00 in UTC


@pytest.fixture(autouse=True)
def in_london(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In winter London's hours are those of UTC."""
    import time

    with monkeypatch.context() as patch:
        patch.setenv("TZ", "GMT0")
        time.tzset()
        yield
    time.tzset()


def net(folder: Path, **interfaces: tuple[str, str]) -> Path:
    """Make what Linux tells of interfaces: operstate and carrier."""
    for name, (state, carrier) in interfaces.items():
        (folder / name).mkdir()
        (folder / name / "operstate").write_text(f"{state}\n")
        if carrier:
            (folder / name / "carrier").write_text(f"{carrier}\n")
    return folder


def python(program: str) -> tuple[str, ...]:
    return sys.executable, "-c", program


def test_where_nothing_is_asked_all_holds() -> None:
    assert hold(Conditions()) is None


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("wlan0", None),
        ("ppp0", None),
        ("eth0", "the interface eth0 is down"),
        ("tun0", "the interface tun0 is not up"),
        ("tun1", "the interface tun1 is not up"),
        ("usb0", "there is no interface usb0; there are: eth0, ppp0, tun0, tun1, wlan0"),
    ],
)
def test_an_interface_has_to_be_up(tmp_path: Path, name: str, why: str | None) -> None:
    told = net(tmp_path, wlan0=("up", "1"), eth0=("down", "0"), ppp0=("unknown", "1"), tun0=("unknown", "0"),
               tun1=("unknown", ""))  # fmt: skip
    assert hold(Conditions(interface=name), interfaces=told) == why


def test_a_machine_that_tells_of_no_interface_has_none_up(tmp_path: Path) -> None:
    why = hold(Conditions(interface="wlan0"), interfaces=tmp_path / "none")
    assert why == "there is no interface wlan0; there are: none that this machine tells of"


@pytest.mark.parametrize(
    ("hours", "holds"),
    [("11:30-12:01", True), ("12:00-13:00", True), ("11:00-12:00", False), ("22:00-06:00", False),
     ("22:00-12:01", True), ("0:00-24:00", True), ("12:01-12:00", False)],
)  # fmt: skip
def test_hours_are_those_of_the_local_clock_also_over_midnight(hours: str, holds: bool) -> None:
    asked = Conditions(hours=conditions.hours(hours))
    assert asked.hours is not None and (hold(asked, now_s=NOON) is None) == holds
    if not holds:
        assert hold(asked, now_s=NOON) == f"it is 12:00, not between {asked.hours}"


def test_a_clock_that_was_never_set_knows_no_hours() -> None:
    asked = Conditions(hours=Hours(0, 24 * 60))
    why = hold(asked, now_s=60.0)
    assert why == ("the clock was never set: it says 1970-01-01T00:01:00Z, so nobody knows whether it is 00:00-24:00")
    assert hold(asked, now_s=NOON) is None


def test_a_command_has_to_end_with_nothing_wrong() -> None:
    assert hold(Conditions(command=python("print('fine')"))) is None
    said = hold(Conditions(command=python("print('first'); print('metered'); exit(3)"))) or ""
    assert said.startswith(f"`{shlex.join(python('')[:2])} ") and said.endswith("ended with 3: metered")
    assert hold(Conditions(command=python("import os; os.kill(os.getpid(), 9)"))).endswith("was killed")  # type: ignore[union-attr]


def test_a_command_that_says_too_much_is_heard_to_its_end() -> None:
    why = hold(Conditions(command=python("print('x' * 10**6); print('the last'); exit(1)"))) or ""
    assert why.endswith("ended with 1: the last") and len(why) < 500


def test_a_command_that_is_not_there_says_no(tmp_path: Path) -> None:
    assert hold(Conditions(command=("no-such-program",))) == (
        "`no-such-program` cannot be run: No such file or directory"
    )
    assert "cannot be run: Permission denied" in (hold(Conditions(command=(str(tmp_path),))) or "")


def test_a_command_is_asked_without_a_shell(tmp_path: Path) -> None:
    asked = conditions.command(f"{shlex.quote(sys.executable)} -c 'import sys; print(sys.argv[1:]); exit(1)' a > b; c")
    assert asked is not None
    assert (hold(Conditions(command=asked)) or "").endswith("['a', '>', 'b;', 'c']")


def test_a_command_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditions, "_COMMAND_S", 0.2)
    why = hold(Conditions(command=python("import time; time.sleep(600)"))) or ""
    assert why.endswith("did not end within 0 s")


def test_a_command_is_ended_with_all_that_it_began(tmp_path: Path) -> None:
    note, stop = tmp_path / "child", threading.Event()
    hang = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(note)!r} + '.new', 'w').write(str(child.pid))\n"
        f"os.rename({str(note)!r} + '.new', {str(note)!r})\n"
        "time.sleep(600)"
    )

    def end_once_it_is_there() -> None:
        until(note.exists)
        stop.set()

    ends = threading.Thread(target=end_once_it_is_there)
    ends.start()
    assert (hold(Conditions(command=python(hang)), stop=stop) or "").endswith("was not waited for")
    ends.join()
    until(lambda: is_gone(note.read_text()))


def is_gone(process: str) -> bool:
    """Say whether a process has ended, buried or not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] == "Z"
    except OSError:
        return True


def until(wanted: Callable[[], bool], patience_s: float = 20.0) -> None:
    """Wait for something that comes about soon; on a slow machine later."""
    end = clock.elapsed() + patience_s
    while not wanted():
        assert clock.elapsed() < end
        clock.sleep(0.01)


def test_who_is_told_to_stop_waits_for_no_command() -> None:
    stop = threading.Event()
    stop.set()
    why = hold(Conditions(command=python("import time; time.sleep(600)")), stop=stop) or ""
    assert why.endswith("was not waited for")


def test_the_first_that_does_not_hold_is_told_and_no_command_is_run_for_nothing(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    asked = Conditions("eth0", Hours(0, 1), python(f"open({str(ran)!r}, 'w')"))
    assert hold(asked, interfaces=net(tmp_path, eth0=("down", ""))) == "the interface eth0 is down"
    assert not ran.exists()


@pytest.mark.parametrize("text", ["22-6", "22:00", "24:00-6:00", "12:00-12:00", "7:60-8:00", "", "22:00-06:00 daily"])
def test_hours_that_cannot_be_meant_are_none(text: str) -> None:
    assert conditions.hours(text) is None


@pytest.mark.parametrize("text", ["", ".", "..", "../../etc", "a b", "wlan0\n", "sixteen-letters-"])
def test_an_interface_that_cannot_be_one_is_none(text: str) -> None:
    assert conditions.interface(text) is None


def test_a_command_without_words_or_with_half_a_quote_is_none() -> None:
    assert conditions.command("  ") is None and conditions.command("ping 'nas") is None
    assert conditions.command("ping -c 1 'my nas'") == ("ping", "-c", "1", "my nas")


def test_the_clock_of_this_machine_is_asked_where_no_time_is_given() -> None:
    assert clock.was_set(clock.now()) and 0 <= clock.minute_of_day(clock.now()) < 24 * 60
    assert hold(Conditions(hours=Hours(0, 24 * 60))) is None
