"""The systemd unit of a service: accepted by systemd, locked in, right for any path, written and taken away."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_brain import Brain
from edge_brain.errors import BadInput
from edge_brain.service import install as installing
from edge_brain.service import settings, unit
from edge_brain.service.install import install, uninstall
from edge_brain.service.unit import Place

SOURCES = {
    "camera": "usb:0", "pi": "picamera", "stream": "rtsp://user:word@camera/stream", "made-up": "synthetic:mug,plate",
}  # fmt: skip
Written = Callable[..., settings.Settings]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Return what writes a settings file, with its brain, and reads it."""

    def written(source: str = "usb:0", name: str = "door", folder: str = "field", sync: str = "") -> settings.Settings:
        where = tmp_path / folder
        if not (where / "kitchen" / "brain.db").is_file():
            Brain.create(where / "kitchen", extractor="pixels").close()
        file = where / f"{name}.toml"
        file.write_text(f'brain = "kitchen"\nsource = "{source}"\nname = "{name}"\n' + sync)
        return settings.load(file)

    return written


def place(user: str | None = "pi", python: str = sys.executable) -> Place:
    return Place(Path(python), [Path("/home/pi/venv"), Path("/usr")], user)


def needs(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not here: NOBODY HAS CHECKED the unit against systemd")


def verified(folder: Path, text: str, *options: str) -> str:
    """Return what systemd says of a unit; it is accepted when that is nothing."""
    needs("systemd-analyze")
    path = folder / "edge-brain-door.service"
    path.write_text(text)
    command = ["systemd-analyze", *options, "verify", "--man=no", path]
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    return "" if done.returncode == 0 and str(path) not in done.stderr else done.stderr or "refused"


def lines(text: str, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_systemd_accepts_the_unit_and_finds_little_that_it_could_harm(
    written: Written, tmp_path: Path, source: str
) -> None:
    text = unit.render(written(source), place("daemon"))
    assert verified(tmp_path, text) == ""
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", tmp_path / "edge-brain-door.service"],
        capture_output=True, text=True,
    )  # fmt: skip
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found and float(found[1]) <= 2.1, done.stdout


def test_systemd_would_notice_a_line_that_it_does_not_know(written: Written, tmp_path: Path) -> None:
    assert "Colour" in verified(tmp_path, unit.render(written(), place()).replace("Restart=", "Colour="))


def test_a_users_own_unit_is_accepted_and_asks_for_nothing_that_only_root_can_give(
    written: Written, tmp_path: Path
) -> None:
    text = unit.render(written(), place(None))
    assert verified(tmp_path, text, "--user") == ""
    for key in ("User", "DevicePolicy", "ProtectHome", "PrivateTmp", "BindPaths", "SupplementaryGroups"):
        assert lines(text, key) == []
    assert lines(text, "NoNewPrivileges") == ["yes"] and lines(text, "WantedBy") == ["default.target"]


def test_any_path_is_what_it_is(written: Written, tmp_path: Path) -> None:
    odd = 'the "front" \\ 100 % $HOME: door'
    python = tmp_path / "100 % $HOME: here" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    wanted = written(folder=odd)
    text = unit.render(wanted, place(python=str(python)))
    assert verified(tmp_path, text) == "", "systemd looks for the program: it has found it"
    spelled = str(tmp_path) + '/the \\"front\\" \\\\ 100 %% $HOME: door'
    assert lines(text, "ReadWritePaths") == [f'"{spelled}/kitchen"']
    command = (
        f'"{tmp_path}/100 %% $HOME: here/bin/python" -m edge_brain service run "{spelled.replace("$", "$$")}/door.toml"'
    )
    assert lines(text, "ExecStart") == [command]


def test_a_name_that_would_break_the_line_is_refused(written: Written) -> None:
    with pytest.raises(BadInput, match="no program with quotes or backslashes"):
        unit.render(written(), place(python="/srv/it's/python"))
    with pytest.raises(BadInput, match="cannot stand in a unit of systemd"):
        unit.render(written(), place(python="/srv/a\nExecStartPre=/bin/true/python"))


def test_no_password_stands_in_the_unit(written: Written) -> None:
    text = unit.render(written(SOURCES["stream"]), place())
    assert "word@" not in text and "user" not in text.split("[Install]")[0] and "rtsp://camera/stream" in text


def test_only_who_has_a_camera_opens_one_and_only_a_stream_goes_to_the_network(written: Written) -> None:
    texts = {kind: unit.render(written(source), place()) for kind, source in SOURCES.items()}
    allowed = {kind: lines(text, "DeviceAllow") for kind, text in texts.items()}
    assert allowed["camera"] == ["char-video4linux rw"] and lines(texts["camera"], "DevicePolicy") == ["closed"]
    assert {"char-video4linux rw", "char-media rw", "char-dma_heap rw", "/dev/vchiq rw"} <= set(allowed["pi"])
    assert allowed["stream"] == allowed["made-up"] == []
    assert lines(texts["stream"], "PrivateDevices") == lines(texts["made-up"], "PrivateDevices") == ["yes"]
    families = {kind: lines(text, "RestrictAddressFamilies") for kind, text in texts.items()}
    assert families == {
        "camera": ["AF_UNIX"], "pi": ["AF_UNIX AF_NETLINK"], "stream": ["AF_UNIX AF_INET AF_INET6"],
        "made-up": ["AF_UNIX"],
    }  # fmt: skip
    assert [kind for kind, text in texts.items() if not lines(text, "PrivateNetwork")] == ["pi", "stream"]


def test_a_brain_at_home_is_seen_and_the_rest_of_the_home_is_not() -> None:
    said = settings.parse('brain = "kitchen"\nsource = "usb:0"', Path("/home/pi/door.toml"))
    text = unit.render(said, place())
    assert lines(text, "ProtectHome") == ["tmpfs"]
    assert lines(text, "BindPaths") == ['"/home/pi/kitchen"'] and lines(text, "ReadWritePaths") == []
    assert lines(text, "BindReadOnlyPaths") == ['"/home/pi/door.toml"', '"/home/pi/venv"']
    assert lines(text, "PrivateTmp") == ["yes"]


def test_a_folder_to_be_watched_is_seen_and_a_brain_in_tmp_too(written: Written, tmp_path: Path) -> None:
    (tmp_path / "field" / "in").mkdir(parents=True)
    assert lines(unit.render(written("in/"), place()), "PrivateTmp") == ["no"]
    said = settings.parse('brain = "/srv/kitchen"\nsource = "/home/cam"', Path("/etc/door.toml"))
    with pytest.raises(BadInput, match="no such file or folder"):
        unit.render(said, place())


def test_the_pause_between_starts_grows_where_systemd_can_do_that(written: Written) -> None:
    assert lines(unit.render(written(), place()), "RestartSteps") == []
    grows = Place(Path(sys.executable), [], "pi", growing_pause=True)
    assert lines(unit.render(written(), grows), "RestartMaxDelaySec") == ["300"]


# ── what sync needs ─────────────────────────────────────────────────────────────────────────────

HUBS = {
    "folder": 'hub = "/srv/hub"', "bucket": 'hub = "s3://fields/north"',
    "asks": 'hub = "/srv/hub"\nonly_if = "/home/pi/bin/is-free now"', "only on": 'hub = "/srv/hub"\nonly_on = "wlan0"',
}  # fmt: skip


@pytest.mark.parametrize("hub", HUBS.values(), ids=HUBS)
def test_systemd_accepts_a_unit_that_syncs(written: Written, tmp_path: Path, hub: str) -> None:
    text = unit.render(written(sync=f"[sync]\n{hub}\n"), place("daemon"))
    assert verified(tmp_path, text) == ""
    assert verified(tmp_path, unit.render(written(sync=f"[sync]\n{hub}\n"), place(None)), "--user") == ""


def test_only_who_syncs_over_the_network_goes_there(written: Written) -> None:
    texts = {kind: unit.render(written(sync=f"[sync]\n{hub}\n"), place()) for kind, hub in HUBS.items()}
    far = "AF_UNIX AF_INET AF_INET6"
    families = {kind: lines(text, "RestrictAddressFamilies") for kind, text in texts.items()}
    assert families == {"folder": ["AF_UNIX"], "bucket": [far], "asks": [far], "only on": ["AF_UNIX"]}
    assert [kind for kind, text in texts.items() if lines(text, "PrivateNetwork")] == ["folder"]
    assert [kind for kind, text in texts.items() if lines(text, "After")] == ["bucket"]
    own = unit.render(written(sync='[sync]\nhub = "s3://fields/north"\n'), place(None))
    assert lines(own, "RestrictAddressFamilies") == [far]


def test_a_hub_in_a_folder_can_be_written_and_need_not_be_there(written: Written) -> None:
    wanted = written(sync='[sync]\nhub = "/srv/hub"\n')
    text = unit.render(wanted, place())
    assert lines(text, "ReadWritePaths") == [f'"{wanted.brain}"', '"-/srv/hub"']
    assert "/srv/hub" not in "".join(lines(text, "RequiresMountsFor")), "the camera waits for no stick"
    at_home = unit.render(written(sync='[sync]\nhub = "/home/pi/hub"\n'), place())
    assert lines(at_home, "BindPaths") == ['"-/home/pi/hub"']
    inside = unit.render(written(sync='[sync]\nhub = "kitchen/hub"\n'), place())
    assert lines(inside, "ReadWritePaths") == [f'"{wanted.brain}"'], "what is written already need not be said"


def test_of_a_stick_that_is_there_the_whole_can_be_written(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    ismount = os.path.ismount
    monkeypatch.setattr(unit.os.path, "ismount", lambda path: str(path) == "/media/stick" or ismount(path))
    text = unit.render(written(sync='[sync]\nhub = "/media/stick/fields/north"\n'), place())
    assert lines(text, "ReadWritePaths")[1:] == ['"-/media/stick"']
    monkeypatch.setattr(unit.os.path, "ismount", lambda path: str(path) == "/home")
    text = unit.render(written(sync='[sync]\nhub = "/home/pi/hub"\n'), place())
    assert lines(text, "BindPaths") == ['"-/home/pi/hub"'], "a disk of its own for the homes is no stick"


def test_the_keys_of_a_bucket_are_read_from_beside_the_settings(written: Written, tmp_path: Path) -> None:
    text = unit.render(written(folder="100 %", sync='[sync]\nhub = "s3://fields/north"\n'), place())
    assert lines(text, "EnvironmentFile") == [f"-{tmp_path}/100 %%/door.env"]
    assert verified(tmp_path, text.replace("User=pi", "User=daemon")) == ""
    assert lines(unit.render(written(), place()), "EnvironmentFile") == []


def test_a_command_that_is_asked_is_seen(written: Written) -> None:
    text = unit.render(written(sync=f"[sync]\n{HUBS['asks']}\n"), place())
    assert '"-/home/pi/bin/is-free"' in lines(text, "BindReadOnlyPaths")
    assert "/home/pi/bin" not in unit.render(written(), place())


def test_no_password_of_a_hub_stands_in_the_unit(written: Written) -> None:
    text = unit.render(written(sync='[sync]\nhub = "https://ann:hush@nas/hub"\n'), place())
    assert "hush" not in text and "ann" not in text


# ── what a broker needs ─────────────────────────────────────────────────────────────────────────

BROKER = """
[mqtt]
host = "broker"
username = "camera"
password_file = "/home/pi/secret/word"
ca = "/home/pi/ca.crt"
"""


def test_who_tells_a_broker_goes_to_the_network_and_sees_its_password_and_certificates(
    written: Written, tmp_path: Path
) -> None:
    text = unit.render(written(sync=BROKER), place("daemon"))
    assert verified(tmp_path, text) == ""
    assert lines(text, "RestrictAddressFamilies") == ["AF_UNIX AF_INET AF_INET6"] and not lines(text, "PrivateNetwork")
    assert lines(text, "After") == ["network-online.target"]
    assert lines(text, "EnvironmentFile") == [f"-{tmp_path}/field/door.env"]
    assert {'"/home/pi/secret/word"', '"/home/pi/ca.crt"'} <= set(lines(text, "BindReadOnlyPaths"))
    own = unit.render(written(sync=BROKER), place(None))
    assert lines(own, "RestrictAddressFamilies") == ["AF_UNIX AF_INET AF_INET6"]


# ── written and taken away ──────────────────────────────────────────────────────────────────────


def test_installing_twice_writes_once_and_uninstalling_leaves_nothing(written: Written, tmp_path: Path) -> None:
    root, wanted = tmp_path / "image", written()
    root.mkdir()
    first = install(wanted, root=root)
    assert first.unit == root / "etc/systemd/system/edge-brain-door.service" and first.changed
    assert (first.done, first.complaint) == ([], None)
    assert first.left == [
        "systemctl daemon-reload",
        "systemctl enable edge-brain-door.service",
        "systemctl restart edge-brain-door.service",
    ]
    before = first.unit.stat()
    assert not install(wanted, root=root).changed
    after = first.unit.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert uninstall("door", root=root).changed
    assert list(first.unit.parent.iterdir()) == []
    assert not uninstall("door", root=root).changed, "twice is no error"
    assert (wanted.brain / "brain.db").is_file() and wanted.file.is_file()


def test_it_runs_as_whom_the_brain_belongs_to(written: Written, tmp_path: Path) -> None:
    wanted = written()
    assert lines(install(wanted, root=tmp_path).unit.read_text(), "User") == [wanted.brain.owner()]


def test_a_unit_of_the_same_name_for_another_file_is_left_alone(written: Written, tmp_path: Path) -> None:
    path = install(written(), root=tmp_path).unit
    before = path.read_bytes()
    with pytest.raises(BadInput, match=r"edge-brain-door.service runs another file: .*another name in its settings"):
        install(written(folder="elsewhere"), root=tmp_path)
    assert path.read_bytes() == before


def test_a_changed_file_changes_the_unit(written: Written, tmp_path: Path) -> None:
    install(written(), root=tmp_path)
    again = install(written("picamera"), root=tmp_path)
    assert again.changed and "char-media" in again.unit.read_text()


def test_systemd_is_told_where_it_is_at_work_and_what_it_says_is_told(
    written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n[ "$1" != restart ] || {{ echo no >&2; exit 1; }}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setattr(installing, "_RUNNING", tmp_path)
    monkeypatch.setattr(installing, "_folder", lambda own, root: tmp_path / "units")
    done = install(written())
    assert done.done == ["systemctl daemon-reload", "systemctl enable edge-brain-door.service"]
    assert done.complaint == "systemctl restart edge-brain-door.service: no"
    gone = uninstall("door")
    assert gone.complaint is None and not done.unit.exists()
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked == [
        "--version", "daemon-reload", "enable edge-brain-door.service", "restart edge-brain-door.service",
        "disable --now edge-brain-door.service", "daemon-reload",
    ]  # fmt: skip


def test_a_name_that_is_none_is_not_looked_for(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"'\.\./sshd' is no name of a service"):
        uninstall("../sshd", root=tmp_path)
