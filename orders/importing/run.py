"""The import as a job: the file waits in the storage, orders are entered chunk by chunk, and a result for each is left there.

Every chunk is a transaction of its own. A file that comes twice enters nothing twice: the database holds an external number once for a
shop; a job that was killed is run again from the start, and finds what it had entered.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.accounts.standing import still
from oms.catalog.models import Shop
from oms.core import jobs
from oms.core.columns import plain
from oms.core.errors import UnableTo
from oms.core.models import Job
from oms.core.tables import LIMITS, read_table, write_csv
from orders.editing.load import skus_by_code
from orders.engine.amounts import UnableToAdd
from orders.entering import enter, plan_entry
from orders.importing.columns import Draft, guess, header_of, put_together
from orders.models import Order, OrderImportMapping, Trade

KIND = "orders.import_orders"
CHUNK = 200
SHOWN = 50
"""Results that are shown on the page; the result file holds all of them."""


def keep_file(file: File[bytes], name: str, staff: Staff) -> dict[str, Any]:
    """Keep an uploaded file and say what stands in it: path, digest, headings, the guess of their meaning, first rows.

    Raises UnableTo for a file that is too large or cannot be read.
    """
    if file.size > LIMITS.file_bytes:
        raise UnableTo(
            _("The file is larger than %(limit)s MB. Split it.") % {"limit": LIMITS.file_bytes // 2**20},
            code="file_too_large",
        )
    content = file.read()
    head = [line.cells for line, _at in zip(read_table(ContentFile(content)), range(4), strict=False)]
    if len(head) < 2:
        raise UnableTo(_("The first row must name the columns, and an order must follow."), code="empty")
    remembered = OrderImportMapping.objects.filter(staff=staff).values_list("columns", flat=True).first() or {}
    path = default_storage.save(f"imports/{uuid.uuid4().hex}", ContentFile(content))
    return {
        "path": path,
        "name": name[:200],
        "digest": hashlib.sha256(content).hexdigest(),
        "headings": list(head[0]),
        "keys": guess(head[0], remembered),
        "rows": [list(row) for row in head[1:]],
    }


def imported_before(digest: str, shop_id: int) -> Job | None:
    """The import of the very same file for the shop that left nothing to be entered, if there was one.

    After mistakes whose cause is gone (a SKU that was not there yet) the same file may come again: what it entered is known by its number.
    """
    found = Job.objects.filter(
        kind=KIND, state=Job.State.DONE, params__digest=digest, params__shop=shop_id, params__dry_run=False
    ).filter(result__mistakes=0)
    return found.order_by("-id").first()


def start(kept: Mapping[str, Any], keys: Sequence[str], shop: Shop, *, dry_run: bool, staff: Staff) -> Job:
    """Queue the import of a kept file, and remember what the headings mean. Raises UnableTo."""
    header_of(keys)
    if not default_storage.exists(kept["path"]):
        raise UnableTo(_("The file is not there any more. Choose it again."), code="file_missing")
    before = imported_before(kept["digest"], shop.pk)
    if before is not None and not dry_run:
        raise UnableTo(
            _("This very file was imported already (job %(job)s). Nothing is entered twice.") % {"job": before.pk},
            code="imported_before",
        )
    meaning = {plain(name): key for name, key in zip(kept["headings"], keys, strict=True) if name}
    mapping, _made = OrderImportMapping.objects.get_or_create(staff=staff)
    OrderImportMapping.objects.filter(pk=mapping.pk).update(columns={**mapping.columns, **meaning})
    params = {
        "path": kept["path"],
        "name": kept["name"],
        "digest": kept["digest"],
        "keys": list(keys),
        "shop": shop.pk,
        "dry_run": dry_run,
    }
    return jobs.start(KIND, params, title=str(kept["name"]), staff_id=staff.pk)


@jobs.runs(KIND)
def run_import(context: jobs.JobContext) -> Mapping[str, Any]:
    """Enter the orders of the kept file, or (dry run) only say what would become of each."""
    path, dry_run = context.params["path"], context.params["dry_run"]
    if not default_storage.exists(path):
        raise UnableTo(_("The file is not there any more. Choose it again."), code="file_missing")
    with default_storage.open(path, "rb") as stream:
        lines = list(read_table(_seekable(stream)))
    drafts = put_together(lines[1:], header_of(context.params["keys"]))
    results: list[tuple[int, str, str, str]] = []
    counts: Counter[str] = Counter()
    for start_at in range(0, len(drafts), CHUNK):
        chunk = drafts[start_at : start_at + CHUNK]
        # An administrator may narrow what the clerk may do while a long file goes in.
        staff = still(context.created_by_id, "orders.enter_order")
        shops = _shops(staff)
        for row, outcome in _enter_chunk(chunk, shops, context.params["shop"], staff, dry_run=dry_run):
            results.append(row)
            counts[outcome] += 1
        context.progress(start_at + len(chunk), len(drafts))
    if not dry_run:
        default_storage.delete(path)
    return {
        "lines": max(len(lines) - 1, 0),
        "orders": len(drafts),
        "created": counts["entered"],
        "same": counts["known"],
        "mistakes": counts["wrong"],
        "dry_run": dry_run,
        "shown": [list(row) for row in results if row[3]][:SHOWN],
        "report": _keep_report(context.id, results),
    }


def _seekable(stream: File[bytes]) -> BinaryIO:
    raw = stream.file
    if raw is None:
        raise ValueError("a closed file")
    return raw  # type: ignore[return-value]


def _shops(staff: Staff) -> dict[str, int]:
    """The shops that the clerk may enter orders for, by code and by name."""
    found = scoped(Shop.objects.filter(enabled=True), staff).values_list("id", "code", "name")
    return {text: pk for pk, code, name in found for text in (name, code)}


def _enter_chunk(
    drafts: Sequence[Draft], shops: Mapping[str, int], default_shop: int, staff: Staff, *, dry_run: bool
) -> list[tuple[tuple[int, str, str, str], str]]:
    """Result (line, external number, our number, sentence) and outcome of each order. A fixed number of queries."""
    skus = skus_by_code((line.sku_code for draft in drafts for line in draft.lines), staff)
    known = set(
        Order.objects.filter(
            trade_no__in=[draft.external_no for draft in drafts if draft.external_no], origin__in=Order.ENTERED
        ).values_list("shop_id", "trade_no")
    )
    # A platform's own export names trades that the download brought already: entered once more, they would be shipped twice.
    downloaded = set(
        Trade.objects.filter(
            shop__in=shops.values(), trade_no__in=[draft.external_no for draft in drafts if draft.external_no]
        ).values_list("shop_id", "trade_no")
    )
    results: dict[int, tuple[tuple[int, str, str, str], str]] = {}
    ready = []
    for position, draft in enumerate(drafts):
        shop_id = shops.get(draft.shop) if draft.shop else default_shop if default_shop in shops.values() else None
        sentence = _wrong(draft, shop_id, skus)
        if sentence:
            results[position] = ((draft.line, draft.external_no, "", sentence), "wrong")
        elif (shop_id, draft.external_no) in known:
            said = _("was entered before; nothing is done")
            results[position] = ((draft.line, draft.external_no, "", said), "known")
        elif (shop_id, draft.external_no) in downloaded:
            said = _("was downloaded from the platform already; nothing is done")
            results[position] = ((draft.line, draft.external_no, "", said), "known")
        elif shop_id is not None:
            ready.append((position, draft.entry(shop_id)))
    if dry_run:
        for position, entry in ready:
            results[position] = ((drafts[position].line, entry.external_no, "", ""), "entered")
    else:
        with transaction.atomic():
            ids = enter([entry for _position, entry in ready], actor_id=staff.pk).ids
        numbers = dict(Order.objects.filter(id__in=[pk for pk in ids if pk]).values_list("id", "no"))
        for (position, entry), order_id in zip(ready, ids, strict=True):
            said = "" if order_id else _("was entered before; nothing is done")
            row = (drafts[position].line, entry.external_no, numbers.get(order_id or 0, ""), said)
            results[position] = (row, "entered" if order_id else "known")
    return [results[position] for position in sorted(results)]


def _wrong(draft: Draft, shop_id: int | None, skus: Mapping[str, Any]) -> str:
    """What is wrong with the order, "" when nothing is."""
    if draft.errors:
        return _("; ").join(
            _("line %(line)s, %(column)s: %(sentence)s")
            % {"line": error.line, "column": error.column, "sentence": error.sentence}
            for error in draft.errors
        )
    if shop_id is None:
        return _("There is no such shop in use.")
    try:
        plan_entry(draft.entry(shop_id), skus)
    except UnableToAdd as error:
        sentence = _(error.text)
        if error.line is None:
            return sentence
        line, code = draft.line_numbers[error.line], draft.lines[error.line].sku_code
        return _("line %(line)s, %(column)s: %(sentence)s") % {"line": line, "column": code, "sentence": sentence}
    return ""


def _keep_report(job_id: int, results: Sequence[tuple[int, str, str, str]]) -> str:
    header = [_("Line"), _("External number"), _("Order"), _("Result")]
    rows = ((line, external, no, said or _("entered")) for line, external, no, said in results)
    data = b"".join(write_csv(header, rows))
    return default_storage.save(f"imports/report-{job_id}-{uuid.uuid4().hex}.csv", ContentFile(data))
