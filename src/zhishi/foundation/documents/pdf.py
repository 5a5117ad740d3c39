"""Typesetting PDF files with Typst. Templates are files of the rooms; data reaches them as JSON, never as markup."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

from zhishi.foundation.kernel.errors import refusal

PdfNotPossible = refusal(
    "pdf_not_possible",
    503,
    "服务器现在不能生成 PDF（可能缺少中文字体），请下载 JSON 版本，并告知技术服务。",
    "The server cannot make the PDF now, perhaps for want of a Chinese font: download the JSON file, and tell support.",
)


async def typeset(template: Path, data: Mapping[str, Any]) -> bytes:
    """The PDF that a template makes of data, which it reads from `sys.inputs.data`. Raises `PdfNotPossible`."""
    text = json.dumps(data, ensure_ascii=False)
    try:
        return await asyncio.to_thread(_compile, template, text)
    except (typst.TypstError, OSError) as error:
        raise PdfNotPossible() from error


def _compile(template: Path, text: str) -> bytes:
    # Warnings are how Typst tells of a font that is not there: a page of empty boxes is no document.
    made, warnings = typst.compile_with_warnings(str(template), format="pdf", sys_inputs={"data": text})
    if any("unknown font" in warning.message and "CJK" in warning.message for warning in warnings):
        raise OSError("no Chinese font")
    assert isinstance(made, bytes)
    return made
