"""Folders and files of pictures: tagged, imported, predicted, or only tried on the brain.

    read, decode, code ─ threads, ahead ─> kept, in batches ─ all are known ─> scenes ─> tagged, in batches

What was kept is not decoded again, and what was tagged stays: an import that was broken off is simply begun
again. The views of what was learned are made when all is in, before the brain answers. A file that is no picture
is set aside with the reason, and stops nothing.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from edge_brain import files, head, images, labels, scenes
from edge_brain import score as scoring
from edge_brain.brain import Brain
from edge_brain.errors import BadInput, BadPicture, ExtractorMismatch
from edge_brain.exchange import bursts as burst_lists
from edge_brain.exchange import formats, places
from edge_brain.exchange.items import Item, picture_files, told_of
from edge_brain.exchange.places import Folder, Packed
from edge_brain.outcomes import Imported, Refused, Scenes, Tested
from edge_brain.records import Exposure, Frame, Image, Prediction, Role, Tagging
from edge_brain.scenes.shots import Shot

Made = TypeVar("Made")
Outline: TypeAlias = NDArray[np.int8]
Progress = Callable[[int, int], None]  # files done, files in all

_BATCH = 32  # frames a transaction
_AHEAD = 48  # pictures exposed ahead of the one that is kept: a commit must not let the threads wait
_HELD_BYTES = 32 * 2**20  # of files, after which neither a batch nor what is ahead grows
_A_WORKER = 8  # pictures that make a further network worth loading


@dataclass(frozen=True)
class _Held:
    """A picture that need not be decoded: the brain holds it."""

    id: str


def import_dataset(
    brain: Brain,
    path: str | Path,
    *,
    form: str | None = None,
    bursts: str | Path | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Tag the pictures of a folder, a ZIP, or a list that tells of them; those that the brain holds stay as they are.

    `form` names the format, else it is found out. Of pictures that lie in parts, scenes of which a picture lies in
    validation or test are reserved, and what looks just the same with them; the others are learned. `bursts` is a CSV
    that says which pictures show one scene. Where nothing says it, bursts are found by EXIF time, by numbers in the
    names, and by near-duplicates, once all pictures are known; until then none is tagged. A ZIP that is not as it must
    be, a list that cannot be read, and a CSV that contradicts it raise BadInput, and nothing is tagged.
    """
    with places.opened(Path(path)) as (place, listed):
        told = burst_lists.read(Path(bursts)) if bursts else burst_lists.lying_in(place)
        items, refused = told_of(place, formats.read(place, listed, form), told)
        return _tag(brain, items, refused, retag=False, who="import", progress=progress)


def import_folder(
    brain: Brain, folder: str | Path, *, bursts: str | Path | None = None, progress: Progress | None = None
) -> Imported:
    """Tag all pictures of a folder that has a folder for each class, as `import_dataset` does."""
    return import_dataset(brain, _existing(folder), form="folder", bursts=bursts, progress=progress)


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
    items = [Item(path, label, burst) for path in picture_files(paths)]
    return _tag(brain, items, [], retag=True, who=who, progress=progress)


def predict_files(brain: Brain, paths: Iterable[str | Path]) -> Iterator[tuple[Path, Prediction | Refused]]:
    """Yield what each picture file, and those inside folders, shows; a file that is no picture is refused."""
    asked = picture_files(paths)
    looked_at = _exposed(brain, [Item(path) for path in asked], (), lambda exposure: exposure)
    for path, (_, exposed) in zip(asked, looked_at, strict=True):
        if isinstance(exposed, Exposure):
            yield path, brain.predict_exposures([exposed])[0]
        elif isinstance(exposed, Refused):
            yield path, exposed


