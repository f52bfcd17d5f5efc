"""The form in which an order is edited: read from the order or from what was typed, which it keeps whatever happens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from oms.catalog.receivers import ReceiverData
from oms.core.money import ZERO
from orders.editing import values as v
from orders.editing.invoices import invoice_faults
from orders.editing.load import Editable
from orders.models import Order

MOST_LINES = 200
RECEIVER_FIELDS = {
    "name": 64,
    "phone": 40,
    "province": 32,
    "city": 32,
    "district": 32,
    "town": 32,
    "address": 200,
    "zip_code": 16,
}
TEXTS = ("post_fee", "adjustment", "reason", "warehouse", "carrier", "invoice_kind", "invoice_title", "invoice_tax_no",
         "invoice_email", "invoice_confirmed")  # fmt: skip
_AMOUNT = re.compile(r"\d{1,10}(\.\d{1,2})?")
_PHONE = re.compile(r"\+?[\d][\d\- ,*]{5,38}")


@dataclass
class Row:
    """A line of the form: what was typed, and what is shown beside it."""

    key: str
    sku: str = ""
    quantity: str = "1"
    price: str = "0.00"
    discount: str = "0.00"
    title: str = ""
    spec: str = ""
    gift: bool = False
    amount: Decimal | None = None
    error: str = ""
    merchant_code: str = ""


@dataclass
class EditForm:
    """Everything that was typed, as text, with an error by field; ``base`` are the fields as they were when it was opened."""

    values: dict[str, str]
    rows: list[Row]
    base: dict[str, str]
    receiver: dict[str, str] | None = None
    errors: dict[str, str] = field(default_factory=dict)
    still: tuple[Row, ...] = ()
    """Lines that are shown and not edited."""

    @property
    def base_text(self) -> str:
        return orjson.dumps(self.base).decode()

    def wish(self) -> v.EditWish | None:
        """What is asked for; None when something cannot be read, with the errors set."""
        self.errors = {}
        invoice = self._invoice()
        receiver = self._receiver()
        lines = tuple(self._line(row) for row in self.rows)
        wish = v.EditWish(
            tuple(line for line in lines if line is not None),
            self._money("post_fee"),
            receiver,
            self._id("warehouse"),
            self._id("carrier"),
            invoice,
            self._money("adjustment"),
            self.values["reason"].strip()[:200],
        )
        return None if self.errors or any(row.error for row in self.rows) else wish

    def _line(self, row: Row) -> v.LineWish | None:
        row.error = ""
        units = row.quantity.strip()
        if not (units.isascii() and units.isdigit() and 1 <= int(units[:9]) <= 99_999):
            row.error = _("Units must be a whole number from 1.")
        price, discount = (
            _money_of(text.strip().removeprefix("-")) if name == "discount" else _money_of(text)
            for name, text in (("price", row.price), ("discount", row.discount))
        )
        if price is None or discount is None:
            row.error = row.error or _("Write an amount with at most two decimals.")
        if row.error or price is None or discount is None:
            return None
        if row.discount.strip().startswith("-"):
            discount = -discount
        return v.LineWish(row.key, row.sku.strip(), int(units), price, discount)

    def _money(self, name: str) -> Decimal:
        text = self.values[name].strip()
        amount = _money_of(text.removeprefix("-")) if text else ZERO
        if amount is None:
            self.errors[name] = _("Write an amount with at most two decimals.")
            return ZERO
        return -amount if text.startswith("-") else amount

    def _id(self, name: str) -> int | None:
        text = self.values[name]
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

    def _invoice(self) -> v.InvoiceWish:
        texts = {name: self.values[f"invoice_{name}"].strip() for name in ("kind", "title", "tax_no", "email")}
        kind, tax_no = texts["kind"], texts["tax_no"].upper()
        if kind not in Order.InvoiceKind.values:
            self.errors["invoice_kind"] = _("Choose one of the kinds.")
        for name, fault in invoice_faults(kind, texts["title"], tax_no).items():
            self.errors[f"invoice_{name}"] = fault
        if texts["email"]:
            try:
                validate_email(texts["email"])
            except ValidationError:
                self.errors["invoice_email"] = _("This is no e-mail address.")
        confirmed = bool(self.values["invoice_confirmed"])
        return v.InvoiceWish(kind, texts["title"][:200], tax_no, texts["email"][:254], confirmed and bool(kind))

    def _receiver(self) -> ReceiverData | None:
        if self.receiver is None:
            return None
        return read_receiver_fields(self.receiver, self.errors)


def read_receiver_fields(given: Mapping[str, str], errors: dict[str, str]) -> ReceiverData:
    """The receiver of the fields; what is wrong goes into ``errors`` under ``r_NAME``."""
    texts = {name: given.get(name, "").strip()[:longest] for name, longest in RECEIVER_FIELDS.items()}
    for name, sentence in (
        ("name", _("Who receives the parcel?")),
        ("address", _("Where is it to go?")),
        ("province", _("Name the province.")),
    ):
        if not texts[name]:
            errors[f"r_{name}"] = sentence
    if not _PHONE.fullmatch(texts["phone"]):
        errors["r_phone"] = _("A phone number has 7 digits at least.")
    data = ReceiverData(**texts)
    if texts["province"] and data.region_code is None:
        errors["r_province"] = _("This province is not known.")
    return data


def _money_of(text: str) -> Decimal | None:
    text = text.strip().replace(",", "")
    return Decimal(text).quantize(Decimal("0.01")) if _AMOUNT.fullmatch(text) else None


def form_of(found: Editable) -> EditForm:
    """The form as the order stands."""
    order = found.order
    values = dict.fromkeys(TEXTS, "") | {
        "post_fee": str(order.post_fee),
        "adjustment": "",
        "warehouse": str(order.wished_warehouse_id or ""),
        "carrier": str(order.wished_carrier_id or ""),
        "invoice_kind": order.invoice_kind,
        "invoice_title": order.invoice_title,
        "invoice_tax_no": order.invoice_tax_no,
        "invoice_email": order.invoice_email,
        "invoice_confirmed": "1" if order.invoice_confirmed_at is not None else "",
    }
    rows, still = rows_of(found)
    return EditForm(values, rows, dict(found.fields), still=still)


def rows_of(found: Editable) -> tuple[list[Row], tuple[Row, ...]]:
    """The lines to be edited, and those that are only shown."""
    rows: list[Row] = []
    still: list[Row] = []
    for key, line in zip(v.line_keys(found.lines), found.lines, strict=True):
        row = Row(
            key,
            found.codes.get(line.sku_id or 0, ""),
            str(line.quantity),
            str(line.price),
            str(line.discount),
            line.title,
            line.spec,
            line.is_gift,
            line.amount,
            merchant_code=line.sku_code,
        )
        (rows if v.is_editable(line) and found.lines_open else still).append(row)
    return rows, tuple(still)


def clean_post(request: HttpRequest) -> QueryDict:
    """What was sent, without null bytes: the database takes none, and nobody types them."""
    data = request.POST.copy()
    for name in list(data):
        data.setlist(name, [text.replace("\0", "") for text in data.getlist(name)])
    return data


def posted_form(request: HttpRequest, found: Editable) -> EditForm:
    """The form as it was typed. Lines that are gone by now are left out; keys that are not there name new lines."""
    data = clean_post(request)
    fresh = form_of(found)
    known = {row.key: row for row in fresh.rows}
    rows = [posted_row(data, key, known.get(key)) for key in list(dict.fromkeys(data.getlist("line")))[:MOST_LINES]]
    base = _base_of(data.get("base", ""), found.fields)
    # A line of the trade that somebody else took out meanwhile cannot be put back by typing.
    rows = [row for row in rows if row.key in known or row.key.startswith("new")]
    receiver = None
    if data.get("receiver_open"):
        receiver = {name: data.get(f"r_{name}", "") for name in RECEIVER_FIELDS}
    return EditForm(
        {name: data.get(name, "") for name in TEXTS},
        rows if found.lines_open else [],
        base,
        receiver,
        still=fresh.still,
    )


def posted_row(data: QueryDict, key: str, known: Row | None) -> Row:
    """A line as it was typed; what is shown beside it comes from the line that is there."""
    texts = {name: data.get(f"{name}-{key}", "")[:64] for name in ("sku", "quantity", "price", "discount")}
    if known is None:
        return Row(key[:80], texts["sku"], texts["quantity"], texts["price"], texts["discount"])
    return Row(
        key,
        texts["sku"],
        texts["quantity"],
        texts["price"],
        texts["discount"],
        known.title,
        known.spec,
        known.gift,
        known.amount,
        merchant_code=known.merchant_code,
    )


def _base_of(text: str, now: v.Fields) -> dict[str, str]:
    """The fields as they were when the form was opened; what cannot be read counts as changed by somebody else."""
    try:
        data: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        return dict.fromkeys(now, "?")
    if not isinstance(data, dict):
        return dict.fromkeys(now, "?")
    return {str(key): str(value) for key, value in data.items()}


def rebase(form: EditForm, found: Editable, meanwhile: Iterable[str]) -> set[str]:
    """Take over what others changed where the person typed nothing; returns the fields that both changed."""
    fresh = form_of(found)
    both: set[str] = set()
    rows = {row.key: row for row in form.rows}
    for name in meanwhile:
        if name.startswith(v.LINE):
            key = name.removeprefix(v.LINE)
            row, now = rows.get(key), next((row for row in fresh.rows if row.key == key), None)
            mine = None if row is None else f"{row.sku}|{row.quantity}|{row.price}|{row.discount}"
            if mine == form.base.get(name) or (row is None and name not in form.base):
                if row is not None and now is not None:
                    form.rows[form.rows.index(row)] = now
                elif now is not None:
                    form.rows.append(now)
            elif now is not None:
                both.add(name)
        elif name == v.RECEIVER:
            if form.receiver is not None:
                both.add(name)
        elif form.values.get(name, "") == form.base.get(name, ""):
            form.values[name] = fresh.values[name]
        elif form.values[name] != fresh.values[name]:
            both.add(name)
    form.base = dict(found.fields)
    return both
