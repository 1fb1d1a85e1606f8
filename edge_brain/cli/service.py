"""Commands for the unattended service: run it, put it into systemd's hands, and see how it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edge_brain.cli import common

if TYPE_CHECKING:
    from pathlib import Path

    from edge_brain.service.install import Installed
    from edge_brain.service.status import Mqtt, Status, Sync

_own = click.option("--user", "own", is_flag=True, help="In your own systemd, not in the machine's.")
_root = click.option(
    "--root", metavar="DIR", type=click.Path(exists=True, file_okay=False),
    help="Below this folder, such as an image's; nothing is started.",
)  # fmt: skip
_start = click.option("--start/--no-start", default=True, help="Let systemd act at once (yes), or say what to type.")
_name = click.option("--name", help="Which service; needed where a brain has several.")
_file = click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False))


@click.group(short_help="Run unattended: watch a camera and keep what is worth it, as a service of systemd.")
def service() -> None:
    """Run unattended: one process watches a camera and keeps what is worth it, from a file of settings.

    `example` prints such a file, `install` makes a service of systemd of it, `status` and `logs` tell how it is.
    """


@service.command()
def example() -> None:
    """Print a file of settings to begin with, each of them explained."""
    from edge_brain.service import settings

    click.echo(settings.example(), nl=False)


@service.command()
@_file
@click.pass_context
def run(context: click.Context, file: str) -> None:
    """Run the service that FILE describes, here and now, until Ctrl-C or SIGTERM.

    Exit code 5 when there is nothing more to see: a video was seen to its end.
    """
    import sys

    from edge_brain import config

    config.reckon_on_one_core()
    from edge_brain.service import logs, process, settings, status, unit

    wanted = settings.load(file)
    log = logs.Log(sys.stderr, status.folder_of(wanted.brain) / f"{wanted.name}.log", priorities=config.journal())
    with process.told_to_stop() as stop:
        has_ended = process.run(wanted, log, stop)
    if has_ended:
        context.exit(unit.ENDED)


def _path(text: str) -> Path:
    from pathlib import Path  # 5 ms that `--help` need not wait for

    return Path(text)


@service.command()
@_file
@_own
@_root
@_start
@click.pass_context
def install(context: click.Context, file: str, own: bool, root: str | None, start: bool) -> None:
    """Make a service of systemd of FILE: started now and at every boot, watched, and locked in.

    It runs as whom the brain's folder belongs to. Once more after a change of FILE brings the change about.
    """
    from edge_brain.service import install as installing
    from edge_brain.service import settings

    wanted = settings.load(file)
    done = installing.install(wanted, own=own, root=_path(root) if root else None, start=start)
    click.echo(f"{'wrote' if done.changed else 'unchanged:'} {done.unit}")
    if done.user == "root":
        click.echo("It runs as root, for the brain is root's; give the folder to a user of its own: chown -R", err=True)
    _tell_rest(context, done)
    if own and done.complaint is None:
        click.echo("So that it runs while you are not logged in, type once: loginctl enable-linger", err=True)


@service.command()
@click.argument("name")
@_own
@_root
@_start
@click.pass_context
def uninstall(context: click.Context, name: str, own: bool, root: str | None, start: bool) -> None:
    """Stop the service NAME and take it out of systemd's hands; brain, settings and logs stay."""
    from edge_brain.service import install as installing

    done = installing.uninstall(name, own=own, root=_path(root) if root else None, start=start)
    click.echo(f"removed {done.unit}" if done.changed else f"there is no {done.unit}")
    _tell_rest(context, done)


def _tell_rest(context: click.Context, done: Installed) -> None:
    for command in done.done:
        click.echo(f"did {command}", err=True)
    if done.left and done.complaint is None:
        click.echo("systemd was left alone; to bring it about, type:", err=True)
    for command in done.left if done.complaint is None else []:
        click.echo(f"  {command}", err=True)
    if done.complaint is not None:
        raise click.ClickException(done.complaint)


