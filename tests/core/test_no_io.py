"""The guard against I/O in a transaction catches what it must, and nothing else."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from oms.core.tasks import ring
from tests import no_io
from tests.no_io import IoInTransaction


@pytest.fixture
def listener() -> Iterator[tuple[str, int]]:
    """Somebody who takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[:2]


def test_connecting(db: None, listener: tuple[str, int]) -> None:
    with no_io.expected() as found, pytest.raises(IoInTransaction, match="inside a transaction"), transaction.atomic():
        socket.create_connection(listener)
    assert len(found) == 1


def test_sending_over_a_connection_that_was_opened_before(db: None, listener: tuple[str, int]) -> None:
    with socket.create_connection(listener) as link:
        link.sendall(b"before")
        with no_io.expected(), pytest.raises(IoInTransaction), transaction.atomic():
            link.sendall(b"in it")
        link.sendall(b"after")


def test_in_a_thread_that_the_transaction_waits_for(db: None, listener: tuple[str, int]) -> None:
    with no_io.expected(), ThreadPoolExecutor(1) as pool:
        with pytest.raises(IoInTransaction), transaction.atomic():
            pool.submit(socket.create_connection, listener).result()
        pool.submit(socket.create_connection, listener).result().close()


def test_a_message_before_the_commit(
    db: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with no_io.expected(), pytest.raises(IoInTransaction, match="publishes"), transaction.atomic():
        ring("core.run_jobs")
    with django_capture_on_commit_callbacks(execute=True) as callbacks, transaction.atomic():
        transaction.on_commit(lambda: ring("core.run_jobs"))
    assert len(callbacks) == 1


def test_one_that_is_swallowed_is_remembered(db: None, listener: tuple[str, int]) -> None:
    with no_io.expected() as found, transaction.atomic(), contextlib.suppress(AssertionError):
        socket.create_connection(listener)
    assert len(found) == 1


def test_a_real_transaction_counts_like_a_test_cases(transactional_db: None, listener: tuple[str, int]) -> None:
    socket.create_connection(listener).close()
    with no_io.expected() as found, pytest.raises(IoInTransaction), transaction.atomic(), transaction.atomic():
        socket.create_connection(listener)
    assert found


def test_the_test_cases_own_transaction_does_not_count(db: None, listener: tuple[str, int]) -> None:
    socket.create_connection(listener).close()
