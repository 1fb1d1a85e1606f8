"""What helps to type: completion for the shell, and the manual page, both of the commands as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from edge_brain import __version__

SHELLS = ("bash", "zsh", "fish")
EXITS = {
    0: "Done.",
    1: "An error, told on standard error; nothing was half done.",
    2: "Wrong usage.",
    3: "Done, but some inputs were refused; they are listed on standard error with the reason.",
    4: "doctor found damage.",
    5: "service run: a video was seen to its end; systemd does not start it anew.",
}


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what lets SHELL complete commands and options: eval "$(edge-brain completion bash)"."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(context.find_root().command, {}, "edge-brain", "_EDGE_BRAIN_COMPLETE").source())


@click.command()
@click.pass_context
def man(context: click.Context) -> None:
    """Print the manual page, for man(1): edge-brain man | man -l -."""
    root = click.Context(context.find_root().command, info_name="edge-brain", auto_envvar_prefix="EDGE_BRAIN")
    click.echo("\n".join(_page(root)))


# ── the page ────────────────────────────────────────────────────────────────────────────────────


def _page(root: click.Context) -> Iterator[str]:
    """Yield the lines of the page, in the macros of man(7)."""
    summary, _, rest = (root.command.help or "").partition("\n\n")
    yield f'.TH EDGE-BRAIN 1 "" "edge-brain {__version__}" "User Commands"'
    yield from (".SH NAME", f"edge\\-brain \\- {_text(summary)}")
    yield from (".SH SYNOPSIS", ".B edge\\-brain", _text("[OPTIONS] COMMAND [ARGUMENTS]"))
    yield from (".SH DESCRIPTION", _text(rest))
    yield ".SH OPTIONS"
    yield from _options(root)
    yield ".SH COMMANDS"
    yield from _commands(root)
    yield ".SH EXIT STATUS"
    for code, meaning in EXITS.items():
        yield from (".TP", f".B {code}", _text(meaning))


def _commands(above: click.Context) -> Iterator[str]:
    group = above.command
    assert isinstance(group, click.Group)
    for name in group.list_commands(above):
        command = group.commands[name]
        context = click.Context(command, parent=above, info_name=name)
        words = context.command_path.partition(" ")[2]
        usage = " ".join(command.collect_usage_pieces(context))
        yield f".SS {_text(f'{words} {usage}')}"
        for place, paragraph in enumerate((command.help or "").split("\n\n")):
            yield from ([".PP"] if place else []) + [_text(paragraph)]
        yield from _options(context)
        if isinstance(command, click.Group):
            yield from _commands(context)


def _options(context: click.Context) -> Iterator[str]:
    for parameter in context.command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and record[1] and "--help" not in parameter.opts:
            yield from (".TP", f".B {_text(record[0])}", _text(record[1]))


def _text(text: str) -> str:
    """Return text as roff takes it: on one line, and nothing in it a request."""
    line = re.sub(r"\s+", " ", text.replace("\b", "")).strip().replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{line}" if line.startswith((".", "'")) else line


COMMANDS = (completion, man)
