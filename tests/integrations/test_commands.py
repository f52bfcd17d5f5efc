"""What an operator can do by hand, with its summary and its exit status."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from integrations.models import DownloadPosition
from integrations.sandbox.control_client import ControlClient
from oms.catalog.models import Shop
from orders.models import Trade
from tests.integrations.make import APP_KEY, SECRET, SESSION, generate


def run(*arguments: str) -> tuple[int, str]:
    """Exit status and what was written."""
    out = StringIO()
    try:
        call_command(*arguments, stdout=out, stderr=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue() + str(error)
    return 0, out.getvalue()


def keys(gateway: str, **changes: str) -> list[str]:
    values = {"gateway": gateway, "app-key": APP_KEY, "app-secret": SECRET, "session": SESSION} | changes
    return [part for name, value in values.items() for part in (f"--{name}", value)]


def test_a_shop_is_entered_changed_and_checked(sandbox: ControlClient, transactional_db: None, tmp_path: Path) -> None:
    entered = run(
        "add_shop", "--platform", "taobao", "--code", "TB1", "--name", "棉朵", *keys(sandbox.gateway), "--check"
    )
    assert entered[0] == 0, entered
    shop = Shop.objects.get(code="TB1")
    assert (shop.name, shop.authorisation, shop.app_secret) == ("棉朵", "valid", SECRET)
    assert run("add_shop", "--code", "TB1", "--name", "棉朵家居")[0] == 0
    shop.refresh_from_db()
    assert (shop.name, shop.session, shop.authorisation) == ("棉朵家居", SESSION, "valid")
    secret = tmp_path / "secret"
    secret.write_text("wrong\n")
    status, said = run("add_shop", "--code", "TB1", "--app-secret", f"@{secret}", "--check")
    assert status == 1
    assert "签名错误" in said
    shop.refresh_from_db()
    assert (shop.app_secret, shop.authorisation) == ("wrong", "refused")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "arguments",
    [
        ("add_shop", "--code", "TB1", "--platform", "taobao", "--gateway", "nowhere"),
        ("add_shop", "--code", "TB1"),
        ("add_shop", "--code", "TB1", "--platform", "taobao", "--session-expires", "soon"),
        ("download_trades", "--shop", "nobody"),
        ("download_trades", "--since", "2026-13-01"),
        ("download_trades", "--since", "2026-11-02", "--until", "2026-11-01"),
        ("download_trades", "--until", "2026-11-01"),
        ("download_trades", "--trade", "1"),
        ("upload_waybills", "--shop", "nobody"),
    ],
)
def test_mistakes_in_the_arguments_end_with_two(arguments: tuple[str, ...]) -> None:
    status, said = run(*arguments)
    assert status == 2, said
    assert said
    assert not Shop.objects.exists()


def test_downloads(shop: Shop, sandbox: ControlClient) -> None:
    tids = generate(sandbox, 15)
    assert run("download_trades", "--shop", shop.code, "--trade", tids[0])[0] == 0
    assert Trade.objects.count() == 1
    status, said = run("download_trades")
    assert status == 0
    assert " 14 new" in said
    assert DownloadPosition.objects.get(shop=shop).position is not None
    status, said = run("download_trades", "--shop", shop.code, "--since", "2000-01-01", "--until", "2000-01-02")
    assert (status, "0 listed" in said) == (0, True)
    status, said = run("download_trades", "--shop", shop.code, "--trade", "4200000000000000001")
    assert (status, "交易不存在" in said) == (1, True)


def test_a_shop_that_fails_does_not_stop_the_others(shop: Shop, sandbox: ControlClient) -> None:
    sandbox.add_shop("另一家", session="second", app_key=APP_KEY)
    generate(sandbox, 3)
    assert run("add_shop", "--platform", "taobao", "--code", "AAA", *keys(sandbox.gateway, session="unknown"))[0] == 0
    status, said = run("download_trades")
    assert status == 1
    assert "AAA: " in said
    assert Trade.objects.filter(shop=shop).count() == 3


def test_nothing_to_upload(db: Any) -> None:
    assert run("upload_waybills") == (0, "Told 0; refused 0; 0 still to be tried again.\n")
