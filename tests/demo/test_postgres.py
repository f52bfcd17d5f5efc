"""The embedded server, killed without a word."""

from __future__ import annotations

import os
import signal
import time
from contextlib import closing
from pathlib import Path

import psycopg2

from oms.embedded.postgres import SAFE, NotReady, Postgres

PATIENCE_S = 60


def start_again(server: Postgres) -> None:
    """As the supervisor does: until it succeeds."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            server.start_again()
        except NotReady:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        else:
            return


def test_a_killed_server_is_started_again_under_its_address_with_what_was_committed(tmp_path: Path) -> None:
    server = Postgres(tmp_path / "postgres", SAFE)
    try:
        with closing(psycopg2.connect(server.url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE kept AS SELECT 1 AS one")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE_S
        while server.is_running():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        start_again(server)
        assert server.is_running()
        with closing(psycopg2.connect(server.url)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT one FROM kept")
            assert cursor.fetchall() == [(1,)]
    finally:
        server.stop()
