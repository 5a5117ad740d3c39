"""Parts of the recorder alone in a browser: at an address that may use its disk, in a page or in a worker of one."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.factories.scripts import bundle

# Browsers take localhost for secure without a certificate; nobody listens there, the test answers itself.
ADDRESS = "http://localhost:9/"

_IMPORT = """
globalThis.importAll = async (codes) => {
  const all = {}
  for (const code of codes) {
    Object.assign(all, await import('data:text/javascript;charset=utf-8,' + encodeURIComponent(code)))
  }
  return all
}
"""
_START_WORKER = """
async ([script, codes]) => {
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))
  const worker = new Worker(url, { type: 'module' })
  globalThis.inWorker = (text, given) => new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => ('failed' in data ? reject(new Error(data.failed)) : resolve(data.done))
    worker.onerror = (event) => reject(new Error(event.message))
    worker.postMessage({ codes, text, given })
  })
}
"""
_WORKER = """
self.onmessage = async ({ data: { codes, text, given } }) => {
  try {
    self.parts ??= await importAll(codes)
    self.postMessage({ done: await (0, eval)('(' + text + ')')(self.parts, given) })
  } catch (failure) {
    self.postMessage({ failed: String(failure) + (failure.stack ?? '') })
  }
}
"""


def open_page(context: BrowserContext) -> Page:
    """An empty page at a secure address."""
    page = context.new_page()
    page.route(ADDRESS, lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page.add_init_script(_IMPORT)
    page.goto(ADDRESS)
    return page


class Parts:
    """Modules of `frontend/shared/recorder` with one another's exports; what a function keeps in `it` stays there."""

    def __init__(self, page: Page, *modules: str, worker: bool = False) -> None:
        self.page = page
        # Playwright's own `evaluate` counts as a touch of the page, before which a browser lets no sound through.
        self._devtools = page.context.new_cdp_session(page)
        codes = [bundle(f"shared/recorder/{module}.ts") for module in modules]
        self._call = "inWorker(TEXT, GIVEN)" if worker else "(FUNCTION)(parts, GIVEN)"
        if worker:
            self._evaluate(f"({_START_WORKER})({json.dumps([_IMPORT + _WORKER, codes])})")
        else:
            self._evaluate(f"importAll({json.dumps(codes)}).then((all) => void (globalThis.parts = all))")

    def ask(self, function: str, given: Any = None) -> Any:
        """Evaluate a function of (it, given)."""
        call = self._call.replace("TEXT", json.dumps(function)).replace("FUNCTION", function)
        return self._evaluate(call.replace("GIVEN", json.dumps(given)))

    def _evaluate(self, expression: str) -> Any:
        asked = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        answer = self._devtools.send("Runtime.evaluate", asked)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")
