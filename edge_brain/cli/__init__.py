"""What one types: `edge-brain`, one file a theme, each command one call of the SDK.

    setup     init retrain doctor           data on stdout, talk on stderr, the Brain Score
    teaching  tag untag classes import      first on stdout where a command changed the brain
    asking    predict score images test report
    giving    export
    releases  release and what belongs to it: take rollback list key pin unpin
    field     watch capture
    sync      with a hub: a folder, a USB stick, a bucket
    fleet     build recode report: the hub of many devices
    serve     the workspace, for a browser
    service   run install uninstall status logs example
    bench     what it costs on this machine
    manual    completion man

Exit codes: 0 done · 1 an error, told on stderr, nothing was half done · 2 wrong usage ·
3 done, but some inputs were refused (listed on stderr) · 4 doctor found damage ·
5 a service's source has ended.
"""

from __future__ import annotations

import errno
from typing import Any

import click

from edge_brain import __version__
from edge_brain.cli import (
    asking,
    bench,
    field,
    fleet,
    giving,
    manual,
    releases,
    serve,
    service,
    setup,
    sync,
    teaching,
)  # fmt: skip
from edge_brain.errors import EdgeBrainError


class _Group(click.Group):
    """Tells our errors in one line, without a traceback."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except EdgeBrainError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # whoever read our output has seen enough
                raise
            raise click.ClickException(f"{error.filename or 'the disk'}: {error.strerror or error}") from error

    def list_commands(self, context: click.Context) -> list[str]:
        return list(self.commands)  # in the order in which one comes to need them


@click.group(cls=_Group, context_settings={"auto_envvar_prefix": "EDGE_BRAIN", "help_option_names": ["-h", "--help"]})
@click.option(
    "--brain",
    "folder",
    default=".",
    envvar=["EDGE_BRAIN", "EDGE_BRAIN_BRAIN"],
    type=click.Path(),
    help="The brain's folder, or a release's file (else $EDGE_BRAIN, else the folder you stand in).",
)
@click.option(
    "--production",
    is_flag=True,
    help="Ask the release that is in production in that folder, whatever is tagged there meanwhile.",
)
@click.option("--threads", type=click.IntRange(1, 64), help="Threads of the extractor (else one a core, at most 4).")
@click.version_option(__version__, prog_name="edge-brain")
@click.pass_context
def main(context: click.Context, folder: str, production: bool, threads: int | None) -> None:
    """A camera that learns on the spot, and tells honestly how far it can be trusted.

    Every option can also be given as a variable: EDGE_BRAIN_TAG_LABEL for `tag --label`.
    """
    context.obj = {"folder": folder, "production": production, "threads": threads}


for theme in (setup, teaching, asking, giving, releases, field, sync, fleet, serve, service, bench, manual):
    for command in theme.COMMANDS:
        main.add_command(command)


def _name_variables(command: click.Command, name: str) -> None:
    """Let each option be given by a variable of its own name: click would take that of the parameter, `as_json`."""
    for option in command.params:
        spelled = next((each for each in option.opts if each.startswith("--")), None)
        if isinstance(option, click.Option) and spelled and not (option.envvar or option.is_eager):
            option.envvar = _variable(name, spelled[2:])
    for below, each in command.commands.items() if isinstance(command, click.Group) else ():
        _name_variables(each, _variable(name, below))


def _variable(*words: str) -> str:
    return "_".join(words).replace("-", "_").upper()


_name_variables(main, "EDGE_BRAIN")
