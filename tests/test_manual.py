"""What helps to type tells of every command as it is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from edge_brain.cli import main
from edge_brain.cli.manual import EXITS, SHELLS

pytestmark = pytest.mark.usefixtures("once")  # no runtime is asked for here

README = (Path(__file__).resolve().parent.parent / "README.md").read_text()


def commands(above: click.Group, words: str = "") -> list[tuple[str, click.Command]]:
    found = list[tuple[str, click.Command]]()
    for name, command in above.commands.items():
        found.append((f"{words}{name}", command))
        if isinstance(command, click.Group):
            found += commands(command, f"{words}{name} ")
    return found


def page() -> str:
    return CliRunner().invoke(main, ["man"], catch_exceptions=False).output


def test_the_page_tells_of_every_command_and_every_option() -> None:
    text = page().replace("\\-", "-")
    for words, command in commands(main):
        section = text.split(f"\n.SS {words} ", 1)[1].split("\n.SS ", 1)[0]
        first_sentence = re.split(r"(?<=[.:])\s", (command.help or "").replace("\n", " "))[0]
        assert first_sentence[:40] in section, words
        for parameter in command.params:
            assert isinstance(parameter, click.Argument) or parameter.opts[0] in section, (words, parameter.opts)


def test_the_page_is_roff_and_nothing_in_the_help_is_taken_for_a_request() -> None:
    requests = re.findall(r"^([.'].*)$", page(), re.MULTILINE)
    assert {line.split()[0] for line in requests} == {".TH", ".SH", ".SS", ".PP", ".TP", ".B"}
    assert not re.search(r"(?<!\\)-", re.sub(r"^\.TH.*$", "", page(), flags=re.MULTILINE)), (
        "a hyphen would not be copied"
    )


def test_the_page_and_the_readme_agree_on_exit_codes() -> None:
    told = {int(code): text for code, text in re.findall(r"^\| (\d) \| (.*) \|$", README, re.MULTILINE)}
    assert {code: text.replace("`", "").rstrip(".").casefold() for code, text in told.items()} == {
        code: text.replace("standard error", "stderr").rstrip(".").casefold() for code, text in EXITS.items()
    }


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_is_told_how_to_complete(shell: str) -> None:
    said = CliRunner().invoke(main, ["completion", shell], catch_exceptions=False).output
    assert f"_EDGE_BRAIN_COMPLETE={shell}_complete" in said


def test_bash_completes_commands_and_options() -> None:
    """As bash does it: the script is evaluated, and the function that it makes is asked."""
    script = """
        eval "$(edge-brain completion bash)"
        asked() {
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
            _edge_brain_completion edge-brain
            echo "${COMPREPLY[@]}"
        }
        asked edge-brain exp; asked edge-brain export --form; asked edge-brain export --format co
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    said = subprocess.run(["bash", "-c", script], env={**os.environ, "PATH": path}, capture_output=True, text=True)
    assert said.stdout.split() == ["export", "--format", "coco"], said.stderr
