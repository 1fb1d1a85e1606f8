"""The page of the device in Chromium: how it is, jobs that are followed, and what one takes along."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest
from pictures import scene
from reports import NASTY, confuse

from edge_brain import Brain, examine, sync_brain
from edge_brain.service import status
from edge_brain.web import Served, served, work
from edge_brain.web.jobs import Steps

if TYPE_CHECKING:
    from playwright.sync_api import Page

Visit = Callable[..., "Page"]


@pytest.fixture
def at(taught: Brain) -> Iterator[Served]:
    with served(taught, port=0) as at:
        yield at


class Gate:
    """Holds a retrain in its midst until it may go on."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.may_go_on = Event()
        retrain = Brain.retrain

        def held(brain: Brain, *, progress: Steps | None = None, **named: object) -> None:
            def told(done: int, of: int) -> None:
                assert progress is not None
                progress(done, of)
                if done == 9:
                    assert self.may_go_on.wait(30)

            retrain(brain, progress=progress and told, **named)  # type: ignore[arg-type]

        patch.setattr(work.Brain, "retrain", held)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate(monkeypatch)
    yield gate
    gate.may_go_on.set()


def begin_to_learn_views(page: Page) -> None:
    page.get_by_text("Change how it sees pictures").click()
    page.get_by_label("mirror image").check()
    page.get_by_role("button", name="Retrain").click()


def test_a_retrain_is_followed_over_a_reload_and_comes_to_the_same_digest_while_one_tags(
    visit: Visit, at: Served, taught: Brain, gate: Gate
):
    digest = taught.head_digest()
    taught.retrain(views=False)
    page = visit(f"{at.link}device")
    begin_to_learn_views(page)
    page.get_by_text("9 of 18 frames").wait_for()
    page.reload()
    assert page.locator("#progress-retrain").evaluate("bar => [bar.value, bar.max]") == [9, 18]
    assert page.get_by_role("button", name="Look it over").is_disabled()
    tag = taught.tag(scene("mug", 90), "mug", burst="meanwhile")
    gate.may_go_on.set()
    page.get_by_text("Every picture is seen as you chose").wait_for()
    assert page.get_by_label("mirror image").is_checked()
    taught.untag(tag.frame_id)
    assert taught.head_digest() == digest


def test_a_plain_retrain_comes_out_the_same_to_the_bit(visit: Visit, at: Served, taught: Brain):
    digest = taught.head_digest()
    page = visit(f"{at.link}device")
    page.get_by_role("button", name="Retrain").click()
    page.get_by_text("The head came out the same, to the bit.").wait_for()
    assert page.locator("#job-retrain code").inner_text() == digest == taught.head_digest()


def test_a_retrain_is_broken_off_and_nothing_has_changed(visit: Visit, at: Served, taught: Brain, gate: Gate):
    taught.retrain(views=False)
    before = taught.head_digest()
    page = visit(f"{at.link}device")
    begin_to_learn_views(page)
    page.get_by_text("9 of 18 frames").wait_for()
    page.get_by_role("button", name="Break off").click()
    gate.may_go_on.set()
    page.get_by_text("It was broken off; nothing was changed.").wait_for()
    assert not taught.views and taught.head_digest() == before
    page.locator("button:enabled", has_text="Retrain").wait_for()


def test_a_second_job_is_refused_on_a_page_that_did_not_know_of_the_first(
    visit: Visit, at: Served, taught: Brain, gate: Gate
):
    taught.retrain(views=False)
    page, other = visit(f"{at.link}device"), visit(f"{at.link}device")
    begin_to_learn_views(page)
    other.get_by_text("9 of 18 frames").wait_for()
    other.locator("[data-begins]").evaluate_all("buttons => buttons.forEach((button) => (button.ariaDisabled = false))")
    other.locator("#ask-doctor").click()
    other.get_by_text("one job runs at a time").wait_for()
    other.complaints.clear()  # type: ignore[attr-defined]  # the browser tells of the refusal, too
    gate.may_go_on.set()
    other.get_by_text("Every picture is seen as you chose").wait_for()


def test_a_part_that_is_none_is_told_and_nothing_begins(visit: Visit, at: Served, taught: Brain):
    page = visit(f"{at.link}device")
    page.get_by_text("Change how it sees pictures").click()
    page.get_by_label("Part of the picture").fill("0,0,2,1")
    page.get_by_role("button", name="Retrain").click()
    page.get_by_text("not inside the picture").wait_for()
    page.complaints.clear()  # type: ignore[attr-defined]
    page.locator("#retrain-form button.primary:enabled").wait_for()
    assert page.locator("#job-retrain").get_attribute("data-state") == ""


