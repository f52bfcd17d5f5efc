"""A running sandbox for these tests: one process, a fresh world for every test, and a guard against calls inside transactions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.db import connection

from integrations.platforms.http import CheckedTransport
from integrations.platforms.taobao import client
from integrations.sandbox.control_client import ControlClient
from integrations.sandbox.process import SandboxProcess
from oms.catalog.models import Shop
from tests.integrations.make import connect_shop, set_up


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    state: Path = tmp_path_factory.mktemp("sandbox")
    with SandboxProcess(state, seed=7) as running:
        yield running


@pytest.fixture
def sandbox(process: SandboxProcess) -> ControlClient:
    """The control interface of a sandbox that knows one application, one seller and a catalogue."""
    process.control.reset()
    set_up(process.control)
    return process.control


@pytest.fixture
def shop(sandbox: ControlClient, transactional_db: None) -> Shop:
    """Our shop for the sandbox's seller."""
    return connect_shop(sandbox)


@pytest.fixture(autouse=True)
def _no_call_in_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call to a platform while a transaction is open would hold locks as long as the platform pleases."""
    inner = CheckedTransport.handle_request

    def guarded(self: CheckedTransport, request: httpx.Request) -> httpx.Response:
        assert not connection.in_atomic_block, "the platform is called inside a transaction"
        return inner(self, request)

    monkeypatch.setattr(CheckedTransport, "handle_request", guarded)


@pytest.fixture(autouse=True)
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are tried again at once: the sandbox needs no rest."""
    monkeypatch.setattr(client, "RETRY_PAUSE_S", 0.01)
