"""Purchase orders from a file: a line for each SKU, put together by their number.

The number is that of the other system (外部单号), or our own in a file that was exported here. A number that is known is passed over with
all its lines, so that the same file may come again. Of an order with a mistake no line is entered; the other orders are.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO

from django.utils.translation import gettext as _

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.catalog.models import Sku
from oms.core.columns import Cells, Column
from oms.core.line_imports import LineReport, read_lines, writing
from warehouse.models import PurchaseOrder, Warehouse
from warehouse.purchase_queries import purchases
from warehouse.purchasing import MOST_LINES, MOST_UNITS, LineWish, PurchaseWish, enter

COLUMNS = (
    Column("external_no", ("外部单号", "采购单号", "采购订单号", "external number")),
    Column("no", ("采购订单", "purchase order")),
    Column("warehouse", ("仓库", "仓库代码", "warehouse"), required=True),
    Column("supplier", ("供应商", "supplier"), required=True),
    Column("expected_on", ("预计到货", "预计到货日", "预计到货日期", "到货日期", "expected on"), required=True),
    Column("sku", ("商家编码", "规格编码", "merchant code", "sku"), required=True),
    Column("quantity", ("数量", "采购数量", "件数", "units", "quantity"), required=True),
    Column("unit_cost", ("采购单价", "单价", "unit cost")),
    Column("note", ("备注", "note")),
)
MOST = 5_000
"""Lines of one file."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that can be read; ``head`` is what all lines of its order must say alike."""

    cells: Cells
    head: tuple[str, str, dt.date | None]
    note: str
    sku_code: str
    quantity: int
    unit_cost: Decimal | None


def import_purchases(file: IO[bytes], staff: Staff, *, order: bool, dry_run: bool = False) -> LineReport:
    """Enter the purchase orders of the file, as drafts or (``order``) ordered. Raises UnableTo for a file that cannot be read.

    ``added`` and ``same`` count orders. A constant number of queries.
    """
    report = LineReport()
    groups: dict[str, list[_Line]] = defaultdict(list)
    ours: set[str] = set()
    broken: set[str] = set()
    for cells in read_lines(file, COLUMNS, report, most=MOST):
        key, line = _read(cells, ours)
        report.errors += cells.errors
        if line is not None:
            groups[key].append(line)
        elif key:
            broken.add(key)
    with writing("warehouse.import_purchases", dry_run):
        known = _known(groups, ours, staff)
        report.same = len(known)
        fresh = {key: lines for key, lines in groups.items() if key not in known and key not in broken}
        wishes = _plan(fresh, ours, staff, report)
        report.added = len(wishes)
        if wishes:
            enter(wishes, actor_id=staff.pk, order=order)
    report.errors.sort(key=lambda error: error.line)
    return report


def _read(cells: Cells, ours: set[str]) -> tuple[str, _Line | None]:
    """The number of the line's order, and the line when it can be read."""
    key = cells.text("external_no", 64)
    if not key:
        key = cells.text("no", 24)
        if key:
            ours.add(key)
    if not key and not cells.errors:
        cells.wrong("external_no", _("Is missing."))
    texts = {name: cells.text(name, longest) for name, longest in (("warehouse", 64), ("supplier", 100), ("sku", 64))}
    for name, text in texts.items():
        if not text:
            cells.wrong(name, _("Is missing."))
    quantity, cost, day = cells.whole("quantity"), cells.money("unit_cost"), _day(cells)
    if not quantity:
        cells.wrong("quantity", _("Units must be from 1 to %(limit)s.") % {"limit": MOST_UNITS})
    elif quantity > MOST_UNITS:
        cells.wrong("quantity", _("Must not be more than %(limit)s.") % {"limit": MOST_UNITS})
    note = cells.text("note", 200) or ""
    if cells.errors:
        return key or "", None
    head = (texts["warehouse"] or "", texts["supplier"] or "", day)
    return key or "", _Line(cells, head, note, texts["sku"] or "", quantity or 0, cost)


def _day(cells: Cells) -> dt.date | None:
    text = cells.raw("expected_on")[:10].replace("/", "-").replace(".", "-")
    parts = text.split("-")
    try:
        year, month, day = (int(part) for part in parts)
        return dt.date(year, month, day)
    except ValueError:
        cells.wrong("expected_on", _("Write a day, such as 2026-11-30."))
        return None


def _known(groups: dict[str, list[_Line]], ours: set[str], staff: Staff) -> set[str]:
    """The numbers under which there is a purchase order; our own numbers count where the person may see them."""
    theirs = [key for key in groups if key not in ours]
    known = set(PurchaseOrder.objects.filter(external_no__in=theirs).values_list("external_no", flat=True))
    return known | set(purchases(staff).filter(no__in=ours).values_list("no", flat=True))


def _plan(groups: dict[str, list[_Line]], ours: set[str], staff: Staff, report: LineReport) -> list[PurchaseWish]:
    houses = {}
    for house in scoped(Warehouse.objects.filter(enabled=True), staff).order_by("-name", "-code"):
        houses[house.name] = house.pk
    houses |= {house.code: house.pk for house in scoped(Warehouse.objects.filter(enabled=True), staff)}
    codes = {line.sku_code for lines in groups.values() for line in lines}
    skus = dict(scoped(Sku.objects.filter(code__in=codes), staff).values_list("code", "id"))
    wishes = []
    for key, lines in groups.items():
        before = len(report.errors)
        _check(key, lines, ours, houses, skus, report)
        if len(report.errors) > before:
            continue
        warehouse, supplier, day = lines[0].head
        if day is not None:
            wished = tuple(LineWish(skus[line.sku_code], line.quantity, line.unit_cost) for line in lines)
            note = next((line.note for line in lines if line.note), "")
            wishes.append(PurchaseWish(houses[warehouse], supplier, day, wished, key, note))
    return wishes


def _check(
    key: str,
    lines: Sequence[_Line],
    ours: set[str],
    houses: dict[str, int],
    skus: dict[str, int],
    report: LineReport,
) -> None:
    """Note what is wrong with an order of the file, at the line where it is."""
    first, seen = lines[0], dict[str, int]()
    if key in ours:
        report.wrong(first.cells, "no", _("There is no purchase order %(no)s that you may see.") % {"no": key})
    if len(lines) > MOST_LINES:
        report.wrong(
            first.cells, "", _("A purchase order has at most %(limit)s lines. Divide it.") % {"limit": MOST_LINES}
        )
    if first.head[0] not in houses:
        report.wrong(first.cells, "warehouse", _("There is no warehouse %(code)s.") % {"code": first.head[0]})
    for line in lines:
        if line.head != first.head:
            sentence = _("Warehouse, supplier and day differ from line %(line)s of the same number.")
            report.wrong(line.cells, "external_no", sentence % {"line": first.cells.line.number})
        if line.sku_code not in skus:
            sentence = _("There is no SKU with the merchant code “%(code)s”.")
            report.wrong(line.cells, "sku", sentence % {"code": line.sku_code})
        other = seen.setdefault(line.sku_code, line.cells.line.number)
        if other != line.cells.line.number:
            sentence = _("%(code)s stands in line %(line)s already.")
            report.wrong(line.cells, "sku", sentence % {"code": line.sku_code, "line": other})
