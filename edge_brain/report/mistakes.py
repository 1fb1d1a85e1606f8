"""What the wrong answers have in common: arithmetic on reserved images.

pairs    two classes that are taken for one another, either way
shared   wrong images of one scene, taken for one class, too dark, blurred, or tiny
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal, get_args

from edge_brain.records import Fault, Image

_FEW = 2  # wrong images that make a group

Kind = Literal["taken for", "scene"] | Fault


@dataclass(frozen=True)
class Side:
    """One class of a pair."""

    label: str
    taken: int  # reserved images of it that were taken for the other
    reserved: int  # reserved images of it
    example: Image | None  # one that was taken for the other, else one that was right, else none


@dataclass(frozen=True)
class Pair:
    """Two classes that are taken for one another; the first is the one that is so more often."""

    one: Side
    other: Side


@dataclass(frozen=True)
class Shared:
    """Wrong images that have something in common."""

    kind: Kind
    name: str  # of the class or the scene
    images: list[Image]  # the wrong ones
    alike: int  # reserved images that have it in common, the right ones among them


def pairs(images: Sequence[Image]) -> list[Pair]:
    """Return the confused pairs, the most confused first."""
    taken: Counter[tuple[str, str]] = Counter()
    reserved: Counter[str] = Counter()
    example: dict[tuple[str, str], Image] = {}
    for image in images:
        label, predicted = image.label or "", image.predicted or ""
        reserved[label] += 1
        example.setdefault((label, predicted), image)
        if image.right is False:
            taken[label, predicted] += 1

    def side(label: str, other: str) -> Side:
        shown = example.get((label, other)) or example.get((label, label))
        return Side(label, taken[label, other], reserved[label], shown)

    found = []
    for one, other in sorted({(min(pair), max(pair)) for pair in taken}):
        sides = sorted((side(one, other), side(other, one)), key=lambda side: -side.taken)
        found.append(Pair(*sides))
    return sorted(found, key=lambda pair: -(pair.one.taken + pair.other.taken))


def shared(images: Sequence[Image]) -> list[Shared]:
    """Return groups of wrong images, the largest of each kind first; an image may be in several.

    Being dark, blurred or tiny counts only where images that are so are wrong more often than the others.
    """
    groups = [
        *_alike("taken for", images, {image.id: image.predicted for image in images if image.predicted}),
        *_alike("scene", images, {image.id: image.burst for image in images}),
    ]
    faults: tuple[Fault, ...] = get_args(Fault)
    for fault in faults:
        for group in _alike(fault, images, {image.id: "" for image in images if fault in image.faults}):
            if group.alike == len(images) or _more_often_wrong(group, images):
                groups.append(group)
    return groups


def rest(images: Sequence[Image], groups: Sequence[Shared]) -> list[Image]:
    """Return the wrong images that are in no group."""
    grouped = {image.id for group in groups for image in group.images}
    return [image for image in images if image.right is False and image.id not in grouped]


def chosen(images: Sequence[Image], most: int) -> list[Image]:
    """Return at most so many images to show: wrong ones first, then of each class in turn."""
    if len(images) <= most:
        return list(images)
    by_class: dict[tuple[bool, str], list[Image]] = defaultdict(list)
    for image in images:
        by_class[image.right is not False, image.label or ""].append(image)
    in_turn = [
        image
        for right in (False, True)
        for turn in zip_longest(*(of for (is_right, _), of in sorted(by_class.items()) if is_right == right))
        for image in turn
        if image
    ]
    return in_turn[:most]


def _alike(kind: Kind, images: Sequence[Image], names: Mapping[str, str]) -> list[Shared]:
    """Group images by their names (by frame id; one without is in no group); keep groups with enough wrong ones."""
    alike: dict[str, list[Image]] = defaultdict(list)
    for image in images:
        if image.id in names:
            alike[names[image.id]].append(image)
    groups = [
        Shared(kind, name, [image for image in group if image.right is False], len(group))
        for name, group in alike.items()
    ]
    return sorted((group for group in groups if len(group.images) >= _FEW), key=lambda group: -len(group.images))


def _more_often_wrong(group: Shared, images: Sequence[Image]) -> bool:
    wrong = sum(image.right is False for image in images)
    return len(group.images) / group.alike > (wrong - len(group.images)) / (len(images) - group.alike)
