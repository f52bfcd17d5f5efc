"""The blacklist from a file: one line an entry. Who is on the list already, or stands in the file twice, is not entered again."""

from __future__ import annotations

from typing import IO

from django.utils.translation import gettext as _

from oms.catalog.models import Shop
from oms.core.columns import NO, YES, Cells, Column
from oms.core.errors import UnableTo
from oms.core.line_imports import LineReport, read_lines, writing
from orders.blacklist import NewEntry, add_entries, keys_in_use

COLUMNS = (
    Column("platform", ("平台", "platform")),
    Column("buyer_id", ("买家", "买家 ID", "买家编号", "buyer")),
    Column("phone", ("电话", "手机", "手机号", "phone")),
    Column("address", ("地址", "详细地址", "address")),
    Column("reason", ("原因", "reason"), required=True),
    Column("stops", ("停住订单", "拦停订单", "转为异常", "stops the order")),
)
MOST = 5_000
"""Lines of one file."""


def import_blacklist(file: IO[bytes], *, staff_id: int | None, dry_run: bool = False) -> LineReport:
    """Put the people of the file on the list. Raises UnableTo for a file that cannot be read. A constant number of queries."""
    report = LineReport()
    platforms = sorted(set(Shop.objects.values_list("platform", flat=True)))
    read = [(cells, _entry(cells, platforms)) for cells in read_lines(file, COLUMNS, report, most=MOST)]
    wanted: dict[object, NewEntry] = {}
    for cells, entry in read:
        if not cells.errors:
            try:
                entry.check()
            except UnableTo as error:
                cells.wrong("", str(error))
        report.errors += cells.errors
        if not cells.errors and wanted.setdefault(entry.key(), entry) is not entry:
            report.same += 1
    with writing("orders.import_blacklist", dry_run):
        known = keys_in_use(entry.key() for entry in wanted.values())
        fresh = [entry for key, entry in wanted.items() if key not in known]
        report.same += len(wanted) - len(fresh)
        report.added = len(fresh)
        if fresh:
            add_entries(fresh, actor_id=staff_id)
    return report


def _entry(cells: Cells, platforms: list[str]) -> NewEntry:
    platform, phone, address = (
        cells.text("platform", 24) or "",
        cells.text("phone", 32) or "",
        cells.text("address", 200) or "",
    )
    if platform and platform not in platforms:
        cells.wrong(
            "platform",
            _("There is no shop on the platform “%(name)s”. There is: %(known)s.")
            % {"name": platform, "known": ", ".join(platforms)},
        )
    if "*" in phone:
        # The exported list shows phones masked and of addresses only that there is one.
        cells.wrong("phone", _("The phone is masked. Write it whole."))
    if address.lower() in YES:
        cells.wrong("address", _("Write the address itself: street and number, without the region."))
    stops = cells.flag("stops")
    return NewEntry(
        reason=cells.text("reason", 200) or "",
        platform=platform,
        buyer_id=cells.text("buyer_id", 128) or "",
        phone=phone,
        address="" if address.lower() in NO else address,
        stops=True if stops is None else stops,
    )
