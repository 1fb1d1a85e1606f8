"""Reviewing in Chromium: frames chosen by mouse, keys and taps; suspects one by one; classes, and their score then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from pictures import again, scene
from reports import NASTY

from edge_brain import Brain, Score
from edge_brain.web import Served, served
from edge_brain.web.pages import grid

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Visit = Callable[..., "Page"]
Axe = Callable[["Page"], list[str]]
HOSTILE = NASTY[0]


@pytest.fixture
def tagged(brain: Brain) -> Brain:
    """A brain of three classes, one of them with a hostile name, by eight bursts of two frames each."""
    for label in ("cup", "fork", HOSTILE):
        for number in range(8):
            frames = [(again(scene(label, number), frame), label) for frame in range(2)]
            brain.tag_many(frames, burst=f"{label[:8]} {number}")
    return brain


@pytest.fixture
def at(tagged: Brain) -> Iterator[Served]:
    with served(tagged, port=0) as at:
        yield at


@pytest.fixture
def doubtful(brain: Brain) -> Brain:
    """A brain of which four frames are tagged wrongly."""
    brain.tag_many([(scene(label, number), label) for label in ("cup", "fork", "mug") for number in range(20)])
    brain.tag_many([(scene("cup", 500 + number), "fork") for number in range(2)])
    brain.tag_many([(scene("mug", 600 + number), "cup") for number in range(2)])
    return brain


@pytest.fixture
def doubted_at(doubtful: Brain) -> Iterator[Served]:
    with served(doubtful, port=0) as at:
        yield at


def of_class(at: Served, label: str, **query: str) -> str:
    return f"{at.link}review/frames?{urlencode({'label': label, **query})}"


def ids(page: Page) -> list[str]:
    """The frames of the grid."""
    return page.locator("#tiles .tile:visible").evaluate_all("tiles => tiles.map(tile => tile.dataset.id)")  # type: ignore[no-any-return]


def chosen(page: Page) -> list[str]:
    return page.locator("#tiles .tile:has(:checked)").evaluate_all("tiles => tiles.map(tile => tile.dataset.id)")  # type: ignore[no-any-return]


def tile(page: Page, place: int) -> Locator:
    return page.locator("#tiles .tile:visible label").nth(place)


def counts(brain: Brain) -> dict[str, int]:
    return {info.label: info.learned + info.reserved for info in brain.classes()}


# ── the places ─────────────────────────────────────────────────────────────────────────────────


def test_the_overview_leads_to_every_place_with_its_number(visit: Visit, doubted_at: Served, doubtful: Brain):
    doubtful.keep_exposures([doubtful.exposer.expose(scene("mug", 900))])
    doubtful.discard([doubtful.images()[0].id])
    page = visit(f"{doubted_at.link}review")
    page.locator("#suspects .number", has_text="4").wait_for()
    places = {
        place.locator(".text").inner_text(): place.locator(".number").inner_text()
        for place in page.locator(".place").all()
    }
    wrong = sum(image.right is False for image in doubtful.images())
    assert places == {"Suspects": "4", "Taken for another": str(wrong), "Without a tag": "1", "Discarded": "1"}
    assert page.locator(".shelf .name").all_inner_texts() == ["cup", "fork", "mug"]
    page.locator(".shelf", has_text="fork").click()
    assert page.locator("#tiles .tile").count() == counts(doubtful)["fork"]


def test_the_filters_show_what_is_wrong_learned_or_reserved(visit: Visit, doubted_at: Served, doubtful: Brain):
    page = visit(of_class(doubted_at, "fork"))
    own = [image for image in doubtful.images() if image.label == "fork"]
    for text, meant in (
        ("Wrong", [image.id for image in own if image.right is False]),
        ("Learned", [image.id for image in own if image.role == "learned"]),
        ("Reserved", [image.id for image in own if image.role == "reserved"]),
    ):
        page.get_by_role("link", name=f"{text} {len(meant)}").click()
        page.locator(f".ways [aria-current]:has-text('{text}')").wait_for()
        assert meant and sorted(ids(page)) == sorted(meant)
    page.goto(of_class(doubted_at, "fork", show="wrong"))
    assert page.locator(".tile.wrong", has_text="taken for cup").count() == page.locator(".tile").count() == 2
    assert page.get_by_role("checkbox").first.get_attribute("id")


def test_many_frames_come_page_by_page(visit: Visit, at: Served, tagged: Brain, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(grid, "_A_PAGE", 6)
    page = visit(of_class(at, HOSTILE))
    seen = ids(page)
    for number in (2, 3):
        page.get_by_role("link", name="Next →").click()
        page.get_by_text(f"Page {number} of 3").wait_for()
        seen += ids(page)
    assert len(seen) == 16 and set(seen) == {image.id for image in tagged.images() if image.label == HOSTILE}
    assert page.get_by_role("link", name="Next →").count() == 0
    page.get_by_role("link", name="← Before").click()
    page.get_by_text("Page 2 of 3").wait_for()


def test_without_a_script_frames_can_be_read_and_looked_at(visit: Visit, at: Served):
    page = visit(of_class(at, HOSTILE), java_script_enabled=False)
    assert page.get_by_role("heading", name=HOSTILE).is_visible()
    assert "takes a script" in (page.locator("noscript").text_content() or "")
    assert page.get_by_role("checkbox").first.is_disabled() and not page.locator("[data-scripted]").first.is_visible()
    large = page.request.get(at.link.rstrip("/") + (page.locator(".tile .open").first.get_attribute("href") or ""))
    assert large.headers["content-type"] == "image/jpeg"


# ── choosing ───────────────────────────────────────────────────────────────────────────────────


def test_frames_are_chosen_one_by_one_as_a_range_by_burst_and_all(visit: Visit, at: Served):
    page = visit(of_class(at, "cup"))
    every = ids(page)
    tile(page, 1).click()
    tile(page, 5).click(modifiers=["Shift"])
    assert chosen(page) == every[1:6]
    assert page.locator("#chosen").inner_text() == "5"
    tile(page, 3).click()
    assert chosen(page) == [*every[1:3], *every[4:6]]
    page.keyboard.press("Escape")
    assert chosen(page) == [] and not page.locator("#bar").is_visible()
    tile(page, 2).click()
    page.get_by_role("button", name="Their bursts").click()
    assert chosen(page) == every[2:4]
    page.keyboard.press("a")
    assert chosen(page) == every


def test_keys_go_from_frame_to_frame_and_choose(visit: Visit, at: Served):
    page = visit(of_class(at, "cup"))
    every = ids(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert chosen(page) == every[1:2]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    assert chosen(page) == []
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    assert chosen(page) == every[1:5]
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.matches('#tiles input')"), "the grid is one stop"


def test_a_frame_is_looked_at_large_and_chosen_there(visit: Visit, at: Served):
    page = visit(of_class(at, "cup"))
    every = ids(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.locator("#viewer img").wait_for()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert every[1] in (page.locator("#viewer img").get_attribute("src") or "")
    page.keyboard.press("Escape")
    assert chosen(page) == every[1:2]


def test_what_is_chosen_stays_when_there_are_news(visit: Visit, at: Served, tagged: Brain):
    page = visit(of_class(at, "cup"))
    tile(page, 1).click()
    before = chosen(page)
    tagged.tag(scene("cup", 77), "cup", burst="new")
    page.locator("#tiles .tile >> nth=16").wait_for()
    assert chosen(page) == before and page.locator("#chosen").inner_text() == "1"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert len(chosen(page)) == 2


# ── doing and undoing ──────────────────────────────────────────────────────────────────────────


def test_frames_are_tagged_otherwise_by_keys_and_all_is_undone_to_the_bit(visit: Visit, at: Served, tagged: Brain):
    before = tagged.head_digest()
    page = visit(of_class(at, "cup"))
    every = ids(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.keyboard.press("b")
    page.keyboard.press("t")
    page.get_by_role("heading", name="Tag 2 frames as").wait_for()
    page.keyboard.press(page.locator("#ask-class-classes button", has_text="fork").locator("kbd").inner_text())
    page.get_by_text("2 frames tagged fork").wait_for()
    assert counts(tagged) == {"cup": 14, "fork": 18, HOSTILE: 16}
    assert ids(page) == every[2:] and chosen(page) == []
    page.keyboard.press("a")
    page.keyboard.press("x")
    page.get_by_text("14 frames untagged").wait_for()
    assert "cup" not in counts(tagged) and len(tagged.untagged()) == 14
    page.keyboard.press("u")
    page.get_by_text("Undone.", exact=True).wait_for()
    assert counts(tagged)["cup"] == 14
    page.get_by_role("button", name="Undo more").click()
    page.locator("#tiles .tile:visible >> nth=15").wait_for()
    assert tagged.head_digest() == before and ids(page) == every
    assert page.get_by_role("button", name="Undo").count() == 0, "there is no more to undo"


def test_a_new_class_is_typed_whatever_its_name(visit: Visit, at: Served, tagged: Brain):
    page = visit(of_class(at, HOSTILE))
    tile(page, 0).click()
    page.keyboard.press("t")
    page.keyboard.press("+")
    page.keyboard.type(NASTY[1])
    page.keyboard.press("Enter")
    page.get_by_text(f"1 frame tagged {NASTY[1]}").wait_for()
    assert counts(tagged)[NASTY[1]] == 1
    tile(page, 0).click()
    page.keyboard.press("t")
    page.locator("#ask-class-classes button", has_text=NASTY[1]).wait_for()


def test_what_fails_is_told_and_changes_nothing(visit: Visit, at: Served, tagged: Brain):
    before, page = tagged.head_digest(), visit(of_class(at, "cup"))
    tile(page, 0).click()
    page.keyboard.press("t")
    page.keyboard.press("+")
    page.keyboard.type("a\u2028b")
    page.keyboard.press("Enter")
    page.locator(".toast.trouble").wait_for()
    assert tagged.head_digest() == before and len(chosen(page)) == 1 and len(ids(page)) == 16
    assert any("400" in said for said in page.complaints)  # type: ignore[attr-defined]
    page.complaints.clear()  # type: ignore[attr-defined]


def test_frames_without_a_tag_are_tagged_in_their_grid(visit: Visit, at: Served, tagged: Brain):
    exposures = [tagged.exposer.expose(scene("cup", 800 + number)) for number in range(3)]
    tagged.keep_exposures(exposures, burst="kept")
    page = visit(f"{at.link}review/untagged")
    assert page.locator(".tile", has_text="looks like cup").count() == 3
    tile(page, 0).click()
    tile(page, 1).click()
    page.keyboard.press("t")
    page.locator("#ask-class-suggested", has_text="cup").wait_for()
    page.keyboard.press("Enter")
    page.get_by_text("2 frames tagged cup").wait_for()
    assert counts(tagged)["cup"] == 18 and [frame.id for frame in tagged.untagged()] == ids(page)


def test_discarded_frames_are_brought_back_by_a_button(visit: Visit, at: Served, tagged: Brain):
    before = tagged.head_digest()
    page = visit(of_class(at, "cup"))
    gone = ids(page)[:2]
    tile(page, 0).click()
    tile(page, 1).click()
    page.get_by_role("button", name="Discard").click()
    page.get_by_text("2 frames discarded").wait_for()
    page.goto(f"{at.link}review/discarded")
    assert sorted(ids(page)) == sorted(gone) and page.locator(".tile", has_text="was cup").count() == 2
    tile(page, 0).click()
    page.keyboard.press("a")
    page.get_by_role("button", name="Bring back").click()
    page.get_by_text("2 frames brought back").wait_for()
    assert tagged.head_digest() == before and tagged.discarded() == []
    page.keyboard.press("u")
    page.get_by_text("Undone.", exact=True).wait_for()
    assert {frame.id for frame in tagged.discarded()} == set(gone)


def test_what_cannot_be_undone_any_more_is_in_the_way_of_nothing(visit: Visit, at: Served, tagged: Brain):
    page = visit(of_class(at, "cup"))
    first, second = ids(page)[:2]
    tile(page, 0).click()
    page.keyboard.press("x")
    page.get_by_text("1 frame untagged").wait_for()
    tile(page, 0).click()
    page.keyboard.press("d")
    page.get_by_text("1 frame discarded").wait_for()
    assert [frame.id for frame in tagged.discarded()] == [second]
    tagged.erase()  # on another page
    page.keyboard.press("u")
    page.locator(".toast.trouble", has_text="erased for good").wait_for()
    page.complaints.clear()  # type: ignore[attr-defined]
    page.keyboard.press("u")
    page.get_by_text("Undone.", exact=True).wait_for()
    assert tagged.store.frame(first).label == "cup"


def test_undo_leaves_what_somebody_else_has_said_since(visit: Visit, at: Served, tagged: Brain):
    page = visit(of_class(at, "cup"))
    frame = ids(page)[0]
    tile(page, 0).click()
    page.keyboard.press("x")
    page.get_by_text("1 frame untagged").wait_for()
    tagged.relabel({frame: "fork"})
    before = tagged.store.last_event()
    page.keyboard.press("u")
    page.locator(".toast.trouble", has_text="tagged 'fork' by now").wait_for()
    page.complaints.clear()  # type: ignore[attr-defined]
    assert tagged.store.last_event() == before and tagged.store.frame(frame).label == "fork"


def test_a_grid_offers_undo_as_long_as_there_is_something_to_undo(visit: Visit, at: Served, tagged: Brain):
    page = visit(of_class(at, "cup"), viewport={"width": 360, "height": 740}, has_touch=True)
    undo = page.locator("#shelf").get_by_role("button", name="Undo")
    assert undo.count() == 0
    tile(page, 0).tap()
    page.get_by_role("button", name="Discard").tap()
    page.locator(".toast", has_text="1 frame discarded").wait_for()
    page.locator("h1 .note", has_text="15 frames").wait_for()
    page.locator(".toast").evaluate("toast => toast.remove()")  # after a while
    undo.tap()
    page.get_by_text("Undone.", exact=True).wait_for()
    undo.wait_for(state="hidden")
    assert tagged.discarded() == []


def test_focus_goes_on_from_what_is_gone(visit: Visit, at: Served, tagged: Brain):
    page = visit(of_class(at, "cup"))
    every = ids(page)
    focused = "document.activeElement.closest('.tile')?.dataset.id ?? document.activeElement.id"
    tile(page, 1).click()
    page.get_by_role("button", name="Discard").focus()
    page.keyboard.press("Enter")
    page.get_by_text("1 frame discarded").wait_for()
    page.locator("h1 .note", has_text="15 frames").wait_for()
    assert page.evaluate(focused) == every[2]
    page.get_by_role("button", name="Remove").focus()
    page.keyboard.press("Enter")
    page.locator("#remove [data-go]:enabled").click()
    page.get_by_text("No frame bears this tag.").wait_for()
    assert page.evaluate(focused) == "main"


def test_erasing_takes_a_typed_word_and_leaves_nothing_to_undo(visit: Visit, at: Served, tagged: Brain):
    gone = [image.id for image in tagged.images()][:2]
    tagged.discard(gone)
    paths = [tagged.store.path(frame) for frame in tagged.discarded()]
    page = visit(f"{at.link}review/discarded")
    page.get_by_role("button", name="Erase all for good").click()
    page.get_by_text("This cannot be undone.").wait_for()
    assert page.get_by_role("heading", name="Erase 2 frames for good?").is_visible()
    erase = page.get_by_role("button", name="Erase for good", exact=True)
    page.keyboard.type("eras")
    assert erase.is_disabled()
    page.keyboard.press("Enter")
    assert len(tagged.discarded()) == 2 and all(path.exists() for path in paths)
    page.keyboard.type("e")
    erase.click()
    page.get_by_text("Erased 2 frames for good.").wait_for()
    assert tagged.discarded() == [] and not any(path.exists() for path in paths)
    page.get_by_text("Nothing is discarded.").wait_for()
    assert page.locator(".toast button").count() == 0


# ── suspects ───────────────────────────────────────────────────────────────────────────────────


def test_suspects_are_answered_by_keys_and_undone_to_the_bit(visit: Visit, doubted_at: Served, doubtful: Brain):
    before = doubtful.head_digest()
    page = visit(f"{doubted_at.link}review/suspects")
    first, second, third, fourth = (each.id for each in doubtful.suspects() if each.sure > 0.05)
    looks_like = {each.id: each.looks_like for each in doubtful.suspects()}
    now = page.locator(".doubt:visible")
    assert now.get_attribute("data-id") == first
    assert now.locator(".side").count() == 2 and now.locator(".near img").count() == 8
    page.keyboard.press("1")
    page.get_by_text("is right").first.wait_for()
    page.keyboard.press("2")
    page.get_by_text(f"Tagged {looks_like[second]}", exact=True).wait_for()
    page.keyboard.press("3")
    page.get_by_role("heading", name="What is it?").wait_for()
    page.keyboard.press("+")
    page.keyboard.type(HOSTILE)
    page.keyboard.press("Enter")
    page.get_by_text(f"Tagged {HOSTILE}").wait_for()
    page.keyboard.press("4")
    page.get_by_text("Untagged").wait_for()
    labels = {image.id: image.label for image in doubtful.images()}
    assert [labels[each] for each in (second, third, fourth)] == [looks_like[second], HOSTILE, None]
    assert page.get_by_role("heading", name="These are done").is_visible()
    for _ in range(4):
        page.keyboard.press("u")
    page.locator(f'.doubt[data-id="{first}"]:visible').wait_for()
    assert doubtful.head_digest() == before
    page.locator("#left", has_text="4 frames look wrongly tagged").wait_for()
    assert page.locator(".doubt:visible").get_attribute("data-id") == first


def test_a_tag_that_is_right_does_not_come_back_and_a_skipped_frame_does(
    visit: Visit, doubted_at: Served, doubtful: Brain
):
    page = visit(f"{doubted_at.link}review/suspects")
    first, second, *_ = (each.id for each in doubtful.suspects())
    page.keyboard.press("1")
    page.get_by_text("is right").first.wait_for()
    page.keyboard.press("s")
    assert page.locator(".doubt:visible").get_attribute("data-id") not in (first, second)
    page.reload()
    assert page.locator(".doubt:visible").get_attribute("data-id") == second
    assert page.locator(".doubt").count() == 3
    page.goto(f"{doubted_at.link}review")
    page.locator("#suspects .number", has_text="3").wait_for()


def test_a_suspect_is_discarded_and_comes_back_when_that_is_undone(visit: Visit, doubted_at: Served, doubtful: Brain):
    page = visit(f"{doubted_at.link}review/suspects", viewport={"width": 360, "height": 740}, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    first = page.locator(".doubt:visible").get_attribute("data-id")
    page.get_by_role("button", name="Discard").tap()
    page.get_by_text("Discarded", exact=True).wait_for()
    assert [frame.id for frame in doubtful.discarded()] == [first]
    page.locator("#answers").get_by_role("button", name="Undo").tap()
    page.locator(f'.doubt[data-id="{first}"]:visible').wait_for()
    assert doubtful.discarded() == []


def test_suspects_are_those_of_now_and_only_what_is_seen_is_confirmed(
    visit: Visit, doubted_at: Served, doubtful: Brain
):
    page = visit(f"{doubted_at.link}review/suspects", bypass_csp=True)
    first, second, *_ = (each.id for each in doubtful.suspects())
    right = next(each.looks_like for each in doubtful.suspects() if each.id == second)
    doubtful.relabel({second: right})  # on another page
    page.wait_for_function(f"!document.querySelector('.doubt[data-id=\"{second}\"]')")
    page.locator("#left", has_text="3 frames").wait_for()
    assert page.locator(".doubt:visible").get_attribute("data-id") == first
    page.route("**/review/suspects", lambda route: route.abort())  # no news come any more
    doubtful.relabel({first: "mug"})
    page.keyboard.press("1")
    page.locator(".toast.trouble", has_text="tagged 'mug' by now").wait_for()
    assert page.locator(".doubt:visible").get_attribute("data-id") == first
    page.keyboard.press("4")
    page.locator(".toast.trouble", has_text="tagged 'mug' by now").wait_for()
    assert doubtful.store.frame(first).label == "mug"
    page.complaints.clear()  # type: ignore[attr-defined]


def test_a_key_that_is_held_answers_one_suspect(visit: Visit, doubted_at: Served):
    page = visit(f"{doubted_at.link}review/suspects")
    for _ in range(5):
        page.keyboard.down("1")  # without letting it go
    page.keyboard.up("1")
    page.get_by_text("is right").first.wait_for()
    page.locator("#left", has_text="3 frames").wait_for()
    assert page.locator(".doubt:visible").count() == 1


def test_the_score_counts_no_suspects_that_are_right(visit: Visit, doubted_at: Served, doubtful: Brain):
    score = visit(f"{doubted_at.link}score")
    advised = score.locator(".advice li", has_text="wrongly tagged")
    advised.get_by_text("4 frames look").wait_for()
    page = visit(f"{doubted_at.link}review/suspects")
    page.keyboard.press("1")
    advised.get_by_text("3 frames look").wait_for()
    for _ in range(3):
        page.keyboard.press("1")
    advised.wait_for(state="detached")
    page.keyboard.press("u")
    advised.get_by_text("1 frame looks").wait_for()


# ── whole classes ──────────────────────────────────────────────────────────────────────────────


def foreseen(page: Page, name: str) -> list[str]:
    """What stands in the column "Then" of a dialog, once it is worked out."""
    column = page.locator(f"#{name} .foreseen tbody td:last-child")
    while True:
        column.first.wait_for()
        if told := column.all_inner_texts():  # news may have come between: then it is worked out once more
            return told


def told(score: Score) -> list[str]:
    """The same of a score that was measured."""

    def percent(share: float | None) -> str:
        return "–" if share is None else f"{int(100 * share + 0.5)}%"

    judged = [(own.accuracy, label) for label, own in score.per_class.items() if own.accuracy is not None]
    weakest = min(judged)
    low, high = score.interval or (0, 0)
    return [
        score.level,
        percent(score.balanced_accuracy),
        f"{percent(low)} – {percent(high)}",
        percent(score.accuracy),
        f"{weakest[1]} {percent(weakest[0])}",
    ]


def test_a_class_is_renamed_merged_and_removed_as_was_foreseen_and_back_to_the_bit(
    visit: Visit, at: Served, tagged: Brain, seriously_inaccessible: Axe
):
    before = tagged.head_digest()
    page = visit(of_class(at, "cup"), bypass_csp=True)
    page.get_by_role("button", name="Rename").click()
    assert page.locator("#rename [data-go]").is_disabled(), "first it is shown what that would do"
    page.locator("#rename-to").fill(NASTY[2])
    then = foreseen(page, "rename")
    assert seriously_inaccessible(page) == []
    page.locator("#rename [data-go]").click()
    page.get_by_text(f"Renamed cup to {NASTY[2]}").wait_for()
    page.get_by_role("heading", name=NASTY[2]).wait_for()
    assert counts(tagged) == {NASTY[2]: 16, "fork": 16, HOSTILE: 16} and told(tagged.score()) == then
    page.get_by_role("button", name="Merge").click()
    page.locator("#merge-into").select_option(HOSTILE)
    page.locator("#merge .foreseen p", has_text=f"16 frames will be tagged {HOSTILE}").wait_for()
    then = foreseen(page, "merge")
    page.locator("#merge [data-go]").click()
    page.get_by_role("heading", name=HOSTILE).wait_for()
    assert counts(tagged) == {"fork": 16, HOSTILE: 32} and told(tagged.score()) == then
    page.get_by_role("button", name="Remove").click()
    then = foreseen(page, "remove")
    page.locator("#remove [data-go]").click()
    page.get_by_text("No frame bears this tag.").wait_for()
    assert counts(tagged) == {"fork": 16} and told(tagged.score()) == then
    for _ in range(3):
        page.keyboard.press("u")
    page.locator("#shelf h1", has_text="cup").wait_for()
    assert tagged.head_digest() == before and len(ids(page)) == 16


def test_a_class_is_not_renamed_to_one_that_is_there(visit: Visit, at: Served, tagged: Brain):
    page = visit(of_class(at, "cup"))
    page.get_by_role("button", name="Rename").click()
    page.locator("#rename-to").fill("fork")
    page.get_by_text("to make one of the two, merge them").wait_for()
    page.keyboard.press("Enter")
    assert page.locator("#rename [data-go]").is_disabled() and counts(tagged)["cup"] == 16


# ── on a phone ─────────────────────────────────────────────────────────────────────────────────


def test_on_a_phone_taps_choose_and_tag_and_nothing_scrolls_sideways(
    visit: Visit, at: Served, tagged: Brain, seriously_inaccessible: Axe
):
    page = visit(
        of_class(at, HOSTILE), viewport={"width": 360, "height": 740}, has_touch=True, color_scheme="dark",
        bypass_csp=True,
    )  # fmt: skip
    tile(page, 0).tap()
    tile(page, 1).tap()
    assert len(chosen(page)) == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 360 and seriously_inaccessible(page) == []
    page.get_by_role("button", name="Tag as").tap()
    assert page.locator("#ask-class").evaluate("dialog => dialog.scrollWidth") <= 360
    assert seriously_inaccessible(page) == []
    page.locator("#ask-class-classes button", has_text="fork").tap()
    page.get_by_text("2 frames tagged fork").wait_for()
    assert counts(tagged)["fork"] == 18
    page.locator(".toast").get_by_role("button", name="Undo").tap()
    page.get_by_text("Undone.", exact=True).wait_for()
    assert counts(tagged)["fork"] == 16
