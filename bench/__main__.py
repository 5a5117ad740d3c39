"""`python -m bench [NAME]`."""

from __future__ import annotations

import importlib
import sys

NAMES = ("ingest", "finalise", "recorder")


def main() -> int:
    """Run the named benchmark, or all."""
    wanted = sys.argv[1:] or list(NAMES)
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        print(f"no benchmark {unknown[0]}; there are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    for name in wanted:
        for figure in importlib.import_module(f"bench.{name}").run():
            print(figure.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
