"""What is stored goes bad on the server's disk, and the candidate's disk is full."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.candidate import end, wait_for_confirmation
from tests.factories.disks import flip_journals
from tests.faults.sitting import Sitting


def test_a_segment_that_is_flipped_on_the_disk_is_found_and_sent_again(sitting: Sitting) -> None:
    sitting.begin()
    sitting.start_answering()
    sitting.page.wait_for_timeout(4_000)
    flipped = flip_journals(sitting.exam.folder / "journal")
    end(sitting.page)
    wait_for_confirmation(sitting.page)
    # The finaliser reads everything again, misses what was flipped, and asks the browser that still shows the page.
    record = sitting.record_when(lambda found: all(one["verdict"] == "complete" for one in found["tracks"]))
    sitting.check(record)
    assert flipped > 0


# Chromium no longer tells a site how much room there is, whatever its quota; other browsers do.
_LITTLE_ROOM = "StorageManager.prototype.estimate = async () => ({ usage: 8e8, quota: 9e8 });"


def test_a_disk_that_is_full_before_the_recording_begins_is_on_record_and_so_is_its_mending(sitting: Sitting) -> None:
    page = sitting.page
    sitting.browser.prepend_to_workers(_LITTLE_ROOM)
    sitting.come_to_entry()
    devtools = sitting.browser.context.new_cdp_session(page)
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": sitting.url, "quotaSize": 1})
    sitting.enter()
    expect(page.get_by_text("录像暂时存不进本机")).to_be_visible()
    expect(page.get_by_text("电脑空间只剩 100 MB")).to_be_visible()
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": sitting.url})
    expect(page.get_by_text("录像暂时存不进本机")).to_be_hidden(timeout=30_000)
    record = sitting.finish()
    sitting.check(record)
    told = [event["kind"] for event in record["events"] if event["kind"].startswith("spool_")]
    assert told == ["spool_quota_low", "spool_failed", "spool_mended"]


def test_a_full_disk_at_the_candidates_side_loses_nothing_while_the_page_lives(sitting: Sitting) -> None:
    sitting.begin()
    devtools = sitting.browser.context.new_cdp_session(sitting.page)
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": sitting.url, "quotaSize": 1_000_000})
    sitting.page.wait_for_timeout(10_000)
    record = sitting.finish()
    sitting.check(record)
    assert "spool_failed" in [event["kind"] for event in record["events"]]
    expect(sitting.page.get_by_text("全部已确认").first).to_be_visible()
