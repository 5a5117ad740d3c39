"""`zhishi` as a process of its own: started, killed, started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import httpx

READY_WITHIN_S: Final = 60
_PAUSE_S: Final = 0.05


class Process:
    """One run of the command line. Whatever it starts dies with it."""

    def __init__(self, *arguments: str, log: Path, environment: Mapping[str, str] | None = None) -> None:
        self._log = log
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "zhishi", *arguments],
                env={**os.environ, **(environment or {})},
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> str:
        return self._log.read_text()

    def wait(self) -> int:
        """Until it ends by itself. Returns its exit code."""
        return self._process.wait(timeout=READY_WITHIN_S)

    def wait_for_file(self, path: Path) -> str:
        """Until it has written a file. Returns what is in it."""
        self._wait_until(path.is_file, f"{path} to be written")
        return path.read_text()

    def wait_for_answer(self, address: str) -> None:
        """Until it answers requests."""

        def answers() -> bool:
            try:
                return httpx.get(address, timeout=5).status_code == 200
            except httpx.TransportError:
                return False

        self._wait_until(answers, f"an answer from {address}")

    def _wait_until(self, ready: object, what: str) -> None:
        assert callable(ready)
        deadline = time.monotonic() + READY_WITHIN_S
        while not ready():
            assert self._process.poll() is None, f"it ended while the test waited for {what}:\n{self.output}"
            assert time.monotonic() < deadline, f"waited in vain for {what}:\n{self.output}"
            time.sleep(_PAUSE_S)

    def kill(self) -> None:
        """End it as a power cut would: nothing in it gets a chance to tidy up."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """End it in an orderly way. Returns its exit code."""
        if self._process.poll() is None:
            self._process.terminate()
        return self._process.wait(timeout=READY_WITHIN_S)


def run(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """One command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "zhishi", *arguments],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        check=False,
        text=True,
        timeout=READY_WITHIN_S,
    )
