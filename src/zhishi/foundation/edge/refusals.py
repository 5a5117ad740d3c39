"""Every error leaves as one shape: code, sentence in both languages, facts, and a reference for support."""

from __future__ import annotations

import errno
import secrets
from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from zhishi.foundation.kernel.errors import (
    BodyTooLarge,
    Busy,
    Forbidden,
    InputInvalid,
    MethodNotAllowed,
    NotFound,
    PartGone,
    Refusal,
    StorageFull,
    Unexpected,
)
from zhishi.foundation.ports import NoSpace, PartLost

log = structlog.get_logger()

# The class of SQLSTATE in which PostgreSQL says that a value cannot be stored, such as a text with a zero byte.
_DATA_EXCEPTION = "22"


def answer(refusal: Refusal, *, reference: str | None = None) -> Response:
    """The HTTP answer for a refusal; its reference is in the log, where support can find it."""
    reference = reference or new_reference()
    log.info("request.refused", code=refusal.code, status=refusal.status, reference=reference)
    body = {
        "error": {
            "code": refusal.code,
            "message": {"zh": refusal.zh, "en": refusal.en},
            "detail": refusal.detail,
            "reference": reference,
        }
    }
    headers = {"Cache-Control": "no-store"}
    if refusal.retry_after_s is not None:
        headers["Retry-After"] = str(refusal.retry_after_s)
    return JSONResponse(body, status_code=refusal.status, headers=headers)


def new_reference() -> str:
    """Eight hex digits that a candidate can read to support and support can find in the log."""
    return secrets.token_hex(4)


def explain(error: Exception) -> Refusal | None:
    """The refusal that an exception of a store or database stands for; None if it stands for none."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, NoSpace) or (isinstance(error, OSError) and error.errno == errno.ENOSPC):
        return StorageFull(retry_after_s=30)
    if isinstance(error, PartLost):
        return PartGone()
    if isinstance(error, PoolTimeout):
        return Busy(retry_after_s=2)
    if isinstance(error, IntegrityError):
        # Two requests wanted the same row at once; the other one has it, and a repetition sees that.
        return Busy(retry_after_s=1)
    if isinstance(error, DBAPIError):
        text = str(error.orig)
        if str(getattr(error.orig, "sqlstate", "")).startswith(_DATA_EXCEPTION):
            return InputInvalid()
        if "disk is full" in text or "No space left" in text:
            return StorageFull(retry_after_s=30)
        if error.connection_invalidated or any(word in text.lower() for word in ("lock", "connect", "serialize")):
            return Busy(retry_after_s=2)
    return None


async def _on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return answer(error)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # Only where and what kind: the values themselves may be personal data.
    fields = [{"field": ".".join(map(str, one["loc"][1:])), "problem": one["type"]} for one in error.errors()]
    return await _on_refusal(request, InputInvalid(fields=fields[:20]))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    known: Mapping[int, type[Refusal]] = {
        404: NotFound,
        405: MethodNotAllowed,
        403: Forbidden,
        413: BodyTooLarge,
    }
    kind = known.get(error.status_code, InputInvalid if error.status_code < 500 else Unexpected)
    return await _on_refusal(request, kind())


async def _on_any(request: Request, error: Exception) -> Response:
    known = explain(error)
    if known is not None:
        log.warning("request.hindered", code=known.code, exc_info=error)
        return await _on_refusal(request, known)
    reference = new_reference()
    log.exception("request.failed", reference=reference, exc_info=error)
    return answer(Unexpected(), reference=reference)


def install(app: FastAPI) -> None:
    """Make every error of the application leave in this shape."""
    handlers: dict[Any, Any] = {
        Refusal: _on_refusal,
        RequestValidationError: _on_invalid,
        HTTPException: _on_http,
        # Stores and databases by their own classes: a handler for Exception alone would also re-raise to the server.
        DBAPIError: _on_any,
        OSError: _on_any,
        NoSpace: _on_any,
        PartLost: _on_any,
        PoolTimeout: _on_any,
        Exception: _on_any,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
