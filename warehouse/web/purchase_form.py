"""The form of a purchase order: what it is, and lines that are looked up as they are typed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from oms.accounts.gate import needs
from oms.accounts.idempotency import once_for_form
from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.accounts.who import signed_in
from oms.catalog.models import Sku
from oms.catalog.queries import sku_list
from oms.core.errors import UnableTo
from oms.core.web.replies import refuse
from warehouse import purchasing
from warehouse.models import PurchaseOrder, Warehouse
from warehouse.purchase_queries import lines_of, purchases
from warehouse.purchasing import MOST_LINES, MOST_UNITS, LineWish, PurchaseWish
from warehouse.states import DRAFT

CHOICES = 20
FIELDS = ("sku", "quantity", "price")
HIGHEST_COST = Decimal("9999999999.99")


class HeadForm(forms.Form):
    """What of a purchase order is no line."""

    warehouse = forms.TypedChoiceField(label=gettext_lazy("Warehouse"), coerce=int)
    supplier = forms.CharField(label=gettext_lazy("Supplier"), max_length=100)
    expected_on = forms.DateField(
        label=gettext_lazy("Expected on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    external_no = forms.CharField(label=gettext_lazy("External number"), max_length=64, required=False)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)

    def __init__(self, staff: Staff, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        houses = scoped(Warehouse.objects.filter(enabled=True), staff).order_by("priority", "code")
        field = self.fields["warehouse"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(house.pk, house.name) for house in houses]


@dataclass(slots=True)
class Row:
    """One line as it was typed, with the goods that it names and what is wrong with it."""

    key: str
    sku: str = ""
    quantity: str = ""
    price: str = ""
    title: str = ""
    spec: str = ""
    error: str = ""
    sku_id: int = field(default=0, kw_only=True)

    @property
    def empty(self) -> bool:
        return not (self.sku or self.quantity)

    def name(self, sku: Sku) -> None:
        """Say which goods they are."""
        self.sku_id, self.title, self.spec = sku.pk, sku.product.name, sku.spec

    def wish(self) -> LineWish | None:
        """The line that is wished; None with ``error`` when it cannot be read."""
        if not self.sku_id:
            self.error = _("There is no SKU with the merchant code “%(code)s”.") % {"code": self.sku}
            return None
        if not (self.quantity.isascii() and self.quantity.isdigit() and 0 < int(self.quantity[:8]) <= MOST_UNITS):
            self.error = _("Units must be from 1 to %(limit)s.") % {"limit": MOST_UNITS}
            return None
        try:
            cost = Decimal(self.price) if self.price else None
        except InvalidOperation:
            cost = Decimal(-1)
        if cost is not None and not (
            cost.is_finite() and 0 <= cost <= HIGHEST_COST and cost == cost.quantize(Decimal("0.01"))
        ):
            self.error = _("Write the unit cost in yuan, with at most two decimals.")
            return None
        return LineWish(self.sku_id, int(self.quantity), cost)


def _clean(value: object) -> str:
    return str(value).replace("\0", "").strip()


def _rows(data: QueryDict) -> list[Row]:
    keys = list(dict.fromkeys(_clean(key)[:32] for key in data.getlist("line")))[: MOST_LINES + 1]
    return [Row(key, *(_clean(data.get(f"{name}-{key}", ""))[:64] for name in FIELDS)) for key in keys]


def _look_up(rows: list[Row], staff: Staff, purchase: PurchaseOrder | None) -> None:
    """Name the goods of the rows: those that the person may see, and those that stand in the draft already."""
    codes = {row.sku for row in rows if row.sku}
    skus = {sku.code: sku for sku in scoped(Sku.objects.select_related("product").filter(code__in=codes), staff)}
    if purchase is not None:
        skus |= {line.sku.code: line.sku for line in lines_of(purchase)}
    for row in rows:
        if row.sku in skus:
            row.name(skus[row.sku])


@require_http_methods(["GET", "HEAD", "POST"])
@needs("warehouse.view_purchase", "warehouse.manage_purchase")
def new(request: HttpRequest) -> HttpResponse:
    """Enter a purchase order."""
    if request.method != "POST":
        return _page(request, HeadForm(signed_in(request)), [Row("n0")], None)
    return _saved(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("warehouse.view_purchase", "warehouse.manage_purchase")
def edit(request: HttpRequest, no: str) -> HttpResponse:
    """Change a draft."""
    staff = signed_in(request)
    found = get_object_or_404(purchases(staff), no=no)
    if found.state != DRAFT:
        error = UnableTo(_("%(no)s is ordered: its lines stay as they are.") % {"no": no}, code="wrong_state")
        return refuse(request, error, reverse("warehouse:purchase", args=[no]))
    if request.method == "POST":
        return _saved(request, found)
    initial = {name: getattr(found, name) for name in ("supplier", "expected_on", "external_no", "note")}
    head = HeadForm(staff, initial={**initial, "warehouse": found.warehouse_id})
    rows = [
        Row(f"o{line.pk}", line.sku.code, str(line.quantity), "" if line.unit_cost is None else str(line.unit_cost),
            line.sku.product.name, line.sku.spec)
        for line in lines_of(found)
    ]  # fmt: skip
    return _page(request, head, rows, found)


def _saved(request: HttpRequest, purchase: PurchaseOrder | None) -> HttpResponse:
    """Write what was typed, and order it when that was pressed; or the form again, with what is wrong."""
    staff = signed_in(request)
    head, rows = HeadForm(staff, request.POST), [row for row in _rows(request.POST) if not row.empty]
    _look_up(rows, staff, purchase)
    lines = [row.wish() for row in rows]
    error = ""
    if head.is_valid() and None not in lines:
        values = head.cleaned_data
        wish = PurchaseWish(
            values["warehouse"],
            values["supplier"],
            values["expected_on"],
            tuple(line for line in lines if line is not None),
            values["external_no"],
            values["note"],
        )
        try:
            no = _write(request, staff, purchase, wish)
        except UnableTo as refusal:
            error = str(refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("warehouse:purchase", no)
    return _page(request, head, rows or [Row("n0")], purchase, error=error, status=422)


def _write(request: HttpRequest, staff: Staff, purchase: PurchaseOrder | None, wish: PurchaseWish) -> str:
    order = bool(request.POST.get("order"))
    if purchase is None:
        key = request.POST.get("once", "")
        return once_for_form(staff.pk, key, lambda: purchasing.enter([wish], actor_id=staff.pk, order=order)[0].no)
    purchasing.change_draft(purchase.pk, wish, actor_id=staff.pk)
    if order:
        purchasing.place(purchase.pk, actor_id=staff.pk)
    return purchase.no


def _page(
    request: HttpRequest,
    head: HeadForm,
    rows: list[Row],
    purchase: PurchaseOrder | None,
    *,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "head": head,
        "rows": rows,
        "blank": Row("new"),
        "purchase": purchase,
        "error": error,
        "once": request.POST.get("once") or uuid.uuid4().hex,
    }
    return render(request, "warehouse/purchase_form.html", context, status=status)


@require_safe
@needs("warehouse.view_purchase", "warehouse.manage_purchase")
def line(request: HttpRequest) -> HttpResponse:
    """The goods that one line of the form names. Its figures are left alone: they may be typed while this is on its way."""
    rows = _rows(request.GET)[:1] or [Row("new")]
    _look_up(rows, signed_in(request), None)
    if rows[0].sku and not rows[0].sku_id:
        rows[0].error = _("There is no SKU with the merchant code “%(code)s”.") % {"code": rows[0].sku}
    return render(request, "warehouse/_purchase_goods.html", {"row": rows[0]})


@require_safe
@needs("warehouse.view_purchase", "warehouse.manage_purchase")
def sku_choices(request: HttpRequest) -> HttpResponse:
    """The SKUs that a typed code or name may mean."""
    text = _clean(request.GET.get("sku", ""))[:100]
    found = sku_list(signed_in(request), text)[:CHOICES] if text else ()
    return render(request, "catalog/_sku_choices.html", {"skus": found})
