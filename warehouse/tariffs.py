"""Carriers' freight tables and delivery regions: their kinds of rule, and how they are read for decisions."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from oms.catalog.models import Region
from oms.core.rule_kinds import Children, Problem, RuleKind, register
from warehouse.engine.freight import Rounding, Table, Tariff, Zone
from warehouse.models import Carrier, Coverage, CoverageRow, FreightRate, FreightTable, Warehouse

FREIGHT = "freight"
COVERAGE = "coverage"


def _check_freight(content: Mapping[str, Any], _rule_id: int | None) -> Iterable[Problem]:
    rates = content["rates"]
    if not rates:
        yield Problem("rates", "never_applies", _("The table has no region, so it could price nothing. Add one."))
    yield from _check_prefixes("rates", [(rate.get("prefix", ""), "") for rate in rates])
    yield from _check_owners(content)


def _check_coverage(content: Mapping[str, Any], _rule_id: int | None) -> Iterable[Problem]:
    rows = content["rows"]
    if not rows:
        yield Problem(
            "rows", "never_applies", _("Nothing would be delivered anywhere. Add a region, or switch it off.")
        )
    elif all(row.get("excluded") for row in rows):
        sentence = _(
            "Every region is excluded, so nothing would be delivered anywhere. Add an empty region for the rest."
        )
        yield Problem("rows", "never_applies", sentence)
    yield from _check_prefixes("rows", [(row.get("prefix", ""), row.get("valid_from") or "") for row in rows])
    yield from _check_owners(content)


def _check_prefixes(field: str, keys: Sequence[tuple[str, str]]) -> Iterable[Problem]:
    for (prefix, _day), count in Counter(keys).items():
        if count > 1:
            yield Problem(field, "twice", _("The region %(prefix)s is listed twice.") % {"prefix": prefix or "*"})
    prefixes = sorted({prefix for prefix, _day in keys if prefix})
    codes = {prefix.ljust(6, "0"): prefix for prefix in prefixes}
    known = set(Region.objects.filter(code__in=codes).values_list("code", flat=True))
    for code, prefix in codes.items():
        if code not in known:
            sentence = _("No region has the code %(prefix)s; the row would apply to nothing.") % {"prefix": prefix}
            yield Problem(field, "unknown_region", sentence, warning=True)


def _check_owners(content: Mapping[str, Any]) -> Iterable[Problem]:
    """What names a carrier or warehouse that is not in use says nothing for now."""
    owners: list[tuple[str, type[Carrier] | type[Warehouse]]] = [("carrier", Carrier), ("warehouse", Warehouse)]
    for name, model in owners:
        if content.get(name) and not model.objects.filter(id=content[name], enabled=True).exists():
            sentence = _("What it is for is not in use, so nothing changes until it is.")
            yield Problem(name, "target_disabled", sentence, warning=True)


FREIGHT_KIND = RuleKind(
    FREIGHT,
    FreightTable,
    ("name", "carrier", "warehouse", "volume_divisor", "rounding", "enabled"),
    (
        Children(
            "rates",
            FreightRate,
            "table",
            (
                "prefix",
                "first_weight_g",
                "first_price",
                "added_weight_g",
                "added_price",
                "distance_km",
                "price_per_km",
                "fixed",
                "surcharge",
            ),
        ),
    ),
    _check_freight,
)
COVERAGE_KIND = RuleKind(
    COVERAGE,
    Coverage,
    ("carrier", "warehouse", "enabled"),
    (Children("rows", CoverageRow, "coverage", ("prefix", "excluded", "valid_from", "valid_until")),),
    _check_coverage,
)


def register_kinds() -> None:
    """Make the kinds known; called when the app is ready."""
    register(FREIGHT_KIND)
    register(COVERAGE_KIND)


NO_CHANGES: Mapping[int, Mapping[str, Any]] = {}
"""Contents by rule id, which a question may put in the place of what is live."""


def load_tariff(changed: Mapping[int, Mapping[str, Any]] = NO_CHANGES) -> Tariff:
    """The freight tables in use; with ``changed`` contents, as they would be. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id, t.version, t.name, t.carrier_id, t.warehouse_id, t.volume_divisor, t.rounding, r.prefix, "
            "r.first_weight_g, r.first_price, r.added_weight_g, r.added_price, r.distance_km, r.price_per_km, r.fixed, "
            "r.surcharge FROM warehouse_freighttable t JOIN warehouse_freightrate r ON r.table_id = t.id "
            "WHERE t.enabled AND t.id <> ALL(%s) ORDER BY t.id, r.prefix",
            [list(changed)],
        )
        rows = cursor.fetchall()
    zones: dict[int, dict[str, Zone]] = {}
    heads: dict[int, tuple[Any, ...]] = {}
    for row in rows:
        heads[row[0]] = row[:7]
        zones.setdefault(row[0], {})[row[7]] = Zone(*row[7:])
    tables = [
        Table(table_id, version, name, carrier, warehouse, zones[table_id], divisor, Rounding(rounding))
        for table_id, version, name, carrier, warehouse, divisor, rounding in heads.values()
    ]
    return Tariff([*tables, *(table_of(content, key) for key, content in changed.items() if content["enabled"])])


