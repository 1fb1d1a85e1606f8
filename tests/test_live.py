"""`tag --live` in a real terminal: what stands on the screen, what the keys do, and what is left behind."""

from __future__ import annotations

import os
import signal
import termios
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from pictures import again, scene
from terminals import Terminal

from edge_brain import Brain
from edge_brain.cli import main

pytestmark = pytest.mark.usefixtures("once")  # no runtime is asked for here

BLOCK = "▀"


@pytest.fixture
def kitchen(tmp_path: Path) -> Path:
    """The folder of a brain that knows nothing."""
    Brain.create(tmp_path / "kitchen", extractor="pixels").close()
    return tmp_path / "kitchen"


@pytest.fixture
def show(tmp_path: Path) -> Callable[[str], Path]:
    """Tell the camera what to show, and return the file that it looks into."""

    def show(what: str) -> Path:
        fresh = tmp_path / "fresh"
        fresh.write_text(what)
        return fresh.replace(tmp_path / "script")

    return show


def live(kitchen: Path, script: Path, *arguments: object, **how: object) -> Terminal:
    return Terminal("--brain", kitchen, "tag", "--live", "--source", f"told:{script}", *arguments, **how)  # type: ignore[arg-type]


def tags(kitchen: Path) -> list[tuple[str | None, str]]:
    with Brain.open(kitchen) as brain:
        return [(frame.label, frame.burst) for frame in brain.store.frames(tagged=True)]


def end(terminal: Terminal) -> None:
    """Quit, and find the terminal as it was."""
    terminal.type("q")
    assert terminal.wait_for_the_end() == 0
    assert_restored(terminal)


def assert_restored(terminal: Terminal) -> None:
    assert terminal.settings == terminal.before
    for on, off in ((b"\x1b[?1049h", b"\x1b[?1049l"), (b"\x1b[?25l", b"\x1b[?25h"), (b"\x1b[?2004h", b"\x1b[?2004l")):
        assert terminal.raw.rindex(off) > terminal.raw.rindex(on)
    assert "Traceback" not in terminal.raw.decode()


def test_a_person_tags_two_classes_and_takes_one_back(kitchen: Path, show: Callable[[str], Path]) -> None:
    with live(kitchen, show("mug 0")) as terminal:
        terminal.wait_for("Brain Score: Still Learning · 0 classes", "nothing is learned yet", "told", BLOCK)
        terminal.type("+mug\n")
        terminal.wait_for("1 class · 1 learned", "sees mug", "1 mug  1+0", "burst 1: 1 × mug", "tagged `mug`: learned")
        assert len(tags(kitchen)) == 1, "what is acknowledged is on the disk"
        show("mug 1")
        terminal.wait_for("new scene: a key begins burst 2")
        terminal.type("1")
        terminal.wait_for("100% (0% to 100%)", "1 mug  1+1", "burst 2: 1 × mug", "tagged `mug`: reserved")
        show("cup 0")
        terminal.wait_for("new scene: a key begins burst 3")
        terminal.type("\rcup\r")
        terminal.wait_for("2 cup  1+0", "sees cup")
        terminal.type("1")  # by mistake
        terminal.wait_for("1 mug  2+1")
        terminal.type("u")
        terminal.wait_for("1 mug  1+1", "undone: 1 frame of `mug`")
        end(terminal)
        assert "(90 % sure: 0% to 100%) · 2 classes · 2 learned · 1 reserved\r\n" in terminal.raw.decode()
        assert "tagged 3 frames of 3 bursts" in terminal.raw.decode()
    with Brain.open(kitchen) as brain:
        found = [(frame.label, frame.role) for frame in brain.store.frames(tagged=True)]
        assert found == [("mug", "learned"), ("mug", "reserved"), ("cup", "learned")]
        assert all(frame.burst == frame.id for frame in brain.store.frames(tagged=True))


def test_a_name_is_edited_completed_pasted_and_left(kitchen: Path, show: Callable[[str], Path]) -> None:
    with live(kitchen, show("mug 0")) as terminal:
        terminal.wait_for("nothing is learned yet")
        terminal.type("+gut\x7f\x1b[D\x1b[D\x1b[3~\x1b[Cx\x1b[Hm\x1b[F\x7fg")  # typed, mended here and there
        terminal.wait_for("class: mug", "Esc leaves")
        terminal.type("\n")
        terminal.wait_for("1 mug  1+0")
        terminal.type("+nothing\x1b")
        terminal.wait_for("q quit", "moved")
        show("mug 1")
        terminal.wait_for("new scene")
        terminal.type("\x1b[200~1 1 u q\x1b[201~")  # pasted: presses nothing
        terminal.type("+\x1b[200~茶碗\x1b[201~")
        terminal.wait_for("class: 茶")
        terminal.type("\r")
        terminal.wait_for("2 茶")
        show("mug 2")
        terminal.wait_for("new scene")
        terminal.type("+m\t")
        terminal.wait_for("class: mug")
        terminal.type("\r")
        terminal.wait_for("tagged `mug`")
        end(terminal)
    assert {label for label, _ in tags(kitchen)} == {"mug", "茶碗"}


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (40, 15), (200, 60), (30, 8)])
def test_it_fits_into_a_window_of_any_size(kitchen: Path, show: Callable[[str], Path], columns: int, rows: int) -> None:
    with Brain.open(kitchen) as brain:
        brain.tag_many([(scene(label, number), label) for label in ("mug", "cup", "oar") for number in range(8)])
    with live(kitchen, show("mug 0"), columns=columns, rows=rows) as terminal:
        terminal.wait_for("sees mug", "1 cup", BLOCK)
        assert len(terminal.lines) == rows
        assert terminal.lines[0].startswith("Great · 100% (" if columns < 40 else "Brain Score: Great · 100% (")
        assert "told · ok" in terminal.lines[2] and "burst" in terminal.lines[-3] and "q quit" in terminal.lines[-1]
        terminal.type("3")
        terminal.wait_for("tagged `oar`")
        end(terminal)


