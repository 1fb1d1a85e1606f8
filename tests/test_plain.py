"""Records go into JSON and come back, whoever wrote the JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from reports import confuse

from edge_brain import Brain
from edge_brain.plain import plain, record
from edge_brain.records import Advice, ClassInfo, Prediction, Score, Scored


def there_and_back(value: Any) -> Any:
    return record(type(value), json.loads(json.dumps(plain(value))))


def test_what_a_brain_says_comes_back_as_it_was(brain: Brain) -> None:
    confuse(brain)
    score = brain.score()
    assert there_and_back(score) == score
    assert there_and_back(brain.history()[-1]) == brain.history()[-1]
    answer = brain.predict_frames([brain.store.frames()[0].id])[0]
    back = there_and_back(answer)
    assert back == answer and isinstance(back.ranking[0], tuple)


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (ClassInfo, {"label": "mug", "learned": 1}, "ClassInfo lacks reserved"),
        (ClassInfo, ["mug", 1, 2], r"is no ClassInfo"),
        (ClassInfo, {"label": 1, "learned": 1, "reserved": 2}, "'1' is no str"),
        (ClassInfo, {"label": "mug", "learned": True, "reserved": 2}, "'True' is no int"),
        (ClassInfo, {"label": "mug", "learned": 1.0, "reserved": 2}, r"'1\.0' is no int"),
        (Advice, {"kind": "ready", "labels": "mug", "message": "", "frames": []}, "'mug' is no tuple"),
        (Prediction, {"label": None, "confidence": float("nan"), "known": False, "ranking": [], "familiarity": 0.0,
         "threshold": None}, "'nan' is no float"),
        (Prediction, {"label": None, "confidence": 0, "known": False, "ranking": [["mug"]], "familiarity": 0.0,
         "threshold": None}, "argument 2 is shorter"),
        (Score, None, "'None' is no Score"),
        (Scored, {}, "Scored lacks at"),
    ],
)  # fmt: skip
def test_what_is_no_record_is_refused(kind: type[Any], value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        record(kind, value)