@service.command(name="status")
@_name
@common.json_option
@click.pass_context
def status_(context: click.Context, name: str | None, as_json: bool) -> None:
    """Tell how the services of the brain are: whether they run, what they see, what they have kept."""
    from edge_brain.service import status

    brain = _path(context.obj["folder"])
    services = status.seen(brain, name)
    if not services:
        click.echo(f"no service has run on {brain} yet", err=True)
    for each in services:
        said = each.status
        if as_json:
            head = {"name": each.name, "running": each.running, "silent_s": each.silent_s}
            common.print_json(head | (common.plain(said) if said else {}))
            continue
        click.echo(f"{each.name}: {'running' if each.running else 'not running'}" + _ago(each.silent_s))
        for line in _lines(said) if said else []:
            click.echo(f"  {line}")


def _ago(silent_s: float | None) -> str:
    return "" if silent_s is None else f", heard of {silent_s:.0f} s ago"


def _lines(said: Status) -> list[str]:
    counts = {"kept": said.kept, "passed over": said.dropped, "dropped for room": said.room}
    lines = [
        f"{said.state}; started {said.started}, process {said.pid}, edge_brain {said.version}",
        f"source {said.source or '-'}: {said.source_state}" + (f", {said.source_detail}" if said.source_detail else ""),
        f"sees {said.label or 'nothing that the brain knows'}; {said.shots} shots looked at"
        + (f", {said.rate:.1f} a second lately" if said.rate else ""),
        *(f"{what}: {sum(n.values())} frames ({_counted(n)})" for what, n in counts.items() if n),
    ]
    if said.score is not None:
        lines.append(f"Brain Score: {said.score['level']}")
    if said.disk_free_bytes is not None:
        lines.append(f"{said.disk_free_bytes / 1e6:,.0f} MB are free on the disk")
    lines += _sync_lines(said.sync) if said.sync else []
    lines += [_mqtt_line(said.mqtt)] if said.mqtt else []
    if said.repaired:
        lines.append(f"repaired: {said.repaired}")
    if said.trouble.last:
        still = "still" if said.trouble.now else "is over"
        lines.append(f"trouble ({still}; {said.trouble.count} times, last {said.trouble.at}): {said.trouble.last}")
    return lines


def _sync_lines(sync: Sync) -> list[str]:
    went = f"went well last {sync.succeeded}" if sync.succeeded else "has not gone well yet"
    again = f", next {sync.next}" if sync.next else ", at work"
    lines = [
        f"sync with {sync.hub} {went}{again}; {sync.exchanges} times, {sync.events_sent} events and "
        f"{sync.pictures_sent} pictures sent, {sync.events_taken} events taken in"
    ]
    if sync.skipped:
        lines.append(f"sync was passed over: {sync.skipped}")
    if sync.failures:
        lines.append(f"sync fails ({sync.failures} times in a row, last {sync.failed}): {sync.failure}")
    if sync.aside:
        lines.append(f"set aside by sync: {sync.aside}, the first: {sync.aside_first}")
    return lines


def _mqtt_line(mqtt: Mqtt) -> str:
    how = "is told" if mqtt.connected else f"is not told: {mqtt.failure or 'not connected yet'}"
    return f"broker {mqtt.broker} {how}; {mqtt.tagged} frames tagged by messages, {mqtt.refused} messages refused"


def _counted(counts: object) -> str:
    assert isinstance(counts, dict)
    return ", ".join(f"{count} {reason}" for reason, count in counts.items())


@service.command(name="logs")
@_name
@click.option("-n", "--lines", default=20, show_default=True, type=click.IntRange(0, 100_000), help="How many lines.")
@click.option("--follow", "-f", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@click.pass_context
def logs_(context: click.Context, name: str | None, lines: int, follow: bool) -> None:
    """Print what a service of the brain has told last."""
    import threading

    from edge_brain.errors import BadInput
    from edge_brain.service import logs, status

    brain = _path(context.obj["folder"])
    names = status.names(brain, name)
    if len(names) != 1:
        raise BadInput(f"{brain} had services {', '.join(names) or 'none yet'}; say with --name whose logs you want")
    path = status.folder_of(brain) / f"{names[0]}.log"
    told = logs.follow(path, threading.Event().wait)
    for line in logs.tail(path, lines):
        click.echo(line)
    if follow:
        for line in told:
            click.echo(line)


COMMANDS = (service,)