def test_a_window_that_changes_its_size_is_filled_anew(kitchen: Path, show: Callable[[str], Path]) -> None:
    with live(kitchen, show("mug 0")) as terminal:
        terminal.wait_for("nothing is learned yet", "told · ok")
        terminal.resize(20, 5)
        terminal.wait_for("30x8 at least")
        terminal.resize(50, 12)
        terminal.wait_for("told · ok", "hold")
        assert terminal.lines[-1].startswith("+ class")
        end(terminal)


def test_a_source_that_is_lost_is_shown_and_comes_back(kitchen: Path, show: Callable[[str], Path]) -> None:
    with live(kitchen, show("mug 0")) as terminal:
        terminal.wait_for("told · ok", "nothing is learned yet")
        show("lost")
        terminal.wait_for("LOST: the cable is out")
        terminal.type("+mug\n")
        terminal.wait_for("the source is lost")
        assert tags(kitchen) == []
        show("mug 0")
        terminal.wait_for("told · ok")
        terminal.type(" ")
        terminal.wait_for("HELD")
        end(terminal)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_the_terminal_is_as_it_was(
    kitchen: Path, show: Callable[[str], Path], number: signal.Signals
) -> None:
    with live(kitchen, show("mug 0")) as terminal:
        terminal.wait_for("nothing is learned yet")
        terminal.type("+mug\n")
        terminal.wait_for("tagged `mug`")
        if number == signal.SIGINT:
            terminal.type("\x03")
        else:
            terminal.process.send_signal(number)
        assert terminal.wait_for_the_end() == 0
        assert_restored(terminal)
    assert len(tags(kitchen)) == 1


def test_what_was_acknowledged_on_the_screen_survives_a_kill(kitchen: Path, show: Callable[[str], Path]) -> None:
    with live(kitchen, show("mug 0")) as terminal:
        terminal.wait_for("nothing is learned yet")
        terminal.type("+mug\n")
        terminal.wait_for("tagged `mug`")
        terminal.process.kill()
        terminal.wait_for_the_end()
    with Brain.open(kitchen) as brain:
        assert [frame.label for frame in brain.store.frames()] == ["mug"] and list(brain.store.damage()) == []


def test_the_terminal_is_as_it_was_after_an_error(kitchen: Path, show: Callable[[str], Path]) -> None:
    with live(kitchen, show("mug 0")) as terminal:
        terminal.wait_for("nothing is learned yet")
        show("mug four")
        terminal.wait_for_the_end()
        assert terminal.process.returncode != 0
        assert terminal.settings == terminal.before
        assert terminal.raw.rindex(b"\x1b[?1049l") > terminal.raw.rindex(b"\x1b[?1049h")


def test_a_terminal_that_goes_away_ends_it(kitchen: Path, show: Callable[[str], Path]) -> None:
    with live(kitchen, show("mug 0")) as terminal:
        terminal.wait_for("nothing is learned yet")
        terminal.hang_up()
        assert terminal.process.wait(60) in (0, 1)
    assert tags(kitchen) == []


def test_ctrl_z_gives_the_terminal_back_until_it_goes_on(kitchen: Path, show: Callable[[str], Path]) -> None:
    with live(kitchen, show("mug 0"), shell=True) as terminal:
        terminal.wait_for("nothing is learned yet")
        terminal.type("\x1a")
        terminal.wait_for("stopped here")
        assert terminal.settings[3] & termios.ICANON and terminal.settings[3] & termios.ECHO
        terminal.type("\n")
        terminal.wait_for("told · ok")
        terminal.type("+mug\n")
        terminal.wait_for("tagged `mug`")
        end(terminal)


def test_without_colours_the_picture_is_grey_and_without_unicode_it_is_ascii(
    kitchen: Path, show: Callable[[str], Path]
) -> None:
    script = show("mug 0")
    for environment in ({"NO_COLOR": "1"}, {"TERM": "vt100"}, {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}):
        with live(kitchen, script, **environment) as terminal:
            terminal.wait_for("nothing is learned yet", "told", "++++")
            end(terminal)
        assert b"38;" not in terminal.raw and BLOCK not in terminal.raw.decode()
    with live(kitchen, script, COLORTERM="truecolor") as terminal:
        terminal.wait_for(BLOCK)
        end(terminal)
    assert b"38;2;" in terminal.raw
    with live(kitchen, script, "--no-picture") as terminal:
        terminal.wait_for("nothing is learned yet", "no class yet")
        end(terminal)
    assert BLOCK not in terminal.raw.decode()


