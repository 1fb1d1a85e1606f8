"""The command that gives others what the brain was taught, and changes nothing."""

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
    "--format", "form", type=click.Choice(["folder", "zip", "tflite"]), default="folder", show_default=True,
    help="A folder for each class; the same in a ZIP file; what was learned, in one TFLite model for other runtimes.",
)  # fmt: skip
@click.option(
    "-o", "--output", metavar="DIR|FILE", required=True, type=click.Path(allow_dash=True),
    help="Where to: a folder, or the ZIP file, which is replaced, `-` for standard output.",
)  # fmt: skip
@click.option("--single-output", is_flag=True, help="Of a TFLite model: probabilities alone, no familiarity.")
@common.json_option
@click.pass_context
def export(context: click.Context, form: str, output: str, single_output: bool, as_json: bool) -> None:
    """Write all tagged pictures, byte for byte, with their classes and scenes, for `import --bursts` or others.

    What is in the folder already is left, and never replaced. Broken off, it is simply begun again. With `--format
    tflite` no picture is written, but one model that answers as the brain, or the release, does.
    """
    if single_output and form != "tflite":
        raise click.UsageError("--single-output is of a TFLite model: give --format tflite")
    if form == "tflite":
        _export_model(context, output, single_output, as_json)
        return
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


def _export_model(context: click.Context, output: str, single_output: bool, as_json: bool) -> None:
    from edge_brain.exchange.tflite import export_tflite

    if output == "-":
        raise click.UsageError("a TFLite model goes into a file: give -o FILE")
    with common.opened(context) as brain:
        done = export_tflite(brain, output, familiarity=not single_output)
    if as_json:
        common.print_json(common.plain(done))
    else:
        click.echo(
            f"{done.path}: {common.counted(len(done.classes), 'class', 'classes')}, {done.size_bytes / 1e6:,.1f} MB, "
            f"takes uint8 RGB of {done.width} × {done.height}",
            err=True,
        )


def _export(brain: Brain, form: str, output: str, report: Progress) -> Exported:
    import sys

    from edge_brain.exchange.export import export_folder, export_zip, write_zip

    if output == "-":
        return write_zip(brain, sys.stdout.buffer, progress=report)
    if form == "zip":
        return export_zip(brain, output, progress=report)
    return export_folder(brain, output, progress=report)


COMMANDS = (export,)
