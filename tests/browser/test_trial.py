"""Trying the brain in Chromium: pictures come in every way, are answered, and are added only where one says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pictures import again, save, scene
from reports import NASTY, confuse

from edge_brain import Brain
from edge_brain.web import Served, served

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Visit = Callable[..., "Page"]
PICTURE = ".picture"
GIVE = """async ([kind, names, urls]) => {
  const transfer = new DataTransfer();
  for (const [place, url] of urls.entries()) {
    const bytes = Uint8Array.from(atob(url), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], names[place], { type: "image/jpeg" }));
  }
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true })
    : new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true });
  document.querySelector("main").dispatchEvent(event);
  return event.defaultPrevented;
}"""


@pytest.fixture
def at(taught: Brain) -> Iterator[Served]:
    with served(taught, port=0) as at:
        yield at


def files(folder: Path, label: str, *numbers: int) -> list[Path]:
    return [save(folder, f"{label} {number}.jpg", scene(label, number)) for number in numbers]


def in_state(page: Page, state: str) -> Locator:
    return page.locator(f'{PICTURE}[data-state="{state}"]')


def shown(page: Page, *pictures: Path) -> Locator:
    """Choose pictures and return the cards, all answered."""
    before = page.locator(PICTURE).count()
    page.set_input_files("#files", pictures)
    page.locator(PICTURE).nth(before + len(pictures) - 1).wait_for()
    page.wait_for_selector("#clear:visible")
    return page.locator(".try").first.locator(PICTURE)


def give(page: Page, kind: str, *pictures: Path) -> bool:
    """Drop or paste pictures, as files that a script made."""
    import base64

    return bool(
        page.evaluate(GIVE, [kind, [each.name for each in pictures],
                             [base64.b64encode(each.read_bytes()).decode() for each in pictures]])
    )  # fmt: skip


def state_of(brain: Brain) -> tuple[Any, ...]:
    return brain.head_digest(), brain.store.last_event(), brain.images()


def test_a_picture_is_answered_with_its_reasons_and_nothing_is_kept(
    visit: Visit, at: Served, taught: Brain, tmp_path: Path
):
    before = state_of(taught)
    (path,) = files(tmp_path, "mug", 500)
    page = visit(f"{at.link}test")
    card = shown(page, path)
    answer, nearest = taught.predict(path), taught.nearest(path)
    assert card.locator(".answer").inner_text().split() == ["mug", f"{answer.confidence:.0%}"]
    assert [row.split() for row in card.locator(".ranking li").all_inner_texts()] == [
        [label, f"{share:.0%}"] for label, share in answer.ranking
    ]
    assert "knows such things" in card.locator(".familiar").inner_text()
    thumbnails = card.locator(".alike img")
    assert [each.get_attribute("src") for each in thumbnails.all()] == [f"/thumbnail/{near.id}" for near in nearest]
    assert [each.split() for each in card.locator(".alike li").all_inner_texts()] == [
        [near.label, f"{near.likeness:.0%}"] for near in nearest
    ]
    assert page.evaluate("document.querySelector('.shown img').naturalWidth") == 64
    assert card.locator(".shown img").get_attribute("src").startswith("blob:")  # type: ignore[union-attr]
    assert state_of(taught) == before


def test_the_newest_picture_is_on_top(visit: Visit, at: Served, tmp_path: Path):
    page = visit(f"{at.link}test")
    for path in files(tmp_path, "cup", 500, 501):
        shown(page, path)
    assert page.locator(".file").all_inner_texts() == ["cup 501.jpg", "cup 500.jpg"]


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_pictures_are_dropped_and_pasted(visit: Visit, at: Served, tmp_path: Path, kind: str):
    page = visit(f"{at.link}test")
    assert give(page, kind, *files(tmp_path, "fork", 500, 501)), "else the browser would open the picture instead"
    in_state(page, "asked").nth(1).wait_for()
    assert page.locator(".answer .name").all_inner_texts() == ["fork", "fork"]


def test_what_is_added_is_said_and_undone_to_the_bit(visit: Visit, at: Served, taught: Brain, tmp_path: Path):
    before = taught.head_digest()
    page = visit(f"{at.link}test")
    card = shown(page, *files(tmp_path, "mug", 500))
    card.get_by_role("button", name="Add as mug").click()
    in_state(page, "added").wait_for()
    (frame,) = [frame for frame in taught.store.frames() if frame.number == 25]
    assert frame.label == "mug" and frame.role is not None
    assert card.locator(".became").inner_text().casefold().split()[1:4] == [frame.role, "as", "mug:"]
    card.get_by_role("button", name="Undo").click()
    in_state(page, "asked").wait_for()
    assert taught.head_digest() == before
    assert taught.store.frame(frame.id).label is None
    assert "without a tag" in card.locator(".already").inner_text()
    page.locator(".toast", has_text="Undone.").wait_for()
    assert page.locator(".toast button").count() == 0, "there is no more to undo"


def test_keys_add_the_picture_that_is_focused_and_go_on_to_the_next(
    visit: Visit, at: Served, taught: Brain, tmp_path: Path
):
    page = visit(f"{at.link}test")
    cards = shown(page, *files(tmp_path, "fork", 500), *files(tmp_path, "cup", 500))
    page.keyboard.press("1")
    assert in_state(page, "asked").count() == 2, "no picture is focused"
    cards.first.focus()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    in_state(page, "added").nth(1).wait_for()
    assert [tag.split()[3] for tag in cards.locator(".became").all_inner_texts()] == ["fork:", "cup:"]
    page.keyboard.press("u")
    in_state(page, "asked").wait_for()
    assert [cards.nth(place).get_attribute("data-state") for place in range(2)] == ["added", "asked"]


@pytest.mark.parametrize("one_scene", [True, False])
def test_pictures_that_came_together_are_one_scene_unless_one_says_no(
    visit: Visit, at: Served, taught: Brain, tmp_path: Path, one_scene: bool
):
    before = taught.head_digest()
    page = visit(f"{at.link}test")
    shown(page, *files(tmp_path, "mug", 500, 501, 502))
    assert page.get_by_label("They show one scene").is_checked()
    page.get_by_label("They show one scene").set_checked(one_scene)
    page.get_by_role("button", name="Add all as").click()
    page.locator("#ask-class-suggested", has_text="mug").click()
    in_state(page, "added").nth(2).wait_for()
    added = taught.store.frames()[24:]
    assert len(added) == 3 and {frame.label for frame in added} == {"mug"}
    assert len({frame.burst for frame in added}) == (1 if one_scene else 3)
    if one_scene:
        assert len({frame.role for frame in added}) == 1
    page.locator(".toast").get_by_role("button", name="Undo").click()
    in_state(page, "asked").nth(2).wait_for()
    assert taught.head_digest() == before


def test_a_new_class_is_typed_and_can_be_chosen_from_then_on(visit: Visit, at: Served, taught: Brain, tmp_path: Path):
    page = visit(f"{at.link}test")
    cards = shown(page, *files(tmp_path, "plate", 1, 2))
    for place in range(2):
        cards.nth(place).locator(".other").click()
        if place:
            page.locator("#ask-class-classes button", has_text="plate").click()
        else:
            page.get_by_label("New class").fill("plate")
            page.keyboard.press("Enter")
        in_state(page, "added").nth(place).wait_for()
    assert "plate" in {info.label for info in taught.classes()}


def test_a_brain_that_has_learned_nothing_is_begun_with_what_is_dropped(visit: Visit, brain: Brain, tmp_path: Path):
    with served(brain, port=0) as at:
        page = visit(f"{at.link}test")
        card = shown(page, *files(tmp_path, "mug", 1))
        assert card.locator(".answer").inner_text() == "Nothing it knows"
        assert "learned nothing yet" in card.locator(".familiar").inner_text()
        assert not card.locator(".alike").is_visible()
        card.focus()
        page.keyboard.press("+")
        page.keyboard.type("mug")
        page.keyboard.press("Enter")
        in_state(page, "added").wait_for()
        assert [(info.label, info.learned) for info in brain.classes()] == [("mug", 1)]
        page.get_by_text("so it has no answers").wait_for(state="detached")


def test_a_class_is_chosen_by_its_key_and_the_dialog_is_left_by_escape(
    visit: Visit, at: Served, taught: Brain, tmp_path: Path
):
    before = state_of(taught)
    page = visit(f"{at.link}test")
    card = shown(page, *files(tmp_path, "mug", 500))
    card.locator(".other").click()
    page.keyboard.press("Escape")
    assert state_of(taught) == before
    card.locator(".other").click()
    page.keyboard.press("1")
    in_state(page, "added").wait_for()
    assert card.locator(".became").inner_text().split()[3] == "cup:"


def test_a_picture_that_is_held_already_proves_nothing(visit: Visit, at: Served, taught: Brain, tmp_path: Path):
    page = visit(f"{at.link}test")
    for role, told in (("learned", "proves nothing"), ("reserved", "proves nothing new")):
        image = next(image for image in taught.images() if image.role == role)
        path = tmp_path / f"{role}.jpg"
        path.write_bytes(taught.picture(image.id))
        words = shown(page, path).locator(".already").inner_text()
        assert f"{role} already, as {image.label}" in words and told in words
    learned = next(image for image in taught.images() if image.role == "learned" and image.label == "mug")
    before = taught.head_digest()
    card = page.locator(PICTURE).last
    card.focus()
    page.keyboard.press("3")
    in_state(page, "added").wait_for()
    page.keyboard.press("u")
    in_state(page, "added").wait_for(state="detached")
    assert taught.head_digest() == before and taught.store.frame(learned.id).label == "mug"


def test_a_picture_that_has_a_tag_keeps_it_when_all_others_get_one(
    visit: Visit, at: Served, taught: Brain, tmp_path: Path
):
    learned = next(image for image in taught.images() if image.role == "learned" and image.label == "mug")
    (tmp_path / "held.jpg").write_bytes(taught.picture(learned.id))
    page = visit(f"{at.link}test")
    shown(page, tmp_path / "held.jpg", *files(tmp_path, "cup", 500, 501))
    page.get_by_role("button", name="Add these 2 as").click()
    page.keyboard.press("1")
    in_state(page, "added").nth(1).wait_for()
    assert taught.store.frame(learned.id).label == "mug" and len(taught.store.frames()) == 26


def test_a_picture_that_looks_just_like_a_learned_one_proves_little(
    visit: Visit, at: Served, taught: Brain, tmp_path: Path
):
    learned = next(image for image in taught.images() if image.role == "learned")
    (tmp_path / "copy.jpg").write_bytes(taught.picture(learned.id) + b" ")  # another file, the same picture
    page = visit(f"{at.link}test")
    card = shown(page, tmp_path / "copy.jpg")
    assert "proves little" in card.locator(".already").inner_text()


def test_each_picture_tells_its_own_trouble_and_the_others_go_on(
    visit: Visit, at: Served, taught: Brain, tmp_path: Path
):
    before = state_of(taught)
    (tmp_path / "notes.jpg").write_bytes(b"no picture")
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "IMG_1.HEIC").write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    with (tmp_path / "huge.jpg").open("wb") as file:
        file.truncate(32 * 2**20 + 1)
    bad = [tmp_path / name for name in ("notes.jpg", "empty.jpg", "IMG_1.HEIC", "huge.jpg")]
    page = visit(f"{at.link}test")
    cards = shown(page, *bad, *files(tmp_path, "mug", 500))
    told = ("not a picture edge_brain reads", "empty, 0 bytes", "Most Compatible", "32.0 MiB of at most 32.0 MiB")
    for card, words in zip(cards.all()[:4], told, strict=True):
        assert words in card.locator(".trouble").inner_text()
        assert card.locator(".no-picture").is_visible() and not card.locator(".retry").is_visible()
    assert cards.last.locator(".answer .name").inner_text() == "mug"
    assert state_of(taught) == before
    assert len(page.complaints) == 3 and all("400" in said for said in page.complaints)  # type: ignore[attr-defined]
    page.complaints.clear()  # type: ignore[attr-defined]


def test_what_is_no_file_and_what_is_a_folder_are_told_plainly(visit: Visit, at: Served, tmp_path: Path):
    page = visit(f"{at.link}test")
    assert give(page, "drop")
    page.locator(".toast.trouble", has_text="no file").wait_for()
    folder = tmp_path / "mugs"
    files(folder, "mug", 1)
    data = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 400, "y": 400, "data": data})
    card = in_state(page, "failed")
    card.wait_for()
    assert "“mugs” is a folder" in card.locator(".trouble").inner_text()


def test_looking_is_stopped_and_taken_up_again(visit: Visit, at: Served, tmp_path: Path):
    page = visit(f"{at.link}test")
    held: list[Any] = []
    page.route("**/api/look", lambda route: held.append(route))
    page.set_input_files("#files", files(tmp_path, "cup", 500, 501, 502))
    in_state(page, "looking").wait_for()
    assert page.locator("#words").inner_text() == "3 pictures to go"
    page.get_by_role("button", name="Stop").click()
    in_state(page, "stopped").nth(2).wait_for()
    page.unroute("**/api/look")
    page.get_by_role("button", name="Look at the other 3").click()
    in_state(page, "asked").nth(2).wait_for()
    assert len(held) == 1, "they are sent one after the other"


def test_what_is_stopped_is_not_added_and_what_was_sent_is(visit: Visit, at: Served, taught: Brain, tmp_path: Path):
    page = visit(f"{at.link}test")
    cards = shown(page, *files(tmp_path, "cup", 500, 501, 502))
    held: list[Any] = []
    page.route("**/api/tag*", lambda route: held.append(route))
    page.get_by_role("button", name="Add all as").click()
    with page.expect_request("**/api/tag*"):
        page.locator("#ask-class-suggested").click()
    page.get_by_role("button", name="Stop").click()
    assert [card.get_attribute("data-state") for card in cards.all()] == ["adding", "asked", "asked"]
    held[0].continue_()
    in_state(page, "added").wait_for()
    assert len(held) == 1 and len(taught.store.frames()) == 25


def test_a_device_that_does_not_answer_is_asked_again(visit: Visit, at: Served, taught: Brain, tmp_path: Path):
    page = visit(f"{at.link}test")
    page.route("**/api/look", lambda route: route.abort())
    page.set_input_files("#files", files(tmp_path, "cup", 500))
    in_state(page, "failed").wait_for()
    assert "does not answer" in page.locator(".trouble").inner_text()
    page.unroute("**/api/look")
    page.get_by_role("button", name="Try again").click()
    card = in_state(page, "asked")
    card.wait_for()
    before = state_of(taught)
    page.route("**/api/tag*", lambda route: route.abort())
    card.locator(".suggested").click()
    card.locator(".trouble", has_text="nothing was done").wait_for()
    assert in_state(page, "asked").count() == 1 and state_of(taught) == before
    page.complaints.clear()  # type: ignore[attr-defined]


def test_answers_from_before_the_brain_learned_can_be_asked_for_again(
    visit: Visit, at: Served, taught: Brain, tmp_path: Path
):
    page = visit(f"{at.link}test")
    (path,) = files(tmp_path, "plate", 1)
    shown(page, path)
    with Brain.open(taught.folder) as other:
        other.tag_many([(scene("plate", number), "plate") for number in range(2, 9)])
    page.get_by_role("button", name="Look again").click()
    page.locator(".answer .name", has_text="plate").wait_for()
    page.locator("#again").wait_for(state="hidden")
    page.locator(".other").click()
    page.locator("#ask-class-classes button", has_text="plate").wait_for()


def test_what_the_phone_shoots_one_after_the_other_is_one_scene(
    visit: Visit, at: Served, taught: Brain, tmp_path: Path
):
    page = visit(f"{at.link}test", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    assert page.get_by_text("Take a picture").is_visible()
    seen = scene("mug", 500)
    for number in range(2):
        page.set_input_files("#camera", save(tmp_path, f"{number}.jpg", again(seen, number)))
        in_state(page, "asked").first.wait_for()
        in_state(page, "asked").first.locator(".suggested").tap()
        in_state(page, "added").nth(number).wait_for()
    first, second = taught.store.frames()[24:]
    assert first.burst == second.burst and {first.source, second.source} == {"phone camera"}


def test_all_is_cleared_and_nothing_is_lost(visit: Visit, at: Served, taught: Brain, tmp_path: Path):
    before = state_of(taught)
    page = visit(f"{at.link}test")
    shown(page, *files(tmp_path, "mug", 500, 501))
    page.get_by_role("button", name="Clear").click()
    assert page.locator(PICTURE).count() == 0 and not page.locator("#work").is_visible()
    assert state_of(taught) == before


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_hostile_names_are_only_names_and_nobody_is_shut_out(
    visit: Visit,
    brain: Brain,
    tmp_path: Path,
    seriously_inaccessible: Callable[[Page], list[str]],
    width: int,
    scheme: str,
):
    confuse(brain, NASTY)
    with served(brain, port=0) as at:
        page = visit(f"{at.link}test", viewport={"width": width, "height": 740}, color_scheme=scheme)
        seen = [save(tmp_path, f"<img src=x onerror=alert(1)> {'x' * 80}{n}.jpg", scene(NASTY[n], 800)) for n in (0, 1)]
        cards = shown(page, *seen, save(tmp_path, "a.jpg", scene(NASTY[5], 801)))
        cards.first.locator(".suggested:visible, .other:visible").first.click()
        if page.locator("#ask-class").is_visible():
            assert seriously_inaccessible(page) == []
            page.keyboard.press("1")
        in_state(page, "added").wait_for()
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert seriously_inaccessible(page) == []
        cards.last.locator(".other").click()
        assert page.evaluate("document.querySelector('#ask-class').scrollWidth") <= width
        assert seriously_inaccessible(page) == []
        assert page.locator("#ask-class-classes button").count() == len(NASTY)
        assert page.evaluate("document.querySelectorAll('main img[src=x], main script').length") == 0


def test_without_a_script_it_says_what_to_do(visit: Visit, at: Served):
    page = visit(f"{at.link}test", java_script_enabled=False)
    assert page.locator("noscript code", has_text="edge-brain predict FILE").is_visible()
    assert not page.get_by_text("Choose pictures").is_visible()
