"""The spool on a real disk of a browser: full, cleared, and with files that are renamed while they are read."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright

from tests.e2e.browser import CHROMIUM
from tests.e2e.packages import HouseKey
from tests.e2e.parts import ADDRESS, Parts, open_page

MB = 1_000_000
# What of the memory may be taken by what waits for the disk.
MEMORY_MB = 64

_OPEN = """(it) => {
  it.files = new it.SpoolFiles()
  it.index = new it.SpoolIndex()
  it.failures = []
  it.written = []
  it.writer = new it.SpoolWriter(it.index, it.files, {
    onWritten: ({ where, name, unsaved }) => unsaved || it.written.push([where.attemptId, name.seq]),
    onFailure: (failure) => it.failures.push(failure.name),
  })
  it.place = (attemptId) => ({ attemptId, trackId: 'camera', epoch: 1 })
  it.add = async (attemptId, seq, size) => {
    const name = { kind: 'segment', seq, startMs: seq * 2000, durationMs: 2000, size, state: 'new' }
    await it.writer.add(it.place(attemptId), { ...name, refusal: null, closure: null }, new Uint8Array(size))
    return it.index.find(it.place(attemptId), name)
  }
}"""


@pytest.fixture
def page(playwright_driver: Playwright) -> Iterator[Page]:
    browser = playwright_driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
    yield open_page(browser.new_context())
    browser.close()


@pytest.fixture
def spool(page: Page) -> Parts:
    parts = Parts(page, "spool_files", "spool_index", "spool_writer", "package_export", worker=True)
    parts.ask(_OPEN)
    return parts


def _limit_disk(page: Page, size: int | None) -> None:
    """The disk has so much room for the site; None: as much as there is."""
    limit = {"origin": ADDRESS.rstrip("/")} | ({} if size is None else {"quotaSize": size})
    page.context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", limit)


def test_what_was_deleted_does_not_come_back_when_the_disk_takes_things_again(page: Page, spool: Parts) -> None:
    add = "async (it, seq) => { for (const id of ['deleted', 'kept']) await it.add(id, seq, 1000); return it.failures }"
    assert spool.ask(add, 0) == []
    _limit_disk(page, 1)
    assert spool.ask(add, 1) == ["QuotaExceededError"] * 2
    spool.ask("async (it) => { await it.writer.remove('deleted'); it.index.forget('deleted') }")
    _limit_disk(page, None)
    # The disk is offered everything that waits, in its order: what was deleted would have come first.
    until_written = """async (it) => {
      while (it.written.length < 3) await new Promise((resolve) => setTimeout(resolve, 50))
      return [it.written[2], await it.files.attempts(), it.writer.unsavedCount]
    }"""
    assert spool.ask(until_written) == [["kept", 1], ["kept"], 0]


def test_where_memory_runs_short_only_what_the_server_has_is_given_up(page: Page, spool: Parts) -> None:
    _limit_disk(page, 1)
    fill = """async (it, [count, size]) => {
      for (let seq = 0; seq < count; seq += 1) {
        const item = await it.add('full', seq, size)
        if (seq % 2 === 0) it.index.setState(item, 'done', null)
      }
      const items = it.index.itemsOf('full'), { heldBytes, notKept } = it.index.uploadsOf(it.index.attempt('full'))
      const dropped = items.filter((item) => item.dropped).map(({ name }) => name.seq)
      return [dropped, items.filter((item) => item.unsaved).length, heldBytes, notKept]
    }"""
    dropped, in_memory, held, not_kept = spool.ask(fill, [60, 2 * MB])
    # The oldest that are confirmed went, every other one, and no more of them than had to.
    assert dropped == list(range(0, 56, 2))
    assert (in_memory, held, not_kept) == (MEMORY_MB // 2, MEMORY_MB * MB, 28)
    dropped, in_memory, *_ = spool.ask(fill.replace("'full'", "'late'").replace("seq % 2 === 0", "false"), [40, 2 * MB])
    # What nobody has confirmed stays, whatever memory it takes.
    assert (dropped, in_memory) == ([], 40)


def _export(spool: Parts, key: HouseKey, *, after: str) -> Any:
    """Three segments on the disk, to which something happened; what came of a package, its bytes in base64."""
    export = f"""async (it, key) => {{
      for (const seq of [0, 1, 2]) await it.add('one', seq, 1000 + seq)
      const attempt = it.index.attempt('one')
      attempt.uploadToken = 'token'
      const place = it.place('one'), named = (seq) => it.index.find(place, {{ kind: 'segment', seq }}).name
      const folder = await it.files.epochDirectory(place, false)
      await ({after})({{ ...it, place, named, folder }})
      try {{
        const made = await it.exportPackage(attempt, {{ of: 'one', key, all: true }}, it.index, it.files, 0)
        const bytes = new Uint8Array(await made.file.arrayBuffer())
        return [btoa(String.fromCharCode(...bytes)), made.leftOut]
      }} catch (failure) {{
        return failure.name
      }}
    }}"""
    return spool.ask(export, key.as_served())


def test_a_package_holds_what_another_tab_confirms_while_it_is_made(spool: Parts) -> None:
    key = HouseKey()
    renamed = """async ({ files, place, named }) => {
      for (const seq of [0, 2]) await files.rename(place, named(seq), { ...named(seq), state: 'done' })
    }"""
    data, left_out = _export(spool, key, after=renamed)
    assert [said["seq"] for said, _ in key.open(base64.b64decode(data)).items] == [0, 1, 2]
    assert left_out == 0


def test_a_package_says_how_much_of_it_could_not_be_read(spool: Parts) -> None:
    key = HouseKey()
    gone = "({ folder, named, fileName }) => folder.removeEntry(fileName(named(1)))"
    data, left_out = _export(spool, key, after=gone)
    assert [said["seq"] for said, _ in key.open(base64.b64decode(data)).items] == [0, 2]
    assert left_out == 1


def test_footage_of_which_nothing_can_be_read_is_not_called_confirmed(spool: Parts) -> None:
    gone = "async ({ files }) => { await files.remove('one') }"
    assert _export(spool, HouseKey(), after=gone) == "Unreadable"
    assert spool.ask("({ index }) => index.itemsOf('one').length") == 3