def test_a_still_camera_costs_a_slow_line_next_to_nothing(kitchen: Path, show: Callable[[str], Path]) -> None:
    """Its noise aside: that is in what the camera gives here, too."""
    with live(kitchen, show("mug 0")) as terminal:
        terminal.wait_for("nothing is learned yet", BLOCK)
        terminal.type("+mug\n")
        terminal.wait_for("tagged `mug`")
        drawn = len(terminal.raw)
        for told in ("the next tag begins a new burst", "no new burst"):
            terminal.type("n")
            terminal.wait_for(told)
        assert len(terminal.raw) - drawn < 1000
        end(terminal)


def test_a_synthetic_camera_is_tagged_in_the_bursts_that_it_knows(kitchen: Path) -> None:
    source = "synthetic:mug,cup?hold=3600"
    with Terminal("--brain", kitchen, "tag", "--live", "--source", source) as terminal:
        terminal.wait_for("nothing is learned yet", "synthetic:mug", BLOCK)
        terminal.type("+mug\n")
        terminal.wait_for("tagged `mug`: learned", "burst 1: 1 × mug", "sees mug")
        terminal.type("u")
        terminal.wait_for("undone: 1 frame of `mug`")
        terminal.type("1")
        terminal.wait_for("tagged `mug`", "burst 1: 1 × mug")
        end(terminal)
    assert {label for label, _ in tags(kitchen)} == {"mug"}


def test_the_end_of_a_video_is_told(kitchen: Path) -> None:
    with Terminal("--brain", kitchen, "tag", "--live", "--source", "synthetic:mug?pace=0&once=1&hold=0.5") as terminal:
        terminal.wait_for("ENDED")
        terminal.type("+mug\n")
        terminal.wait_for("tagged `mug`")
        end(terminal)


@pytest.mark.parametrize(("source", "code"), [("nosuch.mp4", 1), ("synthetic:mug?colour=red", 1)])
def test_a_source_that_does_not_open_is_told_before_the_screen_is_taken(kitchen: Path, source: str, code: int) -> None:
    with Terminal("--brain", kitchen, "tag", "--live", "--source", source) as terminal:
        assert terminal.wait_for_the_end() == code
        assert terminal.raw.startswith(b"Error: ") and b"\x1b" not in terminal.raw


def test_frames_that_wait_are_tagged_burst_by_burst(kitchen: Path) -> None:
    with Brain.open(kitchen) as brain:
        brain.tag_many([(scene(label, number), label) for label in ("cup", "mug") for number in range(3)])
        for label in ("mug", "cup"):
            exposures = [brain.exposer.expose(again(scene(label, 9), number), "door") for number in range(3)]
            brain.keep_exposures(exposures, burst=exposures[0].id)
    with Terminal("--brain", kitchen, "tag", "--live") as terminal:
        terminal.wait_for("6 untagged", "burst 1 of 2, frame 1 of 3", "sees mug", BLOCK)
        terminal.type("*2")
        terminal.wait_for("tagged 3 frames `mug`", "burst 2 of 2, frame 1 of 3", "sees cup", "3 untagged")
        terminal.type("*1")
        terminal.wait_for("tagged 1 frame `cup`", "frame 2 of 3")
        terminal.type("u")
        terminal.wait_for("undone", "frame 1 of 3")
        terminal.type("\x1b[C")
        terminal.wait_for("frame 2 of 3")
        end(terminal)
    with Brain.open(kitchen) as brain:
        labels = [frame.label for frame in brain.store.frames()[-6:]]
        assert labels == ["mug", "mug", "mug", None, None, None]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--live"], "needs a terminal"),
        (["--live", "--source", "synthetic:"], "needs a terminal"),
        (["--live", "."], "--live tags what is seen"),
        (["--live", "--label", "mug"], "--live tags what is seen"),
        (["--live", "--burst", "b"], "--live tags what is seen"),
        (["--source", "usb:0", "--label", "mug", "."], "--source goes with --live"),
        (["--label", "mug"], "Missing argument 'PATH...'"),
        (["."], "Missing option '--label'"),
    ],
)
def test_what_does_not_go_together_is_wrong_usage(kitchen: Path, arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(main, ["--brain", str(kitchen), "tag", *arguments])
    assert result.exit_code == 2 and told in result.output
    assert tags(kitchen) == []


def test_a_terminal_that_cannot_be_drawn_on_is_wrong_usage(kitchen: Path, show: Callable[[str], Path]) -> None:
    with live(kitchen, show("mug 0"), TERM="dumb") as terminal:
        assert terminal.wait_for_the_end() == 2
        assert "needs a terminal" in terminal.raw.decode() and b"\x1b" not in terminal.raw
        assert os.isatty(0) or terminal.settings == terminal.before
