"""Two connections at once: what one transaction does while another is half way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from django.db import connection

R = TypeVar("R")
PATIENCE_S = 10
"""How long a test waits before it says that something hangs."""
BLOCKED_S = 0.4
"""How long a statement must not return to count as waiting for a lock."""


class Pause:
    """Stops the first thread that reaches a function right after it, until it is told to go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
        self._reached, self._released = threading.Event(), threading.Event()
        self._first = threading.Lock()
        original = getattr(module, name)

        def paused(*args: Any, **kwargs: Any) -> Any:
            answer = original(*args, **kwargs)
            if self._first.acquire(blocking=False):
                self._reached.set()
                assert self._released.wait(PATIENCE_S), "nobody told the thread to go on"
            return answer

        monkeypatch.setattr(module, name, paused)

    def wait(self) -> None:
        """Until a thread stands there."""
        assert self._reached.wait(PATIENCE_S), "no thread came by"

    def release(self) -> None:
        """Let it go on."""
        self._released.set()


class Threads:
    """Runs functions on connections of their own, which are closed at the end."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=4)

    def run(self, work: Callable[[], R]) -> Future[R]:
        def closing() -> R:
            try:
                return work()
            finally:
                connection.close()

        return self._pool.submit(closing)

    def close(self) -> None:
        self._pool.shutdown()


def waits(future: Future[Any]) -> bool:
    """Whether the work is held up (by a lock)."""
    try:
        future.result(timeout=BLOCKED_S)
    except TimeoutError:
        return True
    return False
