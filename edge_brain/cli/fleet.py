"""The commands for whoever owns many devices: one brain of all, another extractor for all, and how each one does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from edge_brain.cli import common

if TYPE_CHECKING:
    from edge_brain.outcomes import Built

_scheduler = click.option("--scheduler", metavar="tcp://HOST:PORT", help="Have the workers of this Dask scheduler do it.")
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
        yield f"the clock of {device} is {seconds / 86400:,.1f} days ahead: what it says counts as the latest until then"


COMMANDS = (fleet,)
