"""The demonstration as a process: started, killed and started again by the browser tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.exam import Exam

READY_WITHIN_S = 60


class Demo(Exam):
    """`zhishi demo` on a folder of its own. The first start takes a free port, later ones the same."""

    def __init__(self, folder: Path, *, photos: Path, starts_in: str, answer: str, candidates: int = 3) -> None:
        self._folder = folder
        self._arguments = ["--photos", str(photos), "--starts-in", starts_in, "--answer", answer]
        self._arguments += ["--candidates", str(candidates), "--data", str(folder / "data")]
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.facts: dict[str, Any] = {}
        self.log = folder / "demo.log"

    @property
    def data(self) -> Path:
        return self._folder / "data"

    @property
    def base_url(self) -> str:
        return str(self.facts["base_url"])

    def start(self) -> None:
        """Start, and return once it accepts connections."""
        ready = self._folder / "demo.json"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "zhishi", "demo", *self._arguments]
        command += ["--port", str(self._port), "--print-json", str(ready)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + READY_WITHIN_S
        while not ready.is_file() or not ready.read_text().endswith("\n"):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the demonstration did not start:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.05)
        self.facts = json.loads(ready.read_text())
        self._port = int(self.base_url.rsplit(":", 1)[1])

    def kill(self) -> None:
        """End the server as a power cut would: no process gets a chance to tidy up."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End it in an orderly way."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.kill()

    def candidate(self, name: str) -> dict[str, str]:
        return next(one for one in self.facts["candidates"] if one["name"] == name)

    def staff(self, role: str) -> dict[str, str]:
        return next(one for one in self.facts["staff"] if one["role"] == role)

    def sitting_id(self) -> str:
        return str(httpx.get(f"{self.base_url}/api/v1/demo", timeout=30).json()["sitting"]["sitting_id"])
