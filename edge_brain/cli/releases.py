"""The commands of releases: what the brain knows by now in one file, and which of such files a device runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from edge_brain.cli import common

if TYPE_CHECKING:
    from edge_brain.outcomes import Production, Released


@click.group(invoke_without_command=True, short_help="Freeze the brain into one file; put such files into production.")
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(dir_okay=False),
    help="The file to write, like kitchen.brain; one that stands there is never replaced.",
)  # fmt: skip
@click.option("--number", type=click.IntRange(1), help="Greater than that of any release before (else the next).")
@click.option("--key", metavar="FILE", type=click.Path(dir_okay=False), help="Sign with the private key in this file.")
@click.option("--expires", metavar="WHEN", help="From then on no device takes it: 90d, or a day such as 2026-12-31.")
@common.json_option
@click.pass_context
def release(
    context: click.Context, output: str | None, number: int | None, key: str | None, expires: str | None, as_json: bool
) -> None:
    """Freeze what the brain knows by now into one file that answers as it does, and learns nothing.

    Everything that only asks takes the file in place of a brain: edge-brain --brain kitchen.brain predict mug.jpg

    On a device `take` puts such a file into production: edge-brain --production predict mug.jpg answers with it,
    whatever is tagged meanwhile.
    """
    if context.invoked_subcommand is not None:
        _refuse_stray_options(context)
        return
    if output is None:
        raise click.UsageError("Missing option '-o' / '--output'.", context)
    with common.opened(context) as brain:
        done = brain.release(output, number, key=key, expires=expires)
    if as_json:
        common.print_json(common.plain(done))
    else:
        size = f"{done.size_bytes / 1e3:,.0f} kB"
        what = f"{common.counted(len(done.classes), 'class', 'classes')}, {done.level}"
        click.echo(f"release {done.number} of {done.name}: {what}, {size}, SHA-256 {done.sha256}", err=True)
        for told in (_signed(done) if done.signed_by else "", _end(done)):
            if told:
                click.echo(told, err=True)


def _refuse_stray_options(context: click.Context) -> None:
    """Let no option of `release` itself be given in vain, before the name of another command."""
    from click.core import ParameterSource

    given = [name for name in context.params if context.get_parameter_source(name) == ParameterSource.COMMANDLINE]
    if given:
        raise click.UsageError(f"`release {context.invoked_subcommand}` takes its options after its name", context)


@release.command()
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False))
@click.option("--allow-older", is_flag=True, help="Take it also when its number, or a greater one, was here before.")
@click.option("--sha256", metavar="HEX", help="What the file must have, as whoever made it tells.")
@common.json_option
@click.pass_context
def take(context: click.Context, file: str, allow_older: bool, sha256: str | None, as_json: bool) -> None:
    """Put the release FILE into production, if all about it is right; the one before is kept for `rollback`.

    Apps that run what is in production answer with it from their next picture on.
    """
    with common.opened(context) as brain:
        done = brain.take_release(file, older=allow_older, sha256=sha256)
    if as_json:
        common.print_json(common.plain(done))
        return
    how = "is in production" if done.changed else "was in production already"
    click.echo(f"{_named(done.released)} {how}", err=True)
    for note in done.notes:
        click.echo(f"note: {note}", err=True)


@release.command()
@common.json_option
@click.pass_context
def rollback(context: click.Context, as_json: bool) -> None:
    """Let the release before answer again; once more, and the one that was rolled back does."""
    with common.opened(context) as brain:
        told = brain.rollback()
    if as_json:
        common.print_json(common.plain(told))
    elif told.current is not None:
        click.echo(f"{_named(told.current)} is in production again", err=True)


@release.command(name="list")
@common.json_option
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """Tell what is in production, what was before, whose releases are taken, and which were made on the page."""
    from edge_brain.web.releases import offered

    with common.opened(context) as brain:
        production, pins, made = brain.production, brain.pins(), [each.released for each in offered(brain.folder)]
    if as_json:
        told = None if production is None else common.plain(production)
        common.print_json({"production": told, "pins": pins, "made_here": [common.plain(each) for each in made]})
        return
    for line in _told(production):
        click.echo(line)
    for one in made:
        click.echo(f"made here   {_named(one)}, {one.path}")
    for pin in pins:
        click.echo(f"takes only what is signed by {pin}")


def _told(production: Production | None) -> Iterator[str]:
    if production is None:
        yield "production  nothing: `edge-brain release take FILE` puts a release there"
        return
    if production.current is not None:
        from edge_brain.clock import stamp

        since = f", since {stamp(production.since)}" if production.since else ""
        yield f"production  {_named(production.current)}{since}, {_signed(production.current)}"
        if production.expired:
            yield f"            it has expired, and answers all the same: {_end(production.current)}"
    if production.previous is not None:
        yield f"before      {_named(production.previous)}, {_signed(production.previous)}"
    if production.trouble:
        yield f"trouble     {production.trouble}"


def _named(told: Released) -> str:
    return (
        f"release {told.number} of {told.name} ({told.level}, {common.counted(len(told.classes), 'class', 'classes')})"
    )


def _signed(told: Released) -> str:
    return f"signed by {told.signed_by}" if told.signed_by else "not signed"


def _end(told: Released) -> str:
    from edge_brain.clock import stamp

    return "" if told.expires_at is None else f"no device takes it from {stamp(told.expires_at)} on"


@release.command()
@click.option("-o", "--output", metavar="FILE", required=True, type=click.Path(dir_okay=False),
              help="The file for the private key; one that stands there is never replaced.")  # fmt: skip
def key(output: str) -> None:
    """Make a key to sign releases with: print the public one, and keep the private one in a file for you alone.

    Devices are told the public key by `release pin`. Keep a copy of the file where no device is: who loses it cannot
    release for them any more, and who finds it can.
    """
    from pathlib import Path

    from edge_brain.release import keys

    click.echo(keys.make(Path(output)))


@release.command()
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@click.pass_context
def pin(context: click.Context, keys: tuple[str, ...]) -> None:
    """Take only releases that KEY, 64 hex digits, has signed; several may be pinned, while one follows another."""
    with common.opened(context) as brain:
        for each in keys:
            brain.pin(each)
        pins = brain.pins()
    click.echo(f"takes only what is signed by {' or '.join(pins)}", err=True)


@release.command()
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@click.pass_context
def unpin(context: click.Context, keys: tuple[str, ...]) -> None:
    """Trust what KEY has signed no more. When none is left, releases that nobody has signed are taken, too."""
    with common.opened(context) as brain:
        for each in keys:
            brain.unpin(each)
        pins = brain.pins()
    left = f"takes only what is signed by {' or '.join(pins)}" if pins else "no key is pinned: takes unsigned ones, too"
    click.echo(left, err=True)


COMMANDS = (release,)
