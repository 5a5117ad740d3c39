"""Routes of publication, for officers."""

from __future__ import annotations

from zhishi.before.exams.queries import exam, exam_for_change
from zhishi.before.staff.access import Me, acting, staff_only
from zhishi.before.staff.rules import Role
from zhishi.day.publication import actions
from zhishi.day.publication.queries import standing_of
from zhishi.day.publication.schemas import Lacking, Publication, PublicationView
from zhishi.foundation.edge.doors import Door
from zhishi.foundation.edge.transactions import Here, Look, Work
from zhishi.foundation.kernel.clock import optional_ms, to_ms

door = Door("/api/v1/exams/{exam_id}/results-publication", tag="publication")

_OFFICERS = staff_only(Role.ADMINISTRATOR, Role.OFFICER)


@door.get("", access=_OFFICERS, summary="Whether results may be published, and what would be lacking")
async def read_publication(exam_id: str, look: Look, services: Here) -> PublicationView:
    found = await exam(look, exam_id)
    standing = await standing_of(look, found, now=services.clock.now())
    return PublicationView(
        exam_id=exam_id,
        published_ms=optional_ms(found.results_published_at),
        waiting=list(standing.waiting),
        **standing.lacking.model_dump(),
    )


@door.post("", access=_OFFICERS, summary="Results are public: candidates may delete their copies")
async def publish_results(exam_id: str, confirmed: Lacking, me: Me, work: Work, services: Here) -> Publication:
    found = await exam_for_change(work, exam_id)
    await actions.publish_results(work, exam=found, confirmed=confirmed, actor=acting(me), at=services.clock.now())
    assert found.results_published_at is not None
    return Publication(exam_id=exam_id, published_ms=to_ms(found.results_published_at))
