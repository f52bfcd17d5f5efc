"""One run: both worlds as new → a process that plays the day and dies at a point → a fresh one that finishes → both sides checked.

Processes are forks of a warmed one that holds no connection of Django's.
"""

from __future__ import annotations

import datetime as dt
import gc
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

from integrations import download, fetching
from integrations.platforms.http import open_client
from integrations.sandbox.process import SandboxProcess
from oms.core import jobs, leases, outbox
from tests.crash import check, planted, snapshot
from tests.crash.broker import Broker
from tests.crash.points import COUNTER, Point, hook, use_database
from tests.crash.scenario import let_time_pass, play, sweep
from tests.crash.world import Day, World, make_company, make_trades

PATIENCE_S = 120.0
"""Longer than any process takes that does not hang; a day that takes longer here has it scaled (``Runs.patience_s``)."""
PATIENCE_IN_DAYS = 60
ROUNDS = 8


class HarnessFailed(Exception):
    """A run could not be made: this says nothing about the product."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one run. ``points`` are those of a process that was not killed."""

    died: str
    """The point at which the first process was killed; empty when it was not."""
    wrong: list[str]
    due: list[str]
    came_to: dict[str, Any]
    points: list[Point] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    """What the process had loaded."""

    def differs_from(self, sound: Outcome) -> list[str]:
        """Sentences about all that is not as after a day on which nobody died."""
        found = [*self.wrong, *(f"left: {one}" for one in self.due)]
        if not found:
            found = [
                f"{what}: {_only(self.came_to[what], sound.came_to[what])} instead of {_only(sound.came_to[what], self.came_to[what])}"
                for what in sound.came_to
                if self.came_to[what] != sound.came_to[what]
            ]
        return found


def _only(rows: list[Any], others: list[Any]) -> list[Any]:
    """What is in the one list and not in the other; the list itself when they hold the same in another order."""
    return [row for row in rows if row not in others] or rows


class Runs:
    """The sandbox and the database of one runner, for one day; ``close`` removes them."""

    def __init__(self, day: Day, url: str, source: str, folder: Path, name: str) -> None:
        """``source`` is a database with the tables and nothing in it, to which nobody is connected."""
        self._day, self._folder = day, folder
        self.patience_s = PATIENCE_S
        folder.mkdir(parents=True, exist_ok=True)
        open_client().close()
        self._broker, self._died = Broker(folder / "broker"), folder / "died"
        self._admin = psycopg2.connect(url)
        self._admin.autocommit = True
        self._sandbox = SandboxProcess(folder / "sandbox", seed=7)
        self._database = f"crash_{name}"
        self._execute("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", self._database, source)
        self._fork(lambda: make_company(self._sandbox.control, day), "")
        self._fork(snapshot.keep, "")

    def close(self) -> None:
        """End the sandbox and drop the database."""
        self._sandbox.stop()
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._database)
        self._admin.close()

    # -- a run -------------------------------------------------------------------------------------------------------

    def run(self, kill_at: int | None = None, *, bug: str = "", again_at: int | None = None) -> Outcome:
        """Play the day and die at the point, then (``again_at``) die once more at a point of the second try, then finish."""
        self._broker.empty()
        self._died.unlink(missing_ok=True)
        began = time.monotonic()
        world = World(self._sandbox.control, make_trades(self._sandbox.control, self._day))
        points = self._play(world, kill_at, bug, new=True)
        died = self._died.read_text() if points is None else ""
        step = died.partition(": ")[0]
        if again_at is not None:
            self._play(world, again_at, bug, begin=step)
        result = self._fork(lambda: self._finish(world, step), bug)
        self.patience_s = max(self.patience_s, PATIENCE_IN_DAYS * (time.monotonic() - began))
        return Outcome(died, points=points or [], **result)

    def _play(
        self, world: World, kill_at: int | None, bug: str, *, begin: str = "", new: bool = False
    ) -> list[Point] | None:
        """The points of the day, from a step on; None when the process was killed."""

        def day() -> list[Point]:
            if new:
                snapshot.restore()
            COUNTER.kill_at, COUNTER.grave = kill_at, self._died
            play(self._day, world, self._broker, begin=begin)
            return COUNTER.seen

        told = self._fork(day, bug)
        return None if told is None else [Point(*row) for row in told]

    def _finish(self, world: World, begin: str) -> dict[str, Any]:
        """A fresh process: everybody goes on with the step in which the other died, then the sweeps do what is left."""
        play(self._day, world, self._broker, begin=begin)
        for _round in range(ROUNDS):
            let_time_pass()
            sweep(world)
            if not (due := check.due(world)):
                break
        modules = [
            name for name, module in sys.modules.items() if getattr(module, "__spec__", None) and name != "__main__"
        ]
        return {"wrong": list(check.wrong(world)), "due": due, "came_to": check.came_to(world), "modules": modules}

    # -- processes ---------------------------------------------------------------------------------------------------

    def _fork(self, work: Callable[[], Any], bug: str) -> Any:
        """What the work returns in a process of its own; None when it was killed. Raises HarnessFailed for any other end."""
        answer = self._folder / "answer"
        answer.unlink(missing_ok=True)
        pid = os.fork()
        if pid == 0:
            _child(self._database, work, bug, self._broker, answer)
        status = _wait(pid, self.patience_s)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            self._wait_for_backends()
            return None
        told = json.loads(answer.read_text()) if answer.exists() else {"error": f"ended with {status}"}
        if "error" in told:
            raise HarnessFailed(told["error"])
        return told["result"]

    def _wait_for_backends(self) -> None:
        """Until the server has noticed that its client is dead, and has rolled back."""
        deadline = time.monotonic() + self.patience_s
        with self._admin.cursor() as cursor:
            while time.monotonic() < deadline:
                cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [self._database])
                if not cursor.fetchall()[0][0]:
                    return
                time.sleep(0.005)
        raise HarnessFailed("the server keeps a connection of a dead process")

    def _execute(self, statement: str, *names: str) -> None:
        with self._admin.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _child(database: str, work: Callable[[], Any], bug: str, broker: Broker, answer: Path) -> None:
    """The life of a forked process; never returns."""
    told: dict[str, Any] = {}
    try:
        # It does not live long enough to need a collection, which would copy every page of its parent's.
        gc.disable()
        # The same points in the same order every time: one thread fetches, and no statement depends on the clock.
        fetching.THREADS = 1
        download.RENEW_EVERY_S = float("inf")
        jobs._REPORT_EVERY = dt.timedelta(0)
        # On a slow machine the thread that keeps leases alive would pass points of its own.
        setattr(leases, "kept", lambda *_args: nullcontext())  # noqa: B010 - for the life of a short process
        setattr(outbox, "pause", lambda _attempt: dt.timedelta(hours=1))  # noqa: B010 - let_time_pass ends it
        # Changes are seen in their own second.
        download.SETTLE = dt.timedelta(seconds=-3)
        use_database(database)
        hook(broker)
        planted.plant(bug)
        told["result"] = work()
    finally:
        # The parent raises it; nothing of the parent's may run on in this process.
        if "result" not in told:
            told["error"] = traceback.format_exc()
        answer.write_text(json.dumps(told, default=str))
        os._exit(0)


def _wait(pid: int, patience_s: float) -> int:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.005)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    raise HarnessFailed("a process hung")
