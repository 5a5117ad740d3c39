"""Modules of the front end, bundled for a page that has nothing else: what only judges can be asked by itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

_FRONTEND = Path(__file__).resolve().parents[2] / "frontend"


def bundle(module: str) -> str:
    """One module of `frontend/`, with what it imports, as the text of an ECMAScript module."""
    bundler = _FRONTEND / "node_modules" / ".bin" / "rolldown"
    command = [str(bundler), module, "--format", "esm"]
    return subprocess.run(command, cwd=_FRONTEND, check=True, capture_output=True, text=True).stdout
