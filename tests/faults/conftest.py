"""The fixtures of the browser tests, and which faults run when."""

from __future__ import annotations

import pytest

from tests.e2e.browser import Browser
from tests.e2e.conftest import browser, exam_day, media, open_browser, phone_browser, playwright_driver
from tests.e2e.exam_day import ExamDay
from tests.faults.sitting import Sitting

__all__ = ["browser", "exam_day", "media", "open_browser", "phone_browser", "playwright_driver"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/faults" in str(item.path):
            item.add_marker(pytest.mark.e2e)
            if item.get_closest_marker("short") is None:
                item.add_marker(pytest.mark.faults)


@pytest.fixture
def sitting(exam_day: ExamDay, browser: Browser) -> Sitting:
    return Sitting(exam_day, browser)
