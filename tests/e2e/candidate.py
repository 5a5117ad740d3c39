"""What a candidate does, by the labels that they see."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.demo import Demo


def log_in(page: Page, demo: Demo, name: str) -> None:
    """Fill in the form and press 【人脸登录】."""
    who = demo.candidate(name)
    page.goto(demo.base_url)
    page.get_by_label("准考证号").fill(who["ticket"])
    page.get_by_label("证件号码后六位").fill(who["id_tail"])
    page.get_by_role("button", name="人脸登录").click()


def enter(page: Page) -> None:
    """Press 【进入考试】 once it can be pressed, and wait for the countdown page."""
    button = page.get_by_role("button", name="进入考试")
    expect(button).to_be_enabled(timeout=30_000)
    button.click()
    expect(page.get_by_text("题目自动出现在这里")).to_be_visible(timeout=30_000)


def end(page: Page) -> None:
    """【结束考试】, then 【确认】."""
    page.get_by_role("button", name="结束考试").click()
    page.get_by_role("button", name="确认").click()
