"""What the recorder concludes from what it measures, asked by itself in the browser that it runs in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright

from tests.e2e.browser import CHROMIUM
from tests.factories.scripts import bundle

MS = 1000

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def page(playwright_driver: Playwright) -> Iterator[Page]:
    browser = playwright_driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
    yield browser.new_page()
    browser.close()


@pytest.fixture
def ask(page: Page) -> Ask:
    """Import a module of the recorder, or several, as `it`, and evaluate a function of (it, given) in the page."""

    def asked(modules: str | tuple[str, ...], function: str, given: Any) -> Any:
        script = f"""async ([codes, given]) => {{
          const it = {{}}
          for (const code of codes) {{
            Object.assign(it, await import('data:text/javascript;charset=utf-8,' + encodeURIComponent(code)))
          }}
          return ({function})(it, given)
        }}"""
        names = (modules,) if isinstance(modules, str) else modules
        return page.evaluate(script, [[bundle(f"shared/recorder/{name}.ts") for name in names], given])

    return asked


# --- pictures

GOOD = {"mean": 83, "spread": 59, "detail": 23, "changed": 700, "frames": 15}
BLACK = GOOD | {"mean": 2, "spread": 1, "detail": 1}
DIM = GOOD | {"mean": 20, "spread": 15, "detail": 6}
FINGER = GOOD | {"mean": 40, "spread": 5, "detail": 1.8}
SCREEN_LIT = GOOD | {"mean": 30, "spread": 46, "detail": 9}
SAME = GOOD | {"changed": 0}
HALTING = GOOD | {"frames": 7}

_PICTURES = """({ PictureWatch }, [told, samples]) => {
  const watch = new PictureWatch(15, told)
  return samples.map((sample, second) => watch.judge({ ...sample, atMs: second * 1000 }))
}"""


def _pictures(ask: Ask, *samples: dict[str, float], told: str = "good") -> list[str]:
    """What is told in each second of these samples."""
    found: list[str] = ask("picture_watch", _PICTURES, [told, samples])
    return found


@pytest.mark.parametrize(
    ("shown", "state", "after_s"),
    [(BLACK, "black", 5), (DIM, "dark", 5), (FINGER, "covered", 5), (SAME, "still", 10), (HALTING, "slow", 8)],
)
def test_what_is_wrong_with_a_picture_is_told_after_a_while_and_mended_at_once(
    ask: Ask, shown: dict[str, float], state: str, after_s: int
) -> None:
    told = _pictures(ask, *[GOOD] * 1, *[shown] * 20, *[GOOD] * 12)
    assert told.index(state) in (after_s, after_s + 1)
    assert set(told) == {"good", state}
    back = told.index("good", 20) - 21
    assert back <= (5 if state == "slow" else 2)
    assert told[-1] == "good"


@pytest.mark.parametrize("shown", [GOOD, SCREEN_LIT])
def test_a_picture_in_which_a_face_is_seen_is_good(ask: Ask, shown: dict[str, float]) -> None:
    assert set(_pictures(ask, *[shown] * 30)) == {"good"}


def test_a_hand_that_passes_by_is_no_news(ask: Ask) -> None:
    assert set(_pictures(ask, *([GOOD] * 2 + [FINGER] * 4) * 5)) == {"good"}


def test_a_picture_on_the_edge_is_told_once(ask: Ask) -> None:
    below, above = DIM | {"mean": 39}, DIM | {"mean": 42}
    told = _pictures(ask, *[below] * 6, *[above, below] * 10)
    assert told == ["good"] * 5 + ["dark"] * 21


def test_a_new_start_of_the_recorder_goes_on_from_what_was_told(ask: Ask) -> None:
    assert set(_pictures(ask, *[BLACK] * 5, told="black")) == {"black"}
    assert _pictures(ask, *[GOOD] * 4, told="black") == ["black", "black", "good", "good"]


# --- sound

_SOUND = """({ SoundWatch }, samples) => {
  const watch = new SoundWatch()
  return samples.map((sample, tick) => watch.judge({ ...sample, atMs: tick * 100 }))
}"""
VOICE = {"live": True, "level": 0.6, "peak": 0.5}
FULL = {"live": True, "level": 0.9, "peak": 0.97}
PAUSE = {"live": True, "level": 0.1, "peak": 0.01}
DEAD = {"live": True, "level": 0, "peak": 0}
GONE = {"live": False, "level": 0, "peak": 0}


def _sound(ask: Ask, *samples: dict[str, Any]) -> list[str]:
    found: list[str] = ask("sound_watch", _SOUND, samples)
    return found


def test_a_voice_that_clips_throughout_is_told_until_it_no_longer_does(ask: Ask) -> None:
    told = _sound(ask, *[FULL, PAUSE] * 100, *[VOICE, PAUSE] * 100)
    assert told.index("clipped") == 80
    assert 200 < told.index("live", 80) <= 300
    assert told[-1] == "live"


def test_a_loud_moment_is_not_clipping(ask: Ask) -> None:
    assert set(_sound(ask, *[FULL] * 10, *([VOICE] * 9 + [FULL]) * 30)) == {"live"}


def test_dead_silence_and_a_lost_microphone_are_told_apart_from_a_quiet_room(ask: Ask) -> None:
    assert set(_sound(ask, *[PAUSE] * 300)) == {"live"}
    told = _sound(ask, *[DEAD] * 250, *[GONE] * 5, *[DEAD] * 150)
    assert (told[200], told[201], told[250], told[255], told[-1]) == ("live", "silent", "lost", "live", "live")


# --- the rate

_RATE = """({ RateControl }, samples) => {
  const control = new RateControl()
  return samples.map((sample, second) => control.judge({ ...sample, atMs: second * 1000 }))
}"""
IDLE = {"online": True, "behindMs": 500, "pendingBytes": 100_000, "sentKbps": 600}


def _growing(seconds: int, *, kbps: float = 250, per_s: int = 40_000, **more: Any) -> list[dict[str, Any]]:
    """A line on which so many bytes more than it carries come to wait every second."""
    return [
        {"online": True, "behindMs": s * 500, "pendingBytes": 100_000 + s * per_s, "sentKbps": kbps} | more
        for s in range(seconds)
    ]


def _rates(ask: Ask, *samples: dict[str, Any]) -> list[float]:
    found: list[float] = ask("rate_control", _RATE, samples)
    return found


def test_a_busy_line_that_falls_behind_lowers_the_rate_step_by_step_and_no_further(ask: Ask) -> None:
    told = _rates(ask, *_growing(120))
    assert (told.index(0.6), told.index(0.35)) == (19, 39)
    assert told[-1] == 0.35


@pytest.mark.parametrize(
    "samples",
    [
        [IDLE] * 60,
        # Without a line it is not the rate that is at fault.
        _growing(60, online=False),
        # The server takes nothing: less of it would be taken no sooner.
        _growing(60, kbps=0),
        # After an outage much waits, and becomes less.
        [*_growing(30, online=False), *_growing(60, per_s=-1_000)],
    ],
    ids=["idle", "offline", "refused", "catching up"],
)
def test_the_rate_stays_where_it_is_not_at_fault(ask: Ask, samples: list[dict[str, Any]]) -> None:
    assert set(_rates(ask, *samples)) == {1}


def test_an_idle_line_is_given_more_after_a_minute_and_a_relapse_waits_twice_as_long(ask: Ask) -> None:
    told = _rates(ask, *_growing(20), *[IDLE] * 62, *_growing(20), *[IDLE] * 125)
    lowered, raised = told.index(0.6), told.index(1, 20)
    again = told.index(0.6, raised)
    assert (lowered, 79 <= raised <= 81) == (19, True)
    assert told.index(1, again) - again > 115


# --- the line and the disk

_LINE = """({ LineWatch }, samples) => {
  const watch = new LineWatch()
  return samples.flatMap((online, second) => {
    const change = watch.judge(second * 1000, online)
    return change ? [[second, change.online, change.sinceMs / 1000]] : []
  })
}"""


def _line(ask: Ask, *samples: bool) -> list[list[Any]]:
    """(the second in which it is told, what, since which second)."""
    found: list[list[Any]] = ask("line_watch", _LINE, samples)
    return found


def test_a_line_that_is_cut_is_told_with_the_moment_of_the_cut(ask: Ask) -> None:
    told = _line(ask, *[True] * 10, *[False] * 30, *[True] * 10)
    assert told == [[16, False, 10], [43, True, 40]]


def test_a_device_that_begins_without_a_line_says_so(ask: Ask) -> None:
    assert _line(ask, *[False] * 20) == [[6, False, 0]]


def test_requests_that_fail_here_and_there_are_no_news(ask: Ask) -> None:
    assert _line(ask, *([False] * 5 + [True]) * 20) == []
    # Nor is a single answer in a long outage.
    assert _line(ask, *([False] * 10 + [True] * 2) * 5) == [[6, False, 0]]


_DISK = """({ StorageWatch }, samples) => {
  const watch = new StorageWatch()
  return samples.map((sample) => watch.judge(sample))
}"""
ROOM = {"low": False, "failing": None, "unsaved": 0, "usageBytes": 1_000, "quotaBytes": 9_000}
LOW = ROOM | {"low": True, "usageBytes": 8_000}
FULL_DISK = LOW | {"failing": "QuotaExceededError", "unsaved": 1}
QUOTA_LOW = {"kind": "spool_quota_low", "detail": {"free_bytes": 1_000, "quota_bytes": 9_000}}
FAILED = {"kind": "spool_failed", "detail": {"error": "QuotaExceededError", "unsaved": 1}}
MENDED: dict[str, Any] = {"kind": "spool_mended", "detail": {}}


def test_a_disk_that_is_full_from_the_start_is_told_once_and_so_is_its_mending(ask: Ask) -> None:
    told = ask("storage_watch", _DISK, [FULL_DISK, FULL_DISK | {"unsaved": 2}, LOW, ROOM, ROOM, LOW])
    assert told == [[QUOTA_LOW, FAILED], [], [MENDED], [], [], [QUOTA_LOW]]


# --- turns

# Whose: the attempt, its track, and whether the last epoch of the attempt is closed.
_TURNS = """({ SpoolIndex, Turns, nextItem }, { aim, items, count, closed }) => {
  const index = new SpoolIndex(), turns = new Turns(), sent = []
  const name = { kind: 'segment', durationMs: 2000, state: 'new', refusal: null, closure: null }
  items.forEach(([trackId, startMs, size, kind, attemptId, epoch], seq) => {
    const where = { attemptId: attemptId ?? 'now', trackId, epoch: epoch ?? 5 }
    index.put(where, { ...name, kind: kind ?? 'segment', seq, startMs, size })
  })
  for (const attemptId of closed) {
    for (const { where } of index.attempt(attemptId).epochs.values()) {
      index.put(where, { ...name, kind: 'closure', seq: -1, startMs: 0, size: 0, state: 'done' })
    }
  }
  while (sent.length < count) {
    const item = nextItem(index, aim, turns, () => true)
    turns.note(item)
    index.pending.delete(item)
    sent.push([item.where.trackId, item.name.startMs])
  }
  return sent
}"""


def _sent(
    ask: Ask, aim: str, items: list[tuple[Any, ...]], count: int, *, closed: tuple[str, ...] = ()
) -> list[list[Any]]:
    given = {"aim": aim, "items": items, "count": count, "closed": closed}
    found: list[list[Any]] = ask(("upload_order", "spool_index"), _TURNS, given)
    return found


def _waiting(seconds: int) -> list[tuple[Any, ...]]:
    """Camera and screen, the screen's segments beginning a moment later and always the newer ones."""
    return [
        segment
        for at in range(0, seconds * MS, 2 * MS)
        for segment in (("camera", at, 120_000), ("screen", at + 50, 90_000))
    ]


