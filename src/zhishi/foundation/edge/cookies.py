"""Cookies that hold a secret: never readable by scripts, never sent from other sites."""

from __future__ import annotations

from starlette.responses import Response

from zhishi.foundation.settings import Settings


def set_secret_cookie(response: Response, settings: Settings, *, name: str, secret: str, seconds: int) -> None:
    response.set_cookie(
        name,
        secret,
        max_age=seconds,
        path="/",
        httponly=True,
        secure=settings.public_https,
        samesite="strict",
    )


def clear_cookie(response: Response, settings: Settings, *, name: str) -> None:
    response.delete_cookie(name, path="/", httponly=True, secure=settings.public_https, samesite="strict")
