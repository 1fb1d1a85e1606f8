"""Files and folders of pictures: tagged, imported, predicted, or only tried on the brain.

    DIR/<class>/…/<picture>     the folder's name is the class; folders inside it belong to it
    groups.csv                  file,<burst|track|tile|session|…>: which pictures show one scene

Threads read, decode and code the pictures ahead; this one finds the bursts and commits in batches. What was
committed is on the disk: an import that was broken off is simply begun again. The views of what was learned are
made when all is in, before the brain answers. A file that is no picture is set aside with the reason, and stops
nothing.
"""

from __future__ import annotations

import csv
import threading
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from edge_brain import files, labels
from edge_brain import score as scoring
from edge_brain.brain import Brain
from edge_brain.errors import BadInput, BadPicture
from edge_brain.records import Exposure, Image, Imported, Prediction, Refused, Tagging, Tested

Progress = Callable[[int, int], None]  # files done, files in all

_BATCH = 32  # frames a transaction
_AHEAD = 48  # pictures exposed ahead of the one that is tagged: a commit must not let the threads wait
_A_WORKER = 8  # pictures that make a further network worth loading
_BURST_COLUMNS = ("session", "student", "scene", "tile", "track", "burst")  # the coarsest is independent
_NOT_PICTURES = {".csv", ".db", ".html", ".ini", ".json", ".jsonl", ".md", ".pdf", ".txt", ".xml", ".yaml", ".yml"}


@dataclass(frozen=True)
class _Item:
    """A picture file, its class where that is known, its burst where that is known."""

    path: Path
    label: str = ""
    burst: str | None = None

    @property
    def name(self) -> str:
        """The path as text that can be printed and stored."""
        return files.printable(self.path)


@dataclass(frozen=True)
class _Held:
    """A picture that need not be decoded: the brain holds it."""

    id: str


def import_folder(
    brain: Brain, folder: str | Path, *, bursts: str | Path | None = None, progress: Progress | None = None
) -> Imported:
    """Tag all pictures of a folder that has a folder for each class; those that the brain holds stay as they are.

    `bursts` is a CSV that says which pictures show one scene. Without it bursts are found by EXIF time, by
    how alike a picture is to the one before it, and by near-duplicates.
    """
    items, refused = _classified(Path(folder), bursts)
    done = _tag(brain, items, refused, retag=False, who="import", progress=progress)
    brain.take_up_views()  # also of an import that was broken off
    return done


def tag_files(
    brain: Brain,
    paths: Iterable[str | Path],
    label: str,
    *,
    burst: str | None = None,
    who: str = "sdk",
    progress: Progress | None = None,
) -> Imported:
    """Tag picture files, and those inside folders, with one label; those that the brain holds get it too."""
    label, burst = labels.checked(label), None if burst is None else labels.checked(burst, "burst")
    items = [_Item(path, label, burst) for path in _picture_files(paths)]
    return _tag(brain, items, [], retag=True, who=who, progress=progress)


def predict_files(brain: Brain, paths: Iterable[str | Path]) -> Iterator[tuple[Path, Prediction | Refused]]:
    """Yield what each picture file, and those inside folders, shows; a file that is no picture is refused."""
    for item, exposed in _exposed(brain, [_Item(path) for path in _picture_files(paths)], held=()):
        if isinstance(exposed, Exposure):
            yield item.path, brain.predict_exposures([exposed])[0]
        elif isinstance(exposed, Refused):
            yield item.path, exposed


def test_folder(brain: Brain, folder: str | Path, *, progress: Progress | None = None) -> Tested:
    """Try the brain on a folder that has a folder for each class, and learn nothing.

    Pictures that the brain holds are left out: it may have learned them. The answer that counts is the
    first in the ranking, as for the score; a class that the brain does not have is never answered rightly.
    """
    items, refused = _classified(Path(folder), None)
    held = {frame.id for frame in brain.store.frames()}
    images, overlapping = list[Image](), 0
    for done, (item, exposed) in enumerate(_exposed(brain, items, held), 1):
        if isinstance(exposed, Refused):
            refused.append(exposed)
        elif isinstance(exposed, _Held):
            overlapping += 1
        else:
            predicted = brain.predict_exposures([exposed])[0].first
            images.append(Image(exposed.id, item.label, None, item.name, predicted, predicted == item.label))
        if progress:
            progress(done, len(items))
    measured = scoring.measure(images, {})
    return Tested(
        accuracy=measured.accuracy,
        balanced_accuracy=measured.balanced_accuracy,
        per_class={label: (own.right, own.reserved) for label, own in measured.per_class.items()},
        images=images,
        refused=refused,
        overlapping=overlapping,
    )


