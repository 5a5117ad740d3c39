"""The peers that ingest is measured against, each started on its own port and data folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

HERE = Path(__file__).parent

_NGINX = """
daemon off;
worker_processes auto;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/temp;
  proxy_temp_path {folder}/t1; fastcgi_temp_path {folder}/t2; uwsgi_temp_path {folder}/t3; scgi_temp_path {folder}/t4;
  client_max_body_size 16m;
  client_body_buffer_size 256k;
  keepalive_requests 1000000;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/files;
    location / {{ dav_methods PUT; create_full_put_path on; }}
  }}
}}
"""


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return once something listens. Raises `RuntimeError` if the process ends or a minute passes."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on {port}")


@contextlib.contextmanager
def running(command: list[str], port: int, *, environment: Mapping[str, str] | None = None) -> Iterator[None]:
    """A server process while the block runs."""
    process = subprocess.Popen(command, env={**os.environ, **(environment or {})}, stdout=sys.stderr, stderr=sys.stderr)
    try:
        wait_for_port(port, process)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[int]:
    """Debian's nginx taking DAV PUT; it writes a file each and syncs nothing. Yields its port."""
    if shutil.which("nginx") is None:
        subprocess.run(["apt-get", "install", "-y", "-qq", "nginx-light"], check=True, stdout=sys.stderr)
    port = free_port()
    (folder / "files").mkdir(parents=True)
    folder.chmod(0o777)
    (folder / "files").chmod(0o777)
    config = folder / "nginx.conf"
    config.write_text("user root;" + _NGINX.format(folder=folder, port=port))
    with running(["nginx", "-c", str(config)], port):
        yield port


@contextlib.contextmanager
def tus(folder: Path) -> Iterator[int]:
    """@tus/server with its file store. Yields its port."""
    if not (HERE / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=HERE, check=True, stdout=sys.stderr)
    port = free_port()
    folder.mkdir(parents=True)
    with running(["node", str(HERE / "tus.js"), str(port), str(folder)], port):
        yield port


@contextlib.contextmanager
def tuspy(folder: Path) -> Iterator[int]:
    """tuspyserver with its file store, on the packages that we run on ourselves. Yields its port."""
    modules = HERE / "python_modules"
    if not modules.is_dir():
        install = ["pip", "install", "--quiet", "--no-deps", "--require-hashes", "--target", str(modules)]
        wanted = str(HERE / "requirements.txt")
        subprocess.run([sys.executable, "-m", *install, "-r", wanted], check=True, stdout=sys.stderr)
    port = free_port()
    folder.mkdir(parents=True)
    command = [sys.executable, str(HERE / "tuspy.py"), str(port), str(folder)]
    with running(command, port, environment={"PYTHONPATH": str(modules)}):
        yield port
