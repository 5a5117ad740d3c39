"""Routes of receipts: for the candidate from the home page, for staff, and the key for everybody."""

from __future__ import annotations

import base64
from pathlib import Path

from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.staff.access import DESK, Me, acting
from zhishi.day.attempts.queries import attempt_facts
from zhishi.day.identity.access import AT_HOME, MyRegistration
from zhishi.day.receipts import actions
from zhishi.day.receipts.manifests import read_receipt
from zhishi.day.receipts.models import Receipt
from zhishi.day.receipts.presenting import document
from zhishi.day.receipts.schemas import ReceiptKey
from zhishi.foundation import audit
from zhishi.foundation.documents.pdf import typeset
from zhishi.foundation.edge.doors import PUBLIC, Door
from zhishi.foundation.edge.services import Services
from zhishi.foundation.edge.transactions import Here, Work
from zhishi.foundation.kernel.errors import NotFound

door = Door("/api/v1", tag="receipts")

_TEMPLATE = Path(__file__).parent / "receipt.typ"


@door.get("/receipts/key", access=PUBLIC, summary="The public key that checks receipts")
async def read_key(services: Here) -> ReceiptKey:
    signer = services.keys.receipts
    return ReceiptKey(id=signer.id, algorithm="Ed25519", public=base64.b64encode(signer.public).decode())


@door.get("/home/attempts/{attempt_id}/receipt.json", access=AT_HOME, summary="The receipt on one's own attempt")
async def download_own(attempt_id: str, mine: MyRegistration, work: Work, services: Here) -> Response:
    return _as_json(await _own(attempt_id, mine, work, services))


@door.get("/home/attempts/{attempt_id}/receipt.pdf", access=AT_HOME, summary="The same, to print and keep")
async def print_own(attempt_id: str, mine: MyRegistration, work: Work, services: Here) -> Response:
    return await _as_pdf(await _own(attempt_id, mine, work, services))


@door.get("/attempts/{attempt_id}/receipt.json", access=DESK, summary="The receipt on an attempt")
async def download(attempt_id: str, me: Me, work: Work, services: Here) -> Response:
    return _as_json(await _issue(attempt_id, acting(me), work, services))


@door.get("/attempts/{attempt_id}/receipt.pdf", access=DESK, summary="The same, to print and keep")
async def print_receipt(attempt_id: str, me: Me, work: Work, services: Here) -> Response:
    return await _as_pdf(await _issue(attempt_id, acting(me), work, services))


async def _own(attempt_id: str, registration_id: str, work: AsyncSession, services: Services) -> Receipt:
    attempt = await attempt_facts(work, attempt_id)
    if attempt.attempt.registration_id != registration_id:
        raise NotFound()
    return await _issue(attempt_id, audit.Actor("candidate", registration_id), work, services)


async def _issue(attempt_id: str, actor: audit.Actor, work: AsyncSession, services: Services) -> Receipt:
    # For change: two who ask at once must not give the same number.
    attempt = await attempt_facts(work, attempt_id, for_change=True)
    return await actions.issue(
        work, attempt=attempt, signer=services.keys.receipts, actor=actor, at=services.clock.now()
    )


def _as_json(receipt: Receipt) -> Response:
    return Response(receipt.text, media_type="application/json", headers=_download(receipt, "json"))


async def _as_pdf(receipt: Receipt) -> Response:
    made = await typeset(_TEMPLATE, document(read_receipt(receipt.text), receipt.text))
    return Response(made, media_type="application/pdf", headers=_download(receipt, "pdf"))


def _download(receipt: Receipt, ending: str) -> dict[str, str]:
    name = f"zhishi-receipt-{receipt.attempt_id[-12:]}-{receipt.number}.{ending}"
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
