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
    """Import a module of the recorder as `it`, and evaluate a function of (it, given) in the page."""

    def asked(module: str, function: str, given: Any) -> Any:
        script = f"""async ([code, given]) => {{
          const it = await import('data:text/javascript;charset=utf-8,' + encodeURIComponent(code))
          return ({function})(it, given)
        }}"""
        return page.evaluate(script, [bundle(f"shared/recorder/{module}.ts"), given])

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


# --- turns

_TURNS = """({ Turns, nextItem }, { aim, items, count }) => {
  const make = ([trackId, startMs, size, kind]) =>
    ({ where: { trackId }, name: { kind: kind ?? 'segment', startMs, size }, inFlight: false })
  const pending = new Set(items.map(make)), turns = new Turns(), sent = []
  while (sent.length < count) {
    const item = nextItem({ pending }, aim, turns, () => true)
    turns.note(item)
    pending.delete(item)
    sent.push([item.where.trackId, item.name.startMs])
  }
  return sent
}"""


def _sent(ask: Ask, aim: str, items: list[tuple[Any, ...]], count: int) -> list[list[Any]]:
    found: list[list[Any]] = ask("upload_order", _TURNS, {"aim": aim, "items": items, "count": count})
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
