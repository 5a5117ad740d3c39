"""All tables of the house in one place, so that migrations see every room."""

from __future__ import annotations

import zhishi.after.scoring.models
import zhishi.before.exams.models
import zhishi.before.papers.models
import zhishi.before.roster.models
import zhishi.before.staff.models
import zhishi.day.attempts.models
import zhishi.day.binding.models
import zhishi.day.help.models
import zhishi.day.identity.models
import zhishi.day.lots.models
import zhishi.day.quality.models
import zhishi.day.receipts.models
import zhishi.day.recording.models
import zhishi.day.rescue.models
import zhishi.foundation.audit.models  # noqa: F401
from zhishi.foundation.adapters.database import Base

__all__ = ["Base"]
