"""The longer texts about a score: lines to be read in a terminal, 80 columns wide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_brain.outcomes import Repaired, Tested
    from edge_brain.records import Score

_BAR = 24  # columns of the longest bar
_WRONG = 20  # wrong images that are listed


def in_full(score: Score) -> Iterator[str]:
    """Yield the top stats, each class, each device where there are several, the balance, wrong images, the advice."""
    yield from _top_stats(score)
    yield from _per_class(score)
    yield from _per_device(score)
    yield from _balance(score)
    yield from _wrong(score)
    yield from advice(score)


def advice(score: Score) -> Iterator[str]:
    """Yield what to do next."""
    if score.advice:
        yield "Next:"
        yield from (f"  {item.message}" for item in score.advice)


def tested(result: Tested) -> Iterator[str]:
    """Yield how the brain did on a folder."""
    if result.accuracy is None or result.balanced_accuracy is None:
        yield "No picture of the folder could be tried."
    else:
        right = sum(bool(image.right) for image in result.images)
        yield f"{result.accuracy:.1%} right ({right} of {len(result.images)}), {result.balanced_accuracy:.1%} balanced"
    for label, (right, tried) in sorted(result.per_class.items(), key=lambda item: item[1][0] / item[1][1]):
        yield f"  {right / tried:4.0%}  {right} of {tried}  {label}"
    if result.overlapping:
        yield f"{result.overlapping} pictures are in the brain already and were left out."


def repaired(result: Repaired) -> Iterator[str]:
    """Yield what became of a damaged brain; what was lost is listed elsewhere."""
    if result.sound:
        yield "The database is sound: nothing was changed."
        return
    if result.aside:
        yield f"The damaged database lies in {result.aside}/ now; nothing of edge-brain deletes it."
    for what, found in (("tags", result.events), ("frames", result.frames)):
        yield f"{sum(found.values())} {what} were brought back" + (":" if found else ".")
        yield from (f"  {count:6d}  from {source}" for source, count in found.items())


def _top_stats(score: Score) -> Iterator[str]:
    yield f"  accuracy on reserved frames  {_share(score.accuracy)}"
    yield f"  balanced over classes        {_share(score.balanced_accuracy)}"
    if score.interval:
        yield f"  90 % interval                {score.interval[0]:.0%} to {score.interval[1]:.0%}"
        yield f"  bursts judged, none learned  {score.bursts}"
    yield f"  classes                      {score.classes}"
    yield f"  images learned               {score.learned}"
    yield f"  images reserved              {score.reserved}"


def _per_class(score: Score) -> Iterator[str]:
    if score.per_class:
        yield "Accuracy of each class, worst first:"
    for label, own in sorted(score.per_class.items(), key=lambda item: (item[1].accuracy is None, item[1].accuracy)):
        bar = "█" * round(_BAR * (own.accuracy or 0))
        reserved = f"{own.right} of {own.reserved} in reserve" if own.reserved else "none in reserve"
        yield f"  {_share(own.accuracy):>4}  {bar:<{_BAR}}  {label}  ({own.judged_bursts} bursts; {reserved})"


def _per_device(score: Score) -> Iterator[str]:
    if score.per_device:
        yield "Accuracy on the frames of each device, worst first:"
    for own in sorted(score.per_device.values(), key=lambda each: (each.accuracy is None, each.accuracy, each.name)):
        bar = "█" * round(_BAR * (own.accuracy or 0))
        yield f"  {_share(own.accuracy):>4}  {bar:<{_BAR}}  {own.name}{' (this one)' if own.here else ''}"
        interval = f", 90% {own.interval[0]:.0%} to {own.interval[1]:.0%}" if own.interval else ""
        weakest = f"; weakest `{own.weakest}`" if own.weakest else ""
        told = f"{own.judged_bursts} bursts{interval}; {own.learned} learned, {own.reserved} in reserve"
        yield f"        {told} of {own.frames} frames{weakest}"


def _balance(score: Score) -> Iterator[str]:
    if not score.per_class:
        return
    yield "Images of each class, learned ▓ and reserved ░:"
    most = max(own.learned + own.reserved for own in score.per_class.values())
    for label, own in sorted(score.per_class.items(), key=lambda item: item[1].learned + item[1].reserved):
        bar = "▓" * round(_BAR * own.learned / most) + "░" * round(_BAR * own.reserved / most)
        yield f"  {own.learned + own.reserved:4d}  {bar:<{_BAR}}  {label}"


def _wrong(score: Score) -> Iterator[str]:
    wrong = [image for image in score.images if image.right is False]
    if wrong:
        yield f"Wrong, {len(wrong)} of {len(score.images)} reserved images:"
    for image in wrong[:_WRONG]:
        yield f"  {image.id[:12]}  `{image.label}` was taken for `{image.predicted}`"
    if len(wrong) > _WRONG:
        yield f"  and {len(wrong) - _WRONG} more: edge-brain images --role reserved --wrong"


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
