"""Local copies on the phone: listed, sent again, saved to a file, and gone once results are published (F10.4)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.e2e import phone
from tests.e2e.browser import Browser
from tests.e2e.exam_day import ExamDay
from tests.e2e.holding import attempts_on_disk, hold
from tests.e2e.packages import HouseKey
from tests.e2e.recordings import settled_record, track, wait_for_recordings
from tests.factories.devices import Candidate

TOUCH_PX = 48
COPIES = "**/api/v1/phone/copies/*"


def _bind(handset: Page, exam: ExamDay) -> Candidate:
    """A candidate who answers without a browser, and whose phone records."""
    exam.at(-300)
    candidate = exam.entered()
    exam.at(5)
    phone.bind(handset, exam, exam.do(candidate.binding_code()))
    return candidate


def _end(exam: ExamDay, candidate: Candidate) -> None:
    """They end early, so that the phone may be stopped."""
    exam.do(candidate.post("/attempt/end")).raise_for_status()


def _record_all(handset: Page, exam: ExamDay) -> Candidate:
    candidate = _bind(handset, exam)
    wait_for_recordings(exam, candidate.attempt_id, "phone", 1)
    _end(exam, candidate)
    phone.stop(handset)
    settled_record(exam, candidate.attempt_id)
    return candidate


def _track_of(exam: ExamDay, candidate: Candidate) -> str:
    found: str = track(exam.record(candidate.attempt_id), "phone")["track_id"]
    return found


def _copies(handset: Page) -> Locator:
    return handset.get_by_role("region", name="本机录像")


def _export(handset: Page, button: str, folder: Path) -> bytes:
    with handset.expect_download() as started:
        _copies(handset).get_by_role("button", name=button).first.click()
    file = folder / started.value.suggested_filename
    started.value.save_as(file)
    return file.read_bytes()


def _import(exam: ExamDay, package: bytes) -> dict[str, Any]:
    with exam.client("support") as support:
        done: dict[str, Any] = support.post("/api/v1/packages", content=package).raise_for_status().json()
    return done


def test_a_phones_copies_stay_until_results_are_published_and_then_go(
    exam_day: ExamDay, phone_browser: Browser, tmp_path: Path
) -> None:
    handset = phone_browser.open()
    candidate = _record_all(handset, exam_day)
    copies = _copies(handset)
    row = copies.get_by_role("listitem")
    expect(row).to_contain_text("正式考试")
    expect(row).to_contain_text("服务器已全部确认")
    expect(row).to_contain_text("手机佐证")
    delete = row.get_by_role("button", name="删除")
    expect(delete).to_be_disabled()
    expect(delete).to_have_accessible_description("成绩公布后才能删除")
    with handset.expect_request(lambda request: f"/tracks/{_track_of(exam_day, candidate)}/" in request.url):
        row.get_by_role("button", name="再次上传").click()
    expect(row).to_contain_text("已开始再次上传")
    expect(row).to_contain_text("服务器已全部确认", timeout=30_000)
    # All of it is there already, and a package of all of it is taken as what it is.
    done = _import(exam_day, _export(handset, "导出补传包", tmp_path))
    assert (done["attempt_id"], done["device"], done["stored"]) == (candidate.attempt_id, "phone", 0)
    assert (done["already_there"] > 2, done["refused"], done["broken"]) == (True, [], [])
    [binding_id] = attempts_on_disk(handset)
    assert binding_id != candidate.attempt_id
    exam_day.publish_results()
    handset.reload()
    expect(copies).to_contain_text("成绩已公布")
    expect(copies).to_contain_text("已自动删除")
    expect(handset.get_by_text("这部手机上已没有这场考试的录像副本")).to_be_visible()
    assert attempts_on_disk(handset) == []
    handset.reload()
    expect(handset.get_by_text("这部手机上已没有这场考试的录像副本")).to_be_visible()
    expect(copies).to_have_count(0)
    assert attempts_on_disk(handset) == []


def test_what_the_phone_could_not_send_is_exported_imported_and_deleted_only_on_request(
    exam_day: ExamDay, phone_browser: Browser, tmp_path: Path
) -> None:
    handset = phone_browser.open()
    hold(phone_browser)
    candidate = _bind(handset, exam_day)
    _end(exam_day, candidate)
    handset.get_by_role("button", name="停止录制").click(timeout=phone.PATIENCE_MS)
    handset.get_by_role("button", name="确认停止").click()
    expect(handset.get_by_role("status").filter(has_text="正在上传")).to_be_visible()
    # Past the time for the upload.
    exam_day.at(900 + 3600)
    copies = _copies(handset)
    expect(copies.get_by_role("listitem")).to_contain_text("服务器已确认", timeout=phone.PATIENCE_MS)
    done = _import(exam_day, _export(handset, "导出补传包", tmp_path))
    assert (done["attempt_id"], done["device"], done["already_there"]) == (candidate.attempt_id, "phone", 0)
    assert (done["stored"] > 2, done["refused"], done["broken"]) == (True, [], [])
    record = settled_record(exam_day, candidate.attempt_id)
    assert [epoch["problem"] for epoch in track(record, "phone")["recordings"]] == [None]
    exam_day.publish_results()
    handset.reload()
    copies.get_by_role("button", name="删除").click()
    dialog = handset.get_by_role("alertdialog")
    expect(dialog).to_contain_text("服务器还没有全部确认")
    assert len(attempts_on_disk(handset)) == 1
    dialog.get_by_role("button", name="删除").click()
    expect(copies).to_have_count(0)
    assert attempts_on_disk(handset) == []


def test_a_phone_that_cannot_ask_the_server_keeps_its_copies(exam_day: ExamDay, phone_browser: Browser) -> None:
    handset = phone_browser.open()
    _record_all(handset, exam_day)
    handset.get_by_role("button", name="绑定另一场考试").click()
    exam_day.publish_results()
    phone_browser.context.route(COPIES, lambda route: route.abort())
    handset.reload()
    row = _copies(handset).get_by_role("listitem")
    expect(row).to_contain_text("还没有得到服务器的答复")
    expect(row.get_by_role("button", name="删除")).to_be_disabled()
    expect(row.get_by_role("button", name="导出补传包")).to_be_enabled()
    assert len(attempts_on_disk(handset)) == 1
    phone_browser.context.unroute(COPIES)
    handset.reload()
    expect(_copies(handset)).to_contain_text("已自动删除")
    expect(_copies(handset)).to_contain_text("这部手机上没有录像副本了")
    assert attempts_on_disk(handset) == []


def test_the_copies_can_be_handled_with_one_thumb_and_saved_where_the_browser_promises_nothing(
    exam_day: ExamDay, phone_browser: Browser, tmp_path: Path
) -> None:
    handset, key = phone_browser.open(), HouseKey()
    phone_browser.context.route("**/api/v1/packages/key", lambda route: route.fulfill(json=key.as_served()))
    _record_all(handset, exam_day)
    copies = _copies(handset)
    expect(copies).to_contain_text("浏览器没有承诺长期保留本机录像")
    package = key.open(_export(handset, "保存到文件", tmp_path))
    assert {said["kind"] for said, _ in package.items} == {"init", "segment", "closure", "page"}
    expect(copies.get_by_text("只有考试服务器能打开；")).to_be_visible()
    heights = copies.get_by_role("button").evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert len(heights) == 4
    assert min(heights) >= TOUCH_PX
    sizes = copies.evaluate(
        "box => [...box.querySelectorAll('*')].filter(one => one.childNodes.length && one.innerText?.trim())"
        ".map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 16
    room, used = handset.evaluate("[innerWidth, document.documentElement.scrollWidth]")
    assert used <= room
