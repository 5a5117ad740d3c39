"""Drawing lots: committed cards, one each, and nobody is left without one (F5)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re

from tests.factories.answers import acts_of, events_of, given, refused, stored
from tests.factories.day import API, Candidate, Day
from tests.factories.world import CandidateInfo
from zhishi.before.roster.actions import add_person, register
from zhishi.day.lots.actions import open_deck
from zhishi.day.lots.models import Deck, Lot
from zhishi.foundation.audit import SYSTEM

TAKEN = (409, "lot_card_taken")


async def at_cards(day: Day, index: int = 0) -> Candidate:
    """A candidate before the cards, a quarter of an hour before T0."""
    day.at(-900)
    candidate = await day.log_in(index, walked=False)
    await candidate.walk("lot")
    return candidate


async def crowd(day: Day, *names: str) -> None:
    """Register more people, as happens when somebody was forgotten."""
    services, now = day.house.services, day.clock.now()
    async with services.database.writing() as session:
        for number, name in enumerate(names):
            person = await add_person(session, keys=services.keys, name=name, id_tail="000000", actor=SYSTEM, at=now)
            registration = await register(
                session,
                sitting_id=day.world.sitting_id,
                person=person,
                ticket=f"ZKZ-MORE-{number}",
                post="综合管理岗",
                photo_key=None,
                photo_source=None,
                actor=SYSTEM,
                at=now,
            )
            day.world.candidates.append(CandidateInfo(registration.id, name, f"ZKZ-MORE-{number}", "000000", None))


async def test_as_many_cards_lie_there_as_people_are_registered(day: Day) -> None:
    candidate = await at_cards(day)
    found = await candidate.cards()
    assert found["cards"] == [{"position": position, "taken": False} for position in range(3)]
    assert (found["drawn"], found["registered"]) == (None, 3)
    assert re.fullmatch("[0-9a-f]{64}", found["commitment"])


async def test_a_drawn_card_gives_a_number_once_and_for_all(day: Day) -> None:
    """F5.1."""
    candidate = await at_cards(day)
    found = given(await candidate.draw(2))
    assert found["lot"] in {"001", "002", "003"}
    assert (found["page"], found["may"]["draw"]["why"]) == ("attachments", "already_done")
    for position in (0, 2):
        assert refused(await candidate.draw(position)) == (409, "lot_already_drawn", {"lot": found["lot"]})
    assert (await candidate.cards())["drawn"] == found["lot"]
    await candidate.walk()
    assert (await candidate.enter())["lot"] == found["lot"]
    assert await events_of(day, candidate, "lot_drawn", "lot_assigned", "lot_passed") == [{"position": 2}]


async def test_others_see_which_card_is_gone_but_not_its_number(day: Day) -> None:
    one, other = await at_cards(day, 0), await at_cards(day, 1)
    lot = given(await one.draw(1))["lot"]
    answer = await other.client.get(f"{API}/attempt/lot")
    assert [card["taken"] for card in answer.json()["cards"]] == [False, True, False]
    assert lot not in answer.text
    assert refused(await other.draw(1)) == (*TAKEN, {"position": 1})
    assert given(await other.draw(0))["lot"] != lot


async def test_a_card_that_is_not_there_cannot_be_drawn(day: Day) -> None:
    candidate = await at_cards(day)
    assert refused(await candidate.draw(3)) == (*TAKEN, {"position": 3})
    assert (await candidate.situation())["lot"] is None


async def test_one_card_wanted_by_all_at_once_goes_to_one(day: Day) -> None:
    candidates = [await at_cards(day, index) for index in range(3)]
    await candidates[0].cards()
    answers = await asyncio.gather(*(one.draw(1) for one in candidates))
    got = [answer for answer in answers if answer.status_code == 200]
    others = [refused(answer)[:2] for answer in answers if answer.status_code != 200]
    # A server that is busy with the first asks to come back; then the card is gone.
    assert len(got) == 1
    assert set(others) <= {TAKEN, (503, "busy")}
    assert [(lot.position, lot.drawn_by) for lot in await stored(day, Lot)] == [(1, "candidate")]


async def test_all_cards_drawn_at_once_give_all_numbers(day: Day) -> None:
    candidates = [await at_cards(day, index) for index in range(3)]
    waiting = list(enumerate(candidates))
    while waiting:  # who is told that the server is busy tries again, as the page does
        answers = await asyncio.gather(*(one.draw(position) for position, one in waiting))
        assert {answer.status_code for answer in answers} <= {200, 503}
        waiting = [one for one, answer in zip(waiting, answers, strict=True) if answer.status_code == 503]
    assert sorted([(await one.situation())["lot"] for one in candidates]) == ["001", "002", "003"]
    assert len(await stored(day, Deck)) == 1


async def test_one_candidate_drawing_two_cards_at_once_gets_one(day: Day) -> None:
    candidate = await at_cards(day)
    await candidate.cards()
    answers = await asyncio.gather(*(candidate.draw(position) for position in range(3)))
    assert sum(answer.status_code == 200 for answer in answers) == 1
    assert {refused(answer)[1] for answer in answers if answer.status_code != 200} <= {"lot_already_drawn", "busy"}
    assert len(await stored(day, Lot)) == 1


async def test_who_leaves_the_draw_to_the_system_gets_a_free_card_at_entry(day: Day) -> None:
    """F5.2."""
    one, other = await at_cards(day, 0), await at_cards(day, 1)
    drawn = given(await one.draw(0))["lot"]
    passed = given(await other.post("/attempt/lot/pass"))
    assert (passed["lot"], passed["page"]) == (None, "attachments")
    await other.walk()
    assigned = (await other.enter())["lot"]
    assert assigned in {"001", "002", "003"} - {drawn}
    rows = {lot.attempt_id: lot for lot in await stored(day, Lot)}
    assert rows[other.attempt_id].drawn_by == "system"
    assert rows[other.attempt_id].position in {1, 2}
    assert len(await events_of(day, other, "lot_passed", "lot_assigned")) == 2


async def test_who_passed_may_still_draw_before_entry(day: Day) -> None:
    candidate = await at_cards(day)
    given(await candidate.post("/attempt/lot/pass"))
    lot = given(await candidate.draw(1))["lot"]
    await candidate.walk()
    assert (await candidate.enter())["lot"] == lot
    assert await events_of(day, candidate, "lot_assigned") == []


async def test_more_candidates_than_cards_all_get_a_number(day: Day) -> None:
    """Somebody was registered after the cards lay there: the deck that was committed to is never laid anew."""
    candidates = [await at_cards(day, index) for index in range(3)]
    commitment = (await candidates[0].cards())["commitment"]
    await crowd(day, "赵后来", "钱后来")
    for position, candidate in enumerate(candidates):
        given(await candidate.draw(position))
    late = [await at_cards(day, index) for index in (3, 4)]
    found = await late[0].cards()
    assert (found["commitment"], [card["taken"] for card in found["cards"]]) == (commitment, [True] * 3)
    assert refused(await late[0].draw(0))[:2] == refused(await late[0].draw(3))[:2] == TAKEN
    for candidate in late:
        given(await candidate.post("/attempt/lot/pass"))
        await candidate.walk()
    assert [(await candidate.enter())["lot"] for candidate in late] == ["004", "005"]
    assert sorted(lot.number for lot in await stored(day, Lot)) == [1, 2, 3, 4, 5]


async def test_the_commitment_is_the_same_for_everybody_before_and_after(day: Day) -> None:
    one, other = await at_cards(day, 0), await at_cards(day, 1)
    commitment = (await one.cards())["commitment"]
    given(await one.draw(0))
    await day.restart()
    assert (await one.cards())["commitment"] == (await other.cards())["commitment"] == commitment


async def test_the_opened_deck_proves_that_no_card_was_moved(day: Day) -> None:
    """Law 9: what is published after the scores are signed is the order and the salt."""
    one, other = await at_cards(day, 0), await at_cards(day, 1)
    commitment = (await one.cards())["commitment"]
    given(await one.draw(2))
    await other.walk()
    await other.enter()
    [deck] = await stored(day, Deck)
    order = open_deck(deck, keys=day.house.services.keys)
    told = f"{order.salt}:{','.join(str(number) for number in order.numbers)}"
    assert hashlib.sha256(told.encode()).hexdigest() == commitment
    assert sorted(order.numbers) == [1, 2, 3]
    for lot in await stored(day, Lot):
        assert order.numbers[lot.position] == lot.number
    assert (await one.situation())["lot"] == f"{order.numbers[2]:03d}"


async def test_whoever_reads_the_database_cannot_tell_which_number_lies_where(day: Day) -> None:
    candidate = await at_cards(day)
    await candidate.cards()
    [deck] = await stored(day, Deck)
    order = open_deck(deck, keys=day.house.services.keys)
    written = [str(value).encode() if not isinstance(value, bytes) else value for value in vars(deck).values()]
    told = "\n".join(json.dumps(entry.detail) for entry in await acts_of(day)).encode()
    for secret in (order.salt, json.dumps(order.numbers, separators=(",", ":"))):
        assert secret.encode() not in b"\n".join([*written, told])
    assert deck.commitment.encode() in told, "the search finds what is there"


async def test_the_number_is_what_examiners_see(day: Day) -> None:
    """F5.3."""
    candidate = await at_cards(day)
    lot = given(await candidate.draw(1))["lot"]
    await candidate.walk()
    day.at(-10)
    await candidate.enter()
    await candidate.upload(day.recording(6, seconds=-9))
    day.at(5)
    await candidate.post("/attempt/end")
    await day.reconcile()
    sheets = (await day.staff("examiner").get(f"{API}/sheets")).json()["sheets"]
    assert [sheet["lot"] for sheet in sheets] == [lot]


async def test_a_rehearsal_draws_from_cards_of_its_own_and_takes_none_from_the_exam(day: Day) -> None:
    """F1.2: everything is real but the number, which is the same for all and identifies nobody."""
    day.at(-86_400)
    candidate = await day.log_in_to_rehearsal(walked=False)
    await candidate.walk("lot")
    found = await candidate.cards()
    assert (found["drawn"], found["commitment"], found["registered"]) == (None, None, 12)
    assert found["cards"] == [{"position": position, "taken": False} for position in range(12)]
    assert refused(await candidate.draw(12)) == (*TAKEN, {"position": 12})
    before = len(await acts_of(day))
    drawn = given(await candidate.draw(7))
    assert (drawn["lot"], drawn["page"]) == ("000", "attachments")
    assert [entry.action for entry in await acts_of(day, after=before)] == ["lot.drawn"]
    assert refused(await candidate.draw(3)) == (409, "lot_already_drawn", {"lot": "000"})
    assert (await candidate.cards())["drawn"] == "000"
    await candidate.walk()
    assert (await candidate.enter())["lot"] == "000"
    assert (await stored(day, Deck), await stored(day, Lot)) == ([], [])


async def test_a_rehearsal_whose_draw_is_left_to_the_system_goes_on(day: Day) -> None:
    day.at(-86_400)
    candidate = await day.log_in_to_rehearsal(walked=False)
    await candidate.walk()
    assert (await candidate.enter())["lot"] == "000"
