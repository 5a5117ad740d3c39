"""What happens to staff accounts."""

from __future__ import annotations

import asyncio
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.staff import queries
from zhishi.before.staff.models import StaffAccount, StaffLoginFailure, StaffSession
from zhishi.before.staff.rules import FAILURE_WINDOW, FAILURES_ALLOWED, SESSION_LENGTH, Role
from zhishi.foundation import audit
from zhishi.foundation.kernel.errors import Refusal, refusal
from zhishi.foundation.kernel.ids import new_id, new_secret

StaffLoginFailed = refusal(
    "staff_login_failed",
    401,
    "用户名或密码不对，请重新输入；忘记密码请联系管理员重置。",
    "Username or password is wrong: try again, or ask an administrator to reset it.",
)
StaffLoginTooOften = refusal(
    "staff_login_too_often",
    429,
    "这个用户名短时间内失败次数太多，请 5 分钟后再试，或联系管理员。",
    "Too many failures for this username: try again in 5 minutes or ask an administrator.",
)

_hasher = PasswordHasher()
# Verified where the username is unknown, so that the answer takes as long as for a known one.
_DECOY = _hasher.hash("no account has this password")


async def create_account(
    session: AsyncSession, *, username: str, display_name: str, role: Role, password: str, at: datetime
) -> StaffAccount:
    """Open an account."""
    account = StaffAccount(
        id=new_id(),
        username=username,
        display_name=display_name,
        role=role,
        password_hash=await asyncio.to_thread(_hasher.hash, password),
        active=True,
        created_at=at,
    )
    session.add(account)
    audit.record(session, at=at, actor=audit.SYSTEM, action="staff.created", subject=("staff", account.id), role=role)
    await session.flush()
    return account


async def check_password(
    session: AsyncSession, *, username: str, password: str, address: str, now: datetime
) -> StaffAccount | Refusal:
    """The account if the password is right, else why not. Reads only: hashing takes long and must hold no lock."""
    if await queries.recent_failures(session, username, address=address, now=now) >= FAILURES_ALLOWED:
        return StaffLoginTooOften(retry_after_s=int(FAILURE_WINDOW.total_seconds()))
    account = await queries.account_by_username(session, username)
    hashed = account.password_hash if account is not None else _DECOY
    matches = await asyncio.to_thread(_matches, hashed, password)
    return account if account is not None and matches and account.active else StaffLoginFailed()


def note_failure(session: AsyncSession, *, username: str, address: str, at: datetime) -> None:
    """Keep a refused login. The name as typed stays out of the audit log: people type passwords there."""
    failure = StaffLoginFailure(id=new_id(), username=username, address=address, at=at)
    session.add(failure)
    audit.record(
        session, at=at, actor=audit.VISITOR, action="staff.login_failed", subject=("staff_login_failure", failure.id)
    )


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except VerifyMismatchError:
        return False


async def open_session(session: AsyncSession, *, account: StaffAccount, at: datetime) -> str:
    """Begin a session. Returns its secret, which is kept nowhere else."""
    secret = new_secret()
    session.add(
        StaffSession(
            secret_sha256=queries.secret_sha256(secret),
            staff_id=account.id,
            created_at=at,
            expires_at=at + SESSION_LENGTH,
        )
    )
    audit.record(
        session,
        at=at,
        actor=audit.Actor("staff", account.id),
        action="staff.logged_in",
        subject=("staff", account.id),
    )
    return secret


async def close_session(session: AsyncSession, *, account: StaffAccount, secret: str, at: datetime) -> None:
    """End a session; its secret opens nothing any more."""
    await session.execute(
        update(StaffSession).where(StaffSession.secret_sha256 == queries.secret_sha256(secret)).values(ended_at=at)
    )
    audit.record(
        session,
        at=at,
        actor=audit.Actor("staff", account.id),
        action="staff.logged_out",
        subject=("staff", account.id),
    )
