"""A database for oneself: what copies or replaces the test database must be the only one on it."""

from __future__ import annotations

from django.db import connection


def be_alone() -> None:
    """End every other session on the test database: threads and servers of earlier tests may have left one idle."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
