"""The pages of the rules: what each is called, which kind of rule it shows, and the fields of its form. A new kind is one entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.catalog.models import Listing, Shop, Sku
from oms.core.rule_kinds import RuleKind, kind_of
from orders.models import BusinessType, Department, MergeRule, RoutingRule, SplitRule, WishWord
from orders.web.rules import fields as f
from warehouse.models import Carrier, FreightTable, Warehouse

Fields = dict[str, forms.Field]


@dataclass(frozen=True, slots=True)
class Page:
    """One page. ``fixed`` is the content that all rules of the page have; ``rows`` names the children that are edited as a table."""

    slug: str
    kind: str
    title: Promise
    hint: Promise
    fields: Callable[[Staff], Fields]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    view: tuple[str, ...] = ("orders.view_rule",)
    manage: tuple[str, ...] = ("orders.view_rule", "orders.manage_rule")
    rows: str = ""

    @property
    def rule_kind(self) -> RuleKind:
        return kind_of(self.kind)

    @property
    def ranked(self) -> bool:
        """Whether the order of the rules matters."""
        return "priority" in self.rule_kind.fields

    def rules(self) -> QuerySet[Any]:
        """The rules of the page, by rank."""
        found = self.rule_kind.model._default_manager.filter(**self.fixed)
        order = [name for name in ("fallback", "priority") if name in self.rule_kind.fields]
        return found.order_by(*order, "id")


def _shops(staff: Staff) -> f.Some:
    return f.Some(scoped(Shop.objects.order_by("name"), staff), label=_("Shops"))


def _head(staff: Staff) -> Fields:
    return {
        "name": f.Text(label=_("Name"), max_length=100),
        "enabled": f.Flag(label=_("In use"), initial=True),
        "shops": _shops(staff),
    }


def _warehouses(label: Any) -> f.Some:
    return f.Some(Warehouse.objects.order_by("priority", "id"), label=label)


def _one_warehouse(label: Any, **kwargs: Any) -> f.One:
    return f.One(Warehouse.objects.order_by("priority", "id"), label=label, required=False, **kwargs)


def _one_carrier(label: Any, **kwargs: Any) -> f.One:
    return f.One(Carrier.objects.order_by("priority", "id"), label=label, **kwargs)


def _routing(staff: Staff) -> Fields:
    return {
        **_head(staff),
        "regions": f.Regions(label=_("Regions")),
        "payment": f.Choice(label=_("Payment"), choices=RoutingRule.Payment.choices),
        "min_weight_g": f.Whole(label=_("Weight from (g)"), required=False),
        "max_weight_g": f.Whole(label=_("Weight below (g)"), required=False),
        "restrictions": f.Words(label=_("Only for restricted goods"), choices=Sku.Restriction.choices, required=False),
        "choice": f.Choice(label=_("How it chooses"), choices=RoutingRule.Choice.choices),
    }


def _to_warehouse(staff: Staff) -> Fields:
    return {
        **_routing(staff),
        "warehouse": _one_warehouse(_("Warehouse")),
        "in_stock": f.Flag(label=_("Only if it has everything in stock")),
        "candidates": _warehouses(_("By price: choose among")),
        "may_split": f.Flag(label=_("By price: may divide an order over warehouses")),
        "max_parts": f.Whole(label=_("Over how many at most"), initial=2, empty=2, required=False, most=4),
        "fallback": f.Flag(label=_("Only when no other rule decides")),
    }


def _to_carrier(staff: Staff) -> Fields:
    return {
        **_routing(staff),
        "from_warehouse": _one_warehouse(_("Only from the warehouse")),
        "carrier": _one_carrier(_("Carrier"), required=False),
        "candidates": f.Some(Carrier.objects.order_by("priority", "id"), label=_("By price: choose among")),
        "fallback": f.Flag(label=_("Only when no other rule decides")),
    }


def _wish_word(staff: Staff) -> Fields:
    return {
        **_head(staff),
        "word": f.Text(label=_("Word"), max_length=32),
        "source": f.Choice(label=_("Read from"), choices=WishWord.Source.choices),
        "carrier": _one_carrier(_("Carrier")),
    }


def _assignment(staff: Staff) -> Fields:
    people = Staff.objects.filter(is_active=True).order_by("username")
    return {
        **_head(staff),
        "regions": f.Regions(label=_("Regions")),
        "payment": f.Choice(label=_("Payment"), choices=RoutingRule.Payment.choices),
        "warehouses": _warehouses(_("Warehouses")),
        "categories": f.Names(label=_("Categories of goods")),
        "min_amount": f.Yuan(label=_("Paid at least"), required=False),
        "max_amount": f.Yuan(label=_("Paid at most"), required=False),
        "department": f.One(Department.objects.filter(enabled=True), label=_("Department"), required=False),
        "salesperson": f.One(
            people, lambda p: p.display_name or p.get_username(), label=_("Salesperson"), required=False
        ),
        "business_type": f.Choice(label=_("Business type"), choices=[("", "—"), *BusinessType.choices], required=False),
    }


def _split(staff: Staff) -> Fields:
    return {
        **_head(staff),
        "kind": f.Choice(label=_("Splits"), choices=SplitRule.Kind.choices),
        "limit_g": f.Whole(label=_("By weight: at most (g)"), required=False, empty=0),
        "skus": f.Skus(label=_("By product: these travel apart")),
    }


def _merge(staff: Staff) -> Fields:
    return {
        **_head(staff),
        "window_minutes": f.Whole(label=_("Paid within (minutes)"), initial=60),
        "across_shops": f.Flag(label=_("Across shops too")),
        "max_trades": f.Whole(
            label=_("Trades at most"), initial=MergeRule._meta.get_field("max_trades").default, most=1000
        ),
        "max_weight_g": f.Whole(
            label=_("Weight at most (g)"), required=False, empty=0, help_text=_("Empty or 0: any weight.")
        ),
    }


def _presale(staff: Staff) -> Fields:
    return {
        **_head(staff),
        "sku": f.Skus(label=_("SKU (merchant code)"), one=True),
        "listing": f.OneListing(
            scoped(Listing.objects.all(), staff),
            label=_("or a listing (item id, or item id/SKU id)"),
        ),
        "until": f.Moment(label=_("Waits until"), required=False, help_text=_("Empty: until there is stock.")),
    }


def _approval(staff: Staff) -> Fields:
    return {
        **_head(staff),
        "min_amount": f.Yuan(label=_("Paid at least"), required=False),
        "max_amount": f.Yuan(label=_("Paid at most"), required=False),
        "allow_message": f.Flag(label=_("Also with a buyer's message")),
        "allow_memo": f.Flag(label=_("Also with a seller's memo")),
        "allow_cod": f.Flag(label=_("Also cash on delivery")),
    }


def _coverage(_staff: Staff) -> Fields:
    return {
        "enabled": f.Flag(label=_("In use"), initial=True),
        "carrier": _one_carrier(_("Carrier"), required=False),
        "warehouse": _one_warehouse(_("Warehouse")),
    }


def _freight(_staff: Staff) -> Fields:
    return {
        "name": f.Text(label=_("Name"), max_length=100),
        "enabled": f.Flag(label=_("In use"), initial=True),
        "carrier": _one_carrier(_("Carrier")),
        "warehouse": _one_warehouse(_("Only from the warehouse")),
        "volume_divisor": f.Whole(label=_("Volume divisor (cm³/kg)"), required=False),
        "rounding": f.Choice(label=_("Rounding"), choices=FreightTable.Rounding.choices),
    }


_TARIFF_VIEW = ("orders.view_rule", "warehouse.view_tariff")
_TARIFF_MANAGE = (*_TARIFF_VIEW, "orders.manage_rule", "warehouse.manage_tariff")

PAGES: tuple[Page, ...] = (
    Page(
        "warehouse",
        "routing",
        _("Warehouse rules"),
        _("From which warehouse an order ships. The first rule that can serve it decides."),
        _to_warehouse,
        {"kind": "warehouse"},
    ),
    Page(
        "carrier",
        "routing",
        _("Carrier rules"),
        _("Which carrier drives a parcel. The first rule whose carrier can serve it decides."),
        _to_carrier,
        {"kind": "carrier"},
    ),
    Page(
        "wish-words",
        "wish_word",
        _("Wish words"),
        _("Words in messages and memos that stand for a carrier. A wish goes before the carrier rules."),
        _wish_word,
    ),
    Page(
        "coverage",
        "coverage",
        _("Delivery regions"),
        _("Where carriers and warehouses deliver. Who has no list delivers everywhere."),
        _coverage,
        view=_TARIFF_VIEW,
        manage=_TARIFF_MANAGE,
        rows="rows",
    ),
    Page(
        "freight",
        "freight",
        _("Freight tables"),
        _("What carriers charge by region and weight."),
        _freight,
        view=_TARIFF_VIEW,
        manage=_TARIFF_MANAGE,
        rows="rates",
    ),
    Page("presale", "presale", _("Pre-sale"), _("Goods whose orders wait for a day or for stock."), _presale),
    Page(
        "split",
        "split",
        _("Split rules"),
        _("How orders are divided. Every rule divides what those before it left."),
        _split,
    ),
    Page("merge", "merge", _("Merge rules"), _("Which orders of one buyer travel in one parcel."), _merge),
    Page(
        "assignment",
        "assignment",
        _("Department and staff"),
        _("To whom an order belongs. Each part is set by the first rule that names it."),
        _assignment,
    ),
    Page(
        "approve-cs",
        "approval",
        _("Customer service approval"),
        _("Orders pass this audit by themselves when they meet every condition of one policy."),
        _approval,
        {"audit": "cs"},
    ),
    Page(
        "approve-finance",
        "approval",
        _("Finance approval"),
        _("Orders pass this audit by themselves when they meet every condition of one policy."),
        _approval,
        {"audit": "finance"},
    ),
)

BY_SLUG = {page.slug: page for page in PAGES}


def page_of(kind: str, content: Mapping[str, Any]) -> Page:
    """The page on which a content of the kind is shown. Raises KeyError."""
    for page in PAGES:
        if page.kind == kind and all(content.get(name) == value for name, value in page.fixed.items()):
            return page
    raise KeyError(kind)