def test_folder(brain: Brain, folder: str | Path, *, progress: Progress | None = None) -> Tested:
    """Try the brain on a folder that has a folder for each class, and learn nothing.

    Pictures that the brain holds are left out: it may have learned them. The answer that counts is the
    first in the ranking, as for the score; a class that the brain does not have is never answered rightly.
    """
    place = Folder(_existing(folder))
    items, refused = told_of(place, formats.read(place, form="folder"), burst_lists.Told())
    held = {frame.id for frame in brain.store.frames()}
    tried, overlapping = list[Image](), 0
    for done, (item, exposed) in enumerate(_exposed(brain, items, held, lambda exposure: exposure), 1):
        if isinstance(exposed, Refused):
            refused.append(exposed)
        elif isinstance(exposed, _Held):
            overlapping += 1
        else:
            predicted = brain.predict_exposures([exposed])[0].first
            tried.append(Image(exposed.id, item.label, None, item.name, predicted, predicted == item.label))
        if progress:
            progress(done, len(items))
    measured = scoring.measure(tried, {})
    return Tested(
        accuracy=measured.accuracy,
        balanced_accuracy=measured.balanced_accuracy,
        per_class={label: (own.right, own.reserved) for label, own in measured.per_class.items()},
        images=tried,
        refused=refused,
        overlapping=overlapping,
    )


def _existing(folder: str | Path) -> Path:
    if not Path(folder).is_dir():
        raise BadInput(f"there is no folder {files.printable(Path(folder))}")
    return Path(folder)


# ── tagging ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _New:
    """A picture that is new, with its outline."""

    exposure: Exposure
    outline: Outline

    @property
    def id(self) -> str:
        """The id of its frame."""
        return self.exposure.id


@dataclass(frozen=True)
class _Kept:
    """A picture that the brain keeps, and what can tell its scene."""

    item: Item
    id: str
    new: tuple[float | None, bytes, Outline] | None  # time, code and outline of one that came just now
    held: Frame | None = None  # of one that was there
    told: bool = False  # whether a person has told something of it: that it has a class, has none, or is of no use


def _tag(
    brain: Brain, items: Sequence[Item], refused: list[Refused], *, retag: bool, who: str, progress: Progress | None
) -> Imported:
    """Tag the items; `refused` are those that were set aside already, and those that are now."""
    kept, copies = _keep(brain, items, refused, progress)
    bursts, found = _find_bursts(brain, kept)
    new = [
        (each, burst)
        for each, burst in zip(kept, bursts, strict=True)
        if not each.told or (retag and each.held and each.held.label != each.item.label)
    ]
    to_be_reserved = {burst for each, burst in new if each.item.role == "reserved"}
    taggings: dict[bool, list[Tagging]] = {True: [], False: []}
    for each, burst in new:
        is_reserved = burst in to_be_reserved
        role: Role | None = "reserved" if is_reserved else each.item.role
        taggings[is_reserved].append(Tagging(each.id, each.item.label, None if each.told else burst, role=role))
    roles = Counter[str]()
    for group in taggings.values():  # what is reserved first: what looks just the same then joins it
        for start in range(0, len(group), _BATCH):
            roles.update(tag.role for tag in brain.tag_exposures(group[start : start + _BATCH], who=who))
    brain.take_up_views()  # also those that an earlier run, broken off, has left to be made
    already = len(kept) - len(new) + copies
    return Imported(roles["learned"], roles["reserved"], already, refused, found)


def _keep(
    brain: Brain, items: Sequence[Item], refused: list[Refused], progress: Progress | None
) -> tuple[list[_Kept], int]:
    """Keep the items' pictures without saying yet what they show; return them, and how many were copies."""
    held = {frame.id: frame for frame in brain.store.frames(discarded=None)}
    # what was untagged or discarded does not wait: an import leaves it so
    waiting = brain.store.untold().intersection(frame.id for frame in brain.untagged())
    away = {frame.id for frame in brain.store.frames() if frame.away}  # these pictures come here now
    kept, copies, batch = dict[str, _Kept](), 0, list[Exposure]()

    def made(exposure: Exposure) -> _New:
        brain.store.keep_picture(exposure)
        return _New(exposure, images.outline(exposure.thumbnail or images.blank()))

    for done, (item, exposed) in enumerate(_exposed(brain, items, held.keys() - away, made), 1):
        if isinstance(exposed, Refused):
            refused.append(exposed)
        elif (first := kept.get(exposed.id)) and first.item.label == item.label:
            copies += 1
        elif first:
            refused.append(Refused(item.name, f"the same picture lies in class `{first.item.label}` too"))
        elif isinstance(exposed, _Held):
            kept[exposed.id] = _Kept(item, exposed.id, None, held[exposed.id], exposed.id not in waiting)
        else:
            new, known = exposed.exposure, held.get(exposed.id)
            batch.append(new)
            looks = new.taken_at, new.code, exposed.outline
            told = known is not None and new.id not in waiting
            kept[new.id] = _Kept(item, new.id, None if known else looks, known, told)
        if len(batch) == _BATCH or done == len(items) or sum(len(each.data) for each in batch) > _HELD_BYTES:
            brain.keep_exposures(batch)
            batch.clear()
        if progress:
            progress(done, len(items))
    return list(kept.values()), copies