def test_no_track_starves_and_within_each_the_order_stays(ask: Ask) -> None:
    for aim, backwards in (("newest", True), ("oldest", False)):
        sent = _sent(ask, aim, _waiting(60), 14)
        assert [track for track, _ in sent].count("camera") == 6
        for kind in ("camera", "screen"):
            starts = [start for track, start in sent if track == kind]
            assert starts == sorted(starts, reverse=backwards)
    assert _sent(ask, "newest", _waiting(60), 14) == _sent(ask, "newest", _waiting(60), 14)


def test_what_makes_segments_useful_goes_before_them_whoever_had_the_line(ask: Ask) -> None:
    items = [*_waiting(10), ("camera", 9 * MS, 900, "init"), ("logbook", 5 * MS, 300, "page")]
    assert _sent(ask, "oldest", items, 2) == [["logbook", 5 * MS], ["camera", 9 * MS]]


@pytest.mark.parametrize("aim", ["oldest", "newest"])
def test_what_an_earlier_attempt_left_waits_for_what_is_recorded_now(ask: Ask, aim: str) -> None:
    left = [("old camera", at, 120_000, "segment", "old", 3) for at in range(0, 60 * MS, 2 * MS)]
    left.append(("old camera", 0, 900, "init", "old", 3))
    sent = _sent(ask, aim, [*left, *_waiting(6)], 8, closed=("old",))
    assert sorted({track for track, _ in sent[:6]}) == ["camera", "screen"]
    assert [track for track, _ in sent[6:]] == ["old camera"] * 2


