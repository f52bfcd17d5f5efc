"""Which orders wait for a rule of a kind: by the reasons of their exception, and by the shops and regions of the rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oms.core.models import RuleVersion
from oms.core.versions import RuleWentLive
from orders.engine.reasons import ExceptionReason as R

_ROUTE = (
    R.NO_WAREHOUSE,
    R.NO_CARRIER,
    R.RESTRICTED_GOODS,
    R.TOO_HEAVY,
    R.WISH_NOT_MET,
    R.NO_FREIGHT_ROW,
    R.ZERO_WEIGHT,
)

REASONS_OF_KIND: dict[str, tuple[R, ...]] = {
    "routing": (*_ROUTE, R.ADDRESS_INCOMPLETE, R.OUT_OF_STOCK),
    "wish_word": (R.WISH_NOT_MET, R.NO_CARRIER),
    "coverage": (R.NO_WAREHOUSE, R.NO_CARRIER, R.WISH_NOT_MET, R.ADDRESS_INCOMPLETE),
    "freight": (R.NO_FREIGHT_ROW, R.NO_CARRIER, R.ZERO_WEIGHT, R.WISH_NOT_MET),
}
"""Reasons that a change of a rule of this kind may take away."""

MEASURES = (R.ZERO_WEIGHT, R.TOO_HEAVY, R.RESTRICTED_GOODS)
"""Reasons that other figures of the goods may take away."""

BY_STOCK = (
    "EXISTS (SELECT FROM orders_routingrule r WHERE r.enabled AND r.kind = 'warehouse' "
    "AND (r.choice = 'cheapest' OR r.in_stock) AND (r.shops = '{}' OR o.shop_id = ANY(r.shops)))"
)
"""Whether goods that arrive at another warehouse than the order's may send it there."""


def keys_of(event: RuleWentLive) -> list[Any]:
    """What the news is about: the kind, the shops and the region prefixes of the version that came and of the one that went."""
    versions = RuleVersion.objects.filter(
        kind=event.kind, rule_id=event.rule_id, version__in=[event.version - 1, event.version]
    )
    contents = [version.content for version in versions]
    return [event.kind, _united(contents, "shops"), _prefixes(contents)]


def _united(contents: list[Mapping[str, Any]], name: str) -> list[Any]:
    """The items of all contents; nothing, which means everything, when one of them names none."""
    lists = [content.get(name) or [] for content in contents]
    return sorted({item for items in lists for item in items}) if all(lists) else []


def _prefixes(contents: list[Mapping[str, Any]]) -> list[str]:
    rows = [
        row.get("prefix", "") for content in contents for name in ("rows", "rates") for row in content.get(name, ())
    ]
    if rows:
        return [] if "" in rows else sorted(set(rows))
    return [str(prefix) for prefix in _united(contents, "regions")]


def condition_of(keys: list[Any]) -> tuple[str, list[Any]]:
    """The orders (``o``) that the news concerns, as SQL with its parameters."""
    kind, shops, prefixes = keys
    where = (
        "o.exceptions && %s::varchar[] AND (%s OR o.shop_id = ANY(%s::bigint[])) "
        "AND (%s OR o.region_id LIKE ANY(%s::text[]) OR o.region_id = ANY(%s::text[]))"
    )
    likes = [f"{prefix}%" for prefix in prefixes]
    # A region that is known only to its province or city may lie in what the rule speaks of.
    coarse = sorted({prefix[:length].ljust(6, "0") for prefix in prefixes for length in (2, 4)})
    reasons = [reason.value for reason in REASONS_OF_KIND[kind]]
    return where, [reasons, not shops, shops, not prefixes, likes, coarse]
