"""An exam that browsers can reach: who takes part in it, and what its officers can read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import httpx


class Exam(ABC):
    """A running server with candidates and staff whose logins are known."""

    @property
    @abstractmethod
    def base_url(self) -> str: ...

    @abstractmethod
    def candidate(self, name: str) -> dict[str, str]:
        """What a candidate has on paper: `ticket`, `id_tail`, `home_secret`."""

    @abstractmethod
    def staff(self, role: str) -> dict[str, str]:
        """`username` and `password` of the first member of staff in a role."""

    @abstractmethod
    def sitting_id(self) -> str: ...

    def client(self, role: str) -> httpx.Client:
        """An HTTP client logged in as the first member of staff in a role."""
        who = self.staff(role)
        credentials = {"username": who["username"], "password": who["password"]}
        answer = httpx.post(f"{self.base_url}/api/v1/staff/session", json=credentials, timeout=30)
        answer.raise_for_status()
        return httpx.Client(base_url=self.base_url, cookies=dict(answer.cookies), timeout=30)

    def row(self, name: str) -> dict[str, Any]:
        """The officer's line about a candidate."""
        with self.client("officer") as officer:
            path = f"/api/v1/sittings/{self.sitting_id()}/candidates"
            rows = officer.get(path, params={"limit": 200}).json()["rows"]
        return next(one for one in rows if one["name"] == name)

    def record(self, attempt_id: str) -> dict[str, Any]:
        """The officer's record of an attempt."""
        with self.client("officer") as officer:
            found: dict[str, Any] = officer.get(f"/api/v1/attempts/{attempt_id}/record").json()
        return found

    def events(self, name: str) -> list[dict[str, Any]]:
        """What the record of a candidate's attempt tells, in order."""
        found: list[dict[str, Any]] = self.record(self.row(name)["attempt_id"])["events"]
        return found
