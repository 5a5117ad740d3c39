"""Typed errors: a stable code, an HTTP status and a sentence in both languages that says what to do (law 12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class Refusal(Exception):
    """Base of everything the system says no with. Subclasses set the class attributes; instances add the facts.

    `detail` is JSON for the client and never holds a secret or another person's data.
    `retry_after_s` becomes the `Retry-After` field.
    `keep` marks a refusal worth a row in the record: it is written in a transaction of its own (law 4).
    """

    code: ClassVar[str]
    status: ClassVar[int]
    zh: ClassVar[str]
    en: ClassVar[str]

    def __init__(self, *, retry_after_s: int | None = None, **detail: Any) -> None:
        super().__init__(self.code)
        self.detail: Mapping[str, Any] | None = detail or None
        self.retry_after_s = retry_after_s


_CODES: dict[str, type[Refusal]] = {}


def refusal(code: str, status: int, zh: str, en: str) -> type[Refusal]:
    """Declare one kind of refusal. A code is declared once; the catalogue is what the documentation lists."""
    if code in _CODES:
        raise ValueError(f"refusal {code} is declared twice")
    name = "".join(part.capitalize() for part in code.split("_"))
    kind = type(name, (Refusal,), {"code": code, "status": status, "zh": zh, "en": en})
    _CODES[code] = kind
    return kind


def catalogue() -> Mapping[str, type[Refusal]]:
    """Every declared refusal by its code."""
    return dict(_CODES)


InputInvalid = refusal(
    "input_invalid",
    422,
    "提交的内容不完整或格式不对，请检查标出的项目后再试。",
    "Something you sent is missing or malformed: check the named fields and try again.",
)
NotFound = refusal("not_found", 404, "没有找到要访问的内容，请返回上一页。", "There is nothing here; go back a page.")
MethodNotAllowed = refusal(
    "method_not_allowed", 405, "这个地址不支持这种操作。", "This address does not support that operation."
)
Forbidden = refusal(
    "forbidden",
    403,
    "您的账号没有这项权限，需要时请联系管理员。",
    "Your account may not do this; ask an administrator.",
)
BodyTooLarge = refusal(
    "body_too_large",
    413,
    "提交的内容太大，请减小后再试。",
    "What you sent is too large: make it smaller and try again.",
)
CrossSite = refusal(
    "cross_site",
    403,
    "请求来自别的网站，已拒绝。请在考试系统的页面里操作。",
    "The request came from another site and was refused: use the pages of this system.",
)
Unexpected = refusal(
    "unexpected",
    500,
    "服务器遇到了没有预料到的问题，已记录。请稍后再试；录像在本机，不会丢失。需要时请拨打技术服务电话并报出编号。",
    "The server met a problem it did not foresee; it is on record. Try again shortly: your recording is safe on this "
    "device. If needed call support and give the reference.",
)
Busy = refusal(
    "busy",
    503,
    "服务器正忙，会自动重试，请不要离开。",
    "The server is busy; this retries by itself, please stay.",
)
PartGone = refusal(
    "part_lost",
    404,
    "这一段录像的数据损坏或丢失，已记录；考生的设备会重新上传，请稍后再试，或联系技术服务。",
    "The bytes of this piece of a recording are damaged or gone. It is asked for again: try later, or call support.",
)
StorageFull = refusal(
    "storage_full",
    507,
    "服务器存储空间不足，录像保存在本机，会自动重试；请拨打技术服务电话告知。",
    "The server is out of space: the recording is kept on this device and is sent again. Please tell support.",
)
