"""A running sandbox for these tests: one process, and a fresh world for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are tried again at once: the sandbox needs no rest."""
    monkeypatch.setattr(client, "RETRY_PAUSE_S", 0.01)
