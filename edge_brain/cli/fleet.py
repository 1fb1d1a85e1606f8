"""The commands for whoever owns many devices: one brain of all, another extractor for all, and how each one does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from edge_brain.cli import common

if TYPE_CHECKING:
    from edge_brain.outcomes import Built, DeviceReport

_scheduler = click.option(
    "--scheduler", metavar="tcp://HOST:PORT", help="Have the workers of this Dask scheduler do it."
)
_DAY_S = 86400.0
_workers = click.option(
    "--workers", type=click.IntRange(1, 256), help="Processes of this machine that do it (else one a core)."
)


@click.group(short_help="Fold the hub of many devices into one brain; code all its pictures anew; compare devices.")
def fleet() -> None:
    """Work on the hub of any number of devices, on several processes or machines at once (extra [fleet], by Dask)."""


@fleet.command()
@click.argument("hub", metavar="HUB")
@click.option("-o", "--output", metavar="DIR", required=True, type=click.Path(file_okay=False),
              help="The folder of the common brain; it is made if need be, else what is new is taken in.")  # fmt: skip
@click.option("--extractor", help="Of a new brain (else the one that most devices of the hub have).")
@click.option("--region", metavar="X,Y,W,H", help="Of a new brain (else the one that most devices of the hub have).")
@_scheduler
@_workers
@common.json_option
@click.pass_context
def build(
    context: click.Context, hub: str, output: str, extractor: str | None, region: str | None,
    scheduler: str | None, workers: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Fold what all devices of HUB have told into one common brain.

    HUB is a folder or a URL, as `sync` takes it. Broken off, it is simply begun again; the second time only what is
    new is taken in. Exit code 1 when the hub cannot be reached, 3 when some of it had to be set aside.
    """
    from edge_brain.fleet.building import build as fold

    with common.stages() as report:
        done = fold(
            hub, output, extractor=extractor, region=region, scheduler=scheduler, workers=workers, progress=report
        )
    if as_json:
        common.print_json(common.plain(done))
    else:
        click.echo(common.score_line(done.score))
    for line in _built(done):
        click.echo(line, err=True)
    common.end_with_refused(context, done.aside, "thing was set aside", "things were set aside")


def _built(done: Built) -> Iterator[str]:
    from edge_brain.sync import words

    yield (
        f"{done.folder}: {common.counted(done.devices, 'device', 'devices')}; {done.events:,} events and "
        f"{done.frames:,} frames taken in, from {common.counted(done.segments, 'segment', 'segments')}"
    )
    if done.waiting:
        yield words.waiting(done.waiting)
    for device in done.forked:
        yield f"two machines have the id {device}: what both said is here; each takes an id of its own when it syncs"
    for device, seconds in done.ahead.items():
        days = seconds / _DAY_S
        yield f"the clock of {device} is {days:,.1f} days ahead: until then what it says counts as the latest"


@fleet.command()
@click.argument("hub", metavar="HUB")
@click.option("--extractor", required=True, help="The one to code with, as `retrain --extractor` takes it.")
@click.option("--region", metavar="X,Y,W,H", help="Part of every picture (else the one that most devices look at).")
@_scheduler
@_workers
@common.json_option
@click.pass_context
def recode(
    context: click.Context, hub: str, extractor: str, region: str | None, scheduler: str | None,
    workers: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Code all pictures of HUB by another extractor, and put the codes there.

    Devices that are then retrained for it (`retrain --extractor`) take them in when they sync, also those of frames
    whose pictures they do not have. Broken off, it is simply begun again, and goes on where it was.
    """
    from edge_brain.fleet.recoding import recode as code_anew

    with common.stages() as report:
        done = code_anew(hub, extractor, region=region, scheduler=scheduler, workers=workers, progress=report)
    if as_json:
        common.print_json(common.plain(done))
    already = f", {done.already:,} were before" if done.already else ""
    click.echo(f"{done.frames:,} frames coded with {done.extractor}{already}", err=True)
    if done.lacking:
        click.echo(f"{done.lacking:,} frames were not: their pictures are not in the hub (`sync --send`)", err=True)
    common.end_with_refused(context, done.aside, "thing was set aside", "things were set aside")


@fleet.command()
@common.json_option
@click.pass_context
def report(context: click.Context, as_json: bool) -> None:
    """Compare the devices of a common brain: what each took and said, how right the brain is there, what is odd."""
    from edge_brain.fleet.reporting import compare

    with common.opened(context) as brain:
        told = compare(brain)
    if as_json:
        common.print_json([common.plain(each) for each in told])
        return
    for each in told:
        click.echo(_device(each))
        for line in _notes(each):
            click.echo(f"    {line}")


def _device(each: DeviceReport) -> str:
    from edge_brain.clock import stamp

    heard = "never heard" if each.last_event is None else f"last heard {stamp(each.last_event)}"
    right = "" if each.accuracy is None else f" · {each.accuracy:.0%} right"
    beside = "" if each.elsewhere is None else f" (the others {each.elsewhere:.0%})"
    counts = f"{each.frames:,} frames, {each.learned:,} learned, {each.reserved:,} reserved"
    return f"{each.name} ({each.id}) · {counts} · {each.events:,} events, {heard}{right}{beside}"


def _notes(each: DeviceReport) -> Iterator[str]:
    """Yield what should be looked at."""
    if each.lacks:
        yield f"lacks {', '.join(each.lacks)}"
    if each.weakest is not None and each.accuracy is not None and each.accuracy < (each.elsewhere or 0):
        yield f"weakest here: {each.weakest}"
    if each.missing:
        yield f"{common.counted(each.missing, 'event has', 'events have')} not arrived"
    if each.doubled:
        yield f"{common.counted(each.doubled, 'number was', 'numbers were')} given twice: two machines had this id"
    if each.ahead_s:
        yield f"its clock is {each.ahead_s / _DAY_S:,.1f} days ahead"


COMMANDS = (fleet,)
