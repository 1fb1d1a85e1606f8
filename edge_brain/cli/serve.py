"""The command that serves the workspace: pages for a browser, on this device or on a phone beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edge_brain.cli import common

if TYPE_CHECKING:
    from edge_brain.web import Served

_NICENESS = 10  # without a camera of its own it lets a `watch` or a service beside it go first


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to serve on; 0.0.0.0 for the LAN.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65_535), help="The port; 0 takes any.")
@click.option("--source", metavar="SOURCE", help="The camera to look through: usb:0, picamera, rtsp://…, http://….")
@click.option("--keep", is_flag=True, help="With --source: keep frames that are worth tagging, as `capture` does.")
@click.option("--name", "names", multiple=True, help="A name by which this machine is called; may be given again.")
@click.option(
    "--token-file",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Keep the token in this file, which only you can read: a link then holds for ever, not until the next start.",
)
@click.pass_context
def serve(
    context: click.Context,
    host: str,
    port: int,
    source: str | None,
    keep: bool,
    names: tuple[str, ...],
    token_file: str | None,
) -> None:
    """Serve the workspace: tag, and watch the Brain Score, in a browser. Ctrl-C ends it.

    Only this machine can reach it, unless --host says otherwise. Then the link with the token is shown, also as a
    QR code for a phone.
    """
    import os
    from pathlib import Path

    from edge_brain import config

    config.reckon_on_one_core()
    config.keep_little_memory()
    if source is None:
        os.nice(_NICENESS)
    from edge_brain.field import Rules
    from edge_brain.service.process import told_to_stop
    from edge_brain.web import served, tokens

    if keep and source is None:
        raise click.UsageError("--keep needs --source, the camera whose frames are kept")
    rules = Rules() if keep else None
    token = None if token_file is None else tokens.kept_in(Path(token_file))
    with (
        common.opened(context) as brain,
        told_to_stop() as stop,
        served(brain, host=host, port=port, source=source, keep=rules, names=names, token=token) as at,
    ):
        common.print_score_line(brain)
        _show(at)
        stop.wait()


def _show(at: Served) -> None:
    """Show the link, and as a QR code where a phone may come."""
    import sys

    from edge_brain import extras

    click.echo(at.link)
    if at.token is None:
        return
    if sys.stdout.isatty():
        with extras.needed("web", "the link's QR code needs segno"):
            import segno

        segno.make(at.link, error="l").terminal(compact=True)
    click.echo(
        "Whoever has this link can see and change this brain. It is no https: the LAN could read along.", err=True
    )


COMMANDS = (serve,)
