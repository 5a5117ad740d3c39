"""What crosses HTTP about packages and reports."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, StringConstraints

from zhishi.before.exams.rules import SittingKind
from zhishi.day.interruptions.schemas import InterruptionView
from zhishi.day.recording.schemas import Completeness, Ms
from zhishi.day.rescue.rules import NOTE_MAX, Outcome, Reporter, ReportState

# PostgreSQL keeps no NUL, and nobody types one.
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=NOTE_MAX, pattern=r"^[^\x00]*$")]
GivenNote = Annotated[Note, StringConstraints(min_length=2)]


class PackageKey(BaseModel):
    """The public key to which packages are encrypted; `public` is base64 of an uncompressed P-256 point (65 bytes)."""

    id: str
    public: str


class RefusedItem(BaseModel):
    """An item that was not taken: its name (track, epoch, number or kind) if it has one, and the refusal's code."""

    record: int
    item: str | None
    code: str


class BrokenRecord(BaseModel):
    """Where a package is not what was exported, and how: `package_altered` or `package_cut_short`."""

    record: int
    code: str


class ImportCounts(BaseModel):
    """What became of a package's items. `refused` and `broken` list the first hundred of each.

    `broken_count` is 0 if every record could be read. Else what could be read was taken all the same.
    """

    stored: int
    already_there: int
    refused_count: int
    refused: list[RefusedItem]
    broken_count: int
    broken: list[BrokenRecord]


class PackageImport(ImportCounts):
    """A package that was imported. `broken_off`: the code of what kept the import from coming to its end, if anything
    did; what was taken until then is kept, and importing again takes the rest."""

    package_id: str
    attempt_id: str
    device: Literal["computer", "phone"]
    made_ms: int
    sha256: str
    size: int
    broken_off: str | None


class Caller(BaseModel):
    """An attempt that somebody may be calling about. `ended_ms` is None while it goes on; until `report_until_ms` a
    call is in time (R9)."""

    attempt_id: str
    ticket: str
    name: str
    exam_title: str
    sitting_name: str
    kind: SittingKind
    time_zone: str
    ended_ms: int | None
    report_until_ms: int


class CallerList(BaseModel):
    """The attempts under a ticket number, the newest first."""

    callers: list[Caller]


class Snapshot(BaseModel):
    """What was held of an attempt at a moment, gap by gap, and what had interrupted it."""

    completeness: Completeness
    interruptions: list[InterruptionView]


class NewReport(BaseModel):
    """The candidate says that the upload failed."""

    note: Note = ""


class NewCall(BaseModel):
    """A call to the hotline, with the time of the call."""

    called_at_ms: Ms
    note: GivenNote


class Closing(BaseModel):
    """How a report was settled."""

    outcome: Outcome
    note: Note = ""


class MyReport(BaseModel):
    """A report as its candidate sees it: nothing of what staff wrote."""

    report_id: str
    at_ms: int
    by: Reporter
    called_at_ms: int | None
    state: ReportState
    closed_ms: int | None
    outcome: Outcome | None


class ReportView(MyReport):
    """A report as staff see it. `in_time`: within the time that R9 gives, which ends at `report_until_ms`; `ledger`:
    what was held when it came; `logged_by`, `closed_by`: how the accounts are called."""

    attempt_id: str
    sitting_id: str
    sitting_name: str
    time_zone: str
    ticket: str
    name: str
    in_time: bool
    report_until_ms: int
    note: str
    logged_by: str | None
    ledger: Snapshot
    closed_by: str | None
    closing_note: str | None


class ReportList(BaseModel):
    """Open reports first, the oldest before the others; then those that are closed, the newest before the others."""

    total: int
    open: int
    rows: list[ReportView]