def _tag(
    brain: Brain, items: Sequence[_Item], refused: list[Refused], *, retag: bool, who: str, progress: Progress | None
) -> Imported:
    """Tag the items; `refused` are those that were set aside already, and those that are now."""
    held, seen = {frame.id: frame.label for frame in brain.store.frames()}, dict[str, str]()
    counts, already = {"learned": 0, "reserved": 0}, 0
    batch: list[Tagging] = []
    before: dict[str, str] = {}  # source → the held frame that came just before

    def commit() -> None:
        for tag in brain.tag_exposures(batch, who=who):
            counts[tag.role] += 1
        batch.clear()

    for done, (item, exposed) in enumerate(_exposed(brain, items, held, keep=True), 1):
        if isinstance(exposed, Refused):
            refused.append(exposed)
        elif seen.setdefault(exposed.id, item.label) != item.label:
            refused.append(Refused(item.name, f"the same picture lies in class `{seen[exposed.id]}` too"))
        elif isinstance(exposed, _Held) and retag and held[exposed.id] != item.label:
            held[exposed.id] = item.label
            batch.append(Tagging(exposed.id, item.label))
        elif isinstance(exposed, _Held) or exposed.id in held:
            already += 1
            before[str(item.path.parent)] = exposed.id
        else:
            held[exposed.id] = item.label
            source = str(item.path.parent)
            if source in before:
                commit()  # it may be about to be tagged
                brain.resume(source, before.pop(source))
            batch.append(Tagging(exposed, item.label, item.burst, source=source))
        if len(batch) == _BATCH:
            commit()
        if progress:
            progress(done, len(items))
    commit()
    return Imported(counts["learned"], counts["reserved"], already, refused)


def _picture_files(paths: Iterable[str | Path]) -> list[Path]:
    """Return the files that are named, whatever they are, and those in folders that may be pictures."""
    pictures, asked = list[Path](), [Path(path) for path in paths]
    for path in asked:
        if path.is_dir():
            pictures += [file for file in files.walk(path) if file.suffix.lower() not in _NOT_PICTURES]
        else:
            pictures.append(path)
    if asked and not pictures:
        raise BadInput(f"there is no picture in {', '.join(files.printable(path) for path in asked)}")
    return pictures


def _classified(folder: Path, bursts: str | Path | None) -> tuple[list[_Item], list[Refused]]:
    """Return the picture files of a folder for each class, and those that have no class."""
    if not folder.is_dir():
        raise BadInput(f"there is no folder {files.printable(folder)}")
    named = _read_bursts(Path(bursts)) if bursts else {}
    items, refused = list[_Item](), list[Refused]()
    for path in files.walk(folder):
        inside = path.relative_to(folder)
        if path.suffix.lower() in _NOT_PICTURES:
            continue
        if len(inside.parts) == 1:
            refused.append(Refused(files.printable(path), "it lies in no folder of a class"))
            continue
        try:
            items.append(_Item(path, labels.checked(inside.parts[0]), named.get(inside.as_posix())))
        except BadInput as error:
            refused.append(Refused(files.printable(path), str(error)))
    where = files.printable(folder)
    if not items:
        raise BadInput(f"{where} has no pictures in folders: give each class a folder of its own, like {where}/mug/")
    if named and not any(item.burst for item in items):
        raise BadInput(f"no file that {bursts} names is in {where}; its column `file` holds paths like mug/1.jpg")
    return items, refused


def _read_bursts(path: Path) -> dict[str, str]:
    """Return file → burst of a CSV with the columns `file` and one of burst, track, tile, session …"""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} cannot be read as CSV: {error}") from error
    columns = [name for name in (rows[0] if rows else ()) if name]
    others = [name for name in columns if name != "file"]
    named = [name for name in _BURST_COLUMNS if name in others] or (others if len(others) == 1 else [])
    if "file" not in columns or not named:
        raise BadInput(
            f"{path} has the columns {', '.join(columns) or 'none'}; "
            f"it needs `file` and one of {', '.join(_BURST_COLUMNS)}"
        )
    return {row["file"]: row[named[0]] for row in rows if row["file"] and row[named[0]]}


def _exposed(
    brain: Brain, items: Sequence[_Item], held: Container[str], *, keep: bool = False
) -> Iterator[tuple[_Item, Exposure | _Held | Refused]]:
    """Yield the items in order, exposed some way ahead by threads that have a network each.

    The threads run the network with one thread of its own: over many pictures that is faster than all threads
    on one picture. With `keep` they also write the pictures to the disk.
    """
    workers = max(1, min(brain.threads, len(items) // _A_WORKER))
    own = threading.local()

    def expose(item: _Item) -> Exposure | _Held | Refused:
        if not hasattr(own, "exposer"):
            own.exposer = brain.exposer if workers == 1 else brain.new_exposer(threads=1)
        try:
            data = own.exposer.read(item.path)
            frame_id = files.content_id(data)
            if frame_id in held:
                return _Held(frame_id)
            exposure: Exposure = own.exposer.expose(data, item.name)
        except BadPicture as error:
            return Refused(item.name, str(error))
        if keep:
            brain.store.keep_picture(exposure)
        return exposure

    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="expose") as pool:
        ahead: deque[tuple[_Item, Future[Exposure | _Held | Refused]]] = deque()
        try:
            for item in items:
                ahead.append((item, pool.submit(expose, item)))
                if len(ahead) > _AHEAD:
                    first, future = ahead.popleft()
                    yield first, future.result()
            for first, future in ahead:
                yield first, future.result()
        finally:
            pool.shutdown(cancel_futures=True)
