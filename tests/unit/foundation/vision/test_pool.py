"""The pool of worker processes, with real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator

import psutil
import pytest
import pytest_asyncio

from tests.factories import faces
from zhishi.foundation.vision.examinations import Cause
from zhishi.foundation.vision.pool import WAITING_PER_WORKER, VisionBusy, VisionPool


@pytest_asyncio.fixture
async def pool() -> AsyncIterator[VisionPool]:
    async with VisionPool() as pool:
        await pool.warm_up()
        yield pool


async def test_a_login_is_examined_in_another_process(pool: VisionPool) -> None:
    photograph = await pool.examine_photograph(faces.obama().read_bytes())
    same = await pool.examine_login(photograph.embedding, faces.webcam_frames(faces.obama_other()))
    other = await pool.examine_login(photograph.embedding, faces.webcam_frames(faces.biden()))
    assert (same.cause, other.cause) == (None, Cause.FACE_NOT_MATCHING)
    assert os.getpid() not in pool.worker_ids()
    assert len(pool.worker_ids()) == 1


async def test_a_worker_killed_in_the_middle_is_replaced_and_nobody_notices(pool: VisionPool) -> None:
    (worker,) = pool.worker_ids()
    # Stopped, the worker holds the calls without answering, so that the kill falls into the middle of them.
    os.kill(worker, signal.SIGSTOP)
    waiting = [
        asyncio.create_task(pool.examine_login(None, faces.webcam_frames(face)))
        for face in (faces.obama(), faces.biden())
    ]
    await asyncio.sleep(0)
    os.kill(worker, signal.SIGKILL)
    examinations = await asyncio.gather(*waiting)
    assert [examination.accepted for examination in examinations] == [True, True]
    assert worker not in pool.worker_ids()


async def test_beyond_its_bound_the_queue_refuses_at_once_and_goes_on_with_the_rest(pool: VisionPool) -> None:
    (worker,) = pool.worker_ids()
    os.kill(worker, signal.SIGSTOP)
    waiting = [asyncio.create_task(pool.examine_photograph(faces.no_face())) for _ in range(WAITING_PER_WORKER)]
    await asyncio.sleep(0)
    with pytest.raises(VisionBusy) as refused:
        await pool.examine_photograph(faces.no_face())
    assert refused.value.retry_after_s == 10
    os.kill(worker, signal.SIGCONT)
    assert {one.cause for one in await asyncio.gather(*waiting)} == {Cause.FACE_NONE}
    assert (await pool.examine_photograph(faces.no_face())).cause is Cause.FACE_NONE


async def test_a_worker_killed_between_calls_is_replaced(pool: VisionPool) -> None:
    (worker,) = pool.worker_ids()
    psutil.Process(worker).kill()
    assert (await pool.examine_photograph(faces.no_face())).cause is Cause.FACE_NONE


async def test_a_closed_pool_leaves_no_process_and_takes_no_calls(pool: VisionPool) -> None:
    (worker,) = pool.worker_ids()
    await pool.close()
    assert not psutil.pid_exists(worker)
    with pytest.raises(RuntimeError, match="closed"):
        await pool.examine_photograph(faces.no_face())


def test_workers_end_when_their_server_is_killed() -> None:
    script = """
import asyncio
from zhishi.foundation.vision.pool import WAITING_PER_WORKER, VisionBusy, VisionPool

async def serve():
    pool = VisionPool()
    await pool.warm_up()
    print(*pool.worker_ids(), flush=True)
    await asyncio.Event().wait()

asyncio.run(serve())
"""
    server = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    with server:
        assert server.stdout is not None
        worker = psutil.Process(int(server.stdout.readline()))
        server.kill()
        gone, alive = psutil.wait_procs([worker], timeout=20)
    assert (gone, alive) == ([worker], [])
