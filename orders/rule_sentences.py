"""Each rule as one plain sentence in the current language, made from its content: live, draft and earlier versions alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from oms.accounts.models import Staff
from oms.catalog.models import Listing, Region, Shop, Sku
from oms.core.rule_kinds import kind_of
from orders.engine.approval.base import BadCondition, Condition
from orders.engine.texts import Ids, Sentence
from orders.models import ApprovalPolicy, BusinessType, Department, RoutingRule, WishWord
from orders.processing.load_rules import conditions_of
from warehouse.models import Carrier, Warehouse

Content = Mapping[str, Any]

_NAMES: dict[str, Callable[[Iterable[Any]], Iterable[tuple[Any, str]]]] = {
    "shop": lambda ids: Shop.objects.filter(id__in=ids).values_list("id", "name"),
    "sku": lambda ids: Sku.objects.filter(id__in=ids).values_list("id", "code"),
    "warehouse": lambda ids: Warehouse.objects.filter(id__in=ids).values_list("id", "name"),
    "carrier": lambda ids: Carrier.objects.filter(id__in=ids).values_list("id", "name"),
    "department": lambda ids: Department.objects.filter(id__in=ids).values_list("id", "name"),
    "region": lambda ids: Region.objects.filter(code__in=ids).values_list("code", "name"),
    "listing": lambda ids: Listing.objects.filter(id__in=ids).values_list("id", "title"),
    "staff": lambda ids: ((staff.pk, staff.get_username()) for staff in Staff.objects.filter(id__in=ids)),
}


class NameBook:
    """The names of what rules point at, each read once. One book serves a whole page of rules."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Any], str] = {}

    def learn(self, kind: str, ids: Iterable[Any]) -> None:
        """Read the names of these in one query."""
        wanted = sorted({one for one in ids if (kind, one) not in self._known})
        if wanted:
            self._known.update({(kind, one): str(one) for one in wanted})
            self._known.update({(kind, one): name for one, name in _NAMES[kind](wanted)})

    def names(self, kind: str, ids: Iterable[Any]) -> str:
        """The names, joined as a list is in the current language."""
        wanted = [one.ljust(6, "0") if kind == "region" and one else one for one in ids]
        self.learn(kind, [one for one in wanted if one != ""])
        return _(", ").join(self._known[kind, one] if one != "" else _("everywhere") for one in wanted)


def worded(sentence: Sentence, book: NameBook | None = None) -> str:
    """A sentence of the engine in the current language."""
    names = book or NameBook()
    values = {
        key: names.names(value.kind, value.ids) if isinstance(value, Ids) else value
        for key, value in sentence.values.items()
    }
    return _(sentence.text) % values if values or "%%" in sentence.text else _(sentence.text)


def sentence_of(kind: str, content: Content, book: NameBook | None = None) -> str:
    """The rule as one sentence. Raises KeyError for a kind that has none."""
    return SENTENCES[kind](kind_of(kind).complete(content), book or NameBook())


def condition_sentences(policy: ApprovalPolicy, book: NameBook | None = None) -> list[str]:
    """The conditions of a policy, one sentence each, as they are listed on its page."""
    names = book or NameBook()
    return [worded(condition.sentence(), names) for condition in conditions_of(policy)]


def for_whom(content: Content, book: NameBook) -> str:
    """The orders that a rule is for."""
    return _(", ").join(_for_whom(content, book)) or _("any order")


def _for_whom(content: Content, book: NameBook) -> list[str]:
    parts = [_("orders of %(shops)s") % {"shops": book.names("shop", content["shops"])}] if content["shops"] else []
    if content.get("regions"):
        parts.append(_("going to %(regions)s") % {"regions": book.names("region", content["regions"])})
    payment = content.get("payment", RoutingRule.Payment.ANY)
    if payment != RoutingRule.Payment.ANY:
        parts.append(str(RoutingRule.Payment(payment).label))
    return parts


def _routing(content: Content, book: NameBook) -> str:
    parts = _for_whom(content, book)
    if content["from_warehouse"] is not None:
        parts.append(_("from %(warehouse)s") % {"warehouse": book.names("warehouse", [content["from_warehouse"]])})
    low, high = content["min_weight_g"], content["max_weight_g"]
    if low is not None:
        parts.append(_("%(low)s g or more") % {"low": low})
    if high is not None:
        parts.append(_("below %(high)s g") % {"high": high})
    if content["restrictions"]:
        labels = [str(Sku.Restriction(code).label) for code in content["restrictions"]]
        parts.append(_("with goods that are: %(restrictions)s") % {"restrictions": _(", ").join(labels)})
    whom = _(", ").join(parts) or _("any order")
    target = _target(content, book)
    if content["fallback"]:
        return _("If no other rule decides: %(whom)s → %(target)s.") % {"whom": whom, "target": target}
    return _("%(whom)s → %(target)s.") % {"whom": whom, "target": target}


