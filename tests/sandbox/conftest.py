"""A running sandbox for the tests of this folder: one process, a fresh world for every test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from integrations.sandbox.control_client import ControlClient
from integrations.sandbox.process import SandboxProcess

from .caller import Caller

SHOP = "棉朵旗舰店"
APP_KEY, SECRET, SESSION = "23456789", "demo_top_secret", "6100e23a06fasession"
CATALOGUE = [
    {
        "num_iid": 690_000_000_001 + number,
        "sku_id": 5_000_000_000_001 + number,
        "outer_iid": f"A{number:02d}",
        "outer_sku_id": f"A{number:02d}-L",
        "title": f"纯棉T恤 {number}",
        "sku_properties_name": "颜色分类:黑色;尺码:L",
        "price": f"{19 + number * 7}.{number * 13 % 100:02d}",
    }
    for number in range(20)
]


def set_up(control: ControlClient) -> None:
    control.add_app(APP_KEY, SECRET)
    control.add_shop(SHOP, session=SESSION, app_key=APP_KEY)
    control.set_catalogue(CATALOGUE)


NewCaller = Callable[..., Caller]


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    state: Path = tmp_path_factory.mktemp("sandbox")
    with SandboxProcess(state, seed=7) as running:
        yield running


@pytest.fixture
def sandbox(process: SandboxProcess) -> ControlClient:
    """The control interface of a sandbox that knows one app, one shop and a catalogue."""
    process.control.reset()
    set_up(process.control)
    return process.control


@pytest.fixture
def new_caller(sandbox: ControlClient) -> Iterator[NewCaller]:
    """Makes callers of the gateway; app_key, secret, session and sign_method can be given."""
    with ExitStack() as stack:

        def make(**changes: str) -> Caller:
            made = Caller(sandbox.gateway, **{"app_key": APP_KEY, "secret": SECRET, "session": SESSION} | changes)
            stack.callback(made.client.close)
            return made

        yield make


@pytest.fixture
def caller(new_caller: NewCaller) -> Caller:
    return new_caller()
