"""Everything that orders can be narrowed by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from oms.accounts.models import Staff
from oms.catalog.models import Shop
from oms.catalog.models.receiver import NAME_PURPOSE, PHONE_PURPOSE
from oms.core.errors import UnableTo
from orders.filtering import cases
from orders.filtering.base import HAS_OR_NOT, LONGEST_TEXT, Asker, Field, Group, Op, Values
from orders.filtering.batches import OfBatch
from orders.filtering.goods import GiftsOf, Goods, Level
from orders.filtering.lists import NO_VALUE, YES_NO, Cases, Codes, Listed, References, yes_or_no
from orders.filtering.places import Regions
from orders.filtering.ranges import FUTURE, PAST, Moments, Numbers
from orders.filtering.texts import Exact, Sealed, Words
from orders.models import BusinessType, Department, Order, OrderLine, OrderTag
from orders.tags import tagged
from orders.words.reasons import SHORT
from promotions.models import Campaign, Scheme
from warehouse.models import Carrier, Warehouse

FLAGS = {
    "0": _("No flag"),
    "1": _("Red"),
    "2": _("Yellow"),
    "3": _("Green"),
    "4": _("Blue"),
    "5": _("Purple"),
}
"""The flags that platforms let a seller put on a trade, by their number."""

_MOST_ORDERS = 20_000


@dataclass(frozen=True, slots=True)
class Anything(Field):
    """The box one types into: numbers by their beginning, buyers by any part of their name (in the archive by its beginning)."""

    control: ClassVar[str] = "search"

    def read(self, text: str, asker: Asker) -> Values:
        plain = text.strip()
        if len(plain) > LONGEST_TEXT:
            raise UnableTo(_("At most %(count)s characters.") % {"count": LONGEST_TEXT}, code="filter_too_long")
        return (plain,)

    def condition(self, values: Values, asker: Asker) -> Q:
        (text,) = values
        buyer = "buyer_nick__icontains" if asker.open_only else "buyer_nick__startswith"
        return Q(no__startswith=text.upper()) | Q(trade_no__startswith=text) | Q(**{buyer: text})

    def canonical(self, values: Values) -> str:
        return str(values[0])


@dataclass(frozen=True, slots=True)
class Tagged(References):
    """An array of the ids of tags, any of which may be meant."""

    operators: ClassVar[Mapping[Op, Promise]] = HAS_OR_NOT

    def condition(self, values: Values, asker: Asker) -> Q:
        return tagged(choice.key for choice in values)


def _of_trades(numbers: Sequence[str]) -> Q:
    """Orders born of the trades, and those that were merged and hold lines of them. Two queries, each by its index."""
    wanted = list(numbers)
    ids = set(Order.objects.filter(trade_no__in=wanted).order_by().values_list("id", flat=True)[:_MOST_ORDERS])
    lines = OrderLine.objects.filter(trade__trade_no__in=wanted).order_by()
    ids.update(lines.values_list("order_id", flat=True)[:_MOST_ORDERS])
    return Q(id__in=sorted(ids))


_ANYTHING = Anything("q", _("Order, trade, buyer"), Group.ORDER)

_ORDER: tuple[Field, ...] = (
    Listed(
        "state",
        _("State"),
        Group.ORDER,
        {state.value: state.label for state in Order.State if state != Order.State.SUPERSEDED},
        "state",
    ),
    References(
        "shop", _("Shop"), Group.ORDER, "shop", Shop.objects.order_by("code").all, ("code", "name"), called="name"
    ),
    References(
        "warehouse",
        _("Warehouse"),
        Group.ORDER,
        "warehouse",
        Warehouse.objects.order_by("code").all,
        ("code", "name"),
        without=_("No warehouse"),
        called="name",
    ),
    References(
        "carrier",
        _("Carrier"),
        Group.ORDER,
        "carrier",
        Carrier.objects.order_by("code").all,
        ("code", "name"),
        without=_("No carrier"),
        called="name",
    ),
    Cases(
        "deadline",
        _("Deadline"),
        Group.ORDER,
        {code: label for code, (label, _from, _until) in cases.DEADLINES.items()},
        cases.due,
    ),
    Codes("reason", _("Reason"), Group.ORDER, SHORT, ("exceptions", "attention")),
    Cases(
        "hint",
        _("Hint"),
        Group.ORDER,
        {code: label for code, (label, _condition) in cases.HINTS.items()},
        cases.hinted,
    ),
    Listed("payment", _("Payment"), Group.ORDER, dict(Order.PaymentKind.choices), "payment_kind"),
    Listed(
        "business",
        _("Business type"),
        Group.ORDER,
        {NO_VALUE: pgettext_lazy("filter", "None"), **dict(BusinessType.choices)},
        "business_type",
    ),
    References(
        "department",
        _("Department"),
        Group.ORDER,
        "department",
        Department.objects.all,
        ("code", "name"),
        without=_("No department"),
    ),
    References(
        "salesperson",
        _("Salesperson"),
        Group.ORDER,
        "salesperson",
        Staff.objects.order_by("display_name", "username").all,
        ("username", "display_name"),
        without=_("No salesperson"),
        of_all=True,
    ),
    Cases("origin", _("Made by"), Group.ORDER, cases.ORIGINS, cases.origin),
    Cases("presale", _("Pre-sale"), Group.ORDER, YES_NO, cases.presale),
    Cases("urgent", _("Urgent"), Group.ORDER, YES_NO, yes_or_no(Q(urgent=True))),
    Cases("held", _("Held"), Group.ORDER, YES_NO, yes_or_no(Q(held=True))),
    Cases("intercepted", _("Intercepted"), Group.ORDER, YES_NO, yes_or_no(Q(intercepted=True))),
    Exact("trade", _("Trade numbers"), Group.ORDER, _of_trades),
    OfBatch("batch", _("Batch"), Group.ORDER),
    Exact("no", _("Order numbers"), Group.ORDER, lambda texts: Q(no__in=[text.upper() for text in texts])),
)

_GOODS: tuple[Field, ...] = (
    Goods("sku", _("SKU"), Group.GOODS, Level.SKU),
    Goods("product", _("Product"), Group.GOODS, Level.PRODUCT),
    Goods("category", _("Category"), Group.GOODS, Level.CATEGORY),
    Words("title", _("Goods in words"), Group.GOODS, "summary"),
    Cases(
        "basket",
        _("Units and lines"),
        Group.GOODS,
        {code: label for code, (label, _condition) in cases.BASKETS.items()},
        cases.basket,
    ),
    Cases("gift", _("Gifts"), Group.GOODS, cases.GIFTS, cases.gifts),
    GiftsOf(
        "campaign", _("Gifts of campaign"), Group.GOODS, "campaign", Campaign.objects.order_by("-id").all, ("name",)
    ),
    GiftsOf(
        "scheme",
        _("Gifts of scheme"),
        Group.GOODS,
        "id",
        Scheme.objects.select_related("campaign").order_by("-id").all,
        ("name", "campaign__name"),
        lambda scheme: f"{scheme.campaign.name} / {scheme.name}",
    ),
)

_FIGURES: tuple[Field, ...] = (
    Numbers("paid", pgettext_lazy("amount", "Paid"), Group.FIGURES, "paid_amount", "¥", places=2),
    Numbers("discount", pgettext_lazy("amount", "Discount"), Group.FIGURES, "discount_amount", "¥", places=2),
    Numbers("weight", _("Weight"), Group.FIGURES, "weight_g", behind=" kg", factor=1000),
    Numbers("units", _("Units"), Group.FIGURES, "quantity"),
    Numbers("lines", pgettext_lazy("how many", "Lines"), Group.FIGURES, "line_count"),
)

_TIMES: tuple[Field, ...] = (
    Moments("paid_at", _("Paid at"), Group.TIMES, "paid_at", PAST),
    Moments("placed_at", _("Placed at"), Group.TIMES, "placed_at", PAST),
    Moments("created_at", _("Made at"), Group.TIMES, "created_at", PAST),
    Moments("approved_at", _("Audited at"), Group.TIMES, "approved_at", PAST),
    Moments("shipped_at", _("Shipped at"), Group.TIMES, "shipped_at", PAST),
    Moments("ship_by", _("To be shipped by"), Group.TIMES, "ship_by", FUTURE),
)

_PEOPLE: tuple[Field, ...] = (
    Exact("buyer", _("Buyer"), Group.PEOPLE, lambda texts: Q(buyer_nick__in=texts), blanks=False, most=200),
    Cases("visit", _("Buyer's orders"), Group.PEOPLE, cases.FIRST_TIME, cases.bought_before),
    Sealed("receiver", _("Receiver"), Group.PEOPLE, "name_index", NAME_PURPOSE, "name_masked"),
    Sealed("phone", _("Phone"), Group.PEOPLE, "phone_index", PHONE_PURPOSE, "phone_masked"),
    Regions("region", _("Region"), Group.PEOPLE),
)

_WORDS: tuple[Field, ...] = (
    Words("message", _("Buyer's message"), Group.WORDS, "buyer_message"),
    Words("memo", _("Seller's memo"), Group.WORDS, "seller_memo"),
    Tagged("tag", _("Tag"), Group.WORDS, "tags", OrderTag.objects.all, ("name",)),
    Words("note", _("Internal note"), Group.WORDS, "internal_note"),
    Listed("flag", _("Flag"), Group.WORDS, FLAGS, "flag", numeric=True),
    Cases("invoice", _("Invoice wanted"), Group.WORDS, YES_NO, yes_or_no(~Q(invoice_title=""))),
)

FIELDS: dict[str, Field] = {
    field.name: field for field in (_ANYTHING, *_ORDER, *_GOODS, *_FIGURES, *_TIMES, *_PEOPLE, *_WORDS)
}
BY_GROUP: dict[Group, tuple[Field, ...]] = {
    Group.ORDER: _ORDER,
    Group.GOODS: _GOODS,
    Group.FIGURES: _FIGURES,
    Group.TIMES: _TIMES,
    Group.PEOPLE: _PEOPLE,
    Group.WORDS: _WORDS,
}
QUICK = ("shop", "warehouse", "carrier", "deadline", "reason", "hint")
"""The fields that stand in a row above the list, in this order."""
