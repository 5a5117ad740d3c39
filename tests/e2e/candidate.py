"""What a candidate does at the computer, by the labels that they see."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.e2e.exam import Exam
from tests.e2e.words import ZH, Words

QUESTION = "社区把一间闲置的仓库"
# Everything that a page waits for by itself: the camera, a face examined on a busy machine, the phone's first word.
PATIENCE_MS = 60_000


def _step(page: Page) -> Locator:
    return page.locator("[aria-current=step]")


def at_step(page: Page, number: int, words: Words = ZH) -> None:
    """The page says which of the ten steps it is."""
    expect(_step(page)).to_contain_text(words.steps[number - 1], timeout=PATIENCE_MS)


def fill_in(page: Page, exam: Exam, name: str, words: Words = ZH) -> None:
    """Who one is, and the consent if the exam asks for it."""
    who = exam.candidate(name)
    page.get_by_label(words.ticket).fill(who["ticket"])
    page.get_by_label(words.id_tail).fill(who["id_tail"])
    # The sittings have been read once the button may be pressed; with them came the text to agree to, if there is one.
    expect(page.get_by_role("button", name=words.face_login)).to_be_enabled(timeout=PATIENCE_MS)
    for box in page.get_by_role("checkbox", name=words.agree).all():
        box.check()


def log_in(page: Page, exam: Exam, name: str, *, url: str | None = None, words: Words = ZH) -> None:
    """Check the devices if the page begins with it, fill in the form, press 【人脸登录】."""
    page.goto(url or exam.base_url)
    prepare(page, words)
    fill_in(page, exam, name, words)
    page.get_by_role("button", name=words.face_login).click()


def prepare(page: Page, words: Words = ZH) -> None:
    """Step 1: try the screen, then on to the login."""
    at_step(page, 1, words)
    page.get_by_role("button", name=words.try_screen).click()
    page.get_by_role("button", name=words.to_login).click()


def read_procedure(page: Page, words: Words = ZH) -> None:
    """Step 3."""
    at_step(page, 3, words)
    page.get_by_role("button", name=words.have_read).click()


def go_without_phone(page: Page, words: Words = ZH) -> None:
    """Step 4, where the organiser lets it."""
    at_step(page, 4, words)
    page.get_by_role("button", name=words.without_phone).click()


def binding_code(page: Page, words: Words = ZH) -> str:
    """Step 4: the code that 【智试通二维码】 shows."""
    at_step(page, 4, words)
    page.get_by_role("button", name=words.typed_code).click()
    return page.locator(".typed .code").inner_text()


def draw(page: Page, words: Words = ZH, *, card: int = 2) -> str:
    """Step 5: turn a card over, and go on. Returns the lot."""
    at_step(page, 5, words)
    page.get_by_role("button", name=words.card.format(n=card), exact=True).click()
    lot = page.locator(".number b").inner_text()
    page.get_by_role("button", name=words.onward).click()
    return lot


def read_attachments(page: Page, words: Words = ZH) -> int:
    """Step 6: one text after another. Returns how many there were."""
    at_step(page, 6, words)
    button = page.get_by_role("button", name=words.have_read)
    count = 0
    while words.steps[5] in _step(page).inner_text():
        title = page.locator("article h1").inner_text()
        button.click()
        count += 1
        expect(page.locator("article h1").filter(has_text=title)).to_have_count(0, timeout=PATIENCE_MS)
    return count


def walk_to_entry(page: Page, words: Words = ZH) -> None:
    """Steps 3 to 6 the short way: no phone, the lot left to the system."""
    read_procedure(page, words)
    go_without_phone(page, words)
    at_step(page, 5, words)
    page.get_by_role("button", name=words.leave_to_system).click()
    read_attachments(page, words)


def press_enter(page: Page, words: Words = ZH) -> None:
    """Step 7: 【进入考试】 once it can be pressed."""
    at_step(page, 7, words)
    button = page.get_by_role("button", name=words.enter)
    expect(button).to_be_enabled(timeout=PATIENCE_MS)
    button.click()


def confirm_devices(page: Page, words: Words = ZH) -> None:
    """Step 8, then the countdown page."""
    at_step(page, 8, words)
    page.get_by_role("button", name=words.confirm_devices).click()
    expect(page.get_by_text(words.appears)).to_be_visible(timeout=PATIENCE_MS)


def enter(page: Page, words: Words = ZH) -> None:
    """Steps 3 to 8 the short way, to the countdown page."""
    walk_to_entry(page, words)
    press_enter(page, words)
    confirm_devices(page, words)


def wait_for_question(page: Page, question: str = QUESTION) -> None:
    """The question appears by itself at T0."""
    expect(page.get_by_text(question)).to_be_visible(timeout=120_000)


def end(page: Page, words: Words = ZH) -> None:
    """【结束考试】, then 【确认】."""
    page.get_by_role("button", name=words.end).click()
    page.get_by_role("alertdialog").get_by_role("button", name=words.confirm, exact=True).click()


def wait_for_confirmation(page: Page, words: Words = ZH) -> None:
    """The upload page until everything is confirmed."""
    expect(page.get_by_text(words.confirmed)).to_be_visible(timeout=90_000)


def share_again(page: Page, words: Words = ZH) -> None:
    """Share the screen again after a reload or a crash."""
    page.get_by_role("button", name=words.share_again).click()
