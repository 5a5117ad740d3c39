"""The catalogue of refusals: what the server says no with."""

from __future__ import annotations

import importlib
import json
import re

import pytest

from zhishi.foundation.edge.refusals import answer, explain
from zhishi.foundation.kernel.errors import Refusal, catalogue, refusal
from zhishi.foundation.ports import NoSpace

# Every room declares its refusals when it is imported, and the application imports every room.
importlib.import_module("zhishi.web.application")
REFUSALS = sorted(catalogue().values(), key=lambda kind: kind.code)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# 401 who are you, 403 not you, 404 nothing here, 405 not so, 409 not now, 413 too large, 416 range, 422 malformed,
# 425 too early, 429 too often; 500, 503 and 507 are ours.
_STATUSES = {401, 403, 404, 405, 409, 413, 416, 422, 425, 429, 500, 503, 507}


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.code)
def test_every_refusal_has_a_sentence_in_both_languages_and_a_sane_status(kind: type[Refusal]) -> None:
    assert len(_CHINESE.findall(kind.zh)) >= 5
    assert kind.zh.endswith("。")
    assert _CHINESE.search(kind.en) is None
    assert re.search(r"[a-z]{2,} [a-z]", kind.en)
    assert kind.en.endswith(".")
    assert kind.status in _STATUSES
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", kind.code)


def test_codes_are_stable() -> None:
    """Clients, manuals and support know these codes: one that is renamed or removed breaks them."""
    assert [kind.code for kind in REFUSALS] == [
        "attempt_over",
        "binding_code_unknown",
        "body_too_large",
        "busy",
        "call_not_open",
        "call_time_invalid",
        "candidate_is_over",
        "closure_shrinks",
        "consent_missing",
        "cross_site",
        "digest_mismatch",
        "digest_missing",
        "end_not_yet",
        "entry_closed",
        "entry_not_open",
        "face_blurred",
        "face_cut_off",
        "face_inconsistent",
        "face_none",
        "face_not_matching",
        "face_several",
        "face_too_bright",
        "face_too_dark",
        "face_too_far",
        "forbidden",
        "header_invalid",
        "home_login_unknown",
        "home_not_open",
        "home_secret_used",
        "import_under_way",
        "input_invalid",
        "logbook_full",
        "logbook_invalid",
        "login_closed",
        "login_elsewhere",
        "login_moved_after_entry",
        "login_not_open",
        "login_too_often",
        "login_unknown",
        "lot_already_drawn",
        "lot_card_taken",
        "mark_invalid",
        "marks_missing",
        "method_not_allowed",
        "not_found",
        "not_logged_in",
        "not_now",
        "nothing_recorded",
        "package_altered",
        "package_cut_short",
        "package_foreign",
        "package_has_no_room",
        "package_invalid",
        "package_token_invalid",
        "package_too_large",
        "paper_missing",
        "paper_not_released",
        "paper_not_yours",
        "part_lost",
        "pdf_not_possible",
        "phone_not_bound",
        "phone_not_used",
        "phone_not_yet",
        "phone_required",
        "photo_missing",
        "picture_count",
        "picture_dimensions",
        "picture_too_large",
        "picture_unreadable",
        "range_invalid",
        "readmission_not_needed",
        "rebind_needs_staff",
        "rebinding_not_needed",
        "report_closed",
        "report_too_early",
        "report_too_late",
        "results_too_early",
        "results_unconfirmed",
        "second_display",
        "segment_conflict",
        "segment_not_media",
        "segment_too_large",
        "sheet_changed_elsewhere",
        "sheet_not_playable",
        "sheet_submitted",
        "staff_login_failed",
        "staff_login_too_often",
        "staff_not_logged_in",
        "steps_missing",
        "storage_full",
        "text_changed",
        "text_out_of_turn",
        "track_not_yours",
        "track_unknown",
        "unexpected",
        "upload_token_invalid",
        "verification_decided",
        "verification_expired",
        "verification_too_late",
        "verification_unknown",
        "verification_waiting",
        "vision_busy",
        "vision_failed",
        "waiver_after_entry",
        "waiver_done",
        "waiver_not_needed",
        "waiver_too_late",
        "wrong_surface",
    ]


def test_a_code_cannot_be_declared_twice() -> None:
    with pytest.raises(ValueError, match="not_found"):
        refusal("not_found", 404, "没有。", "Nothing.")


def test_an_answer_carries_code_sentences_facts_and_a_reference() -> None:
    kind = catalogue()["login_not_open"]
    response = answer(kind(retry_after_s=5, opens_ms=7), reference="0a1b2c3d")
    assert response.status_code == 409
    assert response.headers["Retry-After"] == "5"
    assert response.headers["Cache-Control"] == "no-store"
    assert json.loads(bytes(response.body)) == {
        "error": {
            "code": "login_not_open",
            "message": {"zh": kind.zh, "en": kind.en},
            "detail": {"opens_ms": 7},
            "reference": "0a1b2c3d",
        }
    }


@pytest.mark.parametrize("error", [NoSpace("x"), OSError(28, "No space left on device")])
def test_a_full_disk_is_told_as_such_and_asks_to_come_back(error: Exception) -> None:
    found = explain(error)
    assert found is not None
    assert (found.code, found.retry_after_s) == ("storage_full", 30)


def test_an_error_that_nobody_foresaw_is_not_explained_away() -> None:
    assert explain(RuntimeError("x")) is None
    assert explain(PermissionError(13, "x")) is None
