"""Products from files: what goes in, what is refused and why, and what happens to those who waited."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.catalog.events import ListingsBound, SkusChanged, SkusEnabled
from oms.catalog.imports import Report, import_products
from oms.catalog.models import Barcode, Listing, Product, Shop, Sku
from oms.core import events
from oms.core.errors import UnableTo
from oms.core.models import HistoryEntry
from oms.core.tables import write_xlsx

pytestmark = pytest.mark.django_db

HEADER = [
    "商品编码",
    "商品名称",
    "商家编码",
    "规格",
    "分类",
    "品牌",
    "条码",
    "价格",
    "成本",
    "重量（克）",
    "体积",
    "启用",
]
TEA = ["TEA", "柠檬茶", "TEA-L", "大杯", "饮料", "山野", "6901;6902", "19.90", "8.5", "520", "600", "是"]


def _file(*rows: list[str], header: list[str] | None = None) -> io.BytesIO:
    return io.BytesIO("\n".join(",".join(row) for row in [header or HEADER, *rows]).encode())


def _import(*rows: list[str], header: list[str] | None = None, dry_run: bool = False) -> Report:
    return import_products(_file(*rows, header=header), dry_run=dry_run)


def _with(**values: str) -> list[str]:
    names = dict(
        zip(
            ("product", "name", "code", "spec", "category", "brand", "barcodes", "price", "cost", "weight"),
            TEA,
            strict=False,
        )
    )
    return [*(names | values).values(), *TEA[10:]]


def test_a_line_makes_a_product_a_sku_and_its_barcodes() -> None:
    report = _import(TEA, _with(code="TEA-S", spec="小杯", barcodes="6903"))
    assert (report.created, report.changed, report.same, report.errors) == (2, 0, 0, [])
    product = Product.objects.get()
    assert (product.code, product.name, product.category_id, product.brand) == ("TEA", "柠檬茶", "饮料", "山野")
    sku = Sku.objects.get(code="TEA-L")
    assert (sku.product, sku.spec, sku.price, sku.cost) == (product, "大杯", Decimal("19.90"), Decimal("8.50"))
    assert (sku.weight_g, sku.volume_cm3, sku.enabled) == (520, 600, True)
    assert set(sku.barcodes.values_list("code", flat=True)) == {"6901", "6902"}


def test_the_same_file_again_changes_nothing() -> None:
    _import(TEA)
    lines = HistoryEntry.objects.count()
    report = _import(TEA)
    assert (report.created, report.changed, report.same) == (0, 0, 1)
    assert HistoryEntry.objects.count() == lines


def test_a_change_is_written_to_history_and_an_empty_cell_changes_nothing() -> None:
    _import(TEA)
    sku = Sku.objects.get()
    report = _import(
        ["TEA-L", "21", "", "6901;6909", "冰柠檬茶"], header=["sku code", "price", "cost", "barcode", "product name"]
    )
    assert (report.changed, report.errors) == (1, [])
    changed = Sku.objects.get()
    assert (changed.price, changed.cost, changed.spec, changed.product.name) == (
        Decimal(21),
        Decimal("8.50"),
        "大杯",
        "冰柠檬茶",
    )
    assert set(changed.barcodes.values_list("code", flat=True)) == {"6901", "6909"}
    entry = HistoryEntry.objects.get(kind="sku", subject_id=sku.id, action="import")
    assert entry.changes == {"price": ["19.90", "21.00"], "barcodes": [["6901", "6902"], ["6901", "6909"]]}
    assert HistoryEntry.objects.get(kind="product").changes == {"name": ["柠檬茶", "冰柠檬茶"]}


def test_box_and_restrictions_by_code_or_label(monkeypatch: pytest.MonkeyPatch) -> None:
    header = ["商家编码", "商品名称", "箱规", "限制"]
    _import(["W", "水杯", "12", "fragile；LIQUID"], ["P", "枕头", "", ""], header=header)
    cup, pillow = Sku.objects.order_by("-code")
    assert (cup.box_quantity, cup.restrictions) == (12, ["fragile", "liquid"])
    assert (pillow.box_quantity, pillow.restrictions) == (0, [])
    told: list[SkusChanged] = []
    monkeypatch.setitem(events._subscribers, SkusChanged, [told.append])
    report = _import(["W", "水杯", "6", "无"], ["P", "枕头", "", "bulky"], header=header)
    assert report.changed == 2
    assert dict(Sku.objects.values_list("code", "restrictions")) == {"W": [], "P": ["bulky"]}
    assert told == [SkusChanged((cup.id, pillow.id))]
    wrong = _import(["W", "水杯", "6", "会咬人"], header=header)
    assert [(error.line, error.column) for error in wrong.errors] == [(2, "限制")]


def test_a_sku_may_move_to_another_product() -> None:
    _import(TEA)
    _import(_with(product="NEW", name="新品"))
    assert Sku.objects.get().product.code == "NEW"


MISTAKES = [
    (_with(code=""), "商家编码"),
    (_with(code="A" * 65), "商家编码"),
    (_with(price="-1"), "价格"),
    (_with(price="1.234"), "价格"),
    (_with(price="=1+1"), "价格"),
    (_with(price="1e5"), "价格"),
    (_with(price="NaN"), "价格"),
    (_with(price="99999999999"), "价格"),
    (_with(cost="十元"), "成本"),
    (_with(weight="1.5"), "重量(克)"),
    (_with(weight="-3"), "重量(克)"),
    (_with(weight="9999999999"), "重量(克)"),
    (_with(name=""), "商品名称"),
    (_with(name="长" * 201), "商品名称"),
    (_with(barcodes="9" * 65), "条码"),
    (_with(barcodes="7000"), "条码"),  # of another SKU in the database
    (_with(barcodes="8000"), "条码"),  # of another line
    (_with(code="OTHER-2"), "商家编码"),  # another line has it
    ([*TEA[:11], "也许"], "启用"),
]


@pytest.mark.parametrize(("row", "column"), MISTAKES)
def test_a_mistake_is_told_by_line_and_column_and_spoils_no_other_line(row: list[str], column: str) -> None:
    _import(_with(product="OLD", code="OLD-1", name="旧品", barcodes="7000"))
    other = _with(product="OTHER", code="OTHER-2", name="别的", barcodes="8000")
    report = _import(other, row)
    assert [(error.line, error.column) for error in report.errors] == [(3, column)]
    assert report.errors[0].sentence
    assert report.created == 1
    assert set(Sku.objects.values_list("code", flat=True)) == {"OLD-1", "OTHER-2"}


def test_a_formula_in_text_stays_text() -> None:
    _import(_with(name='=HYPERLINK("x")'.replace(",", ""), code="@cmd", barcodes=""))
    assert Sku.objects.get().code == "@cmd"
    assert Product.objects.get().name.startswith("=HYPERLINK")


def test_two_names_for_one_product_are_a_contradiction() -> None:
    report = _import(TEA, _with(code="TEA-S", name="橙汁", barcodes=""))
    assert [(error.line, error.column) for error in report.errors] == [(3, "商品名称")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        ("名称,价格\n茶,1\n".encode(), "column_missing"),
        ("商家编码,sku code\nA,B\n".encode(), "column_twice"),
    ],
)
def test_a_file_without_the_needed_columns_is_refused_whole(data: bytes, code: str) -> None:
    with pytest.raises(UnableTo) as caught:
        import_products(io.BytesIO(data))
    assert caught.value.code == code


def test_a_dry_run_says_the_same_and_writes_nothing() -> None:
    report = _import(TEA, _with(code="X", price="-1"), dry_run=True)
    assert (report.created, len(report.errors)) == (1, 1)
    assert not Sku.objects.exists()
    assert not Product.objects.exists()


def test_xlsx_goes_the_same_way() -> None:
    out = io.BytesIO()
    write_xlsx(out, "商品", HEADER, [[*TEA[:6], 6901234567892, Decimal("19.90"), Decimal("8.5"), 520, 600, "是"]])
    assert import_products(out).created == 1
    assert Barcode.objects.get().code == "6901234567892"


def test_listings_and_orders_that_waited_hear_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[object] = []
    monkeypatch.setitem(events._subscribers, ListingsBound, [heard.append])
    monkeypatch.setitem(events._subscribers, SkusEnabled, [heard.append])
    shop = Shop.objects.create(code="S1", name="一店", platform="taobao")
    listing = Listing.objects.create(shop=shop, item_id="1", sku_code="TEA-L")
    report = _import(TEA)
    listing.refresh_from_db()
    sku = Sku.objects.get()
    assert (report.matched, listing.sku_id) == (1, sku.id)
    assert heard == [ListingsBound(((shop.id, "1", ""),))]
    _import(["TEA-L", "停用"], header=["商家编码", "启用"])
    assert not Sku.objects.get().enabled
    heard.clear()
    _import(["TEA-L", "启用"], header=["商家编码", "启用"])
    assert heard == [SkusEnabled((sku.id,))]


def test_the_number_of_queries_does_not_depend_on_the_number_of_lines() -> None:
    def count(prefix: str, size: int) -> int:
        rows = [_with(product=f"{prefix}{n}", code=f"{prefix}{n}-1", barcodes=f"{prefix}{n}9") for n in range(size)]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert _import(*rows).created == size
        return len(queries)

    assert _import(_with(product="first", code="first-1", barcodes="")).created == 1
    assert count("a", 1) == count("b", 100)


def test_the_command_lists_the_mistakes_and_ends_with_a_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "goods.csv"
    path.write_bytes(
        _file(
            [*TEA, "5"], [*_with(code="B", price="-1", barcodes=""), "5"], header=[*HEADER, "期初库存:WH1"]
        ).getvalue()
    )
    with pytest.raises(CommandError, match="1 mistakes"):
        call_command("import_products", str(path))
    said = capsys.readouterr()
    assert "line 3, 价格" in said.err
    assert "import_stock" in said.err
    assert "1 created" in said.out
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_products", str(tmp_path / "none.csv"))
