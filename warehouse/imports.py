"""Opening stock from a file: what a warehouse holds of a SKU on the day it starts with this system.

The file has a line for each SKU and warehouse (商家编码, 仓库, 数量), or a column for each warehouse (期初库存:CODE),
so that a product file can be read a second time for its stock. A warehouse and a SKU have one opening balance and no more:
what has one is passed over, which is why the same file (or the rest of an interrupted one) may be imported again.
Later changes are inbound notes and adjustments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

from django.db import connection, transaction
from django.utils.translation import gettext as _

from oms.catalog.import_rows import STOCK_PREFIXES
from oms.catalog.models import Sku
from oms.core.columns import Cells, Column, LineError, find_columns, plain
from oms.core.errors import UnableTo
from oms.core.tables import Line, read_table
from warehouse.locks import lock_opening_balances
from warehouse.models import StockMove, Warehouse
from warehouse.stock import Move, receive

CHUNK = 1000
SKU_COLUMN = Column("sku_code", ("商家编码", "规格编码", "sku code", "merchant code", "sku"), required=True)
LONG_COLUMNS = (
    SKU_COLUMN,
    Column("warehouse", ("仓库", "仓库代码", "warehouse"), required=True),
    Column("quantity", ("数量", "期初库存", "quantity"), required=True),
)

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class StockReport:
    """What an import did: balances opened with their units, balances that were open already, and mistakes by line."""

    lines: int = 0
    opened: int = 0
    units: int = 0
    same: int = 0
    errors: list[LineError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StockRow:
    """Units of a SKU in a warehouse, by codes."""

    line: int
    column: str
    sku_code: str
    warehouse_code: str
    quantity: int


def import_stock(
    file: IO[bytes], *, dry_run: bool = False, actor_id: int | None = None, progress: Progress | None = None
) -> StockReport:
    """Open the balances that a CSV or XLSX file names. Raises UnableTo for a file that cannot be read."""
    report = StockReport()
    rows = list(_read(read_table(file), report))
    warehouses = dict(Warehouse.objects.values_list("code", "id"))
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        with transaction.atomic():
            lock_opening_balances()
            moves = _plan(chunk, warehouses, report)
            if moves and not dry_run:
                receive(moves, StockMove.Kind.OPENING, actor_id=actor_id)
        if progress is not None:
            progress(start + len(chunk), len(rows))
    report.errors.sort(key=lambda error: error.line)
    return report


def _read(lines: Iterator[Line], report: StockReport) -> Iterator[StockRow]:
    header_line = next(lines, None)
    if header_line is None:
        raise UnableTo(_("The file is empty."), code="file_empty")
    header = find_columns(header_line, (SKU_COLUMN,))
    prefixes = tuple(map(plain, STOCK_PREFIXES))
    # The heading "期初库存:WH1" names the warehouse; its code is kept as it is written.
    wide = {
        name: name.replace("：", ":").partition(":")[2].strip()
        for name in header.others
        if plain(name).startswith(prefixes)
    }
    columns = (SKU_COLUMN, *(Column(name, (name,)) for name in wide)) if wide else LONG_COLUMNS
    header = find_columns(header_line, columns)
    seen: dict[tuple[str, str], int] = {}
    for line in lines:
        report.lines += 1
        cells = Cells(line, header, columns)
        found = list(_read_line(cells, wide))
        for row in found:
            before = seen.setdefault((row.warehouse_code, row.sku_code), line.number)
            if before != line.number:
                cells.wrong(
                    "sku_code", _("%(code)s stands in line %(line)s already.") % {"code": row.sku_code, "line": before}
                )
        if cells.errors:
            report.errors += cells.errors
        else:
            yield from found


def _read_line(cells: Cells, wide: dict[str, str]) -> Iterator[StockRow]:
    code = cells.text("sku_code", 64)
    if code is None:
        cells.wrong("sku_code", _("Is missing."))
        return
    if wide:
        places = list(wide.items())
    else:
        warehouse = cells.text("warehouse", 32)
        if warehouse is None:
            cells.wrong("warehouse", _("Is missing."))
            return
        places = [("quantity", warehouse)]
        if not cells.raw("quantity"):
            cells.wrong("quantity", _("Is missing."))
    for key, warehouse in places:
        quantity = cells.whole(key)
        if quantity:
            yield StockRow(cells.line.number, key, code, warehouse, quantity)


def _plan(rows: Sequence[StockRow], warehouses: dict[str, int], report: StockReport) -> list[Move]:
    skus = dict(Sku.objects.filter(code__in={row.sku_code for row in rows}).values_list("code", "id"))
    opened = _opened(sorted(set(skus.values())))
    moves: list[Move] = []
    for row in rows:
        warehouse_id, sku_id = warehouses.get(row.warehouse_code), skus.get(row.sku_code)
        if sku_id is None:
            sentence = _("There is no SKU %(code)s. Import the products first.") % {"code": row.sku_code}
            report.errors.append(LineError(row.line, SKU_COLUMN.names[0], sentence))
        elif warehouse_id is None:
            sentence = _("There is no warehouse %(code)s.") % {"code": row.warehouse_code}
            report.errors.append(LineError(row.line, "仓库", sentence))
        elif (warehouse_id, sku_id) in opened:
            report.same += 1
        else:
            moves.append(Move(warehouse_id, sku_id, row.quantity))
            report.opened += 1
            report.units += row.quantity
    return moves


def _opened(sku_ids: Sequence[int]) -> set[tuple[int, int]]:
    """The balances of the SKUs that have been opened: (warehouse id, SKU id)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT warehouse_id, sku_id FROM warehouse_stockmove WHERE kind = 'opening' AND sku_id = ANY(%s)",
            [list(sku_ids)],
        )
        return {(row[0], row[1]) for row in cursor.fetchall()}
