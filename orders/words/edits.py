"""The fields that people edit, and their values, in words: for the history and for two clerks who meet on one order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import Order
from warehouse.models import Carrier, Warehouse

LABELS: dict[str, Promise] = {
    "receiver": gettext_lazy("Receiver"),
    "warehouse": gettext_lazy("Warehouse asked for"),
    "carrier": gettext_lazy("Carrier asked for"),
    "warehouse_id": gettext_lazy("Warehouse"),
    "carrier_id": gettext_lazy("Carrier"),
    "post_fee": gettext_lazy("Postage"),
    "adjustment": gettext_lazy("Adjustment by hand"),
    "paid_amount": gettext_lazy("Paid"),
    "invoice_kind": gettext_lazy("Invoice"),
    "invoice_title": gettext_lazy("Invoice title"),
    "invoice_tax_no": gettext_lazy("Tax number"),
    "invoice_email": gettext_lazy("E-mail for the invoice"),
    "invoice_confirmed": gettext_lazy("Invoice confirmed"),
    "copied_from": gettext_lazy("Copied from"),
    "memo": gettext_lazy("Memo"),
    "flag": gettext_lazy("Flag"),
    "gift": gettext_lazy("Gift"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field that changed, in words."""

    label: str
    before: str
    after: str


class Names:
    """Names of the warehouses and carriers that changes mention; two queries at most."""

    def __init__(self, changes: Iterable[Mapping[str, Any]]) -> None:
        ids: dict[str, set[int]] = {"warehouse": set(), "carrier": set()}
        for change in changes:
            for name, known in ids.items():
                for value in (change.get(name), change.get(f"{name}_id")):
                    for item in value if isinstance(value, list) else [value]:
                        text = str(item or "")
                        if text.isascii() and text.isdigit():
                            known.add(int(text))
        self._names: dict[str, dict[int, str]] = {"warehouse": {}, "carrier": {}}
        if ids["warehouse"]:
            found = Warehouse.objects.filter(id__in=ids["warehouse"])
            self._names["warehouse"] = dict(found.values_list("id", "name"))
        if ids["carrier"]:
            self._names["carrier"] = dict(Carrier.objects.filter(id__in=ids["carrier"]).values_list("id", "name"))

    def of(self, name: str, value: str) -> str:
        """The name of the warehouse or carrier; the value itself when it is none."""
        return self._names[name].get(int(value), value) if value.isdigit() else value


def label_of(name: str) -> str:
    """What people call the field."""
    if name.startswith("line:"):
        return _("Line")
    return str(LABELS.get(name, name))


def value_of(name: str, value: Any, names: Names) -> str:
    """The value in words; a dash for nothing."""
    text = "" if value is None else str(value)
    if name.startswith("line:"):
        return line_words(text)
    name = name.removesuffix("_id")
    if name in {"warehouse", "carrier"}:
        text = names.of(name, text)
    elif name == "invoice_kind":
        text = str(dict(Order.InvoiceKind.choices).get(text, text))
    elif name == "invoice_confirmed":
        text = _("Yes") if text else _("No")
    elif name == "receiver" and text == "new":
        text = _("the new receiver")
    return text or "—"


def line_words(told: str) -> str:
    """A line in its comparable form as people write it: code × units @ price."""
    if told.count("|") < 3:
        return "—"
    code, units, price, discount = told.rsplit("|", 3)
    words = f"{code or '?'} × {units} @ {price}"
    return words if discount in {"0", "0.00"} else f"{words} − {discount}"


def changes_of(changes: Mapping[str, Any] | None, names: Names) -> tuple[Change, ...]:
    """The changes of one line of history that are fields with an old and a new value."""
    return tuple(
        Change(label_of(name), value_of(name, pair[0], names), value_of(name, pair[1], names))
        for name, pair in (changes or {}).items()
        if isinstance(pair, list) and len(pair) == 2 and (name in LABELS or name.startswith("line:"))
    )
