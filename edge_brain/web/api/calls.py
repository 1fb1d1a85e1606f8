"""What the API does: each operation one call of the SDK, under the SDK's own name."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge_brain import __version__, files
from edge_brain.records import ClassInfo, Frame, Image, Prediction, Score, Scored, Suspect, Tag
from edge_brain.web.api.looking import held
from edge_brain.web.api.operations import ID, IDS, LABELS, TEXT, YES, Field, Given, Operation
from edge_brain.web.workspace import WHO, Workspace

_LABEL = Field(TEXT, "a class")
_FRAMES = Field(LABELS, "frames by their ids, each with the class that it is to have; null for none")

_EXPECTED = Field(
    LABELS,
    "frames, each with the class that it is thought to have, null for none: if one has another by now, or is "
    "discarded, nothing is done",
    needed=False,
)


@dataclass(frozen=True)
class Session:
    """What a program has to know before it changes something."""

    brain: str  # its name
    version: str  # of edge_brain
    csrf_token: str  # the header X-CSRF-Token of every change
    camera: str | None  # the source that the pages look through


@dataclass(frozen=True)
class Tagged(Tag):
    """What became of a picture that was tagged."""

    were: dict[str, str | None] = field(default_factory=dict)  # to give the frame this again undoes it


@dataclass(frozen=True)
class Relabelled:
    """What became of frames that were given other classes."""

    were: dict[str, str | None]  # by their ids; to give them these again undoes it


def session(space: Workspace, given: Given) -> Session:
    """Tell what a program has to know before it changes something."""
    camera = None if space.camera is None else space.camera.name
    return Session(space.name, __version__, space.gate.csrf, camera)


def score(space: Workspace, given: Given) -> Score:
    """Tell the Brain Score."""
    return space.thinking.score()


def history(space: Workspace, given: Given) -> list[Scored]:
    """Tell how the score became what it is."""
    return space.thinking.history()


def classes(space: Workspace, given: Given) -> list[ClassInfo]:
    """Tell the classes."""
    return space.brain.classes()


def images(space: Workspace, given: Given) -> list[Image]:
    """Tell all frames, or some."""
    label, role, wrong = given["label"], given["role"], given["wrong"]
    return [
        image
        for image in space.thinking.images()
        if (label is None or image.label == label)
        and (role is None or role == (image.role or "none"))
        and (not wrong or image.right is False)
    ]


def untagged(space: Workspace, given: Given) -> list[Frame]:
    """Tell the frames that wait for a tag."""
    useful_first = bool(given["useful_first"])
    return (space.thinking if useful_first else space.brain).untagged(useful_first=useful_first)


def suspects(space: Workspace, given: Given) -> list[Suspect]:
    """Tell the frames that look wrongly tagged."""
    return space.thinking.suspects()


def predict(space: Workspace, given: Given) -> Prediction:
    """Say what a picture shows."""
    return space.brain.predict(given.body)


def predict_frames(space: Workspace, given: Given) -> list[Prediction]:
    """Say what stored frames show."""
    return space.brain.predict_frames(given["frame_ids"])


def tag(space: Workspace, given: Given) -> Tagged:
    """Keep a picture and say what it shows."""
    with space.brain.alone:
        before = held(space, files.content_id(given.body))
    tag = space.brain.tag(given.body, given["label"], burst=given["burst"], source=given["source"], who=WHO)
    return Tagged(**vars(tag), were={tag.frame_id: None if before is None else before.label})


def untag(space: Workspace, given: Given) -> Relabelled:
    """Take a frame's tag away."""
    return Relabelled(space.brain.relabel({given["frame_id"]: None}, who=WHO))


def relabel(space: Workspace, given: Given) -> Relabelled:
    """Give frames other classes, or none, all or none of them."""
    return Relabelled(space.brain.relabel(given["frames"], who=WHO, expected=given["expected"]))


def discard(space: Workspace, given: Given) -> Relabelled:
    """Take frames out of sight; what was learned from them is unlearned."""
    return Relabelled(space.brain.discard(given["frame_ids"], who=WHO))


def restore(space: Workspace, given: Given) -> Relabelled:
    """Bring discarded frames back, tagged as they were."""
    return Relabelled(space.brain.restore(given["frame_ids"], who=WHO))


OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/session", "Tell what a program has to know before it changes something.", session, Session),
    Operation("GET", "/score", "Tell the Brain Score; with If-None-Match cheaply.", score, Score, of_brain=True),
    Operation("GET", "/history", "Tell how the score became what it is, oldest first.", history, list[Scored]),
    Operation("GET", "/classes", "Tell the classes with their numbers of frames.", classes, list[ClassInfo],
              of_brain=True),
    Operation(
        "GET", "/images", "Tell the frames, each with what the brain, not having learned it, takes it for.", images,
        list[Image],
        of_brain=True,
        query={
            "label": Field(TEXT, "only frames of this class", needed=False),
            "role": Field(TEXT, "only frames of this role: learned, reserved or none", needed=False),
            "wrong": Field(YES, "only frames that are taken for another class", needed=False),
        },
    ),
    Operation(
        "GET", "/untagged", "Tell the frames that wait for a tag.", untagged, list[Frame], of_brain=True,
        query={
            "useful_first": Field(YES, "those first of which the brain would learn most, burst by burst", needed=False)
        },
    ),
    Operation("GET", "/suspects", "Tell the frames that look wrongly tagged, the likeliest first.", suspects,
              list[Suspect], of_brain=True),
    Operation("POST", "/predict", "Say what a picture shows.", predict, Prediction, picture=True),
    Operation(
        "POST", "/predict_frames", "Say what stored frames show, in the order of their ids.", predict_frames,
        list[Prediction], json={"frame_ids": Field(IDS, "the frames")},
    ),
    Operation(
        "POST", "/tag", "Keep a picture and say what it shows: it is learned, or reserved, at once.", tag, Tagged,
        query={
            "label": _LABEL,
            "burst": Field(TEXT, "the name of the scene", needed=False),
            "source": Field(TEXT, "the camera", needed=False),
        },
        picture=True,
    ),
    Operation(
        "POST", "/untag", "Take a frame's tag away: it is unlearned, exactly.", untag, Relabelled,
        json={"frame_id": Field(ID, "the frame")},
    ),
    Operation(
        "POST", "/relabel", "Give frames other classes, or none, all of them or none of them.", relabel, Relabelled,
        json={"frames": _FRAMES, "expected": _EXPECTED},
    ),
    Operation(
        "POST", "/discard", "Take frames out of sight, exactly unlearned, until they are restored.", discard,
        Relabelled, json={"frame_ids": Field(IDS, "the frames")},
    ),
    Operation(
        "POST", "/restore", "Bring discarded frames back; the answer tells what each is tagged as again.", restore,
        Relabelled, json={"frame_ids": Field(IDS, "the frames")},
    ),
)  # fmt: skip
