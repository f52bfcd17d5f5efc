"""The signs of life of workers and beat: a row each, renewed every few seconds.

The row is written from a thread of its own with a connection that is closed after every beat, so that a long task does not look
like a dead worker and a forked pool inherits nothing. A process that ends in order says so; one that is killed falls silent.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import socket
import threading
from pathlib import Path

from django.db import DatabaseError, connection
from django.utils import timezone

from oms.core.models import Heart

EVERY = 10
"""Seconds between two beats."""

SILENT_AFTER = 45
"""Seconds after which a process that said nothing counts as gone."""

FORGOTTEN_AFTER = 24 * 3600
"""Seconds after which a row of a process that is gone is removed."""

logger = logging.getLogger(__name__)
_hearts: dict[Heart.Kind, Heartbeat] = {}


class Heartbeat:
    """Beats until it is stopped."""

    def __init__(self, kind: Heart.Kind) -> None:
        self.kind = kind
        self.host = socket.gethostname()
        self.name = f"{kind.value}@{self.host}:{os.getpid()}"
        self._started_at = timezone.now()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Say that the process ends in order."""
        self._end.set()
        self._thread.join(EVERY)

    def beat(self, *, last: bool = False) -> None:
        """Write one sign of life and remove rows that nobody needs any more."""
        now = timezone.now()
        Heart.objects.update_or_create(
            name=self.name,
            defaults={
                "kind": self.kind,
                "host": self.host,
                "pid": os.getpid(),
                "started_at": self._started_at,
                "beat_at": now,
                "stopped_at": now if last else None,
            },
        )
        Heart.objects.filter(beat_at__lt=now - dt.timedelta(seconds=FORGOTTEN_AFTER)).delete()

    def _run(self) -> None:
        while not self._end.is_set():
            self._try(last=False)
            self._end.wait(EVERY)
        self._try(last=True)

    def _try(self, *, last: bool) -> None:
        try:
            self.beat(last=last)
        except DatabaseError as error:
            # The work itself will complain; a heart that cannot be written is only one that falls silent.
            logger.warning("no sign of life could be written: %s", error)
        finally:
            connection.close()


def start(kind: Heart.Kind) -> None:
    """Let this process show signs of life; once for a process."""
    if kind not in _hearts:
        _hearts[kind] = Heartbeat(kind)
        _hearts[kind].start()


def stop(kind: Heart.Kind) -> None:
    """End the signs of life in order."""
    heart = _hearts.pop(kind, None)
    if heart is not None:
        heart.stop()


def stuck_here() -> list[Heart]:
    """Processes of this host that are still there, have not said goodbye, and were not heard of for too long.

    They hang or were stopped: whoever looks after them must kill them and start others. Their leases run out meanwhile. While the
    database was away nobody could beat; then nobody counts as stuck until it has been back for as long.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT now() - pg_postmaster_start_time()")
        if cursor.fetchall()[0][0].total_seconds() < SILENT_AFTER:
            return []
    hearts = Heart.objects.filter(host=socket.gethostname(), stopped_at=None)
    return [heart for heart in hearts if not is_alive(heart) and _is_there(heart)]


def _is_there(heart: Heart) -> bool:
    """Whether the heart's process exists: not as a corpse, and not as a younger one that got its number later."""
    process = Path("/proc") / str(heart.pid)
    try:
        dead = (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        return not dead and process.stat().st_mtime <= heart.started_at.timestamp() + 1
    except (FileNotFoundError, ProcessLookupError):
        return False


def is_alive(heart: Heart) -> bool:
    """Whether the process was heard of lately and has not said goodbye."""
    silence = (timezone.now() - heart.beat_at).total_seconds()
    return heart.stopped_at is None and silence < SILENT_AFTER
