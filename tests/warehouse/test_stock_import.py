"""Opening stock from files, told twice and told wrongly."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models import Sum

from oms.catalog.models import Product, Sku
from warehouse.imports import StockReport, import_stock
from warehouse.models import StockBalance, StockMove, Warehouse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _goods() -> None:
    product = Product.objects.create(code="P", name="茶")
    Sku.objects.bulk_create([Sku(product=product, code=code) for code in ("A", "B")])
    Warehouse.objects.bulk_create([Warehouse(code=code, name=code) for code in ("HZ", "gz")])


def _import(text: str, *, dry_run: bool = False) -> StockReport:
    return import_stock(io.BytesIO(text.encode()), dry_run=dry_run)


def _stock() -> dict[tuple[str, str], int]:
    return {(b.warehouse.code, b.sku.code): b.on_hand for b in StockBalance.objects.select_related("warehouse", "sku")}


LONG = "商家编码,仓库,数量\nA,HZ,10\nA,gz,5\nB,HZ,0\n"
WIDE = "商家编码,商品名称,期初库存：HZ,期初库存:gz\nA,茶,10,5\nB,茶,,0\n"


@pytest.mark.parametrize("text", [LONG, WIDE])
def test_both_shapes_open_the_balances_with_their_ledger(text: str) -> None:
    report = _import(text)
    assert (report.opened, report.units, report.same, report.errors) == (2, 15, 0, [])
    assert _stock() == {("HZ", "A"): 10, ("gz", "A"): 5}
    assert StockMove.objects.filter(kind="opening").aggregate(total=Sum("quantity")) == {"total": 15}


def test_an_open_balance_is_not_opened_again_and_the_rest_of_a_file_is() -> None:
    _import("商家编码,仓库,数量\nA,HZ,10\n")
    report = _import(LONG)
    assert (report.opened, report.same) == (1, 1)
    assert _stock() == {("HZ", "A"): 10, ("gz", "A"): 5}
    assert _import(LONG).opened == 0


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("NONE,HZ,1", "商家编码"),
        ("A,NONE,1", "仓库"),
        ("A,HZ,-1", "数量"),
        ("A,HZ,1.5", "数量"),
        ("A,HZ,", "数量"),
        (",HZ,1", "商家编码"),
        ("A,,1", "仓库"),
        ("B,HZ,3", "商家编码"),  # told in the line before
    ],
)
def test_a_mistake_is_told_and_spoils_no_other_line(line: str, column: str) -> None:
    report = _import(f"商家编码,仓库,数量\nB,HZ,7\n{line}\n")
    assert [(error.line, error.column) for error in report.errors] == [(3, column)]
    assert _stock() == {("HZ", "B"): 7}


def test_a_dry_run_writes_nothing() -> None:
    assert _import(LONG, dry_run=True).opened == 2
    assert _stock() == {}


def test_the_command_prints_a_summary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "stock.csv"
    path.write_text(WIDE)
    call_command("import_stock", str(path))
    assert "2 balances opened with 15 units" in capsys.readouterr().out
