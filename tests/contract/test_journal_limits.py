"""The journal at the limit of one file's size, which needs no disk of its own: in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_SCRIPT = """
import asyncio, resource, sys
from pathlib import Path
from zhishi.foundation.adapters.parts import Journal
from zhishi.foundation.ports import NoSpace

async def main() -> None:
    journal = Journal(Path(sys.argv[1]))
    [kept] = await journal.append([b"k" * 1000])
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
    try:
        await journal.append([b"x" * 10_000])
    except NoSpace:
        print("no space")
    [after] = await journal.append([b"a" * 1000])
    print(after.container != kept.container)
    print(await journal.read(kept) == b"k" * 1000, await journal.read(after) == b"a" * 1000)
    await journal.close()

asyncio.run(main())
"""


def test_a_batch_over_the_limit_of_a_file_is_no_space_and_the_next_one_is_kept(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(tmp_path)], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split("\n") == ["no space", "True", "True True", ""], done.stderr
