"""Label Studio's tasks, as its JSON and its JSON-MIN export has them.

    tasks.json    [{"data": {"image": "/data/local-files/?d=images/1.jpg"},
                    "annotations": [{"result": [{"type": "choices", "value": {"choices": ["mug"]}, …}]}]}]
    min.json      [{"image": "/data/upload/1/1.jpg", "choice": "mug"}]

A picture is looked for by the path that a task tells, else by its name alone. Of several annotations the last one that
was not cancelled counts. Predictions are passed over: nobody has said them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from edge_brain.exchange.documents import Document
from edge_brain.exchange.formats.format import Finder, Format, Layout, Written, as_json, image, text_of
from edge_brain.exchange.items import Entry, Listing
from edge_brain.exchange.places import Place
from edge_brain.outcomes import Refused

_LOCAL = "/data/local-files/?d="
_CHOICE = ("choice", "choices", "label")  # the usual names of the control in JSON-MIN
_ABOUT = "images/ and tasks.json, as Label Studio imports it"


def knows(document: Document) -> bool:
    """Say whether a document is such a list."""
    tasks = document.value
    if not isinstance(tasks, list) or not tasks or not all(isinstance(task, dict) for task in tasks):
        return False
    return isinstance(tasks[0].get("data"), dict) or ("image" in tasks[0] and "annotation_id" in tasks[0])


def read(place: Place, document: Document) -> Listing:
    """Return what the tasks tell."""
    finder = Finder(place, (next(_pictures(task), "") for task in document.value))
    entries, refused = list[Entry](), list[Refused]()
    for number, task in enumerate(document.value, 1):
        names = [name for told in _pictures(task) if (name := finder.find(told))]
        shown = list(dict.fromkeys(_choices(task)))
        if not names:
            what = next(_pictures(task), f"{place.called(document.name)}, task {number}")
            refused.append(Refused(what, "its picture is not here, or several have the name"))
        elif len(shown) != 1:
            why = f"several classes were chosen: {', '.join(shown[:5])}" if shown else "no class was chosen for it"
            refused.append(Refused(place.called(names[0]), why))
        else:
            entries.append(Entry(names[0], shown[0]))
    return Listing(entries, refused)


def _pictures(task: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paths that a task may mean."""
    data = task["data"] if isinstance(task.get("data"), dict) else {"image": task.get("image")}
    for value in data.values():
        if not isinstance(value, str) or not value:
            continue
        try:
            parts = urlsplit(value)
        except ValueError:  # none of an address: a name with a bracket in it
            yield value
            continue
        yield from parse_qs(parts.query).get("d", [])
        yield unquote(parts.path)
        yield value


def _choices(task: Mapping[str, Any]) -> list[str]:
    annotations = task.get("annotations", task.get("completions"))
    if not isinstance(annotations, list):
        choices = next((task[name] for name in _CHOICE if name in task), None)
        return _texts(choices.get("choices") if isinstance(choices, dict) else choices)
    told = list[str]()
    for each in annotations:
        results = each.get("result") if isinstance(each, dict) and not each.get("was_cancelled") else None
        if isinstance(results, list):
            values = [result.get("value") for result in results if isinstance(result, dict)]
            chosen = [text for value in values if isinstance(value, dict) for text in _texts(value.get("choices"))]
            told = chosen or told  # boxes alone choose nothing
    return told


def _texts(value: Any) -> list[str]:
    return [text for each in (value if isinstance(value, list) else [value]) if (text := text_of(each))]


def _lists(told: Sequence[Written]) -> dict[str, bytes]:
    tasks = [
        {
            "id": place,
            "data": {"image": f"{_LOCAL}{quote(each.name)}"},
            "annotations": [{"result": [{
                "from_name": "choice", "to_name": "image", "type": "choices", "value": {"choices": [each.label]},
            }]}],
        }
        for place, each in enumerate(told, 1)
    ]  # fmt: skip
    return {"tasks.json": as_json(tasks)}


LABELSTUDIO = Format("labelstudio", _ABOUT, Layout(image, _lists), knows, read)