def test_the_doctor_finds_what_the_command_finds_and_it_is_there_after_a_reload(
    visit: Visit, at: Served, taught: Brain
):
    next(taught.folder.glob("frames/??/*")).unlink()
    page = visit(f"{at.link}device")
    page.get_by_role("button", name="Look it over").click()
    page.get_by_text("Of 11 things, 1 is not well.").wait_for()
    page.reload()
    shown = [item.inner_text().split(maxsplit=1) for item in page.locator(".findings li").all()]
    assert shown == [["ok" if each.ok else "BAD", f"{each.check}: {each.detail}"] for each in examine(taught)]
    assert page.locator("#how").get_by_text("the doctor found: frame files").is_visible()
    assert page.locator("#job-doctor time").count() == 1


def test_the_button_that_began_a_job_keeps_focus(visit: Visit, at: Served):
    page = visit(f"{at.link}device")
    page.get_by_role("button", name="Look it over").focus()
    page.keyboard.press("Enter")
    page.locator("#job-doctor .outcome").wait_for()
    assert page.evaluate("document.activeElement.id") == "ask-doctor"


def test_report_and_pictures_are_taken_along(visit: Visit, at: Served, taught: Brain, tmp_path: Path):
    page = visit(f"{at.link}device")
    with page.expect_download() as begun:
        page.get_by_role("link", name="Download report").click()
    assert begun.value.suggested_filename == "kitchen report.html"
    assert "Brain Score" in begun.value.path().read_text()
    with page.expect_download() as begun:
        page.get_by_role("link", name="Download pictures").click()
    assert begun.value.suggested_filename == "kitchen pictures.zip"
    names = zipfile.ZipFile(begun.value.path()).namelist()
    assert len(names) == 1 + sum(info.learned + info.reserved for info in taught.classes())


def test_a_release_is_made_and_taken_along(visit: Visit, at: Served, taught: Brain):
    page = visit(f"{at.link}device")
    page.get_by_role("button", name="Make a release").click()
    page.get_by_text("Release 1 is made.").wait_for()
    with page.expect_download() as begun:
        page.get_by_role("link", name="Download release 1").click()
    assert begun.value.suggested_filename == "kitchen release 1.brain"
    with Brain.open(begun.value.path()) as released:
        assert released.head_digest() == taught.head_digest()


def test_one_sees_what_a_camera_app_runs_beside_what_is_taught_and_switches_it(visit: Visit, at: Served, taught: Brain):
    page = visit(f"{at.link}device")
    shown = page.locator("#production")
    assert shown.get_by_text("Nothing yet.").is_visible() and shown.get_by_role("button").count() == 0
    make_a_release(page, 1)
    page.get_by_role("button", name="Put into production release 1").click()
    shown.get_by_text("Release 1").wait_for()
    assert shown.get_by_text("both answer the same").is_visible()
    taught.tag_many([(scene("spoon", number), "spoon") for number in range(8)])
    shown.get_by_text("What is taught knows spoon besides.").wait_for()
    make_a_release(page, 2)
    page.get_by_role("button", name="Put into production release 2").click()
    page.get_by_role("button", name="Go back to release 1").click()
    page.get_by_role("button", name="Go forward to release 2").wait_for()
    assert numbers(taught) == (1, 2) and page.get_by_role("button", name="Put into production").count() == 0
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Go back to release 1").wait_for()
    assert numbers(taught) == (2, 1)


def make_a_release(page: Page, number: int) -> None:
    page.get_by_role("button", name="Make a release").click()
    page.get_by_text(f"Release {number} is made.").wait_for()
    page.get_by_role("button", name=f"Put into production release {number}").wait_for()


def numbers(brain: Brain) -> tuple[int | None, int | None]:
    told = brain.production
    assert told is not None
    return told.current and told.current.number, told.previous and told.previous.number


def test_a_page_that_has_not_seen_a_switch_takes_nothing_back(visit: Visit, at: Served, taught: Brain, tmp_path: Path):
    for number in (1, 2, 3):
        taught.release(tmp_path / f"{number}.brain")
    for number in (1, 2):
        taught.take_release(tmp_path / f"{number}.brain")
    page = visit(f"{at.link}device")
    page.get_by_role("button", name="Go back to release 1").wait_for()
    taught.take_release(tmp_path / "3.brain")
    page.locator("#rollback").evaluate("button => button.click()")
    page.get_by_text("release 3 is in production by now, not 2").wait_for()
    page.complaints.clear()  # type: ignore[attr-defined]  # the browser tells of the refusal, too
    assert numbers(taught) == (3, 2)


@pytest.mark.parametrize("width", [360, 1280])
def test_production_keeps_to_the_width_and_shuts_nobody_out(
    visit: Visit, taught: Brain, tmp_path: Path, seriously_inaccessible: Callable[[Page], list[str]], width: int
):
    taught.tag(scene("mug", 70), NASTY[1] * 2)
    taught.pin("a" * 64)
    taught.unpin("a" * 64)
    for number in (1, 2):
        taught.release(tmp_path / f"{number}.brain", expires="90d")
        taught.take_release(tmp_path / f"{number}.brain")
        taught.tag(scene("mug", 70 + number), "x" * 90 + str(number))
    with served(taught, port=0) as at:
        page = visit(f"{at.link}device", viewport={"width": width, "height": 740})
        assert page.locator("#production").get_by_text("Expires").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert seriously_inaccessible(page) == []
        quiet = visit(f"{at.link}device", java_script_enabled=False)
        assert quiet.locator("#production code", has_text="edge-brain release rollback").is_visible()
        assert quiet.get_by_role("button").count() == 0


