"""Where a process can die: a hook counts every point that it passes, and kills it with SIGKILL at the one it was told.

SQL statements and commits are hooked where psycopg2 sends them, so that COPY counts too; outside calls where httpx hands them to the
network; messages where Celery publishes them.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from django.db import connection
from psycopg2.extensions import connection as PlainConnection
from psycopg2.extensions import cursor as PlainCursor

from integrations.platforms.http import CheckedTransport
from oms.celery import app
from tests.crash.broker import Broker

SHOWN = 90


class Point(NamedTuple):
    """One moment at which a process can die: the ``number``-th, in a step of the scenario, before or after something."""

    number: int
    step: str
    moment: str
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.step}: {self.moment} {self.kind} {self.text}".strip()


@dataclass
class Counter:
    """Counts the points that this process passes; dies at ``kill_at``."""

    kill_at: int | None = None
    grave: Path | None = None
    """Where the point of death is written down."""
    step: str = ""
    seen: list[Point] = field(default_factory=list)
    quiet: int = 1
    """Not 0 while the harness itself is at work."""

    def point(self, moment: str, kind: str, text: str) -> None:
        """Pass one point, or die there."""
        if self.quiet:
            return
        self.seen.append(Point(len(self.seen) + 1, self.step, moment, kind, " ".join(text.split())[:SHOWN]))
        if len(self.seen) == self.kill_at:
            if self.grave is not None:
                self.grave.write_text(str(self.seen[-1]))
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)

    @contextmanager
    def around(self, kind: str, text: str) -> Iterator[None]:
        """A point before and one after; none after what failed."""
        self.point("before", kind, text)
        yield
        self.point("after", kind, text)


COUNTER = Counter()
"""Of this process; a fork has its own."""


@contextmanager
def unseen() -> Iterator[None]:
    """What is done here is the harness's own and no point."""
    COUNTER.quiet += 1
    try:
        yield
    finally:
        COUNTER.quiet -= 1


class CountedCursor(PlainCursor):
    def execute(self, query: Any, vars: Any = None) -> None:
        with COUNTER.around("statement", query if isinstance(query, str) else str(query)):
            super().execute(query, vars)

    def executemany(self, query: Any, vars_list: Any) -> None:
        with COUNTER.around("statement", query):
            super().executemany(query, vars_list)

    def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
        with COUNTER.around("statement", sql):
            super().copy_expert(sql, file, size)


class CountedConnection(PlainConnection):
    def commit(self) -> None:
        with COUNTER.around("commit", ""):
            super().commit()


def use_database(name: str) -> None:
    """Let this process work on the database, through connections that count."""
    connection.settings_dict["NAME"] = name
    connection.settings_dict["OPTIONS"] |= {"connection_factory": CountedConnection, "cursor_factory": CountedCursor}
    connection.ensure_connection()


def hook(broker: Broker) -> None:
    """Hook what goes outside in this process, for its whole life."""
    handle = CheckedTransport.handle_request

    def handle_request(self: CheckedTransport, request: httpx.Request) -> httpx.Response:
        form = dict(httpx.QueryParams(request.read().decode()))
        with COUNTER.around("call", form.get("method", request.url.path)):
            response = handle(self, request)
            response.read()
        return response

    def send_task(name: str, args: Any = None, *_args: Any, **_options: Any) -> None:
        with COUNTER.around("message", name):
            broker.publish(name, list(args or ()))

    setattr(CheckedTransport, "handle_request", handle_request)  # noqa: B010 - a patch, for the life of a short process
    setattr(app, "send_task", send_task)  # noqa: B010 - likewise