@pytest.mark.parametrize("aim", ["oldest", "newest"])
def test_once_nothing_is_recorded_the_newest_attempt_goes_first(ask: Ask, aim: str) -> None:
    left = [("old camera", at, 120_000, "segment", "old", 3) for at in range(0, 6 * MS, 2 * MS)]
    sent = _sent(ask, aim, [*left, *_waiting(6)], 9, closed=("old", "now"))
    assert [track for track, _ in sent[6:]] == ["old camera"] * 3


def test_a_browser_that_is_computer_and_phone_at_once_shares_its_line_between_them(ask: Ask) -> None:
    handset = [("phone", at, 120_000, "segment", "binding", 9) for at in range(0, 60 * MS, 2 * MS)]
    sent = [track for track, _ in _sent(ask, "newest", [*handset, *_waiting(60)], 15)]
    assert min(sent.count(track) for track in ("phone", "camera", "screen")) >= 4


# --- labels


@pytest.mark.parametrize(
    ("label", "doubtful"),
    [
        ("OBS Virtual Camera", True),
        ("ManyCam Virtual Webcam", True),
        ("Snap Camera", True),
        ("XSplit VCam", True),
        ("e2eSoft iVCam", True),
        ("虚拟摄像头", True),
        ("Integrated Camera (13d3:56bb)", False),
        ("HD Pro Webcam C920", False),
        ("FaceTime 高清相机", False),
        ("Jobsite USB camera", False),
    ],
)
def test_a_label_that_names_a_program_is_doubtful(ask: Ask, label: str, doubtful: bool) -> None:
    assert ask("doubtful_camera", "({ isDoubtful }, label) => isDoubtful(label)", label) is doubtful
