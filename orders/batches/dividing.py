"""How many orders are split at once: the wish as a batch keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.core.errors import UnableTo
from orders.editing.load import skus_by_code
from orders.engine.split import SplitKind
from orders.splitting import Wish

BY_RULES = "rules"

KINDS: dict[str, Promise] = {
    BY_RULES: gettext_lazy("as the rules say"),
    SplitKind.SHORTAGE: gettext_lazy("what is in stock first"),
    SplitKind.WAREHOUSE: gettext_lazy("by warehouse"),
    SplitKind.PRESALE: gettext_lazy("what is on pre-sale apart"),
    SplitKind.BOX: gettext_lazy("by full box"),
    SplitKind.WEIGHT: gettext_lazy("by weight"),
    SplitKind.PRODUCT: gettext_lazy("by product"),
}
"""The ways that mean something to any order, in the order in which they are offered."""


def read_split(data: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a form: ``kind``, with ``limit_g`` for weight and ``codes`` (merchant codes) for product. Raises UnableTo."""
    kind = str(data.get("kind", ""))
    if kind not in KINDS:
        raise UnableTo(_("Choose how to split."), code="no_kind")
    params: dict[str, Any] = {"kind": kind}
    if kind == SplitKind.WEIGHT:
        text = str(data.get("limit_g", "")).strip()
        if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text)):
            raise UnableTo(_("Say how many grams a part may weigh."), code="no_limit")
        params["limit_g"] = int(text)
    if kind == SplitKind.PRODUCT:
        codes = str(data.get("codes", "")).replace("\x00", "").replace("，", " ").replace(",", " ").split()
        found = skus_by_code(codes)
        missing = sorted(set(codes) - found.keys())
        if missing or not codes:
            wrong = ", ".join(missing)[:200]
            raise UnableTo(
                _("There is no SKU with this merchant code: %(codes)s.") % {"codes": wrong}
                if missing
                else _("Say which goods are to travel apart."),
                code="no_sku",
            )
        params["skus"] = sorted(sku.id for sku in found.values())
    return params


def read_wish(params: Mapping[str, Any]) -> Wish:
    """The wish of a batch's parameters."""
    kind = None if params["kind"] == BY_RULES else SplitKind(params["kind"])
    return Wish(kind, skus=frozenset(params.get("skus", ())), limit_g=int(params.get("limit_g", 0)))
