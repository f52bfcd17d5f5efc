"""No I/O in a transaction (docs/promises.md, P9): while application code holds one open, nothing may wait for anybody but the database.

libpq speaks to the database without Python's sockets, so that every use of one inside a transaction is a violation, and so is a message
published before the commit. The transaction that a test case wraps round a test does not count. Work handed to a thread pool from inside a
transaction is looked at too: its caller waits for it.
"""

from __future__ import annotations

import functools
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from celery import Celery
from django.db import connection

INTERNET = (socket.AF_INET, socket.AF_INET6)


class IoInTransaction(AssertionError):
    """Something waited for the outside with a transaction open."""


violations: list[str] = []
"""Those of the running test, also when somebody swallowed the exception."""
_thread = threading.local()


def inside() -> bool:
    """Whether application code in this thread, or whoever waits for it, holds a transaction open."""
    opened = (block for block in connection.atomic_blocks if not vars(block).get("_from_testcase"))
    return any(opened) or getattr(_thread, "for_transaction", False)


def _refuse(what: str) -> None:
    violations.append(what)
    raise IoInTransaction(f"{what} inside a transaction")


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and arguments[0].family in INTERNET and inside():
        _refuse(f"connects to {arguments[1]}")
    elif event == "socket.getaddrinfo" and inside():
        _refuse(f"resolves {arguments[0]}")


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def send(self: socket.socket, *args: Any, **kwargs: Any) -> Any:
        if self.family in INTERNET and inside():
            _refuse("sends to a socket")
        return method(self, *args, **kwargs)

    return send


def _guard_pools() -> None:
    submit: Callable[..., Any] = ThreadPoolExecutor.submit

    def marked(work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        _thread.for_transaction = True
        try:
            return work(*args, **kwargs)
        finally:
            _thread.for_transaction = False

    @functools.wraps(submit)
    def guarded(self: ThreadPoolExecutor, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return submit(self, functools.partial(marked, work) if inside() else work, *args, **kwargs)

    setattr(ThreadPoolExecutor, "submit", guarded)  # noqa: B010 - a patch for the life of the test run


def _guard_messages() -> None:
    send_task = Celery.send_task

    @functools.wraps(send_task)
    def guarded(self: Celery, name: str, *args: Any, **kwargs: Any) -> Any:
        if inside():
            _refuse(f"publishes {name}")
        return send_task(self, name, *args, **kwargs)

    setattr(Celery, "send_task", guarded)  # noqa: B010 - likewise


def install() -> None:
    """Guard this process for its whole life; once."""
    sys.addaudithook(_audit)
    for owner in (socket.socket, ssl.SSLSocket):
        for name in ("send", "sendall"):
            setattr(owner, name, _guarded(getattr(owner, name)))
    _guard_pools()
    _guard_messages()


@contextmanager
def expected() -> Iterator[list[str]]:
    """Violations in this block are the test's own; they are given back and forgotten."""
    before = len(violations)
    found: list[str] = []
    try:
        yield found
    finally:
        found += violations[before:]
        del violations[before:]
