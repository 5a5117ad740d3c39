"""Routes of receipts: for the candidate from the home page, for staff, and the key for everybody."""

from __future__ import annotations

import base64
from pathlib import Path

from fastapi import Response

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
from zhishi.foundation.edge.transactions import Here
from zhishi.foundation.kernel.errors import NotFound

door = Door("/api/v1", tag="receipts")

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


@door.get("/attempts/{attempt_id}/receipt.json", access=DESK, summary="The receipt on an attempt")
async def download(attempt_id: str, me: Me, services: Here) -> Response:
    return _as_json(await _issue(attempt_id, acting(me), services))


@door.get("/attempts/{attempt_id}/receipt.pdf", access=DESK, summary="The same, to print and keep")
async def print_receipt(attempt_id: str, me: Me, services: Here) -> Response:
    return await _as_pdf(await _issue(attempt_id, acting(me), services))


async def _issue_own(attempt_id: str, registration_id: str, services: Services) -> Receipt:
    return await _issue(attempt_id, audit.Actor("candidate", registration_id), services, of=registration_id)


async def _issue(attempt_id: str, actor: audit.Actor, services: Services, *, of: str | None = None) -> Receipt:
    signer, now = services.keys.receipts, services.clock.now()
    # Read first, then write: those who record do not wait for those who read.
    async with services.database.reading() as look:
        attempt = await attempt_facts(look, attempt_id)
        if of is not None and attempt.attempt.registration_id != of:
            raise NotFound()
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
