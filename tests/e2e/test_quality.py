"""Poor pictures, poor sound and a slow line: told while they can still be mended, seen by staff, kept in the record."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.e2e import phone, staff
from tests.e2e.browser import Browser
from tests.e2e.candidate import (
    binding_code,
    end,
    enter,
    log_in,
    read_procedure,
    share_again,
    wait_for_confirmation,
    wait_for_question,
)
from tests.e2e.conftest import Media
from tests.e2e.exam_day import ExamDay
from tests.e2e.recordings import decode, download, settled_record, track, wait_for_recordings
from tests.e2e.wire import wire_to
from tests.factories import faces
from tests.factories.poor_media import Fault, make_dead_microphone, make_failing_camera, make_loud_microphone
from tests.factories.world import QUESTION

NAME = "张泄露"
TOLD_WITHIN_MS = 40_000
HEARD_WITHIN_S = 20
# About half of what camera and screen take.
NARROW_BYTES_PER_S = 30_000
# A screen's picture stands for a second where nothing moves; a camera gives fifteen a second.
LONGEST_PAUSE_S = {"camera": 0.5, "screen": 1.5}

NOTICES: dict[Fault, tuple[str, str]] = {
    "black": ("画面全黑", "请打开摄像头的盖子或开关"),
    "covered": ("镜头可能被挡住", "请看摄像头前面有没有东西"),
    "dark": ("光线太暗", "请打开面前的灯"),
    "still": ("画面停住不动", "请点【刷新设备】"),
}
# The same in the list of candidates.
SEEN: dict[Fault, str] = {"black": "画面全黑", "covered": "可能被挡住", "dark": "光线太暗", "still": "画面不动"}

OpenPoor = Callable[..., Browser]


@pytest.fixture
def open_poor(playwright_driver: Playwright, media: Media, tmp_path: Path) -> Iterator[OpenPoor]:
    """A computer with another camera or microphone than usual; `profile`: which computer."""
    opened: list[Browser] = []

    def make(
        *, profile: Path | None = None, camera: Path | None = None, microphone: Path | None = None, phone: bool = False
    ) -> Browser:
        one = Browser(
            playwright_driver,
            profile or tmp_path / "poor",
            camera=camera or media.camera,
            microphone=microphone or media.microphone,
            phone=phone,
        )
        opened.append(one)
        return one

    yield make
    for one in opened:
        one.close()


def _enter(page: Page, exam: ExamDay, *, url: str | None = None) -> None:
    exam.at(-900)
    log_in(page, exam, NAME, url=url)
    enter(page)


def _wait_for_row(exam: ExamDay, holds: Callable[[dict[str, Any]], bool]) -> None:
    """Until the computer's last word in the officer's list is so."""
    deadline = time.monotonic() + HEARD_WITHIN_S
    while not holds(devices := exam.row(NAME)["devices"]):
        assert time.monotonic() < deadline, devices
        time.sleep(0.3)


def _told(exam: ExamDay, kind: str) -> list[dict[str, Any]]:
    return [event["detail"] for event in exam.events(NAME) if event["kind"] == kind]


@pytest.mark.parametrize("faults", [("black", "covered"), ("dark", "still")], ids="-".join)
def test_a_poor_picture_is_told_with_its_remedy_and_the_word_goes_when_it_is_mended(
    exam_day: ExamDay,
    browser: Browser,
    staff_browser: Browser,
    open_poor: OpenPoor,
    tmp_path: Path,
    faults: tuple[Fault, Fault],
) -> None:
    # Long enough to be told and, with the next heartbeat, shown to staff; a standstill takes ten seconds to be one.
    lasting = [(fault, 16.0 if fault == "still" else 10.0) for fault in faults]
    camera = make_failing_camera(faces.obama_other(), tmp_path / "failing.mjpeg", lasting, well_s=3)
    _enter(browser.open(), exam_day)
    browser.close()
    watching = staff_browser.open()
    staff.log_in(watching, exam_day, "invigilator")
    # The same computer, before whose camera something happens.
    page = open_poor(profile=browser.profile, camera=camera).open()
    page.goto(exam_day.base_url)
    share_again(page)
    watching.goto(f"{exam_day.base_url}/console/sittings/{exam_day.sitting_id()}")
    row = watching.get_by_role("row").filter(has_text=NAME)
    for fault in faults:
        cause, act = NOTICES[fault]
        expect(page.get_by_text(cause)).to_be_visible(timeout=TOLD_WITHIN_MS)
        expect(page.get_by_text(act)).to_be_visible()
        expect(row).to_contain_text(SEEN[fault], timeout=HEARD_WITHIN_S * 1000)
        expect(page.get_by_text(cause)).to_be_hidden(timeout=TOLD_WITHIN_MS)
    bad = [detail["client_what"] for detail in _told(exam_day, "picture_bad")]
    assert bad[:2] == list(faults)
    assert _told(exam_day, "picture_good")[0]["client_track"] == "camera"


def test_a_phone_whose_picture_stands_still_opens_its_camera_anew_at_nobodys_cost(
    exam_day: ExamDay, browser: Browser, open_poor: OpenPoor, tmp_path: Path
) -> None:
    camera = make_failing_camera(faces.obama_other(), tmp_path / "still.mjpeg", [("still", 30.0)], well_s=3)
    page, handset = browser.open(), open_poor(camera=camera, phone=True).open()
    exam_day.at(-900)
    log_in(page, exam_day, NAME)
    read_procedure(page)
    phone.bind(handset, exam_day, binding_code(page))
    expect(handset.get_by_text("画面停住不动")).to_be_visible(timeout=TOLD_WITHIN_MS)
    handset.get_by_role("button", name="重新打开摄像头").click()
    expect(handset.get_by_text("画面停住不动")).to_be_hidden(timeout=TOLD_WITHIN_MS)
    attempt_id = exam_day.row(NAME)["attempt_id"]
    wait_for_recordings(exam_day, attempt_id, "phone", 2)
    record = exam_day.record(attempt_id)
    causes = {gap["cause"] for gap in track(record, "phone")["gaps"]}
    assert causes <= {"starting", "restarted", "not_yet_arrived"}
    assert "track_lost" not in {event["kind"] for event in record["events"]}


def test_sound_too_loud_and_a_camera_made_by_a_program_are_told_and_bar_nobody(
    exam_day: ExamDay, open_poor: OpenPoor, media: Media, tmp_path: Path
) -> None:
    # Chromium takes the file's name for the camera's label.
    camera = tmp_path / "OBS Virtual Camera.mjpeg"
    camera.symlink_to(media.camera)
    page = open_poor(camera=camera, microphone=make_loud_microphone(tmp_path / "loud.wav")).open()
    _enter(page, exam_day)
    expect(page.get_by_text("声音过大，听起来失真")).to_be_visible(timeout=TOLD_WITHIN_MS)
    _wait_for_row(exam_day, lambda devices: devices["microphone"] == "clipped")
    assert "OBS Virtual Camera" in exam_day.row(NAME)["devices"]["tracks"][0]["doubtful"]
    assert exam_day.row(NAME)["trouble"] == ["microphone_clipped"]
    (doubtful,) = _told(exam_day, "device_doubtful")
    assert (doubtful["client_track"], "OBS Virtual Camera" in doubtful["client_label"]) == ("camera", True)
    assert len(_told(exam_day, "sound_clipped")) == 1


def test_a_dead_microphone_is_told(exam_day: ExamDay, open_poor: OpenPoor, tmp_path: Path) -> None:
    page = open_poor(microphone=make_dead_microphone(tmp_path / "dead.wav")).open()
    _enter(page, exam_day)
    expect(page.get_by_text("听不到声音")).to_be_visible(timeout=TOLD_WITHIN_MS)
    _wait_for_row(exam_day, lambda devices: devices["microphone"] == "silent")
    assert len(_told(exam_day, "sound_silent")) == 1


def test_a_slow_line_lowers_the_picture_says_so_and_loses_nothing(exam_day: ExamDay, browser: Browser) -> None:
    with wire_to(exam_day.base_url) as wire:
        page = browser.open()
        _enter(page, exam_day, url=wire.url)
        exam_day.at(-3)
        wait_for_question(page, QUESTION)
        wire.narrow(NARROW_BYTES_PER_S)
        expect(page.get_by_text("网速较慢，已降低画质以便及时上传；录像完整保留。")).to_be_visible(timeout=60_000)
        _wait_for_row(exam_day, lambda devices: devices["tracks"][0]["lowered_kbps"] == 270)
        # So that something of the lower rate is in the recording, too.
        page.wait_for_timeout(4_000)
        wire.narrow(None)
        end(page)
        wait_for_confirmation(page)
    record = settled_record(exam_day, exam_day.row(NAME)["attempt_id"])
    (lowered,) = [event for event in record["events"] if event["kind"] == "bitrate_lowered"]
    assert (lowered["detail"]["client_kbps"], lowered["detail"]["client_share"]) == (480, 0.6)
    lowered_s = lowered["at_ms"] / 1000
    files = {kind: _newest_file(exam_day, record, kind) for kind in ("camera", "screen")}
    for kind, data in files.items():
        # The encoder went over to the lower rate within the same file, and no picture is missing where it did.
        moments = [frame.at for frame in decode(data).frames]
        assert moments[0] < lowered_s < moments[-1] - 2
        assert max(later - earlier for earlier, later in pairwise(moments)) < LONGEST_PAUSE_S[kind]
    before, after = _bytes_a_second(files["camera"], split_s=lowered_s)
    assert after < 0.8 * before


def test_a_tab_that_records_while_another_uploads_learns_how_its_line_fares(
    exam_day: ExamDay, browser: Browser
) -> None:
    with wire_to(exam_day.base_url) as wire:
        guide = browser.open()
        guide.goto(f"{wire.url}/guide")
        page = browser.context.new_page()
        page.set_default_timeout(30_000)
        _enter(page, exam_day, url=wire.url)
        exam_day.at(-3)
        wait_for_question(page, QUESTION)
        wire.cut()
        expect(page.get_by_text("网络断了，请继续作答")).to_be_visible()
        wire.mend()
        expect(page.get_by_text("网络断了，请继续作答")).to_be_hidden()
        wire.narrow(NARROW_BYTES_PER_S)
        expect(page.get_by_text("网速较慢，已降低画质以便及时上传；录像完整保留。")).to_be_visible(timeout=60_000)
        wire.narrow(None)
        end(page)
        wait_for_confirmation(page)


def _newest_file(exam: ExamDay, record: dict[str, Any], kind: str) -> bytes:
    """What was recorded of a track since the clock was moved; nothing of it is missing."""
    one = track(record, kind)
    newest = one["recordings"][-1]
    assert (one["verdict"], newest["problem"]) == ("complete", None)
    assert [gap for gap in one["gaps"] if gap["from_ms"] > newest["start_ms"]] == []
    return download(exam, newest)


def _bytes_a_second(data: bytes, *, split_s: float) -> tuple[float, float]:
    """How many bytes the pictures took before a moment, and from the second segment after it on."""
    sizes: list[tuple[float, int]] = []
    with av.open(io.BytesIO(data)) as container:
        for packet in container.demux(video=0):
            if packet.pts is not None and packet.time_base is not None:
                sizes.append((float(packet.pts * packet.time_base), packet.size))
    before = [(at, size) for at, size in sizes if at < split_s]
    after = [(at, size) for at, size in sizes if at > split_s + 2]
    rates = [sum(size for _, size in part) / (part[-1][0] - part[0][0]) for part in (before, after)]
    return rates[0], rates[1]


def test_a_good_camera_and_a_good_line_are_left_in_peace(exam_day: ExamDay, browser: Browser) -> None:
    page = browser.open()
    _enter(page, exam_day)
    exam_day.at(-12)
    wait_for_question(page, QUESTION)
    expect(page.locator(".notices")).to_have_count(0)
    end(page)
    wait_for_confirmation(page)
    noted = {event["kind"] for event in exam_day.events(NAME)}
    assert noted & {"picture_bad", "sound_clipped", "sound_silent", "device_doubtful", "bitrate_lowered"} == set()
    assert "recorder_started" in noted
