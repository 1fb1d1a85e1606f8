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
    "--format", "form", type=click.Choice([*common.FORMATS, "zip", "tflite", "lobe"]), default="folder",
    show_default=True,
    help="How pictures and classes lie; zip: as folder, in a ZIP; tflite, lobe: what was learned, as a model.",
)  # fmt: skip
@click.option(
    "-o", "--output", metavar="DIR|FILE", required=True, type=click.Path(allow_dash=True),
    help="Where to: a folder, or a ZIP file (.zip), which is replaced, `-` for standard output.",
)  # fmt: skip
@click.option("--single-output", is_flag=True, help="Of a TFLite model: probabilities alone, no familiarity.")
@common.json_option
@click.pass_context
def export(context: click.Context, form: str, output: str, single_output: bool, as_json: bool) -> None:
    """Write all tagged pictures, byte for byte, with their classes and scenes, for `import --bursts` or others.

    What is in the folder already is left, and never replaced. Broken off, it is simply begun again. With `--format
    tflite` or `lobe` no picture is written, but a model that answers as the brain, or the release, does.
    """
    if single_output and form != "tflite":
        raise click.UsageError("--single-output is of a TFLite model: give --format tflite")
    if form in ("tflite", "lobe"):
        _export_model(context, form, output, single_output, as_json)
        return
    if output == "-" and (form == "folder" or as_json):
        raise click.UsageError("standard output takes a ZIP alone: give --format zip -o -, without --json")
    with common.opened(context) as brain, common.progress("exporting") as report:
        done = _export(brain, form, output, report)
    if as_json:
        common.print_json(common.plain(done))
    else:
        already = f" · {done.already} were there already" if done.already else ""
        click.echo(f"{common.counted(done.frames, 'picture', 'pictures')} exported{already}", err=True)
    common.end_with_refused(context, done.refused)


def _export_model(context: click.Context, form: str, output: str, single_output: bool, as_json: bool) -> None:
    from edge_brain.exchange.lobe import export_lobe
    from edge_brain.exchange.tflite import export_tflite

    if output == "-":
        raise click.UsageError(f"a model goes into a {'folder' if form == 'lobe' else 'file'}: give its name to -o")
    with common.opened(context) as brain:
        if form == "lobe":
            done = export_lobe(brain, output)
        else:
            done = export_tflite(brain, output, familiarity=not single_output)
    if as_json:
        common.print_json(common.plain(done))
    else:
        click.echo(
            f"{done.path}: {common.counted(len(done.classes), 'class', 'classes')}, {done.size_bytes / 1e6:,.1f} MB, "
            f"takes {'float32' if form == 'lobe' else 'uint8'} RGB of {done.width} × {done.height}",
            err=True,
        )


def _export(brain: Brain, form: str, output: str, report: Progress) -> Exported:
    import sys

    from edge_brain.exchange.export import export_folder, export_zip, write_zip

    layout = "folder" if form == "zip" else form
    if output == "-":
        return write_zip(brain, sys.stdout.buffer, form=layout, progress=report)
    if form == "zip" or output.lower().endswith(".zip"):
        return export_zip(brain, output, form=layout, progress=report)
    return export_folder(brain, output, form=layout, progress=report)


COMMANDS = (export,)
