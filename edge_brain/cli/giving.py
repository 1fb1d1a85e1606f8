"""Commands that give others what the brain was taught, and change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edge_brain.cli import common

if TYPE_CHECKING:
    from edge_brain.brain import Brain
    from edge_brain.exchange.export import Progress
    from edge_brain.outcomes import Exported


@click.command()
@click.option(
    "--format", "form", type=click.Choice(["folder", "zip"]), default="folder", show_default=True,
    help="A folder for each class, or the same in a ZIP file.",
)  # fmt: skip
@click.option(
    "-o", "--output", metavar="DIR|FILE", required=True, type=click.Path(allow_dash=True),
    help="Where to: a folder, or the ZIP file, which is replaced, `-` for standard output.",
)  # fmt: skip
@common.json_option
@click.pass_context
def export(context: click.Context, form: str, output: str, as_json: bool) -> None:
    """Write all tagged pictures, byte for byte, with their classes and scenes, for `import --bursts` or others.

    What is in the folder already is left, and never replaced. Broken off, it is simply begun again.
    """
    if output == "-" and (form != "zip" or as_json):
        raise click.UsageError("standard output takes a ZIP alone: give --format zip -o -, without --json")
    with common.opened(context) as brain, common.progress("exporting") as report:
        done = _export(brain, form, output, report)
    if as_json:
        common.print_json(common.plain(done))
    else:
        already = f" · {done.already} were there already" if done.already else ""
        click.echo(f"{common.counted(done.frames, 'picture', 'pictures')} exported{already}", err=True)
    common.end_with_refused(context, done.refused)


def _export(brain: Brain, form: str, output: str, report: Progress) -> Exported:
    import sys

    from edge_brain.exchange.export import export_folder, export_zip, write_zip

    if output == "-":
        return write_zip(brain, sys.stdout.buffer, progress=report)
    if form == "zip":
        return export_zip(brain, output, progress=report)
    return export_folder(brain, output, progress=report)


@click.command()
@click.option(
    "-o", "--output", metavar="FILE", required=True, type=click.Path(dir_okay=False),
    help="The file to write, like kitchen.brain; one that stands there is never replaced.",
)  # fmt: skip
@click.option("--number", type=click.IntRange(1), help="Greater than that of any release before (else the next).")
@common.json_option
@click.pass_context
def release(context: click.Context, output: str, number: int | None, as_json: bool) -> None:
    """Freeze what the brain knows by now into one file that answers as it does, and learns nothing.

    Everything that only asks takes the file in place of a brain: edge-brain --brain kitchen.brain predict mug.jpg
    """
    with common.opened(context) as brain:
        done = brain.release(output, number)
    if as_json:
        common.print_json(common.plain(done))
    else:
        size = f"{done.size_bytes / 1e3:,.0f} kB"
        what = f"{common.counted(len(done.classes), 'class', 'classes')}, {done.level}"
        click.echo(f"release {done.number} of {done.name}: {what}, {size}, SHA-256 {done.sha256}", err=True)


COMMANDS = (export, release)
