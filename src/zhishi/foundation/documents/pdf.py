"""Typesetting PDF files with Typst. Templates are files of the rooms; data reaches them as JSON, never as markup."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import typst

from zhishi.foundation.kernel.errors import refusal

# Debian's package first, then what macOS and Windows bring along.
CHINESE_FONTS: Final = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei")

PdfNotPossible = refusal(
    "pdf_not_possible",
    503,
    "服务器现在不能生成 PDF（可能缺少中文字体），请下载 JSON 版本，并告知技术服务。",
    "The server cannot make the PDF now, perhaps for want of a Chinese font: download the JSON file, and tell support.",
)


def chinese_font(families: Collection[str] | None = None) -> str:
    """The family to typeset Chinese in, out of those given or installed. Raises `LookupError` where there is none:
    Typst would go on, and set a page of empty boxes."""
    present = typst.Fonts().families() if families is None else families
    for family in CHINESE_FONTS:
        if family in present:
            return family
    raise LookupError(f"no Chinese font is installed (any of {', '.join(CHINESE_FONTS)}): Debian has fonts-noto-cjk")


async def typeset(template: Path, data: Mapping[str, Any]) -> bytes:
    """The PDF that a template makes of `sys.inputs.data` (JSON) in `sys.inputs.font`. Raises `PdfNotPossible`."""
    text = json.dumps(data, ensure_ascii=False)
    try:
        return await asyncio.to_thread(_compile, template, text)
    except (typst.TypstError, OSError, LookupError) as error:
        raise PdfNotPossible() from error


def _compile(template: Path, text: str) -> bytes:
    made = typst.compile(str(template), format="pdf", sys_inputs={"data": text, "font": chinese_font()})
    assert isinstance(made, bytes)
    return made
