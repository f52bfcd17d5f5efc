"""Bindings of listings from a file: the exported list of listings with merchant codes filled in, back again.

A line names its listing (shop code, item id, SKU id of the platform) and the merchant code of our SKU; one without a code changes nothing.
Lines with a mistake are reported under their number; the others are bound in one transaction. The same file again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO

from django.utils.translation import gettext as _

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.catalog.listings import bind_many
from oms.catalog.models import Listing, Sku
from oms.core.columns import Cells, Column, LineError, find_columns
from oms.core.errors import UnableTo
from oms.core.tables import read_table

COLUMNS = (
    Column("shop", ("店铺代码", "店铺编码", "shop code"), required=True),
    Column("item_id", ("宝贝 ID", "商品 ID", "item id"), required=True),
    Column("platform_sku_id", ("平台规格 ID", "规格 ID", "platform sku id")),
    Column("code", ("商家编码", "merchant code"), required=True),
)
MOST = 5_000
"""Lines of one file."""

Key = tuple[str, str, str]


@dataclass(slots=True)
class Report:
    """What an import did: lines with a code, bound, as they were, and mistakes by line."""

    lines: int = 0
    bound: int = 0
    same: int = 0
    errors: list[LineError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    key: Key
    code: str


def import_bindings(file: IO[bytes], staff: Staff, *, dry_run: bool = False) -> Report:
    """Bind the listings of the file that the staff member may see. Raises UnableTo for a file that cannot be read."""
    report = Report()
    rows = _read(file, report)
    listings = _listings(rows, staff)
    skus = {sku.code: sku for sku in scoped(Sku.objects.filter(code__in={row.code for row in rows}), staff)}
    wanted: dict[int, int] = {}
    for row in rows:
        listing, sku = listings.get(row.key), skus.get(row.code)
        if listing is None:
            report.errors.append(LineError(row.line, "", _("There is no such listing in a shop that you may see.")))
        elif sku is None:
            sentence = _("There is no SKU with the merchant code “%(code)s”.") % {"code": row.code}
            report.errors.append(LineError(row.line, COLUMNS[-1].names[0], sentence))
        elif not sku.enabled:
            sentence = _("SKU %(code)s is not in use. Choose another one, or put it in use first.") % {"code": row.code}
            report.errors.append(LineError(row.line, COLUMNS[-1].names[0], sentence))
        elif listing.sku_id == sku.pk:
            report.same += 1
        elif wanted.setdefault(listing.pk, sku.pk) != sku.pk:
            report.errors.append(
                LineError(row.line, "", _("The listing stands in the file twice with different codes."))
            )
    report.bound = len(wanted)
    if wanted and not dry_run:
        bind_many(wanted, staff_id=staff.pk)
    return report


def _read(file: IO[bytes], report: Report) -> list[_Row]:
    lines = iter(read_table(file))
    head = next(lines, None)
    if head is None:
        raise UnableTo(_("The file is empty."), code="file_empty")
    header = find_columns(head, COLUMNS)
    rows: list[_Row] = []
    for line in lines:
        cells = Cells(line, header, COLUMNS)
        shop, item = cells.text("shop", 32), cells.text("item_id", 64)
        platform_sku, code = cells.text("platform_sku_id", 64), cells.text("code", 64)
        if not code and not cells.errors:
            continue
        if not (shop and item) and not cells.errors:
            cells.wrong("", _("Shop code and item id are needed."))
        report.lines += 1
        report.errors += cells.errors
        if not cells.errors:
            rows.append(_Row(line.number, (shop or "", item or "", platform_sku or ""), code or ""))
        if len(rows) > MOST:
            raise UnableTo(
                _("The table has more than %(limit)s rows. Split it.") % {"limit": MOST}, code="too_many_rows"
            )
    return rows


def _listings(rows: Sequence[_Row], staff: Staff) -> dict[Key, Listing]:
    found = Listing.objects.select_related("shop").filter(
        shop__code__in={row.key[0] for row in rows}, item_id__in={row.key[1] for row in rows}
    )
    return {(one.shop.code, one.item_id, one.platform_sku_id): one for one in scoped(found, staff)}
