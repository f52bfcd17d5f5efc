"""P10: a backup is taken, everything is destroyed, and after the restore everything is there and can be opened."""

from __future__ import annotations

import base64
import json
from contextlib import nullcontext
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django.fixtures import Settings

from oms.catalog.models import Receiver, Shop
from oms.core import backups, restores
from oms.core.backups import MANIFEST, count_rows
from orders.models import Order, RawTrade
from orders.trades.intake import open_raw
from tests.alone import be_alone
from tests.factories import make_company, make_orders
from tests.holding import assert_invariants_hold
from warehouse.models import Shipment
from warehouse.shipping import ship

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place(tmp_path: Path, settings: Settings) -> Path:
    """A backup of a company with shipped and unshipped orders, sealed receivers, a shop's secret, and a kept file."""
    be_alone()
    settings.DATA_DIR = tmp_path / "data"
    (settings.DATA_DIR / "imports").mkdir(parents=True)
    (settings.DATA_DIR / "imports" / "one").write_text("kept")
    company = make_company()
    make_orders(company, 5)
    ship(list(Shipment.objects.values_list("id", flat=True)[:2]), actor_id=1)
    Shop.objects.update(session="secret session")
    out = StringIO()
    call_command("backup", to=tmp_path / "backups", stdout=out)
    assert "test" in out.getvalue()
    return tmp_path / "backups"


def state() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), sum(hashtext(o::text)) FROM orders_order o")
        orders = cursor.fetchone()
    return {"rows": count_rows(), "orders": orders}


def restored(place: Path) -> str:
    out = StringIO()
    call_command("restore", source=place, yes=True, stdout=out)
    return out.getvalue()


def test_after_the_restore_everything_is_there_and_can_be_opened(place: Path, settings: Settings) -> None:
    before = state()
    # Nothing is destroyed before it is sure that it can be brought back.
    be_alone()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE warehouse_stockmove, orders_order, catalog_receiver CASCADE")
        cursor.execute("UPDATE warehouse_stockbalance SET reserved = 0")
    (settings.DATA_DIR / "imports" / "one").write_text("altered")
    assert f"{sum(before['rows'].values()):,}" in restored(place)
    assert state() == before
    assert_invariants_hold()
    assert Receiver.objects.all()[0].phone == "13812345678"
    assert Shop.objects.get().session == "secret session"
    assert "13812345678" in open_raw(RawTrade.objects.all()[0]).decode()
    assert (settings.DATA_DIR / "imports" / "one").read_text() == "kept"
    # It is a database that can be worked on: numbers go on after the last.
    make_orders_again = Order.objects.order_by("-id")[0]
    ship(list(Shipment.objects.filter(order_id=make_orders_again.id).values_list("id", flat=True)), actor_id=1)
    assert_invariants_hold()


def test_a_restore_needs_the_keys_of_the_backup(place: Path, settings: Settings) -> None:
    keys, (name, _key) = settings.FIELD_KEYS, settings.FIELD_KEYS[0]
    for wrong in ((name, b"x" * 32), ("other", b"x" * 32)):
        settings.FIELD_KEYS = (wrong,)
        with pytest.raises(CommandError, match="OMS_FIELD_KEYS"):
            restored(place)
        with pytest.raises(CommandError, match="OMS_FIELD_KEYS") if wrong[0] == "other" else nullcontext():
            call_command("backup", to=place / "unusable", stdout=StringIO())
    settings.FIELD_KEYS, settings.BLIND_INDEX_KEY = keys, b"x" * 32
    with pytest.raises(CommandError, match="OMS_BLIND_INDEX_KEY"):
        restored(place)
    assert Order.objects.count() == 5


def test_a_backup_names_its_keys_and_tells_none(place: Path, settings: Settings) -> None:
    folder = backups.newest(place)
    text = (folder / MANIFEST).read_text()
    assert set(json.loads(text)["keys"]) == {settings.FIELD_KEYS[0][0]}
    for key in (settings.FIELD_KEYS[0][1], settings.BLIND_INDEX_KEY):
        dump = (folder / backups.DUMP).read_bytes() + text.encode()
        assert not [form for form in (key, key.hex().encode(), base64.b64encode(key)) if form in dump]
    assert folder.stat().st_mode & 0o077 == 0


def test_a_damaged_or_unfinished_backup_is_not_restored(place: Path) -> None:
    folder = backups.newest(place)
    dump = folder / backups.DUMP
    content = bytearray(dump.read_bytes())
    content[len(content) // 2] ^= 1
    dump.write_bytes(content)
    with pytest.raises(CommandError, match=backups.DUMP):
        restored(place)
    (folder / MANIFEST).unlink()
    with pytest.raises(CommandError):
        restored(place)
    assert Order.objects.count() == 5


def test_a_restore_that_fails_or_was_killed_half_way_leaves_what_was_there(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Order.objects.update(seller_memo="newer")
    monkeypatch.setattr(restores, "count_rows", lambda: {"orders_order": -1})
    with pytest.raises(CommandError, match="备份不一致"):
        restored(place)
    assert Order.objects.filter(seller_memo="newer").count() == 5
    restores._put_aside()  # and here it is killed
    with pytest.raises(CommandError, match="备份不一致"):
        restored(place)
    assert Order.objects.filter(seller_memo="newer").count() == 5
    monkeypatch.undo()
    restored(place)
    assert not Order.objects.filter(seller_memo="newer").exists()


def test_a_restore_needs_a_yes_and_the_database_for_itself(place: Path) -> None:
    Order.objects.update(seller_memo="newer")
    with pytest.raises(CommandError, match="--yes"):
        call_command("restore", source=place)
    values = connection.get_connection_params()
    values.pop("cursor_factory", None)
    other = psycopg2.connect(**{name: value for name, value in values.items() if name not in {"context"}})
    try:
        with pytest.raises(CommandError, match="1"):
            restored(place)
    finally:
        other.close()
    assert Order.objects.filter(seller_memo="newer").count() == 5
