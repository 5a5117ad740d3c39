"""The memory of a page and of its workers, once all garbage is collected: what a recorder really holds on to."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page

# What the engine holds for scripts: their objects, those of the browser behind them, and the bytes of their buffers.
_PARTS = ("usedSize", "embedderHeapUsedSize", "backingStorageSize")
_PATIENCE_MS = 1_500


class Heaps:
    """The heaps of a page and of every worker that it has or will have.

    A page's tools collect the page's garbage only. Workers collect theirs when they are pressed for room, so that the
    memory of the whole process goes up and down by tens of megabytes without anything being kept.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._workers: set[str] = set()
        self._answers: list[dict[str, Any]] = []
        self._asked = 0
        self._devtools = page.context.new_cdp_session(page)
        self._devtools.on("Target.attachedToTarget", lambda event: self._workers.add(event["sessionId"]))
        self._devtools.on("Target.detachedFromTarget", lambda event: self._workers.discard(event["sessionId"]))
        self._devtools.on("Target.receivedMessageFromTarget", self._hear)
        # Not flattened: the workers are spoken to through the page's own session, the only one that there is.
        attach = {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": False}
        self._devtools.send("Target.setAutoAttach", attach)
        self._devtools.send("HeapProfiler.enable")

    def collect(self) -> float:
        """Collect the garbage of all of them; how many megabytes are left together."""
        self._answers.clear()
        self._devtools.send("HeapProfiler.collectGarbage")
        for worker in self._workers:
            for method in ("HeapProfiler.enable", "HeapProfiler.collectGarbage", "Runtime.getHeapUsage"):
                self._asked += 1
                message = json.dumps({"id": self._asked, "method": method})
                self._devtools.send("Target.sendMessageToTarget", {"sessionId": worker, "message": message})
        self._page.wait_for_timeout(_PATIENCE_MS)
        usages = [self._devtools.send("Runtime.getHeapUsage"), *self._answers]
        return sum(float(usage[part]) for usage in usages for part in _PARTS) / 1e6

    def _hear(self, event: dict[str, Any]) -> None:
        result = json.loads(event["message"]).get("result") or {}
        if "usedSize" in result:
            self._answers.append(result)
