"""Commands that change what the brain knows; the Brain Score is the first line each prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from edge_brain.cli import common

if TYPE_CHECKING:
    from edge_brain.brain import Brain
    from edge_brain.records import Imported, Scenes


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True))
@click.option("--label", "-l", required=True, help="The class that the pictures show.")
@click.option("--burst", help="The name of the scene, if all show the same one; else scenes are found.")
@click.pass_context
def tag(context: click.Context, paths: tuple[str, ...], label: str, burst: str | None) -> None:
    """Say what pictures show: files, and all pictures in folders. They are learned, or reserved, at once."""
    from edge_brain.exchange.folder import tag_files

    with common.opened(context) as brain:
        with common.progress("tagging") as report:
            done = tag_files(brain, paths, label, burst=burst, who="cli", progress=report)
        common.print_score_line(brain)
    _tell(done, "--burst")
    common.end_with_refused(context, done.refused)


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
    if re.fullmatch("[0-9a-f]{4,64}", name):
        return brain.frame_id(name)

    from edge_brain.exposure import Exposer
    from edge_brain.files import content_id

    return brain.frame_id(content_id(Exposer.read(name)))


@click.command(name="import")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@click.option("--bursts", type=click.Path(exists=True, dir_okay=False), help="CSV: file, and burst|track|tile|session.")
@click.pass_context
def import_(context: click.Context, folder: str, bursts: str | None) -> None:
    """Tag all pictures of DIR, which has a folder for each class. Broken off, it is simply begun again."""
    from edge_brain.exchange.folder import import_folder

    with common.opened(context) as brain:
        with common.progress("importing") as report:
            done = import_folder(brain, folder, bursts=bursts, progress=report)
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


COMMANDS = (tag, untag, import_, classes)
