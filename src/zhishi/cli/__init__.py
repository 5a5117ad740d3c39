"""The command line: `zhishi demo`, `serve`, `migrate`, `doctor`, `verify`, `openapi`."""

from zhishi.cli.commands import app

__all__ = ["app"]
