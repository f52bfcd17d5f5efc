"""What campaigns' pages show of orders: the effect on sales, and a basket tried out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from oms.accounts.gate import needs
from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.accounts.who import signed_in
from oms.catalog.models import Shop, Sku
from orders.campaign_effect import effect_of
from orders.models import Order
from orders.queries import orders
from orders.trial import Trial, TrialLine, basket_of, lines_of, moment_for, try_basket
from promotions.engine.values import Grant
from promotions.load import gift_skus
from promotions.models import Campaign
from promotions.reading import sku_names
from promotions.typed import find_regions, names_in
from promotions.words import passed_text, threshold_text

MOST_LINES = 30
_LARGEST = Decimal("9999999.99")


@require_safe
@needs("promotions.view_campaign", "orders.view_order")
def effect(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Sales of the campaign's shops and goods against the time before, for the campaign's page."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    found = effect_of(signed_in(request), campaign, timezone.now())
    return render(request, "promotions/_effect.html", {"effect": found})


class BasketForm(forms.Form):
    """Who buys where and when."""

    shop = forms.ModelChoiceField(label=gettext_lazy("Shop"), queryset=Shop.objects.none(), empty_label=None)
    at = forms.DateTimeField(
        label=gettext_lazy("Ordered and paid"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    region = forms.CharField(label=gettext_lazy("Region"), required=False, max_length=100)
    buyer = forms.CharField(label=gettext_lazy("Buyer id (for limits)"), required=False, max_length=100)
    level = forms.CharField(label=gettext_lazy("Member level"), required=False, max_length=32)
    tags = forms.CharField(label=gettext_lazy("Member tags"), required=False, max_length=200)

    def __init__(self, data: Any, *, staff: Staff, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        shop = self.fields["shop"]
        if isinstance(shop, forms.ModelChoiceField):
            shop.queryset = scoped(Shop.objects.order_by("code"), staff)

    def clean_region(self) -> str:
        """The region's digits."""
        names = names_in(self.cleaned_data["region"])
        found = find_regions(names)
        if found.unknown or len(found.values) > 1:
            raise forms.ValidationError(_("Not known, or several of the name. Write the province before it."))
        return found.values[0].ljust(6, "0") if found.values else ""


@dataclass(slots=True)
class Row:
    """Goods as they were typed."""

    code: str = ""
    units: str = "1"
    amount: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class GrantTold:
    """A grant in words."""

    grant: Grant
    steps: str
    gifts: str
    missing: str


@require_safe
@needs("promotions.view_campaign", "orders.view_order")
def try_campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """A basket, typed or read from an order, and which gifts it would get. Changes nothing."""
    staff = signed_in(request)
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    number = request.GET.get("order", "").replace("\0", "").strip().upper()
    order = orders(staff).filter(no=number).first() if number else None
    asked = "sku" in request.GET and not number
    rows = _rows(request) if asked else _rows_of(order)
    first: dict[str, Any] = {"at": moment_for(campaign, timezone.now())}
    if order is not None:
        first |= _facts(order)
    form = BasketForm(request.GET if asked else None, staff=staff, initial=first)
    context: dict[str, Any] = {
        "campaign": campaign,
        "form": form,
        "rows": rows or [Row()],
        "number": number,
        "order": order,
        "not_found": bool(number) and order is None,
    }
    lines = _lines(rows) if asked else lines_of(order) if order is not None else []
    trial = None
    if asked and form.is_valid() and lines and not any(row.error for row in rows):
        clean = form.cleaned_data
        basket = basket_of(
            clean["shop"],
            lines,
            at=clean["at"],
            region=clean["region"],
            buyer=clean["buyer"],
            level=clean["level"],
            tags=names_in(clean["tags"]),
        )
        trial = try_basket(campaign, basket)
    elif order is not None and lines:
        at = order.paid_at or order.placed_at
        buyer = order.buyer_id or order.buyer_nick
        trial = try_basket(campaign, basket_of(order.shop, lines, at=at, region=order.region_id or "", buyer=buyer))
    if trial is not None:
        context |= _told(trial)
    return render(request, "promotions/try.html", context)


def _rows(request: HttpRequest) -> list[Row]:
    columns = [request.GET.getlist(name)[:MOST_LINES] for name in ("sku", "units", "amount")]
    count = len(columns[0])
    filled = [[*column, *[""] * (count - len(column))] for column in columns]
    rows = [Row(*(text.replace("\0", "").strip()[:64] for text in row)) for row in zip(*filled, strict=False)]
    return [row for row in rows if row.code]


def _rows_of(order: Order | None) -> list[Row]:
    if order is None:
        return []
    lines = lines_of(order)
    codes = dict(Sku.objects.filter(id__in={line.sku_id for line in lines}).values_list("id", "code"))
    return [Row(codes[line.sku_id], str(line.quantity), str(line.amount)) for line in lines]


def _facts(order: Order) -> dict[str, Any]:
    return {
        "shop": order.shop_id,
        "at": order.paid_at or order.placed_at,
        "region": order.region_name,
        "buyer": order.buyer_id or order.buyer_nick,
    }


def _lines(rows: list[Row]) -> list[TrialLine]:
    """The goods; a row that cannot be read gets its sentence. Without an amount the price of the item master counts."""
    known = {sku.code: sku for sku in Sku.objects.filter(code__in=[row.code for row in rows])}
    found: list[TrialLine] = []
    for row in rows:
        sku = known.get(row.code)
        units = int(row.units) if row.units.isascii() and row.units.isdigit() and len(row.units) < 6 else 0
        if sku is None:
            row.error = _("There is no SKU with the merchant code “%(code)s”.") % {"code": row.code}
        elif not units:
            row.error = _("Units are whole numbers from 1 on.")
        else:
            amount = _amount(row.amount, sku.price * units)
            if amount is None:
                row.error = _("Write what was paid for all units together, such as 59.00.")
            else:
                found.append(TrialLine(sku.pk, units, amount))
    return found


def _amount(text: str, otherwise: Decimal) -> Decimal | None:
    if not text:
        return otherwise
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount <= _LARGEST and amount == round(amount, 2) else None


def _told(trial: Trial) -> dict[str, Any]:
    schemes = [grant.scheme for grant in trial.grants]
    given = {gift.sku_id for grant in trial.grants for gift in (*grant.gifts, *grant.missing)}
    names = sku_names(gift_skus(schemes) | given)
    grants = [
        GrantTold(
            grant,
            ", ".join(f"{threshold_text(grant.scheme.kind, step.threshold)} × {step.times}" for step in grant.tiers),
            ", ".join(f"{names[gift.sku_id]} × {gift.quantity}" for gift in grant.gifts),
            ", ".join(f"{names[gift.sku_id]} × {gift.quantity}" for gift in grant.missing),
        )
        for grant in trial.grants
    ]
    passed = [(row.scheme, passed_text(row.code)) for row in trial.passed]
    return {"tried": True, "grants": grants, "passed": passed}
