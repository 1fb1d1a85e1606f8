"""Commands that ask the brain, and change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from edge_brain.cli import common

if TYPE_CHECKING:
    from edge_brain.brain import Brain
    from edge_brain.records import Prediction

_NO_THRESHOLD = (
    "It cannot tell unknown things yet, and takes each for a class it knows: that takes 10 learned frames of 5 bursts "
    "whose classes have other bursts."
)


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True, allow_dash=True))
@click.option("--top", default=3, show_default=True, type=click.IntRange(1), help="How much of the ranking to print.")
@common.json_option
@click.pass_context
def predict(context: click.Context, paths: tuple[str, ...], top: int, as_json: bool) -> None:
    """Say what pictures show: files, all pictures in folders, `-` for one on standard input."""
    import sys

    from edge_brain.errors import BadPicture
    from edge_brain.exchange.folder import predict_files
    from edge_brain.files import printable
    from edge_brain.outcomes import Refused

    refused = []
    with common.opened(context) as brain:
        if "-" in paths:
            try:
                _print_answer("-", brain.predict(sys.stdin.buffer.read()), top, as_json)
            except BadPicture as error:
                refused.append(Refused("standard input", str(error)))
        for path, answer in predict_files(brain, [path for path in paths if path != "-"]):
            if isinstance(answer, Refused):
                refused.append(answer)
            else:
                _print_answer(printable(path), answer, top, as_json)
        if brain.threshold() is None and not as_json:
            click.echo(_NO_THRESHOLD, err=True)
    common.end_with_refused(context, refused)


def _print_answer(path: str, answer: Prediction, top: int, as_json: bool) -> None:
    if as_json:
        common.print_json({"path": path, **common.plain(answer)})
        return
    ranking = ", ".join(f"{label} {share:.0%}" for label, share in answer.ranking[:top])
    click.echo(f"{path}\t{answer.label or 'unknown'}\t{answer.confidence:.0%}\t({ranking or 'nothing is learned yet'})")


@click.command()
@click.option("--details", "in_full", is_flag=True, help="Classes, worst first; balance; wrong images; advice.")
@click.option("--history", is_flag=True, help="How the score became what it is: a plot, and what moved it.")
@common.json_option
@click.pass_context
def score(context: click.Context, in_full: bool, history: bool, as_json: bool) -> None:
    """Say how good the brain is, on frames in reserve, and on learned ones judged as if it had not learned them."""
    from edge_brain.cli import details

    with common.opened(context) as brain:
        measured = brain.score()
        if history:
            _print_history(brain, as_json)
        elif as_json:
            common.print_json({**common.plain(measured), **_beside(brain)})
        else:
            click.echo(common.score_line(measured))
            for line in details.in_full(measured) if in_full else details.advice(measured):
                click.echo(line)
            if brain.threshold() is None:
                click.echo(_NO_THRESHOLD)


def _beside(brain: Brain) -> dict[str, Any]:
    """Return what the JSON of a score tells besides; a release knows neither."""
    suspects, lines = ([], []) if brain.released else (brain.suspects(), brain.history())
    return {
        "suspects": [common.plain(suspect) for suspect in suspects],
        "moved": common.plain(lines[-1]) if lines else None,
    }


def _print_history(brain: Brain, as_json: bool) -> None:
    from edge_brain.cli.history import told

    lines = brain.history()
    if as_json:
        for line in lines:
            common.print_json(common.plain(line))
        return
    for text in told(lines):
        click.echo(text)
    if not lines:
        click.echo("There is no history yet: nothing has been tagged.", err=True)


@click.command()
@click.option("--class", "label", help="Only frames that are tagged, or taken for, this class.")
@click.option("--role", type=click.Choice(["learned", "reserved", "none"]), help="Only frames of this role.")
@click.option("--wrong", is_flag=True, help="Only frames that the brain takes for something else than they are tagged.")
@click.option("--suspect", is_flag=True, help="Only frames that look wrongly tagged, the most suspicious first.")
@common.json_option
@click.pass_context
def images(
    context: click.Context, label: str | None, role: str | None, wrong: bool, suspect: bool, as_json: bool
) -> None:
    """List the stored frames with their tags and what the brain, had it not learned them, takes them for."""
    with common.opened(context) as brain:
        suspects = {each.id: each for each in brain.suspects()} if suspect else {}
        stored = brain.images()
        if suspect:
            by_id = {image.id: image for image in stored}
            stored = [by_id[each] for each in suspects]
        for image in stored:
            if label not in (None, image.label, image.predicted) or (role and role != (image.role or "none")):
                continue
            if wrong and image.right is not False:
                continue
            doubt = suspects.get(image.id)
            if as_json:
                told = {"looks_like": doubt.looks_like, "sure": doubt.sure} if doubt else {}
                common.print_json({**common.plain(image), **told})
                continue
            verdict = {True: "right", False: "WRONG", None: "-"}[image.right]
            if doubt:
                verdict = f"looks like {doubt.looks_like}\t{doubt.sure:.0%} sure"
            shown = (image.id[:12], image.role or "untagged", image.label or "-", image.predicted or "-", verdict)
            click.echo("\t".join((*shown, image.burst)))


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@common.json_option
@click.pass_context
def test(context: click.Context, folder: str, as_json: bool) -> None:
    """Try the brain on DIR, which has a folder for each class, without learning anything."""
    from edge_brain.cli import details
    from edge_brain.exchange.folder import test_folder

    with common.opened(context) as brain, common.progress("testing") as report:
        tested = test_folder(brain, folder, progress=report)
    if as_json:
        common.print_json(common.plain(tested))
    else:
        for line in details.tested(tested):
            click.echo(line)
    common.end_with_refused(context, tested.refused)


@click.command()
@click.option(
    "-o", "--output", metavar="FILE", required=True, type=click.Path(dir_okay=False, allow_dash=True),
    help="The HTML file to write, `-` for standard output; one that stands there is replaced.",
)  # fmt: skip
@click.pass_context
def report(context: click.Context, output: str) -> None:
    """Write a report: one HTML file with the score, what to do next, and the reserved images; no network."""
    from pathlib import Path

    from edge_brain.report import report_html, write_report

    with common.opened(context) as brain:
        if output == "-":
            click.echo(report_html(brain), nl=False)
            return
        write_report(brain, output)
    click.echo(f"wrote {output}, {Path(output).stat().st_size / 1e6:.1f} MB; any browser opens it", err=True)


COMMANDS = (predict, score, images, test, report)