def table_of(content: Mapping[str, Any], table_id: int = 0, version: int = 0) -> Table:
    """The table that a content (a draft, an earlier version) describes."""
    kind = FREIGHT_KIND
    table = kind.instance(content, table_id, version)
    if not isinstance(table, FreightTable):
        raise TypeError("a freight content makes a freight table")
    zones = {
        rate.prefix: Zone(
            rate.prefix,
            rate.first_weight_g,
            rate.first_price,
            rate.added_weight_g,
            rate.added_price,
            rate.distance_km,
            rate.price_per_km,
            rate.fixed,
            rate.surcharge,
        )
        for _children, rows in kind.child_instances(content, table_id)
        for rate in rows
        if isinstance(rate, FreightRate)
    }
    return Table(
        table_id,
        version,
        table.name,
        table.carrier_id,
        table.warehouse_id,
        zones,
        table.volume_divisor,
        Rounding(table.rounding),
    )


CoverageKey = tuple[int | None, int | None]
"""Carrier id, warehouse id: (carrier, None), (carrier, warehouse) or (None, warehouse)."""


def load_coverage(
    day: dt.date, changed: Mapping[int, Mapping[str, Any]] = NO_CHANGES
) -> dict[CoverageKey, dict[str, bool]]:
    """What is covered (True) and excluded (False) on the day: by carrier and warehouse, by prefix; with ``changed`` contents, as it
    would be. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.carrier_id, c.warehouse_id, r.prefix, NOT r.excluded FROM warehouse_coverage c "
            "LEFT JOIN warehouse_coveragerow r ON r.coverage_id = c.id AND (r.valid_from IS NULL OR r.valid_from <= %s) "
            "AND (r.valid_until IS NULL OR r.valid_until > %s) "
            "WHERE c.enabled AND c.id <> ALL(%s) ORDER BY r.valid_from NULLS FIRST, r.id",
            [day, day, list(changed)],
        )
        coverage: dict[CoverageKey, dict[str, bool]] = {}
        for carrier, warehouse, prefix, covered in cursor.fetchall():
            rows = coverage.setdefault((carrier, warehouse), {})
            if prefix is not None:
                rows[prefix] = covered
    for content in changed.values():
        if content["enabled"]:
            coverage[content["carrier"], content["warehouse"]] = _covered_on(day, content)
    return coverage


def _covered_on(day: dt.date, content: Mapping[str, Any]) -> dict[str, bool]:
    """The rows of a content that hold on the day; of two for one region the later beginning wins, as in the query."""
    found: dict[str, bool] = {}
    first = dt.date.min
    for _children, rows in COVERAGE_KIND.child_instances(content, 0):
        dated = [row for row in rows if isinstance(row, CoverageRow)]
        for row in sorted(dated, key=lambda row: row.valid_from or first):
            if (row.valid_from or first) <= day < (row.valid_until or dt.date.max):
                found[row.prefix] = not row.excluded
    return found


def periods_begin_or_end(day: dt.date) -> bool:
    """Whether a region becomes covered or stops being so on this day."""
    return CoverageRow.objects.filter(valid_from=day).exists() or CoverageRow.objects.filter(valid_until=day).exists()
