"""The kinds of rule that re-shape orders: pre-sale, split and merge. Kept, checked and read out as the others (``orders.rules``)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from oms.catalog.models import Listing, Sku
from oms.core.rule_kinds import Problem, RuleKind, register
from orders.models import MergeRule, PresaleRule, SplitRule
from orders.rule_checks import HEAD, check_shops
from orders.rule_sentences import SENTENCES, Content, NameBook, for_whom


def _check_presale(content: Mapping[str, Any], _rule_id: int | None) -> Iterable[Problem]:
    yield from check_shops(content)
    until = content["until"]
    if until is not None and dt.datetime.fromisoformat(until) <= timezone.now():
        yield Problem("until", "never_applies", _("The moment has passed, so nothing would wait for it."))
    listing = content["listing"]
    if listing is not None and content["shops"]:
        shop_id = Listing.objects.filter(id=listing).values_list("shop_id", flat=True).first()
        if shop_id not in content["shops"]:
            yield Problem("shops", "never_applies", _("The listing belongs to none of the shops."))


def _check_split(content: Mapping[str, Any], _rule_id: int | None) -> Iterable[Problem]:
    yield from check_shops(content)
    skus = set(content["skus"])
    if skus and content["kind"] != SplitRule.Kind.PRODUCT:
        yield Problem("skus", "contradiction", _("Products are named only where a rule splits by product."))
    if skus and not Sku.objects.filter(id__in=skus, enabled=True).exists():
        yield Problem("skus", "never_applies", _("None of the products is in use, so the rule could never apply."))


def _check_merge(content: Mapping[str, Any], _rule_id: int | None) -> Iterable[Problem]:
    yield from check_shops(content)
    if content["max_trades"] < 2:
        yield Problem("max_trades", "never_applies", _("A merge needs two trades at least."))
    if content["across_shops"] and len(content["shops"]) == 1:
        yield Problem("across_shops", "contradiction", _("One shop alone cannot merge across shops. Name another one."))


PRESALE = RuleKind("presale", PresaleRule, (*HEAD, "listing", "sku", "until"), check=_check_presale)
SPLIT = RuleKind("split", SplitRule, (*HEAD, "kind", "limit_g", "skus"), check=_check_split)
MERGE = RuleKind(
    "merge",
    MergeRule,
    (*HEAD, "window_minutes", "across_shops", "max_trades", "max_weight_g"),
    check=_check_merge,
)


def _presale(content: Content, book: NameBook) -> str:
    what = (
        book.names("sku", [content["sku"]])
        if content["sku"] is not None
        else book.names("listing", [content["listing"]])
    )
    if content["until"] is None:
        return _("%(what)s is pre-sale and waits for stock.") % {"what": what}
    until = timezone.localtime(dt.datetime.fromisoformat(content["until"]))
    return _("%(what)s is pre-sale and waits until %(until)s.") % {"what": what, "until": f"{until:%Y-%m-%d %H:%M}"}


def _split(content: Content, book: NameBook) -> str:
    whom = for_whom(content, book)
    if content["kind"] == SplitRule.Kind.PRODUCT:
        return _("%(whom)s: %(skus)s travel apart.") % {"whom": whom, "skus": book.names("sku", content["skus"])}
    if content["kind"] == SplitRule.Kind.WEIGHT:
        return _("%(whom)s: parcels of %(limit)s g at most.") % {"whom": whom, "limit": content["limit_g"]}
    if content["kind"] == SplitRule.Kind.BOX:
        return _("%(whom)s: full boxes travel apart.") % {"whom": whom}
    return _("%(whom)s: what is in stock leaves first.") % {"whom": whom}


def _merge(content: Content, book: NameBook) -> str:
    values = {
        "whom": for_whom(content, book),
        "minutes": content["window_minutes"],
        "trades": content["max_trades"],
        "grams": content["max_weight_g"],
    }
    if content["across_shops"]:
        first = _("%(whom)s, across shops: what one buyer paid within %(minutes)s minutes travels together") % values
    else:
        first = _("%(whom)s, each shop alone: what one buyer paid within %(minutes)s minutes travels together") % values
    if content["max_weight_g"]:
        return _("%(first)s, %(trades)s trades and %(grams)s g at most.") % {"first": first, **values}
    return _("%(first)s, %(trades)s trades at most.") % {"first": first, **values}


def register_kinds() -> None:
    """Make the kinds and their sentences known; called when the app is ready."""
    for kind in (PRESALE, SPLIT, MERGE):
        register(kind)
    SENTENCES.update({"presale": _presale, "split": _split, "merge": _merge})
