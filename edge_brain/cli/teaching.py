"""Commands that change what the brain knows; the Brain Score is the first line each prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from edge_brain.cli import common

if TYPE_CHECKING:
    from edge_brain.brain import Brain
    from edge_brain.outcomes import Imported, Scenes
    from edge_brain.records import Frame


_FRAME = "[0-9a-f]{4,64}"  # an id, or the beginning of one


class _PathOrFrame(click.Path):
    """A file or folder that is there, or a frame of the brain by its id."""

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Any:
        """Return it as it was given."""
        if isinstance(value, str) and re.fullmatch(_FRAME, value):
            return value
        return super().convert(value, param, context)


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, type=_PathOrFrame(exists=True))
@click.option("--label", "-l", help="The class that the pictures show.")
@click.option("--burst", help="The name of the scene, if all show the same one; else scenes are found.")
@click.option("--live", is_flag=True, help="Tag in the terminal, one key a class: what --source shows, or what waits.")
@click.option("--source", metavar="SOURCE", help="With --live: a camera, stream, video, folder or `synthetic:`.")
@click.option("--picture/--no-picture", default=True, help="With --live: draw what is seen (yes).")
@click.pass_context
def tag(
    context: click.Context,
    paths: tuple[str, ...],
    label: str | None,
    burst: str | None,
    live: bool,
    source: str | None,
    picture: bool,
) -> None:
    """Say what pictures show: files, and all pictures in folders. They are learned, or reserved, at once.

    PATH may also be a captured frame, by its id or the beginning of it.

    With --live say it of what a camera sees, or of the frames that were captured and wait for a tag.
    """
    if live:
        if paths or label is not None or burst is not None:
            raise click.UsageError("--live tags what is seen: it goes with neither PATH, --label nor --burst")
        _tag_live(context, source, picture=picture)
        return
    if source is not None:
        raise click.UsageError("--source goes with --live; to tag files, give PATH... and --label")
    if not paths:
        raise click.UsageError("Missing argument 'PATH...'; to tag before a camera, give --live --source SOURCE")
    if label is None:
        raise click.UsageError("Missing option '--label' / '-l'; to tag with keys, give --live")
    _tag_files(context, paths, label, burst)


def _tag_files(context: click.Context, paths: tuple[str, ...], label: str, burst: str | None) -> None:
    from collections import Counter
    from dataclasses import replace

    from edge_brain import labels
    from edge_brain.exchange.folder import tag_files
    from edge_brain.records import Tagging

    with common.opened(context) as brain:
        with common.progress("tagging") as report:
            named = [_picture(brain, path) for path in paths]
            pictures = [each for each in named if isinstance(each, str)]
            done = tag_files(brain, pictures, label, burst=burst, who="cli", progress=report)
            away = [Tagging(each.id, labels.checked(label), burst) for each in named if not isinstance(each, str)]
            roles = Counter(tag.role for tag in brain.tag_exposures(away, who="cli"))
        done = replace(done, learned=done.learned + roles["learned"], reserved=done.reserved + roles["reserved"])
        common.print_score_line(brain)
    _tell(done, "--burst")
    common.end_with_refused(context, done.refused)


def _picture(brain: Brain, name: str) -> str | Frame:
    """Return the path of a picture that was given by its path, or as a frame; the frame where its picture is away."""
    from pathlib import Path

    if Path(name).exists() or not re.fullmatch(_FRAME, name):
        return name
    frame = brain.store.frame(brain.frame_id(name))
    return frame if frame.away else str(brain.store.path(frame))


def _tag_live(context: click.Context, source: str | None, *, picture: bool) -> None:
    import sys
    from contextlib import ExitStack

    from edge_brain import config

    if not (sys.stdin.isatty() and sys.stdout.isatty()) or config.terminal() == "dumb":
        raise click.UsageError("--live needs a terminal, for keys and for the screen; over SSH give `ssh -t`")

    from edge_brain.capture import open_source
    from edge_brain.cli import live
    from edge_brain.tagging import Live, Queue

    with ExitStack() as stack:
        brain = stack.enter_context(common.opened(context))
        session = Queue(brain) if source is None else Live(brain, stack.enter_context(open_source(source)))
        live.run(session, picture=picture)
        common.print_score_line(brain)
        frames, bursts = session.tagged, len(session.bursts)
        click.echo(f"tagged {common.counted(frames, 'frame', 'frames')} of {common.counted(bursts, 'burst', 'bursts')}")


@click.command()
@click.argument("frames", metavar="FRAME...", nargs=-1, required=True)
@click.pass_context
def untag(context: click.Context, frames: tuple[str, ...]) -> None:
    """Take the tag of frames away: ids, beginnings of ids, or the picture files themselves."""
    with common.opened(context) as brain:
        brain.retag([_frame_id(brain, frame) for frame in frames], None, who="cli")
        common.print_score_line(brain)


def _frame_id(brain: Brain, name: str) -> str:
    """Return the frame that an id, the beginning of one, or a picture file stands for."""
    if re.fullmatch(_FRAME, name):
        return brain.frame_id(name)

    from edge_brain.exposure import Exposer
    from edge_brain.files import content_id

    return brain.frame_id(content_id(Exposer.read(name)))


@click.command()
@click.argument("frames", metavar="[FRAME...]", nargs=-1)
@click.option("--restore", is_flag=True, help="Bring FRAME... back, tagged as they were.")
@click.option("--list", "listed", is_flag=True, help="List what was discarded and can be brought back, latest first.")
@click.option("--erase", is_flag=True, help="Delete for good all that was discarded.")
@click.option("--yes", is_flag=True, help="With --erase: do not ask.")
@common.json_option
@click.pass_context
def discard(
    context: click.Context, frames: tuple[str, ...], restore: bool, listed: bool, erase: bool, yes: bool, as_json: bool
) -> None:
    """Take frames out of sight: ids, beginnings of ids, or the picture files themselves.

    They are untagged, wait in no queue, and are in no list but that of --list, until --restore brings them back or
    --erase deletes them for good.
    """
    if restore + listed + erase > 1:
        raise click.UsageError("give one of --restore, --list and --erase")
    if bool(frames) == (listed or erase):
        raise click.UsageError("give FRAME..., or --list or --erase, which go for all that was discarded")
    if (yes and not erase) or (as_json and not listed):
        raise click.UsageError("--yes goes with --erase, --json with --list")
    with common.opened(context) as brain:
        if listed:
            _list_discarded(brain, as_json=as_json)
        elif erase:
            _erase(brain, yes=yes)
        else:
            change = brain.restore if restore else brain.discard
            change([_frame_id(brain, frame) for frame in frames], who="cli")
            common.print_score_line(brain)


def _list_discarded(brain: Brain, *, as_json: bool) -> None:
    for frame in brain.discarded():
        told = {"id": frame.id, "label": frame.label, "role": frame.role, "burst": frame.burst}
        if as_json:
            common.print_json(told)
        else:
            click.echo(f"{frame.id}\t{frame.label or '-'}\t{frame.burst}")


def _erase(brain: Brain, *, yes: bool) -> None:
    seen = None if yes else [frame.id for frame in brain.discarded()]
    if seen is not None:
        count = common.counted(len(seen), "picture", "pictures")
        click.confirm(f"{count} will be deleted for good, and copies in backups/ but a fresh one. Go on?", abort=True)
    erased = brain.erase(seen)
    common.print_score_line(brain)
    click.echo(f"{common.counted(erased.frames, 'picture', 'pictures')} deleted, {erased.bytes / 2**20:.1f} MiB")
    if erased.aside:
        folders = ", ".join(f"{name}/" for name in erased.aside)
        click.echo(f"their thumbnails may still lie in {folders}, set aside by a repair: remove it by hand", err=True)
    if erased.hubs:
        click.echo(f"some were sent to {', '.join(erased.hubs)}, which keeps them: remove them there by hand", err=True)


@click.command(name="import")
@click.argument("path", metavar="PATH", type=click.Path(exists=True))
@click.option(
    "--format", "form", type=click.Choice(common.FORMATS), help="What PATH is, where that is not to be found out."
)
@click.option(
    "--bursts", type=click.Path(exists=True, dir_okay=False),
    help="CSV: file, and burst|track|tile|session; or the bursts.csv of an export.",
)  # fmt: skip
@click.pass_context
def import_(context: click.Context, path: str, form: str | None, bursts: str | None) -> None:
    """Tag all pictures of PATH: a folder that has one for each class, a list that tells of them, or a ZIP of either.

    Lists are CSV, JSON lines, FiftyOne's, Label Studio's, COCO's. What lies in val/ or test/ beside train/ is reserved.
    Broken off, it is simply begun again.
    """
    from edge_brain.exchange.folder import import_dataset

    with common.opened(context) as brain:
        with common.progress("importing") as report:
            done = import_dataset(brain, path, form=form, bursts=bursts, progress=report)
        common.print_score_line(brain)
    _tell(done, "--bursts")
    common.end_with_refused(context, done.refused)


@click.group(invoke_without_command=True)
@common.json_option
@click.pass_context
def classes(context: click.Context, as_json: bool) -> None:
    """List, rename, merge and remove classes."""
    if context.invoked_subcommand is None:
        context.invoke(list_, as_json=as_json)


@classes.command(name="list")
@common.json_option
@click.pass_context
def list_(context: click.Context, as_json: bool = False) -> None:
    """List the classes with their numbers of learned and reserved frames."""
    with common.opened(context) as brain:
        for info in brain.classes():
            if as_json:
                common.print_json(common.plain(info))
            else:
                click.echo(f"{info.label}\t{info.learned} learned\t{info.reserved} reserved")


@classes.command()
@click.argument("label")
@click.argument("new")
@click.pass_context
def rename(context: click.Context, label: str, new: str) -> None:
    """Give the class LABEL the name NEW, which must be free."""
    with common.opened(context) as brain:
        count = brain.rename_class(label, new)
        common.print_score_line(brain)
        click.echo(f"{count} frames of `{label}` are `{new}` now")


@classes.command()
@click.argument("label")
@click.argument("into")
@click.pass_context
def merge(context: click.Context, label: str, into: str) -> None:
    """Give all frames of LABEL to the class INTO."""
    with common.opened(context) as brain:
        count = brain.merge_classes(label, into)
        common.print_score_line(brain)
        click.echo(f"{count} frames of `{label}` are `{into}` now")


@classes.command()
@click.argument("label")
@click.confirmation_option(prompt="All its frames will be untagged; the pictures stay. Go on?")
@click.pass_context
def remove(context: click.Context, label: str) -> None:
    """Untag all frames of LABEL; the pictures stay."""
    with common.opened(context) as brain:
        count = brain.remove_class(label)
        common.print_score_line(brain)
        click.echo(f"{count} frames of `{label}` are untagged now")


def _tell(done: Imported, option: str) -> None:
    already = f" · {done.already} were here already" if done.already else ""
    click.echo(f"{done.learned} learned · {done.reserved} reserved{already}")
    if found := _scenes(done.scenes):
        click.echo(f"{found}; give {option} if you know better")


def _scenes(found: Scenes) -> str:
    """Return how scenes were found, in one line; nothing where none had to be."""
    told = {
        "by EXIF time": found.by_time,
        "by file numbers": found.by_numbers,
        "by near-duplicates": found.by_likeness,
        "of one picture": found.alone,
    }
    count = sum(told.values())
    parts = ", ".join(f"{number} {what}" for what, number in told.items() if number)
    return f"found {count} scenes: {parts}" if count > 1 else ""


COMMANDS = (tag, untag, discard, import_, classes)
