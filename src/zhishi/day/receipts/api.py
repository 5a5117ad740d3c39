"""Routes of receipts: for the candidate from the home page, for staff, and the key for everybody."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated

from fastapi import Path as InPath
from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.staff.access import DESK, Me, acting
from zhishi.day.attempts.queries import AttemptFacts, attempt_facts
from zhishi.day.identity.access import AT_HOME, MyRegistration
from zhishi.day.receipts import actions, queries
from zhishi.day.receipts.manifests import read_receipt
from zhishi.day.receipts.models import Receipt
from zhishi.day.receipts.presenting import document
from zhishi.day.receipts.schemas import ReceiptKey, ReceiptList
from zhishi.foundation import audit
from zhishi.foundation.documents.pdf import typeset
from zhishi.foundation.edge.doors import PUBLIC, Door
from zhishi.foundation.edge.services import Services
from zhishi.foundation.edge.transactions import Here, Look
from zhishi.foundation.kernel.errors import NotFound

door = Door("/api/v1", tag="receipts")

# As large as a database's integer.
Number = Annotated[int, InPath(ge=1, le=2**31 - 1)]
_TEMPLATE = Path(__file__).parent / "receipt.typ"


@door.get("/receipts/key", access=PUBLIC, summary="The public key that checks receipts")
async def read_key(services: Here) -> ReceiptKey:
    signer = services.keys.receipts
    return ReceiptKey(id=signer.id, algorithm="Ed25519", public=base64.b64encode(signer.public).decode())


@door.get("/home/attempts/{attempt_id}/receipt.json", access=AT_HOME, summary="The receipt on one's own attempt")
async def download_own(attempt_id: str, mine: MyRegistration, services: Here) -> Response:
    return _as_json(await _issue_own(attempt_id, mine, services))


@door.get("/home/attempts/{attempt_id}/receipt.pdf", access=AT_HOME, summary="The same, to print and keep")
async def print_own(attempt_id: str, mine: MyRegistration, services: Here) -> Response:
    return await _as_pdf(await _issue_own(attempt_id, mine, services))


@door.get("/home/attempts/{attempt_id}/receipts", access=AT_HOME, summary="The receipts given on one's own attempt")
async def list_own(attempt_id: str, mine: MyRegistration, look: Look) -> ReceiptList:
    await _own_attempt(look, attempt_id, mine)
    return ReceiptList(receipts=await queries.receipts_on(look, attempt_id))


@door.get("/home/attempts/{attempt_id}/receipts/{number}.json", access=AT_HOME, summary="One of them, word for word")
async def download_own_given(attempt_id: str, number: Number, mine: MyRegistration, look: Look) -> Response:
    await _own_attempt(look, attempt_id, mine)
    return _as_json(await queries.receipt(look, attempt_id, number))


@door.get("/home/attempts/{attempt_id}/receipts/{number}.pdf", access=AT_HOME, summary="One of them, to print and keep")
async def print_own_given(attempt_id: str, number: Number, mine: MyRegistration, services: Here) -> Response:
    async with services.database.reading() as look:
        await _own_attempt(look, attempt_id, mine)
        given = await queries.receipt(look, attempt_id, number)
    return await _as_pdf(given)


@door.get("/attempts/{attempt_id}/receipt.json", access=DESK, summary="The receipt on an attempt")
async def download(attempt_id: str, me: Me, services: Here) -> Response:
    return _as_json(await _issue(attempt_id, acting(me), services))


@door.get("/attempts/{attempt_id}/receipt.pdf", access=DESK, summary="The same, to print and keep")
async def print_receipt(attempt_id: str, me: Me, services: Here) -> Response:
    return await _as_pdf(await _issue(attempt_id, acting(me), services))


@door.get("/attempts/{attempt_id}/receipts", access=DESK, summary="The receipts given on an attempt")
async def list_given(attempt_id: str, look: Look) -> ReceiptList:
    await attempt_facts(look, attempt_id)
    return ReceiptList(receipts=await queries.receipts_on(look, attempt_id))


@door.get("/attempts/{attempt_id}/receipts/{number}.json", access=DESK, summary="One of them, word for word")
async def download_given(attempt_id: str, number: Number, look: Look) -> Response:
    return _as_json(await queries.receipt(look, attempt_id, number))


@door.get("/attempts/{attempt_id}/receipts/{number}.pdf", access=DESK, summary="One of them, to print and keep")
async def print_given(attempt_id: str, number: Number, services: Here) -> Response:
    async with services.database.reading() as look:
        given = await queries.receipt(look, attempt_id, number)
    return await _as_pdf(given)


async def _own_attempt(look: AsyncSession, attempt_id: str, registration_id: str) -> AttemptFacts:
    """An attempt of this registration. Raises `NotFound`."""
    attempt = await attempt_facts(look, attempt_id)
    if attempt.attempt.registration_id != registration_id:
        raise NotFound()
    return attempt


async def _issue_own(attempt_id: str, registration_id: str, services: Services) -> Receipt:
    return await _issue(attempt_id, audit.Actor("candidate", registration_id), services, of=registration_id)


async def _issue(attempt_id: str, actor: audit.Actor, services: Services, *, of: str | None = None) -> Receipt:
    signer, now = services.keys.receipts, services.clock.now()
    # Read first, then write: those who record do not wait for those who read.
    async with services.database.reading() as look:
        attempt = await (attempt_facts(look, attempt_id) if of is None else _own_attempt(look, attempt_id, of))
        content = await actions.describe(look, attempt, signer, now=now)
    async with services.database.writing() as work:
        return await actions.issue(work, attempt_id, content, signer=signer, actor=actor, at=now)


def _as_json(receipt: Receipt) -> Response:
    return Response(receipt.text, media_type="application/json", headers=_download(receipt, "json"))


async def _as_pdf(receipt: Receipt) -> Response:
    made = await typeset(_TEMPLATE, document(read_receipt(receipt.text), receipt.text))
    return Response(made, media_type="application/pdf", headers=_download(receipt, "pdf"))


def _download(receipt: Receipt, ending: str) -> dict[str, str]:
    name = f"zhishi-receipt-{receipt.attempt_id[-12:]}-{receipt.number}.{ending}"
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
