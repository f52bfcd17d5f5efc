"""The kinds of rule that decide about orders, what makes one impossible, and the one door by which they are changed.

``save_rule``, ``change_rule``, ``reorder``, ``draft`` and ``put_live`` are those of ``oms.core.versions``: whatever goes live is checked
here, gets a version, and wakes the orders that may have waited for it (``orders.wake``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from oms.core.rule_kinds import Problem, RuleKind, register
from oms.core.versions import UnableToSaveRule, change_rule, draft, put_live, reorder, save_rule
from orders import line_kinds
from orders.engine.approval.base import BadCondition
from orders.engine.approval.kinds import flaws, read_condition
from orders.engine.routing.wishes import plain
from orders.models import ApprovalPolicy, AssignmentRule, RoutingRule, WishWord
from orders.processing.load_rules import conditions_of
from orders.rule_checks import HEAD, check_regions, check_shops
from orders.rule_sentences import worded
from warehouse.models import Carrier, Warehouse

__all__ = ["UnableToSaveRule", "change_rule", "draft", "put_live", "register_kinds", "reorder", "save_rule"]


def _check_routing(content: Mapping[str, Any], _rule_id: int | None) -> Iterable[Problem]:
    yield from check_shops(content)
    yield from check_regions(content)
    low, high = content["min_weight_g"], content["max_weight_g"]
    if high is not None and (low or 0) >= high:
        yield Problem(
            "max_weight_g",
            "never_applies",
            _("No weight is at least %(low)s g and below %(high)s g.") % {"low": low or 0, "high": high},
        )
    if content["kind"] == RoutingRule.Kind.WAREHOUSE:
        if content["from_warehouse"] is not None:
            sentence = _("A rule that chooses the warehouse cannot ask for one beforehand.")
            yield Problem("from_warehouse", "never_applies", sentence)
        if content["may_split"] and content["choice"] != RoutingRule.Choice.CHEAPEST:
            sentence = _("A rule that names one warehouse cannot divide orders. Choose by price, or do not divide.")
            yield Problem("may_split", "contradiction", sentence)
        if content["may_split"] and len(content["candidates"]) == 1:
            yield Problem(
                "may_split", "contradiction", _("One warehouse alone cannot share an order. Name another one.")
            )
    elif content["may_split"] or content["in_stock"]:
        sentence = _("Stock and dividing belong to rules that choose the warehouse.")
        yield Problem("may_split", "contradiction", sentence)
    yield from _check_targets(content)


def _check_targets(content: Mapping[str, Any]) -> Iterable[Problem]:
    of_warehouse = content["kind"] == RoutingRule.Kind.WAREHOUSE
    model: type[Warehouse] | type[Carrier] = Warehouse if of_warehouse else Carrier
    field = "candidates"
    named = list(content["candidates"])
    if content["choice"] == RoutingRule.Choice.NAMED:
        field = "warehouse" if of_warehouse else "carrier"
        named = [content[field]]
        if content["candidates"]:
            yield Problem(
                "candidates", "contradiction", _("Name one, or give a list to choose from by price; not both.")
            )
    in_use = set(model.objects.filter(id__in=named, enabled=True).values_list("id", flat=True))
    if named and not in_use:
        yield Problem(field, "never_applies", _("Nothing that the rule names is in use, so it could never decide."))
    elif len(in_use) < len(set(named)):
        yield Problem(
            field, "target_disabled", _("Some of what the rule names is not in use and is left out."), warning=True
        )
    source = content["from_warehouse"]
    if source is not None and not Warehouse.objects.filter(id=source, enabled=True).exists():
        sentence = _("The warehouse that it is for is not in use, so the rule could never decide.")
        yield Problem("from_warehouse", "never_applies", sentence)


def _check_approval(content: Mapping[str, Any], _rule_id: int | None) -> Iterable[Problem]:
    yield from check_shops(content)
    if not isinstance(content["conditions"], list):
        yield Problem("conditions", "invalid", _("The conditions are a list."))
        return
    readable = True
    for data in content["conditions"]:
        try:
            read_condition(data if isinstance(data, Mapping) else {})
        except BadCondition as error:
            readable = False
            yield Problem("conditions", "bad_condition", worded(error.sentence))
    if readable:
        policy = APPROVAL.instance(content)
        if not isinstance(policy, ApprovalPolicy):
            raise TypeError("an approval content makes an approval policy")
        for flaw in flaws(conditions_of(policy)):
            yield Problem("conditions", "never_applies", worded(flaw))


def _check_wish_word(content: Mapping[str, Any], rule_id: int | None) -> Iterable[Problem]:
    yield from check_shops(content)
    word = plain(content["word"])
    if len(word) < 2:
        yield Problem("word", "too_short", _("A word of one character would be found in every other sentence."))
    if not Carrier.objects.filter(id=content["carrier"], enabled=True).exists():
        sentence = _("The carrier is not in use; the wish would be noticed and not met.")
        yield Problem("carrier", "target_disabled", sentence, warning=True)
    for other in WishWord.objects.filter(enabled=True).exclude(id=rule_id or 0).exclude(carrier=content["carrier"]):
        same_shops = not other.shops or not content["shops"] or set(other.shops) & set(content["shops"])
        same_source = "both" in {other.source, content["source"]} or other.source == content["source"]
        if plain(other.word) == word and same_shops and same_source and content["enabled"]:
            yield Problem(
                "word", "contradiction", _("The word stands for %(carrier)s already.") % {"carrier": other.carrier}
            )


def _check_assignment(content: Mapping[str, Any], _rule_id: int | None) -> Iterable[Problem]:
    yield from check_shops(content)
    yield from check_regions(content)
    low, high = content["min_amount"], content["max_amount"]
    if low is not None and high is not None and Decimal(low) > Decimal(high):
        sentence = _("Nothing lies from %(low)s to %(high)s.") % {"low": low, "high": high}
        yield Problem("max_amount", "never_applies", sentence)


ROUTING = RuleKind(
    "routing",
    RoutingRule,
    (
        *HEAD,
        "kind",
        "regions",
        "payment",
        "from_warehouse",
        "choice",
        "warehouse",
        "carrier",
        "candidates",
        "min_weight_g",
        "max_weight_g",
        "in_stock",
        "may_split",
        "max_parts",
        "restrictions",
        "fallback",
    ),
    check=_check_routing,
)
APPROVAL = RuleKind(
    "approval",
    ApprovalPolicy,
    (*HEAD, "audit", "min_amount", "max_amount", "allow_message", "allow_memo", "allow_cod", "conditions"),
    check=_check_approval,
)
WISH_WORD = RuleKind("wish_word", WishWord, (*HEAD, "word", "carrier", "source"), check=_check_wish_word)
ASSIGNMENT = RuleKind(
    "assignment",
    AssignmentRule,
    (
        *HEAD,
        "regions",
        "payment",
        "warehouses",
        "categories",
        "min_amount",
        "max_amount",
        "department",
        "salesperson",
        "business_type",
    ),
    check=_check_assignment,
)


def register_kinds() -> None:
    """Make the kinds known; called when the app is ready."""
    for kind in (ROUTING, APPROVAL, WISH_WORD, ASSIGNMENT):
        register(kind)
    line_kinds.register_kinds()
