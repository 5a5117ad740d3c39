"""Routes of the phone, and the code by which it is bound."""

from __future__ import annotations

from fastapi import Request, Response

from zhishi.day.attempts.access import CANDIDATE, AttemptId
from zhishi.day.attempts.queries import attempt_facts
from zhishi.day.binding.access import PHONE, MyPhone
from zhishi.day.binding.schemas import BindingCode, BindingRequest
from zhishi.day.binding.states import PhoneStates, PhoneWord
from zhishi.day.flow import phones
from zhishi.day.flow.actions import keep_events
from zhishi.day.flow.phone_schemas import PhoneCopies, PhoneReport, PhoneSession, PhoneSituation, SpeedTest
from zhishi.day.flow.schemas import EventReport, EventsStored
from zhishi.foundation.adapters.batches import QueueFull
from zhishi.foundation.edge.doors import PUBLIC, Door
from zhishi.foundation.edge.transactions import Here, Look, Work
from zhishi.foundation.kernel.errors import BodyTooLarge, Busy

door = Door("/api/v1", tag="phone")

# Enough to measure an uplink of 10 Mbit/s for a second; no more than a segment may be.
SPEED_TEST_MAX = 2**20


@door.post("/attempt/binding-codes", access=CANDIDATE, status_code=201, summary="A code to bind a phone with")
async def make_code(request: Request, response: Response, mine: AttemptId, work: Work, services: Here) -> BindingCode:
    response.headers["Cache-Control"] = "no-store"
    now, settings = services.clock.now(), services.settings
    attempt = await attempt_facts(work, mine, for_change=True)
    address = (settings.public_url or str(request.base_url)).rstrip("/")
    return await phones.make_code(work, attempt=attempt, address=address, now=now)


@door.post("/bindings", access=PUBLIC, status_code=201, summary="Bind this phone by a code")
async def bind(request: BindingRequest, response: Response, work: Work, services: Here) -> PhoneSession:
    response.headers["Cache-Control"] = "no-store"
    return await phones.bind(work, services, request=request, now=services.clock.now())


@door.get("/phone", access=PHONE, summary="Where the exam of this phone stands")
async def read_phone(mine: MyPhone, look: Look, services: Here) -> PhoneSituation:
    return await phones.phone_situation(look, services, mine, now=services.clock.now())


@door.post("/phone/state", access=PHONE, summary="Say how this phone is")
async def tell_state(report: PhoneReport, mine: MyPhone, services: Here) -> PhoneSituation:
    try:
        await services.get(PhoneStates).take(PhoneWord(mine.binding_id, report.model_dump()))
    except QueueFull:
        raise Busy(retry_after_s=4) from None
    async with services.database.reading() as look:
        return await phones.phone_situation(look, services, mine, now=services.clock.now())


@door.post("/phone/stop", access=PHONE, summary="Stop the evidence recording by hand")
async def stop(mine: MyPhone, work: Work, services: Here) -> PhoneSituation:
    now = services.clock.now()
    await phones.stop(work, claim=mine, now=now)
    services.jobs.hint("settle")
    return await phones.phone_situation(work, services, mine, now=now)


@door.post("/phone/events", access=PHONE, summary="Report what the phone's page noticed")
async def report_events(report: EventReport, mine: MyPhone, work: Work, services: Here) -> EventsStored:
    attempt = await attempt_facts(work, mine.attempt_id, for_change=True)
    now = services.clock.now()
    return EventsStored(stored=await keep_events(work, attempt=attempt, events=report.events, now=now, by_phone=True))


# Public: the results are published when a phone's token may have ended, and the page no longer knows its session. Who
# has the id of a binding was bound, and hears nothing of the exam but whether it is over.
@door.get("/phone/copies/{binding_id}", access=PUBLIC, summary="Whether a phone's copies may go")
async def read_copies(binding_id: str, look: Look, services: Here) -> PhoneCopies:
    return await phones.phone_copies(look, binding_id, now=services.clock.now())


@door.put("/speed-test", access=PUBLIC, summary="Measure the uplink: what arrives is counted and thrown away")
async def test_speed(request: Request) -> SpeedTest:
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > SPEED_TEST_MAX:
            raise BodyTooLarge(limit=SPEED_TEST_MAX)
    return SpeedTest(bytes=size)
