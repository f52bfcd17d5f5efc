"""Fixtures of all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection
from pytest_django import DjangoDbBlocker

from oms.catalog.regions import region_index
from oms.core.partitions import partitioned_tables
from tests import no_io

no_io.install()


@pytest.fixture(autouse=True)
def _no_io_in_a_transaction() -> Iterator[None]:
    """Whatever application code says to anybody but the database, it says with no transaction open."""
    no_io.violations.clear()
    yield
    assert no_io.violations == []


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database; at the end nobody is left on it: the server needs a moment to notice a process that was killed."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    cache.clear()
    # Read once per process from a table that the tests fill and empty.
    region_index.cache_clear()


@pytest.fixture(autouse=True)
def _empty_partitioned_tables(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Django's flush after a test with real commits leaves out the tables that migrations made by SQL.

    They are looked at before such a test too: what a test without real commits had another connection write would otherwise contradict
    the flushed tables in the next one.
    """
    marker = request.node.get_closest_marker("django_db")
    committed = "transactional_db" in request.fixturenames or (marker is not None and marker.kwargs.get("transaction"))
    if committed:
        with django_db_blocker.unblock():
            _empty_partitioned()
    yield
    if committed:
        with django_db_blocker.unblock():
            _empty_partitioned()


def _empty_partitioned() -> None:
    """Truncate the partitioned tables, if any has rows."""
    tables = partitioned_tables()
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + " OR ".join(f"EXISTS (SELECT FROM {table})" for table in tables))
        if cursor.fetchall()[0][0]:
            cursor.execute(f"TRUNCATE {', '.join(tables)}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print why a test had to be tried again: docs/decisions/browser-tests-try-once-more.md."""
    for report in terminalreporter.stats.get("rerun", ()):
        terminalreporter.section(f"tried again: {report.nodeid}")
        terminalreporter.write_line(report.longreprtext)
