"""Products from a file: read every line, then load, plan and apply in chunks of one transaction each.

A SKU is known by its merchant code: a new one is made, a known one changed, each change a line of its history. A cell that is empty changes
nothing; barcodes that are given replace those of the SKU. Lines with a mistake are left out and reported; the others go in. Importing
the same file again changes nothing, so that an import that was interrupted is simply run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from oms.catalog.categories import make_categories
from oms.catalog.events import SkusChanged, SkusEnabled
from oms.catalog.import_rows import PRODUCT_FIELDS, SKU_FIELDS, STOCK_PREFIXES, ProductFile, SkuRow, read_products
from oms.catalog.listings import rematch
from oms.catalog.locks import lock_products_for_import
from oms.catalog.models import Barcode, Product, Sku
from oms.core.bulk import update_rows
from oms.core.columns import LineError, plain
from oms.core.events import publish
from oms.core.history import HistoryRow, write_history
from oms.core.tables import read_table

CHUNK = 1000
MEASURES = frozenset({"weight_g", "volume_cm3", "restrictions"})
"""What orders may wait for: figures by which carriers are chosen and freight is told."""

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Report:
    """What an import did: SKUs made, changed and left as they were, listings matched by it, and mistakes by line."""

    lines: int = 0
    created: int = 0
    changed: int = 0
    same: int = 0
    matched: int = 0
    errors: list[LineError] = field(default_factory=list)
    ignored: tuple[str, ...] = ()
    stock_columns: tuple[str, ...] = ()


def import_products(
    file: IO[bytes], *, dry_run: bool = False, actor_id: int | None = None, progress: Progress | None = None
) -> Report:
    """Import a CSV or XLSX file; with ``dry_run`` only say what would be done. Raises UnableTo for a file that cannot be read."""
    found = read_products(read_table(file))
    report = Report(lines=found.lines, errors=list(found.errors))
    prefixes = tuple(map(plain, STOCK_PREFIXES))
    report.stock_columns = tuple(name for name in found.ignored if plain(name).startswith(prefixes))
    report.ignored = tuple(name for name in found.ignored if name not in report.stock_columns)
    names = _names(found)
    for start in range(0, len(found.rows), CHUNK):
        rows = found.rows[start : start + CHUNK]
        with transaction.atomic():
            lock_products_for_import()
            plan = plan_products(rows, load_known(rows), names)
            if not dry_run:
                apply_products(plan, actor_id=actor_id)
        report.created += len(plan.new_skus)
        report.changed += len(plan.changed)
        report.same += plan.same
        report.errors += plan.errors
        if progress is not None:
            progress(start + len(rows), len(found.rows))
    report.errors.sort(key=lambda error: error.line)
    if not dry_run:
        report.matched = rematch()
    return report


def _names(found: ProductFile) -> dict[str, dict[str, str]]:
    """What the file says of each product, on whichever of its lines."""
    said: dict[str, dict[str, str]] = {}
    for row in found.rows:
        said.setdefault(row.product_code or row.sku_code, {}).update(row.product)
    return said


@dataclass(frozen=True, slots=True)
class Known:
    """What the database holds of what a chunk names."""

    skus: Mapping[str, Mapping[str, Any]]
    products: Mapping[str, Mapping[str, Any]]
    owners: Mapping[str, str]
    """Barcode to the code of the SKU that has it."""


def load_known(rows: Sequence[SkuRow]) -> Known:
    """Read the SKUs, products and barcodes that the rows name, in a fixed number of queries."""
    skus = Sku.objects.filter(code__in=[row.sku_code for row in rows])
    values = {row["code"]: row for row in skus.values("id", "code", "product_id", "product__code", *SKU_FIELDS)}
    codes = {row.product_code or row.sku_code for row in rows} | {row["product__code"] for row in values.values()}
    products = Product.objects.filter(code__in=codes).values("id", "code", *PRODUCT_FIELDS)
    barcodes = {code for row in rows for code in row.barcodes or ()}
    owners = dict(Barcode.objects.filter(code__in=barcodes).values_list("code", "sku__code"))
    owners |= dict(
        Barcode.objects.filter(sku__in=[row["id"] for row in values.values()]).values_list("code", "sku__code")
    )
    return Known(values, {row["code"]: row for row in products}, owners)


@dataclass(slots=True)
class ImportPlan:
    """What is to be written. Changes map a field to its old and new value."""

    new_products: dict[str, dict[str, str]] = field(default_factory=dict)
    product_changes: dict[int, dict[str, list[str]]] = field(default_factory=dict)
    new_skus: list[SkuRow] = field(default_factory=list)
    changed: list[tuple[int, SkuRow, dict[str, list[Any]]]] = field(default_factory=list)
    barcodes: list[tuple[SkuRow, frozenset[str], frozenset[str]]] = field(default_factory=list)
    """Row, barcodes to add, barcodes to take away."""
    product_ids: dict[str, int] = field(default_factory=dict)
    categories: set[tuple[str, ...]] = field(default_factory=set)
    """Categories that the rows name, each with those above it."""
    errors: list[LineError] = field(default_factory=list)
    same: int = 0


def plan_products(rows: Sequence[SkuRow], known: Known, names: Mapping[str, Mapping[str, str]]) -> ImportPlan:
    """Decide what the rows change. Pure."""
    plan = ImportPlan(product_ids={code: row["id"] for code, row in known.products.items()})
    owned: dict[str, set[str]] = {}
    for barcode, owner in known.owners.items():
        owned.setdefault(owner, set()).add(barcode)
    for row in rows:
        stored = known.skus.get(row.sku_code)
        product_code = row.product_code or (stored["product__code"] if stored else row.sku_code)
        mistakes = _mistakes(row, known, product_code, names)
        if mistakes:
            plan.errors += mistakes
            continue
        if row.category_path:
            plan.categories.add(row.category_path)
        touched = _plan_product(plan, known, product_code, dict(row.product), names)
        had = frozenset(owned.get(row.sku_code, ()))
        wanted = had if row.barcodes is None else frozenset(row.barcodes)
        if wanted != had:
            plan.barcodes.append((row, wanted - had, had - wanted))
        if stored is None:
            plan.new_skus.append(row)
            continue
        changes = {
            name: [_plain(stored[name]), _plain(value)]
            for name in SKU_FIELDS
            if (value := getattr(row, name)) is not None and value != stored[name]
        }
        if product_code != stored["product__code"]:
            changes["product"] = [stored["product__code"], product_code]
        if wanted != had:
            changes["barcodes"] = [sorted(had), sorted(wanted)]
        if changes:
            plan.changed.append((stored["id"], row, changes))
        elif touched:
            plan.changed.append((stored["id"], row, {}))
        else:
            plan.same += 1
    return plan


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _mistakes(row: SkuRow, known: Known, product_code: str, names: Mapping[str, Mapping[str, str]]) -> list[LineError]:
    found = [
        LineError(
            row.line,
            "条码",
            _("%(code)s belongs to SKU %(sku)s. Take it away there first.") % {"code": code, "sku": known.owners[code]},
        )
        for code in row.barcodes or ()
        if known.owners.get(code, row.sku_code) != row.sku_code
    ]
    if product_code not in known.products and not names.get(product_code, {}).get("name"):
        found.append(LineError(row.line, "商品名称", _("A new product needs a name.")))
    return found


def _plan_product(
    plan: ImportPlan, known: Known, code: str, given: Mapping[str, str], names: Mapping[str, Mapping[str, str]]
) -> bool:
    """Plan the product of a row; whether something of it changes."""
    stored = known.products.get(code)
    if stored is None:
        plan.new_products[code] = {key: names[code].get(key, "") for key in PRODUCT_FIELDS}
        return True
    changes = {key: [stored[key] or "", text] for key, text in given.items() if text != (stored[key] or "")}
    if changes:
        plan.product_changes.setdefault(stored["id"], {}).update(changes)
    return bool(changes)


def apply_products(plan: ImportPlan, *, actor_id: int | None) -> None:
    """Write the plan, inside the transaction that made it."""
    _apply_products(plan, actor_id)
    ids = _insert_skus(plan, actor_id)
    ids |= {row.sku_code: sku_id for sku_id, row, _changes in plan.changed}
    values = [
        (sku_id, plan.product_ids.get(changes["product"][1]) if "product" in changes else None, *_given(row))
        for sku_id, row, changes in plan.changed
        if changes
    ]
    _update_skus(values)
    Barcode.objects.filter(code__in=[code for _row, _added, gone in plan.barcodes for code in gone]).delete()
    Barcode.objects.bulk_create(
        Barcode(sku_id=ids[row.sku_code], code=code) for row, new, _gone in plan.barcodes for code in sorted(new)
    )
    write_history(
        HistoryRow(kind="sku", subject_id=sku_id, action="import", actor_id=actor_id, changes=changes)
        for sku_id, _row, changes in plan.changed
        if changes
    )
    again = tuple(sorted(pk for pk, _row, changes in plan.changed if changes.get("enabled") == [False, True]))
    if again:
        publish(SkusEnabled(again))
    measured = tuple(sorted(pk for pk, _row, changes in plan.changed if changes.keys() & MEASURES))
    if measured:
        publish(SkusChanged(measured))


def _apply_products(plan: ImportPlan, actor_id: int | None) -> None:
    make_categories(plan.categories)
    new = [
        Product(code=code, category_id=values["category"] or None, name=values["name"], brand=values["brand"])
        for code, values in sorted(plan.new_products.items())
    ]
    plan.product_ids.update((product.code, product.id) for product in Product.objects.bulk_create(new))
    for key in PRODUCT_FIELDS:
        update_rows(
            Product,
            (key,),
            [
                (pk, new[key][1] or (None if key == "category" else ""))
                for pk, new in sorted(plan.product_changes.items())
                if key in new
            ],
        )
    write_history(
        HistoryRow(kind="product", subject_id=pk, action="import", actor_id=actor_id, changes=changes)
        for pk, changes in plan.product_changes.items()
    )


def _given(row: SkuRow) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in SKU_FIELDS)


def _insert_skus(plan: ImportPlan, actor_id: int | None) -> dict[str, int]:
    made = Sku.objects.bulk_create(
        [
            Sku(
                product_id=plan.product_ids[row.product_code or row.sku_code],
                code=row.sku_code,
                **{name: value for name in SKU_FIELDS if (value := getattr(row, name)) is not None},
            )
            for row in plan.new_skus
        ]
    )
    write_history(HistoryRow(kind="sku", subject_id=sku.id, action="create", actor_id=actor_id) for sku in made)
    return {sku.code: sku.id for sku in made}


def _update_skus(rows: Iterable[tuple[Any, ...]]) -> None:
    """Set the given values of each SKU by one statement; None leaves a column as it is."""
    rows = list(rows)
    if not rows:
        return
    columns = ("product_id", *SKU_FIELDS)
    types = ("bigint", "bigint", "text", "numeric", "numeric", "int", "int", "int", "text", "boolean")
    # An array of arrays cannot be unnested: restrictions travel as text.
    texts = {"restrictions": "string_to_array(v.restrictions, ',')::varchar[]"}
    sets = ", ".join(f"{name} = COALESCE({texts.get(name, f'v.{name}')}, s.{name})" for name in columns)
    arrays = ", ".join(f"%s::{kind}[]" for kind in types)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE catalog_sku s SET {sets} FROM unnest({arrays}) AS v(id, {', '.join(columns)}) WHERE s.id = v.id",
            [[_joined(row[position]) for row in rows] for position in range(len(types))],
        )


def _joined(value: Any) -> Any:
    return ",".join(value) if isinstance(value, list) else value
