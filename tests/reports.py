"""Brains to report on: one that is often wrong, and whose names are meant to break a page."""

from __future__ import annotations

from pictures import again, scene

from edge_brain import Brain

NASTY = (
    '<script>alert("x")</script>',
    "</style><img src=x onerror=alert(1)>",
    'it\'s "quoted" & {{ 7 * 7 }} {% raw %}',
    "ملعقة كبيرة",
    "🍎 apple",
    "x" * 100,
)


def confuse(brain: Brain, labels: tuple[str, ...] = ("cup", "bowl", "fork")) -> None:
    """Teach eight scenes of two frames to each class; the first two look alike, so that they are confused."""
    for place, label in enumerate(labels):
        shown = labels[0] if place == 1 else label
        for number in range(8):
            seen = scene(shown, number + 100 * place)
            brain.tag_many([(again(seen, frame), label) for frame in range(2)], burst=f"{label[:20]} {number}")
        brain.score()  # which the history tells