def _find_bursts(brain: Brain, kept: Sequence[_Kept]) -> tuple[list[str], Scenes]:
    """Return the burst of each picture, and by what those were found that nobody knew."""
    if all(each.told for each in kept):
        return [each.held.burst for each in kept if each.held], Scenes()
    zero_point = int(brain.store.setting("zero_point"))
    shots = [_shot(brain, each, zero_point) for each in kept]
    found = scenes.find(shots)
    asked = {
        burst: found.ties.get(burst, "likeness" if shot.burst else "alone")
        for each, shot, burst in zip(kept, shots, found.bursts, strict=True)
        if not each.told and each.item.burst is None
    }
    by = Counter(asked.values())
    return found.bursts, Scenes(by["time"], by["numbers"], by["likeness"], by["alone"])


def _shot(brain: Brain, kept: _Kept, zero_point: int) -> Shot:
    if kept.held:
        taken_at, code = kept.held.taken_at, brain.store.code(kept.held)
        outline = images.outline(brain.store.thumbnail(kept.held))
    else:
        assert kept.new
        taken_at, code, outline = kept.new
    label, row = kept.item.label, head.plain_rows([code], len(code), zero_point)[0]
    if kept.held and kept.told:
        burst: str | None = kept.held.burst
    else:
        # what a camera kept has its burst already
        own = kept.held.burst if kept.held and kept.held.burst != kept.id else None
        burst = brain.burst_alike(label, code, taken_at, kept.item.burst or own)
    return Shot(kept.id, label, kept.item.own_name, taken_at, row, outline, burst)


def _exposed(
    brain: Brain, items: Sequence[Item], held: Container[str], make: Callable[[Exposure], Made]
) -> Iterator[tuple[Item, Made | _Held | Refused]]:
    """Yield the items in order, with what is made of each, some way ahead, by threads that have a network each.

    The threads run the network with one thread of its own: over many pictures that is faster than all threads
    on one picture.
    """
    workers = max(1, min(brain.threads, len(items) // _A_WORKER))
    own = threading.local()

    def expose(item: Item) -> Made | _Held | Refused:
        if not hasattr(own, "exposer"):
            own.exposer = brain.exposer if workers == 1 else brain.new_exposer(threads=1)
        try:
            data = item.path.read() if isinstance(item.path, Packed) else own.exposer.read(item.path)
            frame_id = files.content_id(data)
            if frame_id in held:
                return _Held(frame_id)
            exposure: Exposure = own.exposer.expose(data, item.name)
        except (BadPicture, ExtractorMismatch) as error:  # without its extractor a brain takes codes alone
            return Refused(item.name, str(error))
        return make(exposure)

    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="expose") as pool:
        ahead: deque[tuple[Item, int, Future[Made | _Held | Refused]]] = deque()
        try:
            for item in items:
                ahead.append((item, _size_bytes(item.path), pool.submit(expose, item)))
                while len(ahead) > _AHEAD or sum(size for _, size, _ in ahead) > _HELD_BYTES:
                    first, _, future = ahead.popleft()
                    yield first, future.result()
            while ahead:
                first, _, future = ahead.popleft()
                yield first, future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _size_bytes(path: Path | Packed) -> int:
    """Return the size of a file; 0 for one that will be refused."""
    try:
        return min(path.size_bytes if isinstance(path, Packed) else path.stat().st_size, images.MAX_BYTES)
    except (OSError, ValueError):
        return 0
