"""Commands that make a brain and keep it sound."""

from __future__ import annotations

import click

from edge_brain.cli import common, details


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False))
@click.option("--extractor", help="lite0-224 (default) or lite0-192, which is a quarter faster and a little less sure.")
@click.option("--roi", metavar="X,Y,W,H", help="Look only at this part of every picture, in fractions of it.")
@click.option("--views/--no-views", default=True, help="Learn each frame with its mirror image and its middle (yes).")
@click.pass_context
def init(context: click.Context, folder: str, extractor: str | None, roi: str | None, views: bool) -> None:
    """Make a brain in DIR, a folder that has none yet."""
    from edge_brain.brain import Brain

    threads = context.obj["threads"]
    with Brain.create(folder, extractor=extractor, region=roi, views=views, threads=threads) as brain:
        common.print_score_line(brain)
        click.echo(f"made {folder} with extractor {brain.extractor}; now tag frames of two classes", err=True)


@click.command()
@click.option("--extractor", help="Change to this extractor: every stored picture is coded anew.")
@click.option("--roi", metavar="X,Y,W,H", help="Change to this part of the picture: all are coded anew.")
@click.option(
    "--views/--no-views", default=None, help="Begin or end to learn each frame with its mirror and its middle."
)
@click.pass_context
def retrain(context: click.Context, extractor: str | None, roi: str | None, views: bool | None) -> None:
    """Rebuild the head from every stored tag; it comes out the same, to the bit."""
    with common.opened(context) as brain:
        with common.progress("coding") as report:
            brain.retrain(extractor=extractor, region=roi, views=views, progress=report)
        common.print_score_line(brain)
        click.echo(f"head {brain.head_digest()}")


@click.command()
@click.option("--repair", "mend", is_flag=True, help="Set a damaged database aside and rebuild it from what is left.")
@common.json_option
@click.pass_context
def doctor(context: click.Context, mend: bool, as_json: bool) -> None:
    """Check the database, every checksum, the head, the files, the runtime and the space left."""
    from edge_brain.doctor import examine
    from edge_brain.errors import BrainDamaged
    from edge_brain.outcomes import Finding
    from edge_brain.repair import repair

    repaired = repair(context.obj["folder"], threads=context.obj["threads"]) if mend else None
    try:
        with common.opened(context) as brain:
            if repaired is not None and not repaired.sound and not as_json:
                common.print_score_line(brain)
            findings = examine(brain)
    except BrainDamaged as error:
        findings = [Finding("database", False, str(error))]
    sound = all(finding.ok for finding in findings)
    if as_json:
        told = {} if repaired is None else {"repaired": common.plain(repaired)}
        common.print_json({"ok": sound, "findings": [common.plain(finding) for finding in findings], **told})
    else:
        for line in details.repaired(repaired) if repaired is not None else ():
            click.echo(line)
        for finding in findings:
            click.echo(f"{'ok ' if finding.ok else 'BAD'}  {finding.check}: {finding.detail}")
    if not sound:
        context.exit(common.DAMAGED)
    if repaired is not None:
        common.end_with_refused(context, repaired.lost)


COMMANDS = (init, retrain, doctor)
