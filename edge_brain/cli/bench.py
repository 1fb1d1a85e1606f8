"""The command that measures: what edge_brain costs on this machine, as a table that can be published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from edge_brain.cli import common

if TYPE_CHECKING:
    from edge_brain.bench import Benched

_WHAT = {
    "decode": "decode: a JPEG of {width} × {height}, {picture}",
    "embed": "embed: shrink it and run the network",
    "predict": "predict: from the file's bytes to the answer",
    "tag": "tag: the same, its mirror and its middle, on the disk for good",
    "score": "score: the Brain Score after a tag",
}


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(exists=True, file_okay=False))
@click.option("--quick", is_flag=True, help="A third of the pictures: a look, no figures to publish.")
@click.option("--extractor", help="lite0-224 (default), lite0-192 or pixels.")
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(dir_okay=False),
    help="Write the table, or with --json the object, into this file; one that stands there is replaced.",
)  # fmt: skip
@common.json_option
@click.pass_context
def bench(
    context: click.Context, folder: str | None, quick: bool, extractor: str | None, output: str | None, as_json: bool
) -> None:
    """Measure what edge_brain costs on this machine, beside what others have published.

    A brain of its own is made in DIR (else where the brain lies, else where you stand), on whose disk it is measured,
    and taken away again. It needs no camera, no network and no brain.
    """
    import json
    from pathlib import Path

    from edge_brain import files
    from edge_brain.bench import measure

    with common.progress("measuring") as report:
        done = measure(
            folder or context.obj["folder"],
            extractor=extractor, quick=quick, threads=context.obj["threads"], progress=report,
        )  # fmt: skip
    told = json.dumps(common.plain(done), ensure_ascii=False) if as_json else "\n".join(_table(done))
    if output is None:
        click.echo(told)
    else:
        files.write_whole(Path(output), f"{told}\n".encode())
        click.echo(f"wrote {output}", err=True)


def _table(done: Benched) -> Iterator[str]:
    """Yield the lines of Markdown that tell what was measured, and where."""
    from edge_brain import clock

    board, day = done.board, clock.stamp(done.at)[:10]
    memory = f", {board.memory_bytes / 2**30:.1f} GiB" if board.memory_bytes else ""
    cores, threads = common.counted(board.cores, "core", "cores"), common.counted(done.threads, "thread", "threads")
    yield f"**{board.name}**, {board.machine}, {cores}{memory}; {board.system}, kernel {board.kernel};"
    yield f"edge_brain {done.version}, {done.extractor} in {done.runtime}, {threads}, Python {done.python}, numpy"
    quick = " --quick" if done.quick else ""
    yield f"{done.numpy}, on {done.file_system or 'an unknown disk'}; `edge-brain bench{quick}`, {day}"
    yield from ("", "| what | p50 | p95 | times |", "|---|---|---|---|")
    picture = f"{done.picture_bytes / 1e3:.0f} kB"
    for name, what in _WHAT.items():
        cost, said = done.costs[name], what.format(width=done.width, height=done.height, picture=picture)
        yield f"| {said} | {_ms(cost.p50_ms)} | {_ms(cost.p95_ms)} | {cost.times} |"
    yield from ("", "| | |", "|---|---|")
    yield from (f"| {what} | {said} |" for what, said in _beside(done))
    if done.comparisons:
        yield from _published(done)


def _published(done: Benched) -> Iterator[str]:
    """Yield the lines that tell what others have published, and where."""
    yield from ("", "| published | on | there | here | as |", "|---|---|---|---|---|")
    for each in done.comparisons:
        figure = each.published
        there = _ms(figure.least_ms) + (f" to {_ms(figure.most_ms)}" if figure.most_ms > figure.least_ms else "")
        yield f"| {figure.what} | {figure.where} | {there} | {_ms(each.here_ms)} | {' and '.join(figure.beside)} |"
    yield ""
    yield "Sources: " + "; ".join(dict.fromkeys(each.published.source for each in done.comparisons)) + "."


def _beside(done: Benched) -> Iterator[tuple[str, str]]:
    """Yield what else was seen, and what of it."""
    from edge_brain.bench import reasons

    if done.peak_memory_bytes:
        yield "peak memory of the process", f"{done.peak_memory_bytes / 1e6:.0f} MB"
    yield (
        "a frame on the disk",
        f"{done.picture_bytes / 1e3:.0f} kB of picture, {done.database_bytes / 1e3:.1f} kB else",
    )
    for what, then, now, unit in (
        ("temperature, before and after", done.before.temperature_c, done.after.temperature_c, "°C"),
        ("clock of the slowest core", done.before.clock_mhz, done.after.clock_mhz, "MHz"),
    ):
        if then is not None and now is not None:
            yield what, f"{then:.0f} and {now:.0f} {unit}"
    unknown = "nobody can say: it was so before" if done.before.was_slowed else "nobody says here"
    said = {None: unknown, False: "no", True: f"yes: {', '.join(reasons(done.before, done.after))}"}
    yield "slowed down meanwhile", said[done.throttled]


def _ms(ms: float) -> str:
    """Return a time as one reads it: 0.42 ms, 17 ms, 3 min, 8 h."""
    for unit, size in (("h", 3_600_000), ("min", 60_000), ("s", 1_000)):
        if ms >= size:
            return f"{ms / size:.3g} {unit}"
    return f"{ms:.2f} ms" if ms < 10 else f"{ms:.0f} ms"


COMMANDS = (bench,)
