"""The company on this machine: which processes it needs, in which order, and what its owner is told.

PostgreSQL → Redis → sandbox → tables and the world (goods, shops, rules, staff) → web, workers, beat → the day
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import redis

from oms.config import LOCAL
from oms.demo.memory import ENV_FILE, Memory, private
from oms.demo.stuck import stuck
from oms.demo.supervisor import Failed, Supervisor
from oms.demo.timeline import Timeline
from oms.embedded import redis as embedded_redis
from oms.embedded.postgres import SAFE, NotReady, Postgres

MANAGE = (sys.executable, "-W", "ignore", "manage.py")
WEB = (
    *(
        sys.executable,
        "-m",
        "gunicorn",
        "oms.wsgi",
        "--worker-class",
        "gthread",
        "--workers",
        "2",
        "--threads",
        "8",
        "--preload",
    ),
    *("--no-control-socket", "--log-level", "warning", "--access-logfile", "-", "--bind"),
)
CELERY = (sys.executable, "-m", "celery", "--app", "oms")
WORKER = (*CELERY, "worker", "--pool", "prefork", "--loglevel", "INFO", "--without-gossip", "--queues")
BEAT = (*CELERY, "beat", "--loglevel", "WARNING", "--pidfile=", "--schedule")
DAY = "day.json"
LOOK_AT_HEARTS_EVERY = 5.0
"""Seconds."""


def tell(text: str) -> None:
    """A line for the person at the terminal."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Company:
    """``run`` starts everything and plays the day; ``close`` stops everything, also after a failure."""

    def __init__(self, home: Path, lock_file: IO[str], *, timeline: bool = False) -> None:
        """With ``timeline`` it is told at the end where the time went."""
        self._home, self._lock_file = home, lock_file
        self._began = self._looked = time.monotonic()
        self._postgres: Postgres | None = None
        self._web_socket: socket.socket | None = None
        self._sandbox_socket: socket.socket | None = None
        self._redis_url = os.environ.get("REDIS_URL", "")
        self.supervisor = Supervisor(home, self._tell)
        self._timeline = Timeline(self._processes) if timeline else None

    def _tell(self, text: str) -> None:
        tell(f"{time.monotonic() - self._began:6.1f} s  {text}")

    def run(self, *, once: bool, trades: int) -> tuple[str, int] | None:
        """Start all and play. With ``once`` the day's summary (JSON) and exit status. Raises Failed, Stopped."""
        if self._timeline is not None:
            self._timeline.start()
        self._enter("servers")
        memory = Memory.load(self._home)
        self.supervisor.end_leftovers()
        self._web_socket, self._sandbox_socket = memory.take_ports(self._home)
        environment = memory.environment(self._start_database(), self._start_redis())
        private(ENV_FILE, "".join(f"{name}='{value}'\n" for name, value in environment.items()))
        sandbox = self._start_sandbox(memory)
        self._enter("world")
        world = [*MANAGE, "make_demo_world", "--migrate", "--sandbox", sandbox]
        self.supervisor.run("world", world, environment, show=True)
        self._tell("Goods, stock, shops, rules and staff are ready")
        self._start_processes(environment)
        self._show(memory, wait=not once)
        return self._play(memory, environment, sandbox, once=once, trades=trades)

    def _enter(self, stage: str) -> None:
        if self._timeline is not None:
            self._timeline.enter(stage)

    def _processes(self) -> dict[str, int]:
        """Ids of everything that runs, by name."""
        server = self._postgres.pid if self._postgres is not None else None
        return self.supervisor.processes() | ({"postgres": server} if server is not None else {})

    # -- servers -----------------------------------------------------------------------------------------------------

    def _start_database(self) -> str:
        if url := os.environ.get("DATABASE_URL"):
            self._tell("The database is the one of DATABASE_URL")
            return url
        self._postgres = Postgres(LOCAL / "postgres", SAFE)
        self._tell("PostgreSQL is ready")
        return self._postgres.url

    def _start_redis(self) -> str:
        if self._redis_url:
            self._tell("The broker is the one of REDIS_URL")
            return self._redis_url
        path, self._redis_url = embedded_redis.configure(LOCAL / "redis")
        self.supervisor.start("redis", [str(embedded_redis.program()), str(path)], {}, serves=True)
        self.supervisor.wait_for("redis", self._redis_answers, seconds=20)
        self._tell("Redis is ready")
        return self._redis_url

    def _redis_answers(self) -> bool:
        try:
            with redis.Redis.from_url(self._redis_url, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    def _start_sandbox(self, memory: Memory) -> str:
        """The sandbox's address."""
        port = memory.sandbox_port
        state = str(self._home / "sandbox")
        bind = _inherited(self._sandbox_socket)
        command = [sys.executable, "-m", "integrations.sandbox", "--fd", str(bind), "--state", state]
        self.supervisor.start("sandbox", command, {}, inherits=bind, serves=True)
        self.supervisor.wait_for("sandbox", lambda: _answers(port), seconds=30)
        self._tell("The sandbox plays Taobao")
        return f"http://127.0.0.1:{port}"

    def _start_processes(self, environment: Mapping[str, str]) -> None:
        """They read their code while the first buyers come; what is due waits for them."""
        self.supervisor.start(
            "worker", [*WORKER, "inside", "--concurrency", "2", "--hostname", "inside@%h"], environment
        )
        self.supervisor.start(
            "caller", [*WORKER, "outside,outbox", "--concurrency", "4", "--hostname", "outside@%h"], environment
        )
        self.supervisor.start("beat", [*BEAT, str(self._home / "beat")], environment)
        bind = _inherited(self._web_socket)
        self.supervisor.start("web", [*WEB, f"fd://{bind}"], environment, inherits=bind)

    def _show(self, memory: Memory, *, wait: bool) -> None:
        """Tell where the pages are and who may sign in; without ``wait`` the web server still gets ready, and callers wait for it."""
        port = memory.web_port
        if wait:
            self.supervisor.wait_for("web", lambda: _answers(port), seconds=60)
        address = f"http://127.0.0.1:{port}/"
        self._lock_file.write(address)
        self._lock_file.flush()
        self._tell("Web, workers and beat are at work" if wait else "Web, workers and beat begin")
        tell(f"\n  {address}\n")
        for one in json.loads((self._home / "sign-ins.json").read_text()):
            tell(f"  {one['username']:<12} {one['password']:<16} {one['name']}  {one['role']}")
        tell("")

    # -- the day -----------------------------------------------------------------------------------------------------

    def _play(
        self, memory: Memory, environment: Mapping[str, str], sandbox: str, *, once: bool, trades: int
    ) -> tuple[str, int] | None:
        command = [*MANAGE, "play_demo_day", "--sandbox", sandbox, "--trades", str(trades)]
        if not once:
            tell("  Trades keep coming in. Ctrl-C stops everything; the next start goes on with the same data.\n")
            self.supervisor.start("buyers", [*command, "--keep-going"], environment)
            while True:
                self.supervisor.pause(0.5)
                self._look_after_database()
                self._look_after_workers(environment["DATABASE_URL"])
        result = self._home / DAY
        result.unlink(missing_ok=True)
        self._enter("day begins")
        try:
            self.supervisor.run("day", [*command, "--result", str(result)], environment, show=True)
        except Failed:
            if not result.exists():
                raise
        self.supervisor.wait_for("web", lambda: _answers(memory.web_port), seconds=60)
        summary = json.loads(result.read_text())
        wrong = summary["wrong"]
        if self._timeline is not None:
            self._timeline.add(summary["stages"])
        del summary["stages"]
        for sentence in wrong:
            self._tell(f"Wrong: {sentence}")
        summary["seconds"] = round(time.monotonic() - self._began, 1)
        return json.dumps(summary, ensure_ascii=False), 1 if wrong else 0

    def _look_after_database(self) -> None:
        if self._postgres is not None and not self._postgres.is_running():
            try:
                self._postgres.start_again()
            except NotReady as error:
                self._tell(f"PostgreSQL ended and does not start yet: {error}")
            else:
                self._tell("PostgreSQL ended; it was started again")

    def _look_after_workers(self, url: str) -> None:
        """Those that crashed the supervisor sees by itself; those that hang only fall silent."""
        if time.monotonic() - self._looked > LOOK_AT_HEARTS_EVERY:
            self._looked = time.monotonic()
            self.supervisor.end_stuck(stuck(url))

    def close(self) -> None:
        """Stop everything, in the opposite order."""
        self._tell("Stopping …")
        self._enter("stop")
        self.supervisor.stop_all()
        if self._postgres is not None:
            self._postgres.stop()
        for held in (self._web_socket, self._sandbox_socket):
            if held is not None:
                held.close()
        ENV_FILE.unlink(missing_ok=True)
        if self._timeline is not None:
            self._timeline.stop()
            for line in self._timeline.lines():
                tell(line)
        self._tell("Everything has stopped")


def _inherited(held: socket.socket | None) -> int:
    """The number under which a child finds the socket."""
    if held is None:
        raise RuntimeError("the ports are not taken yet")
    return held.fileno()


def _answers(port: int) -> bool:
    """Whether /healthz of the port answers with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()
