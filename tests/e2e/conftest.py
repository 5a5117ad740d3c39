"""Cameras with real faces, demonstrations on free ports, browsers with profiles of their own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.e2e.browser import Browser
from tests.e2e.demo import Demo
from tests.e2e.exam_day import ExamDay
from tests.factories import faces
from tests.factories.fake_camera import make_fake_camera, make_fake_microphone

NAME = "欧阳明"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/e2e" in str(item.path):
            item.add_marker(pytest.mark.e2e)


@dataclass(frozen=True, slots=True)
class Media:
    """Files before the fake devices, and the folder of registered photographs."""

    camera: Path
    other_camera: Path
    microphone: Path
    photos: Path


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    folder = tmp_path_factory.mktemp("media")
    photos = folder / "photos"
    photos.mkdir()
    shutil.copy(faces.obama(), photos / f"{NAME}.jpg")
    return Media(
        camera=make_fake_camera(faces.obama_other(), folder / "camera.mjpeg"),
        other_camera=make_fake_camera(faces.biden(), folder / "other.mjpeg", seconds=6),
        microphone=make_fake_microphone(folder / "microphone.wav"),
        photos=photos,
    )


# Not for the session: its event loop runs in this thread, and the asynchronous tests that follow need their own.
@pytest.fixture(scope="module")
def playwright_driver() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture
def browser(playwright_driver: Playwright, media: Media, tmp_path: Path) -> Iterator[Browser]:
    """The candidate's browser: the registered person sits before its camera."""
    one = Browser(playwright_driver, tmp_path / "profile", camera=media.camera, microphone=media.microphone)
    yield one
    one.close()


@pytest.fixture
def staff_browser(playwright_driver: Playwright, media: Media, tmp_path: Path) -> Iterator[Browser]:
    one = Browser(playwright_driver, tmp_path / "staff", camera=media.camera, microphone=media.microphone)
    yield one
    one.close()


@pytest.fixture
def phone_browser(playwright_driver: Playwright, media: Media, tmp_path: Path) -> Iterator[Browser]:
    """The candidate's phone, with the same person before its camera."""
    one = Browser(playwright_driver, tmp_path / "phone", camera=media.camera, microphone=media.microphone, phone=True)
    yield one
    one.close()


OpenBrowser = Callable[..., Browser]


@pytest.fixture
def open_browser(playwright_driver: Playwright, media: Media, tmp_path: Path) -> Iterator[OpenBrowser]:
    """More browsers, each with its flags and a profile of its own; all of them close with the test."""
    opened: list[Browser] = []

    def make(*flags: str, phone: bool = False) -> Browser:
        profile = tmp_path / f"browser{len(opened)}"
        devices = {"camera": media.camera, "microphone": media.microphone}
        one = Browser(playwright_driver, profile, **devices, flags=flags, phone=phone)
        opened.append(one)
        return one

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def exam_day(tmp_path: Path) -> Iterator[ExamDay]:
    """An exam in this process whose clock the test moves."""
    folder = tmp_path / "day"
    folder.mkdir()
    day = ExamDay(folder)
    day.start()
    yield day
    day.stop()


StartDemo = Callable[..., Demo]


@pytest.fixture
def start_demo(media: Media, tmp_path: Path) -> Iterator[StartDemo]:
    """Start a demonstration; all of them end with the test."""
    started: list[Demo] = []

    def start(*, starts_in: str, answer: str) -> Demo:
        folder = tmp_path / f"demo{len(started)}"
        folder.mkdir()
        demo = Demo(folder, photos=media.photos, starts_in=starts_in, answer=answer)
        started.append(demo)
        demo.start()
        return demo

    yield start
    for demo in started:
        demo.stop()
