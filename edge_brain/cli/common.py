"""What the commands share: opening the brain, the score line, JSON, progress, refused files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import click

from edge_brain.plain import plain as plain

if TYPE_CHECKING:
    from edge_brain.brain import Brain
    from edge_brain.outcomes import Refused
    from edge_brain.records import Score

REFUSED, DAMAGED = 3, 4  # exit codes
FORMATS = ("folder", "fiftyone", "labelstudio", "coco", "csv", "jsonl", "imagefolder", "teachable")  # of data sets

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@contextmanager
def opened(context: click.Context) -> Iterator[Brain]:
    """Open the brain that the command is about."""
    from edge_brain.brain import Brain

    production = context.obj["production"]
    with Brain.open(context.obj["folder"], production=production, threads=context.obj["threads"]) as brain:
        if production and (told := brain.production) is not None and told.trouble:
            click.echo(f"production: {told.trouble}", err=True)
        yield brain


def print_json(value: Any) -> None:
    """Print one JSON object on one line."""
    import json

    click.echo(json.dumps(value, ensure_ascii=False))


def print_score_line(brain: Brain) -> None:
    """Print the Brain Score in one line."""
    click.echo(score_line(brain.score()))


def score_line(score: Score) -> str:
    """Return the Brain Score in one line."""
    counts = f"{counted(score.classes, 'class', 'classes')} · {score.learned} learned · {score.reserved} reserved"
    if score.balanced_accuracy is None or score.interval is None:
        return f"Brain Score: {score.level} · {counts}"
    low, high = score.interval
    return f"Brain Score: {score.level} · {score.balanced_accuracy:.0%} (90 % sure: {low:.0%} to {high:.0%}) · {counts}"


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on stderr, if a person looks at it."""
    import sys

    bars: list[Any] = []

    def report(done: int, total: int) -> None:
        if not bars and sys.stderr.isatty():
            bar = click.progressbar(length=total, label=what, file=sys.stderr)
            bars.append(bar.__enter__())
        for bar in bars:
            bar.length = total
            bar.update(done - bar.pos)

    try:
        yield report
    finally:
        for bar in bars:
            bar.__exit__(None, None, None)


@contextmanager
def stages() -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar for each part of what is done, if a person looks."""
    shown = ""
    with ExitStack() as bars:
        bar: Callable[[int, int], None] = lambda done, total: None  # noqa: E731  # there is none yet

        def report(what: str, done: int, total: int) -> None:
            nonlocal shown, bar
            if what != shown:
                bars.close()
                shown, bar = what, bars.enter_context(progress(what))
            bar(done, total)

        yield report


def end_with_refused(
    context: click.Context, refused: Sequence[Refused], one: str = "file refused", many: str = "files refused"
) -> None:
    """List what was refused on stderr, and let the exit code say so."""
    if not refused:
        return
    click.echo(f"{counted(len(refused), one, many)}:", err=True)
    for item in refused:
        reason = item.reason if item.path in item.reason else f"{item.path}: {item.reason}"
        click.echo(f"  {reason}", err=True)
    context.exit(REFUSED)


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun."""
    return f"{number} {one if number == 1 else many}"
