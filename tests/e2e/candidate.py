"""What a candidate does, by the labels that they see."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.demo import Demo

QUESTION = "社区把一间闲置的仓库"


def log_in(page: Page, demo: Demo, name: str, *, url: str | None = None) -> None:
    """Fill in the form and press 【人脸登录】."""
    who = demo.candidate(name)
    page.goto(url or demo.base_url)
    page.get_by_label("准考证号").fill(who["ticket"])
    page.get_by_label("证件号码后六位").fill(who["id_tail"])
    button = page.get_by_role("button", name="人脸登录")
    expect(button).to_be_enabled()
    button.click()


def enter(page: Page) -> None:
    """Press 【进入考试】 once it can be pressed, and wait for the countdown page."""
    button = page.get_by_role("button", name="进入考试")
    expect(button).to_be_enabled()
    button.click()
    expect(page.get_by_text("题目自动出现在这里")).to_be_visible()


def wait_for_question(page: Page) -> None:
    """The question appears by itself at T0."""
    expect(page.get_by_text(QUESTION)).to_be_visible(timeout=90_000)


def end(page: Page) -> None:
    """【结束考试】, then 【确认】."""
    page.get_by_role("button", name="结束考试").click()
    page.get_by_role("button", name="确认").click()


def wait_for_confirmation(page: Page) -> None:
    """The upload page until everything is confirmed."""
    expect(page.get_by_text("录像已全部上传并确认")).to_be_visible(timeout=90_000)


def share_again(page: Page) -> None:
    """Share the screen again after a reload or a crash."""
    page.get_by_role("button", name="重新共享整个屏幕").click()
