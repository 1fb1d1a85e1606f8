"""What costs a brain accuracy: look-alikes, few of a class, poor pictures, wrong tags, another place, a weak device."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from edge_brain.advice import words
from edge_brain.drift import Drift
from edge_brain.records import Advice, DeviceScore, Image, Score, Suspect

_PAIRS = 2
_LEAST_MISTAKEN, _MISTAKEN = 2, 0.1  # frames of a pair, and their share of the class, to be called alike
_UNBALANCED = 3  # times fewer than the median class
_LEAST_FAULTS, _FAULTS = 2, 0.02  # frames with a fault, and their share
_ALL = 0.5  # of the frames with a fault: then it is the camera
_LEAST_JUDGED = 4  # scenes of a device; fewer say nothing of it
_CHANCE = 0.1  # that any of the devices is called weak that is as good as the others
_FAR = 0.1  # under the others, to be worth a word
_REMEDIES = {
    "dark": ("too dark", "more light"),
    "blurred": ("blurred", "a steady, focused camera"),
    "tiny": ("under 80 pixels", "larger pictures"),
}


def weak_devices(score: Score) -> list[Advice]:
    """Return which devices do worse than the others, where that is no chance, the surest first."""
    judged = [(own.chance, device) for device, own in score.per_device.items() if own.judged_bursts >= _LEAST_JUDGED]
    weak = sorted(
        (chance, device) for chance, device in judged if chance is not None and chance * len(judged) < _CHANCE
    )
    told = [_weak_device(score, device) for _, device in weak if _is_far(score.per_device[device])]
    return told[: words.NAMED]


def _is_far(own: DeviceScore) -> bool:
    return own.accuracy is not None and own.elsewhere is not None and own.elsewhere - own.accuracy >= _FAR


def _weak_device(score: Score, device: str) -> Advice:
    own = score.per_device[device]
    low, high = own.interval or (0.0, 1.0)
    what = f", of `{own.weakest}` above all" if own.weakest else ""
    text = (
        f"At `{own.name}`{' (this device)' if own.here else ''} the brain is right in {own.accuracy:.0%} of the "
        f"{words.count(own.judged_bursts, 'scene')} it was judged by (90%: {low:.0%} to {high:.0%}), elsewhere in "
        f"{own.elsewhere:.0%} of scenes of the same classes: tag more scenes there{what}."
    )
    taken_there = [image for image in score.images if image.device == (None if own.here else device)]
    wrong = words.some([image for image in taken_there if image.right is False])
    return Advice("weak device", () if own.weakest is None else (own.weakest,), text, wrong)


def unknown_devices(score: Score) -> list[Advice]:
    """Return one piece about the devices of whose frames none was ever tagged."""
    unknown = [own for own in score.per_device.values() if own.frames and not own.learned + own.reserved]
    if not unknown:
        return []
    names, frames = words.in_a_row([own.name for own in unknown]), sum(own.frames for own in unknown)
    text = (
        f"None of the {words.count(frames, 'frame')} that {names} took is tagged: how right the brain is there, nobody "
        "knows. Tag a few scenes of each class there."
    )
    return [Advice("unknown device", (), text)]


def confused(images: Sequence[Image]) -> list[Advice]:
    """Return the pairs of classes that are taken for one another most, each with a frame of both sides."""
    totals = Counter(image.label for image in images if image.right is not None)
    mistaken: dict[tuple[str, str], list[Image]] = defaultdict(list)
    for image in images:
        if image.right is False and image.label and image.predicted:
            mistaken[image.label, image.predicted].append(image)
    pairs = {(min(pair), max(pair)) for pair in mistaken}
    told = []
    for one, other in pairs:
        both = [mistaken.get((one, other), []), mistaken.get((other, one), [])]
        shares = [len(found) / max(totals[label], 1) for found, label in zip(both, (one, other), strict=True)]
        count = len(both[0]) + len(both[1])
        if count >= _LEAST_MISTAKEN and max(shares) >= _MISTAKEN:
            told.append((count, max(shares), _alike(one, other, both[0], both[1], totals)))
    told.sort(key=lambda each: (-each[0], -each[1], each[2].labels))
    return [advice for _, _, advice in told[:_PAIRS]]


def _alike(one: str, other: str, there: Sequence[Image], back: Sequence[Image], totals: Counter[str | None]) -> Advice:
    if len(back) > len(there):
        one, other, there, back = other, one, back, there
    shown = tuple(image.id for image in [*there[:1], *(back or there[1:])[:1]])
    text = f"{len(there)} of {words.count(totals[one], 'frame')} of `{one}` {words.was(len(there))} taken for `{other}`"
    if back:
        text += f" and {len(back)} of {totals[other]} the other way round"
    return Advice(
        "confused",
        (one, other),
        f"{text} (see {words.ids(shown)}): show both in the same places, and what differs.",
        shown,
    )


def unbalanced(score: Score) -> list[Advice]:
    """Return which classes have far fewer learned frames than most."""
    counts = sorted(own.learned for own in score.per_class.values())
    usual = counts[len(counts) // 2] if counts else 0
    few = tuple(
        label
        for label, own in sorted(score.per_class.items(), key=lambda item: item[1].learned)
        if own.learned * _UNBALANCED <= usual
    )
    if not few:
        return []
    told = words.in_a_row([f"`{label}` ({score.per_class[label].learned})" for label in few], quoted=False)
    text = f"The classes are unbalanced: half of them have {usual} learned frames or more, {told} far fewer: show "
    return [Advice("unbalanced", few, f"{text}{'them' if len(few) > 1 else 'it'} in more scenes.")]


def quality(images: Sequence[Image]) -> list[Advice]:
    """Return one piece about all pictures that should be taken again."""
    tagged = [image for image in images if image.label]
    faulty = [image for image in tagged if image.faults]
    if len(faulty) < max(_LEAST_FAULTS, _FAULTS * len(tagged)):
        return []
    counts = Counter(fault for image in faulty for fault in image.faults)
    what = " and ".join(f"{count} {_REMEDIES[fault][0]}" for fault, count in counts.most_common())
    remedy = " and ".join(_REMEDIES[fault][1] for fault, _ in counts.most_common())
    text = f"{len(faulty)} of {len(tagged)} frames are poor pictures, {what}"
    if len(faulty) > _ALL * len(tagged):
        return [Advice("picture quality", (), f"{text}: look to the camera; it needs {remedy}.", words.some(faulty))]
    (label, most), *_ = Counter(image.label for image in faulty).most_common(1)
    text += (
        f", {most} of them of `{label}` (see {words.ids(words.some(faulty))}): take such scenes again with {remedy}."
    )
    return [Advice("picture quality", (label or "",), text, words.some(faulty))]


def suspects(plain: Sequence[Suspect]) -> list[Advice]:
    """Return one piece about the frames that are more likely tagged wrongly than not."""
    if not plain:
        return []
    told = "; ".join(
        f"{each.id[:12]} is tagged `{each.label}`, looks like `{each.looks_like}` ({each.sure:.0%} sure)"
        for each in plain[: words.NAMED]
    )
    more = f"; and {len(plain) - words.NAMED} more" if len(plain) > words.NAMED else ""
    verb = "looks" if len(plain) == 1 else "look"
    labels = tuple(dict.fromkeys(each.label for each in plain))
    text = f"{words.count(len(plain), 'frame')} {verb} wrongly tagged: {told}{more}. Tag again what is wrong."
    return [Advice("suspect", labels, text, tuple(each.id for each in plain))]


def changed_place(drift: Drift | None, strangers: Sequence[str]) -> list[Advice]:
    """Return that the last scenes look unlike what was learned before."""
    if drift is None:
        return []
    text = (
        f"The last {drift.scenes} scenes that were learned look less like their classes than earlier ones do "
        f"({drift.share:.0%} of comparisons; 50% is usual): if the place, the light or the camera has changed, "
        "tag every class in a few scenes as it is now."
    )
    return [Advice("changed place", (), text, tuple(strangers[: words.NAMED]))]
