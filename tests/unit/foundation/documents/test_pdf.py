"""A PDF in Chinese needs a Chinese font, and is refused where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhishi.foundation.documents.pdf import PdfNotPossible, chinese_font, typeset


@pytest.mark.parametrize(
    ("families", "chosen"),
    [
        (["DejaVu Sans", "Microsoft YaHei", "PingFang SC"], "PingFang SC"),
        (["Noto Sans CJK JP", "Noto Sans CJK SC", "PingFang SC"], "Noto Sans CJK SC"),
    ],
)
def test_a_font_that_has_the_characters_is_chosen(families: list[str], chosen: str) -> None:
    assert chinese_font(families) == chosen


def test_without_one_it_is_said_what_to_install() -> None:
    with pytest.raises(LookupError, match="fonts-noto-cjk"):
        chinese_font(["DejaVu Sans", "Libertinus Serif"])


async def test_data_is_text_and_never_markup(tmp_path: Path) -> None:
    template = tmp_path / "template.typ"
    template.write_text("#set text(font: sys.inputs.font)\n#json(bytes(sys.inputs.data)).word", encoding="utf-8")
    made = await typeset(template, {"word": "#panic() 智试"})
    assert made.startswith(b"%PDF-")


async def test_a_template_that_fails_is_a_refusal(tmp_path: Path) -> None:
    template = tmp_path / "template.typ"
    template.write_text("#json(bytes(sys.inputs.data)).missing", encoding="utf-8")
    with pytest.raises(PdfNotPossible):
        await typeset(template, {})
