"""The fields that can be changed on many orders: who may, in which states, and what becomes of an order's columns. No writing here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from oms.accounts.models import Staff
from oms.core.actions import Refusal
from oms.core.errors import UnableTo
from orders.editing.invoices import invoice_faults
from orders.engine.assign import STAGE as ASSIGN
from orders.filtering.fields import FLAGS
from orders.memos import MEMO_LENGTH
from orders.models import BusinessType, Department, Order, OrderTag
from orders.states import OPEN, STATES, SUPERSEDED
from warehouse.models import Carrier, Warehouse

ANY_STATE = tuple(state for state in STATES if state != SUPERSEDED)
NOTHING = "none"
"""The choice that takes a value away."""

SET, APPEND, REPLACE, CLEAR, ADD, REMOVE = "set", "append", "replace", "clear", "add", "remove"
MODES: dict[str, Promise] = {
    SET: gettext_lazy("Set"),
    APPEND: gettext_lazy("Append"),
    REPLACE: gettext_lazy("Replace"),
    CLEAR: gettext_lazy("Clear"),
    ADD: gettext_lazy("Add"),
    REMOVE: pgettext_lazy("from orders", "Remove"),
}

Row = Mapping[str, Any]
Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked for: ``value`` is text, or the key of what was chosen (None: nothing)."""

    mode: str
    value: Any

    def to_json(self) -> dict[str, Any]:
        """As a batch keeps it."""
        return {"mode": self.mode, "value": self.value}


def _nothing_against(_row: Row) -> Refusal | None:
    return None


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``columns`` are read and written; ``change`` gives their new values, or why not.

    ``longest`` is for fields one types into, ``choices`` for the others; ``due`` has orders before the audit decided anew;
    ``memo`` has the platforms told; ``moves`` takes parcel and stock of audited orders along. ``reads`` are columns that are
    looked at besides, ``check`` says what speaks against any change of an order, ``plain`` gives a text the form in which it is kept.
    """

    name: str
    label: Promise = field(hash=False)
    permission: str
    states: tuple[str, ...]
    columns: tuple[str, ...]
    change: Callable[[Row, Change], Row | Refusal]
    modes: tuple[str, ...] = (SET,)
    choices: Callable[[], Choices] | None = None
    key: Callable[[str], Any] = str
    longest: int = 0
    due: bool = False
    memo: bool = False
    moves: bool = False
    reads: tuple[str, ...] = ()
    check: Callable[[Row], Refusal | None] = _nothing_against
    plain: Callable[[str], str] = str

    def read(self, mode: str, text: str) -> Change:
        """The change of a form. Raises UnableTo."""
        if mode not in self.modes:
            raise UnableTo(_("Choose what is to be done with the field."), code="no_mode")
        if self.choices is not None:
            if text not in dict(self.choices()):
                raise UnableTo(_("Choose a value."), code="no_value")
            return Change(mode, None if text == NOTHING else self.key(text))
        plain = text.replace("\x00", "").replace("\r\n", "\n").strip()
        if mode == CLEAR:
            return Change(mode, "")
        if not plain:
            raise UnableTo(_("Say what is to be written."), code="no_value")
        if len(plain) > self.longest:
            raise UnableTo(_("At most %(count)s characters.") % {"count": self.longest}, code="too_long")
        return Change(mode, self.plain(plain))

    def told(self, change: Change) -> str:
        """The change in a few words, for the history."""
        if self.choices is None:
            return str(change.value)[:200]
        keys = {None if text == NOTHING else self.key(text): label for text, label in self.choices()}
        return str(keys.get(change.value, ""))


def _tagged(row: Row, change: Change) -> Row:
    others = [tag for tag in row["tags"] if tag != change.value]
    return {
        "tags": row["tags"]
        if change.mode == ADD and change.value in row["tags"]
        else [*others, change.value]
        if change.mode == ADD
        else others
    }


def _written(column: str, longest: int) -> Callable[[Row, Change], Row | Refusal]:
    def write(row: Row, change: Change) -> Row | Refusal:
        text = change.value
        if change.mode == APPEND and row[column]:
            text = row[column] if change.value in row[column].split("\n") else f"{row[column]}\n{change.value}"
        if len(text) > longest:
            return Refusal(
                "too_long", _("With this the text would be longer than %(count)s characters.") % {"count": longest}
            )
        return {column: text}

    return write


INVOICE = ("invoice_kind", "invoice_title", "invoice_tax_no", "invoice_confirmed_at")


def _invoiced(part: str) -> Callable[[Row, Change], Row | Refusal]:
    """Another kind, title or tax number, if the invoice is complete with it."""

    def write(row: Row, change: Change) -> Row | Refusal:
        value = change.value or ""
        parts = {name: row[f"invoice_{name}"] for name in ("kind", "title", "tax_no")} | {part: value}
        faults = invoice_faults(**parts)
        if faults:
            return Refusal("invoice_incomplete", " ".join(faults.values()))
        return {f"invoice_{part}": value}

    return write


def _unconfirmed(row: Row) -> Refusal | None:
    """What customer service confirmed is changed on the order's page, where it is confirmed anew."""
    if row["invoice_confirmed_at"] is None:
        return None
    sentence = _("The invoice is confirmed. Change it on the order's page, where it is confirmed anew.")
    return Refusal("invoice_confirmed", sentence)


def _invoice_kinds() -> Choices:
    kinds = Order.InvoiceKind
    return [(str(code) or NOTHING, str(label)) for code, label in kinds.choices]


