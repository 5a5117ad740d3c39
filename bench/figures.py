"""What a benchmark says."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `value` is a ratio to the named peer where the name says `_vs_`."""

    name: str
    value: float
    unit: str
    better: Literal["higher", "lower"]
    detail: dict[str, Any] = field(default_factory=dict)

    def line(self) -> str:
        """The figure as one line of JSON."""
        return json.dumps({**asdict(self), "value": round(self.value, 4)}, ensure_ascii=False)
