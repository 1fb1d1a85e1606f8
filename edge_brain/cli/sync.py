"""The command that exchanges with a hub what its devices were told, and tells how it stands with the hubs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from edge_brain.cli import common
from edge_brain.cli.field import Span
from edge_brain.units import size_bytes

if TYPE_CHECKING:
    from edge_brain.brain import Brain
    from edge_brain.outcomes import HubStatus, Synced, SyncStatus
    from edge_brain.sync.conditions import Conditions

_STATUS = "status"


class _Rate(click.ParamType[int]):
    """So many bytes a second: "500 KB"."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, context: click.Context | None) -> int:
        """Return bytes."""
        size = value if isinstance(value, int) else size_bytes(str(value))
        if not size:
            self.fail(f'{value!r} is no size above 0: give "500 KB" or "2 MiB", of each second', param, context)
        return size


@click.command()
@click.argument("hub", metavar="[HUB|status]", required=False, envvar="EDGE_BRAIN_SYNC_HUB")
@click.option("--init", "create", is_flag=True, help="Make a hub there, if there is none.")
@click.option("--send", type=click.Choice(["events", "tagged", "doubtful", "all"]),
              help="Pictures that go there, with all events: none, of tagged frames, of those that the brain gets "
              "wrong or is unsure of, all (all).")  # fmt: skip
@click.option("--fetch", type=click.Choice(["none", "untagged", "all"]),
              help="Pictures of other devices that are brought here (none).")  # fmt: skip
@click.option("--thin", type=Span(), metavar="SPAN",
              help="Take pictures away here that the hub has held so long: 7d, 0s. Thumbnails stay.")  # fmt: skip
@click.option("--releases/--no-releases", default=None, help="Put the newest release of the hub into production (yes).")
@click.option("--publish", metavar="FILE", type=click.Path(exists=True, dir_okay=False),
              help="Put this release into the hub, for every device to take.")  # fmt: skip
@click.option("--limit", type=_Rate(), metavar="SIZE", help='No more than so many bytes a second: "500 KB".')
@click.option("--only-on", metavar="INTERFACE", help="Only when this network interface is up: wlan0.")
@click.option("--between", metavar="HH:MM-HH:MM", help="Only at these hours of the local clock: 22:00-06:00.")
@click.option("--only-if", metavar="COMMAND", help="Only when this command ends with 0; it is run without a shell.")
@click.option("--name", help="What others shall call this device from now on (else the name of the machine).")
@click.option("--anew", is_flag=True, help="Look at all that the hub holds, as if for the first time.")
@common.json_option
@click.pass_context
def sync(
    context: click.Context,
    hub: str | None,
    create: bool,
    send: Any,
    fetch: Any,
    thin: float | None,
    releases: bool | None,
    publish: str | None,
    limit: int | None,
    only_on: str | None,
    between: str | None,
    only_if: str | None,
    name: str | None,
    anew: bool,
    as_json: bool,
) -> None:
    """Exchange tags, pictures and releases with other devices by way of HUB: a folder, stick or share, s3://…, https://….

    Without HUB it is the one that was synced last, and what is not said is as it was then. `status` tells how it
    stands with the hubs, and changes nothing; a folder of that name is ./status.

    It may be broken off at any time, and goes on there the next time. Where a condition does not hold nothing is
    done, and that is no error. Exit code 1 when the hub cannot be reached, 3 when some of it had to be set aside.
    """
    if hub == _STATUS:
        _tell_status(context, as_json)
        return
    if (why := _why_not(_conditions(only_on, between, only_if))) is not None:
        click.echo(f"nothing was done: {why}", err=True)
        if as_json:
            common.print_json({"skipped": why})
        return
    from edge_brain.sync.choice import Choice
    from edge_brain.sync.running import sync_brain

    with common.opened(context) as brain:
        known = None if hub else _last(brain)
        place, wish = (known.place, Choice.of(known)) if known else (str(hub), Choice())
        if name is not None:
            brain.device_name = name
        with common.stages() as report:
            done = sync_brain(
                brain,
                place,
                send=send or wish.send,
                fetch=fetch or wish.fetch,
                thin_after_s=wish.thin_after_s if thin is None else thin,
                releases=wish.releases if releases is None else releases,
                publish=publish,
                limit=limit or wish.limit,
                create=create,
                anew=anew,
                progress=report,
            )
        if as_json:
            common.print_json({"skipped": None} | common.plain(done))
        else:
            common.print_score_line(brain)
    _tell(done)
    common.end_with_refused(context, done.aside, "thing was set aside", "things were set aside")


def _conditions(only_on: str | None, between: str | None, only_if: str | None) -> Conditions:
    from edge_brain.sync import conditions

    def read(option: str, text: str | None, parse: Callable[[str], Any], example: str) -> Any:
        value = None if text is None else parse(text)
        if text is not None and value is None:
            raise click.BadParameter(f"{text!r} cannot be meant; give such as {example}", param_hint=f"'{option}'")
        return value

    return conditions.Conditions(
        read("--only-on", only_on, conditions.interface, "wlan0"),
        read("--between", between, conditions.hours, "22:00-06:00"),
        read("--only-if", only_if, conditions.command, '"ping -c 1 nas"'),
    )


def _why_not(wanted: Conditions) -> str | None:
    from edge_brain.sync.conditions import hold

    return hold(wanted)


def _last(brain: Brain) -> HubStatus:
    """Return the hub that was synced last."""
    from edge_brain.sync.running import hubs_of

    hubs = hubs_of(brain)
    if not hubs:
        raise click.UsageError("this brain knows no hub yet: say where one is, and --init to make it")
    return hubs[0]


def _tell(done: Synced) -> None:
    from edge_brain.sync import words

    for line in (words.summary(done), *words.notices(done)):
        click.echo(line, err=True)


# ── how it stands ───────────────────────────────────────────────────────────────────────────────


def _tell_status(context: click.Context, as_json: bool) -> None:
    from edge_brain.sync.running import sync_status

    for name in context.params:
        if name not in ("hub", "as_json") and context.get_parameter_source(name) == ParameterSource.COMMANDLINE:
            raise click.UsageError("`sync status` takes --json alone; a hub in a folder of that name is ./status")
    with common.opened(context) as brain:
        found = sync_status(brain)
    if as_json:
        common.print_json(common.plain(found))
        return
    for line in _lines(found):
        click.echo(line)


def _lines(found: SyncStatus) -> Iterator[str]:
    from edge_brain.sync import words

    yield f"this device is {found.device}, {found.name}"
    if not found.hubs:
        yield "no hub is known yet: `edge-brain sync --init HUB` makes one"
    for hub in found.hubs:
        yield f"{hub.place}: {_when(hub)}"
        most = "at most " if hub.send == "doubtful" else ""  # which ones are is found out by looking at all
        yield (
            f"  to send: {common.counted(hub.events_to_send, 'event', 'events')}, {most}"
            f"{common.counted(hub.pictures_to_send, 'picture', 'pictures')} (--send {hub.send})"
        )
        for each in hub.aside:
            yield f"  set aside: {words.one_aside(each.path, each.reason)}"
    if found.away:
        yield f"{common.counted(found.away, 'picture is', 'pictures are')} not here, but with another device or a hub"
    if found.waiting:
        yield words.waiting(found.waiting)


def _when(hub: HubStatus) -> str:
    from edge_brain import clock

    return "never exchanged whole" if hub.synced_at is None else f"last exchanged whole {clock.stamp(hub.synced_at)}"


COMMANDS = (sync,)