def _tax_no(text: str) -> str:
    """The number as it is kept. Raises UnableTo."""
    number = text.replace(" ", "").upper()
    if fault := invoice_faults("", "", number).get("tax_no"):
        raise UnableTo(fault, code="bad_tax_no")
    return number


def _chosen(column: str, *, empty: Any = None) -> Callable[[Row, Change], Row]:
    return lambda _row, change: {column: empty if change.value is None else change.value}


def _assigned(column: str, *, empty: Any = None) -> Callable[[Row, Change], Row]:
    def assign(row: Row, change: Change) -> Row:
        value = empty if change.value is None else change.value
        if row[column] == value and ASSIGN in row["left_alone"]:
            return {}
        return {column: value, "left_alone": [*(stage for stage in row["left_alone"] if stage != ASSIGN), ASSIGN]}

    return assign


def _tags() -> Choices:
    return [(str(tag.pk), tag.name) for tag in OrderTag.objects.filter(enabled=True)]


def _departments() -> Choices:
    found = [(str(one.pk), one.name) for one in Department.objects.filter(enabled=True)]
    return [(NOTHING, _("No department")), *found]


def _salespeople() -> Choices:
    people = Staff.objects.filter(Q(is_active=True)).order_by("display_name", "username")
    return [(NOTHING, _("No salesperson")), *((str(one.pk), str(one)) for one in people)]


def _warehouses() -> Choices:
    return [(NOTHING, _("By the rules")), *((str(one.pk), one.name) for one in Warehouse.objects.filter(enabled=True))]


def _carriers() -> Choices:
    return [(NOTHING, _("By the rules")), *((str(one.pk), one.name) for one in Carrier.objects.filter(enabled=True))]


def _business_types() -> Choices:
    return [(NOTHING, _("No business type")), *((str(code), str(label)) for code, label in BusinessType.choices)]


_TEXT_MODES = (APPEND, REPLACE, CLEAR)
_EDIT, _MARK = "orders.edit_order", "orders.mark_order"
NOTE_LENGTH, TITLE_LENGTH, TAX_NO_LENGTH = 500, 200, 20

_ALL = (
    Field(
        "warehouse",
        gettext_lazy("Warehouse"),
        _EDIT,
        OPEN,
        ("wished_warehouse_id",),
        _chosen("wished_warehouse_id"),
        choices=_warehouses,
        key=int,
        due=True,
        moves=True,
    ),
    Field(
        "carrier",
        gettext_lazy("Carrier"),
        _EDIT,
        OPEN,
        ("wished_carrier_id",),
        _chosen("wished_carrier_id"),
        choices=_carriers,
        key=int,
        due=True,
        moves=True,
    ),
    Field("tag", gettext_lazy("Tag"), _MARK, ANY_STATE, ("tags",), _tagged, (ADD, REMOVE), _tags, int),
    Field(
        "urgent",
        gettext_lazy("Urgent"),
        _MARK,
        OPEN,
        ("urgent",),
        _chosen("urgent"),
        choices=lambda: [("1", _("Urgent")), ("0", _("Not urgent"))],
        key=lambda text: text == "1",
    ),
    Field(
        "note",
        gettext_lazy("Internal note"),
        _MARK,
        ANY_STATE,
        ("internal_note",),
        _written("internal_note", NOTE_LENGTH),
        _TEXT_MODES,
        longest=NOTE_LENGTH,
    ),
    Field(
        "memo",
        gettext_lazy("Seller's memo"),
        _EDIT,
        OPEN,
        ("seller_memo",),
        _written("seller_memo", MEMO_LENGTH),
        _TEXT_MODES,
        longest=MEMO_LENGTH,
        due=True,
        memo=True,
    ),
    Field(
        "flag",
        gettext_lazy("Flag"),
        _EDIT,
        OPEN,
        ("flag",),
        _chosen("flag"),
        choices=lambda: [(code, str(label)) for code, label in FLAGS.items()],
        key=int,
        due=True,
        memo=True,
    ),
    Field(
        "business_type",
        gettext_lazy("Business type"),
        _EDIT,
        OPEN,
        ("business_type", "left_alone"),
        _assigned("business_type", empty=""),
        choices=_business_types,
    ),
    Field(
        "department",
        gettext_lazy("Department"),
        _EDIT,
        OPEN,
        ("department_id", "left_alone"),
        _assigned("department_id"),
        choices=_departments,
        key=int,
    ),
    Field(
        "salesperson",
        gettext_lazy("Salesperson"),
        _EDIT,
        OPEN,
        ("salesperson_id", "left_alone"),
        _assigned("salesperson_id"),
        choices=_salespeople,
        key=int,
    ),
    Field(
        "invoice_kind",
        gettext_lazy("Invoice kind"),
        _EDIT,
        OPEN,
        ("invoice_kind",),
        _invoiced("kind"),
        choices=_invoice_kinds,
        reads=INVOICE,
        check=_unconfirmed,
    ),
    Field(
        "invoice_title",
        gettext_lazy("Invoice title"),
        _EDIT,
        OPEN,
        ("invoice_title",),
        _invoiced("title"),
        (REPLACE, CLEAR),
        longest=TITLE_LENGTH,
        reads=INVOICE,
        check=_unconfirmed,
    ),
    Field(
        "invoice_tax_no",
        gettext_lazy("Tax number"),
        _EDIT,
        OPEN,
        ("invoice_tax_no",),
        _invoiced("tax_no"),
        (REPLACE, CLEAR),
        longest=TAX_NO_LENGTH,
        reads=INVOICE,
        check=_unconfirmed,
        plain=_tax_no,
    ),
)

FIELDS: dict[str, Field] = {field.name: field for field in _ALL}
"""In the order in which they are offered."""
