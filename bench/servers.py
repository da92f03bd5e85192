"""The servers that are measured, each a program of its own, and what it uses of the machine (Linux)."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import fixed
from load import HOST

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
START_SECONDS = 60

# The processes do not inherit what somebody set up for their own site or shell.
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}

NGINX_SETTINGS = """
{user}
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  default_type text/html;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{ listen {host}:{port}; root {folder}/pages; }}
}}
"""


@dataclass(frozen=True)
class Memory:
    """Megabytes of some processes: what they share counts for each (RSS), or in equal parts (PSS)."""

    rss: float
    pss: float


@dataclass(frozen=True)
class Server:
    """A running server: where it answers, and its first process."""

    port: int
    pid: int
    started: float

    def age(self) -> float:
        """Return the seconds since it was started."""
        return time.monotonic() - self.started

    def processor_seconds(self) -> float:
        """Return the processor time that all its processes have used, of user and kernel."""
        # Not from `stat`, which counts in ticks of 10 ms and overlooks whoever works for less at a time.
        return sum(
            int(thread.read_text().split()[0]) / 1e9
            for pid in self._pids()
            for thread in Path(f"/proc/{pid}/task").glob("*/schedstat")
        )

    def memory(self) -> Memory:
        """Return what all its processes hold now."""
        found = {"Rss": 0, "Pss": 0}
        for pid in self._pids():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                name, _, rest = line.partition(":")
                if name in found:
                    found[name] += int(rest.split()[0])
        return Memory(rss=found["Rss"] / 1000, pss=found["Pss"] / 1000)

    def _pids(self) -> list[int]:
        pids = [self.pid]
        for pid in pids:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            pids += map(int, children)
        return pids


@contextlib.contextmanager
def glossary(folder: Path, workers: int = 1) -> Iterator[Server]:
    """Serve the glossary whose data is in this folder, as `make run` does."""
    with _granian("glossary_site.wsgi:application", ROOT, _environment(folder), workers) as server:
        yield server


@contextlib.contextmanager
def plain_list(folder: Path) -> Iterator[Server]:
    """Serve the same data by the list of `plain_list.py`, with the same options."""
    with _granian("plain_list:application", BENCH, _environment(folder)) as server:
        yield server


def _environment(folder: Path) -> dict[str, str]:
    return {**ENVIRONMENT, "TERMBOOK_DATA": str(folder)}


class Measure:
    """A server of fixed pages, against which the glossary is measured."""

    def __init__(self, name: str, server: Server, folder: Path | None) -> None:
        self.name, self.server, self._folder = name, server, folder

    def path(self, size: int) -> str:
        """Return where a page of this size is."""
        if self._folder and not (page := self._folder / str(size)).exists():
            page.write_bytes(fixed.page(size))
        return f"/{size}"


@contextlib.contextmanager
def measure(folder: Path) -> Iterator[Measure]:
    """Serve fixed pages: as files by nginx; where it is not installed, by granian."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        with _granian("fixed:application", BENCH, ENVIRONMENT) as server:
            yield Measure("a bare WSGI server", server, None)
    else:
        with _nginx(program, folder) as server:
            yield Measure("nginx", server, folder / "pages")


@contextlib.contextmanager
def _nginx(program: str, folder: Path) -> Iterator[Server]:
    port = _free_port()
    (folder / "pages").mkdir()
    settings = folder / "nginx.conf"
    # Started by root, its worker would be somebody who may not read the folder.
    user = "user root root;" if os.geteuid() == 0 else ""
    settings.write_text(NGINX_SETTINGS.format(user=user, folder=folder, host=HOST, port=port))
    with _running([program, "-p", str(folder), "-c", str(settings)], folder, ENVIRONMENT, port) as server:
        yield server


@contextlib.contextmanager
def _granian(
    application: str, folder: Path, environment: dict[str, str], workers: int = 1
) -> Iterator[Server]:
    port = _free_port()
    command = [
        str(Path(sys.executable).with_name("granian")),
        *("--interface", "wsgi", "--host", HOST, "--port", str(port), "--workers", str(workers)),
        *("--blocking-threads", "2", "--no-ws", "--log-level", "warning", application),
    ]
    with _running(command, folder, environment, port) as server:
        yield server


@contextlib.contextmanager
def _running(command: list[str], folder: Path, environment: dict[str, str], port: int) -> Iterator[Server]:
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, env=environment)
    try:
        _wait_for(process, port)
        yield Server(port, process.pid, started)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_for(process: subprocess.Popen, port: int) -> None:
    """Wait until somebody listens; nothing is asked, so that the first page can be measured."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended with code {process.returncode} before it answered.")
        with contextlib.suppress(OSError), socket.create_connection((HOST, port)):
            return
        time.sleep(0.02)
    raise RuntimeError(f"The server did not answer within {START_SECONDS} seconds.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
