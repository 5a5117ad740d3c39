"""A real S3 server for the time of the tests: SeaweedFS from its wheel, on ports of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

BUCKET: Final = "zhishi"
KEY_ID: Final = "test-key"
SECRET: Final = "test-secret"

# Every port that `weed mini` would otherwise open at its default.
_PORTS: Final = (
    *("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc"),
    *("s3.port", "s3.port.grpc", "admin.port", "admin.port.grpc"),
)
_READY_WITHIN_S: Final = 60


class Seaweed:
    """`weed mini` with one bucket."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="zhishi-weed-"))
        ports = dict(zip(_PORTS, _free_ports(len(_PORTS)), strict=True))
        self.endpoint = f"http://127.0.0.1:{ports['s3.port']}"
        command = [
            *(str(Path(sys.executable).parent / "weed"), "mini", f"-dir={self._folder}"),
            *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-bucket={BUCKET}", "-master.telemetry=false"),
            *("-admin.ui=false", "-webdav=false", "-s3.port.iceberg=0", "-s3.port.lance=0"),
            *(f"-s3.localSocket={self._folder}/s3.sock", f"-filer.localSocket={self._folder}/filer.sock"),
            *(f"-{name}={port}" for name, port in ports.items()),
        ]
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}
        self._log = (self._folder / "log").open("w")
        self._process = subprocess.Popen(command, env=environment, stdout=self._log, stderr=subprocess.STDOUT)
        self._wait_until_ready()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def store(self) -> S3Store:
        """A client of the bucket that never retries, so that a test sees what the server says."""
        return S3Store(
            BUCKET,
            endpoint=self.endpoint,
            region="us-east-1",
            access_key_id=KEY_ID,
            secret_access_key=SECRET,
            client_options={"allow_http": True},
            retry_config={"max_retries": 0},
        )

    def _wait_until_ready(self) -> None:
        """Until the bucket takes an object: the server gives no other sign."""
        store, deadline = self.store(), time.monotonic() + _READY_WITHIN_S
        while True:
            assert self._process.poll() is None, (self._folder / "log").read_text()
            assert time.monotonic() < deadline, (self._folder / "log").read_text()
            try:
                obstore.put(store, "ready", b"")
            except (BaseError, OSError):
                time.sleep(0.05)
            else:
                return


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports: list[int] = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