def test_one_syncs_with_the_hub_that_is_known_and_sees_what_came_of_it(
    visit: Visit, at: Served, taught: Brain, tmp_path: Path
):
    page = visit(f"{at.link}device")
    shown = page.locator("#sync")
    assert shown.get_by_text("This brain knows no hub yet.").is_visible() and shown.get_by_role("button").count() == 0
    assert page.get_by_role("button", name="Look it over").is_enabled(), "what has no hub is not busy"
    hub = tmp_path / "hub"
    sync_brain(taught, str(hub), create=True)
    with Brain.create(tmp_path / "desk", extractor="pixels") as desk:
        desk.tag_many([(scene("spoon", number), "spoon") for number in range(3)])
        sync_brain(desk, str(hub))
    page.reload()
    assert shown.get_by_text(str(hub), exact=True).is_visible()
    page.get_by_role("button", name="Sync now").focus()
    page.keyboard.press("Enter")
    shown.get_by_text("3 events of others taken in").wait_for()
    assert page.evaluate("document.activeElement.id") == "sync-now"
    shown.get_by_text("The pictures of 3 frames are elsewhere").wait_for()
    assert "spoon" in {info.label for info in taught.classes()}
    hub.rename(tmp_path / "pulled out")
    page.get_by_role("button", name="Sync now").click()
    shown.get_by_text("plug the stick in").wait_for()
    page.locator("#how", has_text="sync failed").wait_for()


@pytest.mark.parametrize("width", [360, 1280])
def test_hubs_and_what_was_set_aside_keep_to_the_width_and_shut_nobody_out(
    visit: Visit, taught: Brain, tmp_path: Path, seriously_inaccessible: Callable[[Page], list[str]], width: int
):
    hub = tmp_path / NASTY[2]
    with Brain.create(tmp_path / "desk", extractor="pixels") as desk:
        desk.tag(scene("spoon", 1), "spoon")
        sync_brain(desk, str(hub), create=True)
        (torn,) = (hub / "events" / desk.store.setting("device")).iterdir()
    torn.write_bytes(b"torn")
    sync_brain(taught, str(hub), thin_after_s=0)
    with served(taught, port=0) as at:
        page = visit(f"{at.link}device", viewport={"width": width, "height": 740})
        assert page.locator("#sync").get_by_text("1 thing").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert seriously_inaccessible(page) == []
        quiet = visit(f"{at.link}device", java_script_enabled=False)
        assert quiet.locator("#sync noscript code", has_text="edge-brain sync").is_visible()
        assert quiet.get_by_role("button").count() == 0


def test_the_camera_is_shown_as_it_is(visit: Visit, taught: Brain):
    with served(taught, port=0, source="synthetic:mug?fps=20&lost=2-100000") as at:
        page = visit(f"{at.link}device")
        page.locator("#camera-state", has_text="lost").wait_for()
        page.locator("#how").get_by_text("The camera is lost").wait_for()
        assert page.locator("#camera").get_by_text("synthetic:mug").is_visible()


def test_it_can_be_read_without_a_script_whatever_names_things_have(visit: Visit, tmp_path: Path):
    with Brain.create(tmp_path / NASTY[2], extractor="pixels") as brain:
        confuse(brain, ("cup", "bowl"))
        service = status.folder_of(brain.folder)
        service.mkdir()
        (service / f"{NASTY[3]}.lock").touch()
        with served(brain, port=0) as at:
            page = visit(f"{at.link}device", java_script_enabled=False)
            assert page.locator("#brain").get_by_text(NASTY[2]).is_visible()
            assert page.locator("#services").get_by_text(NASTY[3]).is_visible()
            assert page.locator("#copies").get_by_text("not set up").is_visible()
            assert page.get_by_role("button").count() == 0
            for command in ("retrain", "doctor"):
                assert page.locator("noscript code", has_text=f"edge-brain {command}").is_visible()
            page.locator("#brain summary").click()
            assert page.locator("#digest").inner_text() == brain.head_digest()


@pytest.mark.parametrize("width", [360, 1280])
def test_findings_and_troubles_keep_to_the_width_and_shut_nobody_out(
    visit: Visit, at: Served, taught: Brain, seriously_inaccessible: Callable[[Page], list[str]], width: int
):
    for path in list(taught.folder.glob("frames/??/*"))[:7]:
        path.unlink()
    page = visit(f"{at.link}device", viewport={"width": width, "height": 740})
    page.get_by_role("button", name="Look it over").click()
    page.get_by_text("not well").wait_for()
    page.get_by_text("Change how it sees pictures").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert seriously_inaccessible(page) == []
