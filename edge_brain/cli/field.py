"""Commands that look through a camera: watch what is before it, and keep what is worth tagging."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from edge_brain.cli import common
from edge_brain.units import span_s

if TYPE_CHECKING:
    from edge_brain.field import Keeper
    from edge_brain.records import Kept, Observation


class Span(click.ParamType[float]):
    """A span of time: 2s, 500ms, 10m, 1h."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, context: click.Context | None) -> float:
        """Return seconds."""
        if isinstance(value, float | int):
            return float(value)
        seconds = span_s(str(value))
        if seconds is None:
            self.fail(f"{value!r} is no span of time: give 2s, 500ms, 10m or 1h", param, context)
        return seconds


for_option = click.option("--for", "for_s", type=Span(), metavar="SPAN", help="End after so long: 10m, 1h.")
roi_option = click.option("--roi", metavar="X,Y,W,H", help="Look only at this part of each shot, in fractions of it.")


@contextmanager
def stopped(after_s: float | None = None) -> Iterator[Callable[[], bool]]:
    """Return what says whether to stop: Ctrl-C or SIGTERM came, or the time is over. What is at work is finished."""
    import signal

    from edge_brain import clock

    end = None if after_s is None else clock.elapsed() + after_s
    asked: list[int] = []
    wanted = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda number, frame: asked.append(number)) for number in wanted}
    try:
        yield lambda: bool(asked) or (end is not None and clock.elapsed() >= end)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@click.command()
@click.argument("source")
@roi_option
@click.option("--agree", default=5, show_default=True, type=click.IntRange(1), help="Shots that have to agree.")
@click.option("--every", is_flag=True, help="Tell every answer, not only what has changed.")
@click.option(
    "--mqtt",
    "broker",
    metavar="URL",
    help="Tell a broker, too, and tag what it asks for: mqtt://name@host:1883/topic, or mqtts://… for TLS. "
    "The password is read from EDGE_BRAIN_MQTT_PASSWORD.",
)
@click.option("--name", help="What tells the cameras of a brain apart at the broker (else watch).")
@for_option
@common.json_option
@click.pass_context
def watch(
    context: click.Context,
    source: str,
    roi: str | None,
    agree: int,
    every: bool,
    broker: str | None,
    name: str | None,
    for_s: float | None,
    as_json: bool,
) -> None:
    """Tell live what is before a camera: usb:0, picamera, rtsp://…, http://…, a video, a folder, synthetic:…

    A line when the answer changes, and when the source is lost, frozen, black, or well again. Ctrl-C ends it.
    """
    if name is not None and broker is None:
        raise click.UsageError("--name goes with --mqtt: it tells the cameras of a brain apart at a broker")
    with common.opened(context) as brain, stopped(for_s) as stop:
        if broker is None:
            told = brain.watch(source, roi=roi, agree=agree, every=every, stop=stop)
        else:
            from edge_brain.mqtt import tell_broker

            told = tell_broker(
                brain, source, broker, name=name or "watch", roi=roi, agree=agree, every=every, stop=stop,
                say=lambda text, level: click.echo(text, err=True),
            )  # fmt: skip
        for seen in told:
            if as_json:
                common.print_json(common.plain(seen))
            else:
                click.echo(_told(seen))


def _told(seen: Observation) -> str:
    pace = f"{seen.rate:.1f}/s" if seen.rate else "-"
    if seen.kind == "source":
        return f"{seen.moment:9.2f} s\tsource {seen.state}\t{seen.detail}\t{pace}"
    return f"{seen.moment:9.2f} s\t{seen.label or 'unknown'}\t{seen.confidence:.0%}\t{pace}"


@click.command()
@click.argument("source")
@click.option("--every", "every_s", type=Span(), metavar="SPAN", help="Keep a frame so often: 2s, 10m.")
@click.option("--on-change", is_flag=True, help="Keep frames that are like none kept lately.")
@click.option("--unsure", is_flag=True, help="Keep frames that the brain is unsure of, or surprised by.")
@click.option("--best-of", "best_of_s", default="500ms", show_default=True, type=Span(), metavar="SPAN",
              help="Keep the sharpest shot of so long.")  # fmt: skip
@click.option("--at-most-every", "at_most_every_s", default="1s", show_default=True, type=Span(), metavar="SPAN",
              help="Keep no more than one frame in so long.")  # fmt: skip
@roi_option
@click.option("--limit", type=click.IntRange(1), help="End after so many frames were kept.")
@for_option
@common.json_option
@click.pass_context
def capture(
    context: click.Context,
    source: str,
    every_s: float | None,
    on_change: bool,
    unsure: bool,
    best_of_s: float,
    at_most_every_s: float,
    roi: str | None,
    limit: int | None,
    for_s: float | None,
    as_json: bool,
) -> None:
    """Keep the frames of a camera that are worth tagging: usb:0, picamera, rtsp://…, http://…, a video, a folder.

    On change and when the brain is unsure, unless something else is asked for. Ctrl-C ends it.
    """
    from edge_brain.capture import open_source
    from edge_brain.field import Keeper, Rules
    from edge_brain.records import Observation

    rules = Rules(every_s, on_change, unsure, best_of_s, at_most_every_s)
    with common.opened(context) as brain, stopped(for_s) as stop, open_source(source) as shots:
        keeper, left = Keeper(brain, shots.name, rules), limit
        if not as_json:
            common.print_score_line(brain)
        for told in keeper.follow(shots, roi=roi, stop=stop):
            if isinstance(told, Observation):  # of the source
                click.echo(f"source {told.state}: {told.detail}", err=True)
                continue
            if as_json:
                common.print_json(common.plain(told))
            else:
                click.echo(_kept(told))
            left = None if left is None else left - 1
            if left == 0:
                break
    click.echo(_summary(keeper), err=True)


def _kept(kept: Kept) -> str:
    seen = f"looks like {kept.label}" if kept.label else "looks like nothing known"
    return f"{kept.moment:9.2f} s\t{kept.id[:12]}\t{kept.reason}\tburst {kept.burst[:12]}\t{seen}"


def _summary(keeper: Keeper) -> str:
    kept = ", ".join(f"{count} {reason}" for reason, count in keeper.kept.most_common())
    dropped = ", ".join(f"{count} {reason}" for reason, count in keeper.dropped.most_common())
    text = f"kept {common.counted(keeper.kept.total(), 'frame', 'frames')}" + (f" ({kept})" if kept else "")
    text += f", {common.counted(keeper.bursts, 'new burst', 'new bursts')}"
    return text + (f"; passed over {dropped}" if dropped else "")


COMMANDS = (watch, capture)
