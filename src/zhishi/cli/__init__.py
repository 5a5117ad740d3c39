"""The command line: `zhishi demo`, `serve`, `migrate`, `doctor`, `verify`, `import`, `openapi`."""

from zhishi.cli.commands import app

__all__ = ["app"]