def _target(content: Content, book: NameBook) -> str:
    kind = "warehouse" if content["kind"] == RoutingRule.Kind.WAREHOUSE else "carrier"
    if content["choice"] == RoutingRule.Choice.NAMED:
        name = book.names(kind, [content[kind]])
        return _("%(name)s, if it has everything in stock") % {"name": name} if content["in_stock"] else name
    names = book.names(kind, content["candidates"]) if content["candidates"] else _("all in use")
    if content["may_split"]:
        return _("the cheapest of %(names)s, divided over %(parts)s at most") % {
            "names": names,
            "parts": content["max_parts"],
        }
    return _("the cheapest of %(names)s") % {"names": names}


def _approval(content: Content, book: NameBook) -> str:
    policy = kind_of("approval").instance(content)
    if not isinstance(policy, ApprovalPolicy):
        raise TypeError("an approval content makes an approval policy")
    try:
        conditions: tuple[Condition, ...] = conditions_of(policy)
    except BadCondition as error:
        return worded(error.sentence, book)
    audit = str(ApprovalPolicy.Audit(policy.audit).label)
    whom = for_whom(content, book)
    if not conditions:
        return _("%(whom)s passes the %(audit)s, whatever it is.") % {"whom": whom, "audit": audit}
    return _("%(whom)s passes the %(audit)s if %(conditions)s.") % {
        "whom": whom,
        "audit": audit,
        "conditions": _("; ").join(worded(condition.sentence(), book) for condition in conditions),
    }


def _wish_word(content: Content, book: NameBook) -> str:
    values = {
        "word": content["word"],
        "source": str(WishWord.Source(content["source"]).label),
        "carrier": book.names("carrier", [content["carrier"]]),
        "whom": for_whom(content, book),
    }
    return _("%(whom)s: “%(word)s” in %(source)s stands for %(carrier)s.") % values


def _assignment(content: Content, book: NameBook) -> str:
    parts = _for_whom(content, book)
    if content["warehouses"]:
        parts.append(_("from %(warehouse)s") % {"warehouse": book.names("warehouse", content["warehouses"])})
    if content["categories"]:
        parts.append(_("with goods of %(categories)s") % {"categories": _(", ").join(content["categories"])})
    if content["min_amount"] is not None:
        parts.append(_("¥%(low)s or more") % {"low": content["min_amount"]})
    if content["max_amount"] is not None:
        parts.append(_("¥%(high)s or less") % {"high": content["max_amount"]})
    sets = []
    if content["department"] is not None:
        sets.append(_("department %(name)s") % {"name": book.names("department", [content["department"]])})
    if content["salesperson"] is not None:
        sets.append(_("salesperson %(name)s") % {"name": book.names("staff", [content["salesperson"]])})
    if content["business_type"]:
        sets.append(str(BusinessType(content["business_type"]).label))
    whom = _(", ").join(parts) or _("any order")
    return _("%(whom)s → %(target)s.") % {"whom": whom, "target": _(", ").join(sets)}


def _freight(content: Content, book: NameBook) -> str:
    carrier = book.names("carrier", [content["carrier"]])
    values = {"carrier": carrier, "count": len(content["rates"])}
    if content["warehouse"] is None:
        return _("%(carrier)s charges by %(count)s regions.") % values
    values["warehouse"] = book.names("warehouse", [content["warehouse"]])
    return _("%(carrier)s charges from %(warehouse)s by %(count)s regions.") % values


def _coverage(content: Content, book: NameBook) -> str:
    covered = [row.get("prefix", "") for row in content["rows"] if not row.get("excluded")]
    left_out = [row.get("prefix", "") for row in content["rows"] if row.get("excluded")]
    who = [("carrier", content["carrier"]), ("warehouse", content["warehouse"])]
    values = {
        "who": " / ".join(book.names(kind, [one]) for kind, one in who if one is not None),
        "covered": book.names("region", covered),
        "left_out": book.names("region", left_out),
    }
    if left_out:
        return _("%(who)s delivers to %(covered)s, but not to %(left_out)s.") % values
    return _("%(who)s delivers to %(covered)s.") % values


SENTENCES: dict[str, Callable[[Content, NameBook], str]] = {
    "routing": _routing,
    "approval": _approval,
    "wish_word": _wish_word,
    "assignment": _assignment,
    "freight": _freight,
    "coverage": _coverage,
}
