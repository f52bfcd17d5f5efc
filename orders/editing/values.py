"""What a person asks for of an order, and the fields by which two clerks' edits are told apart. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from oms.catalog.receivers import ReceiverData
from orders.engine.values import DraftLine

LINE = "line:"
RECEIVER, WAREHOUSE, CARRIER, POST_FEE = "receiver", "warehouse", "carrier", "post_fee"
KIND, TITLE, TAX_NO, EMAIL, CONFIRMED = (
    "invoice_kind",
    "invoice_title",
    "invoice_tax_no",
    "invoice_email",
    "invoice_confirmed",
)

Fields = Mapping[str, str]
"""Field → value in a comparable form; ``line:KEY`` is a line as ``code|units|price|discount``, absent when there is none."""


@dataclass(frozen=True, slots=True)
class LineWish:
    """A line as asked for. ``key`` names the line that is there (``line_keys``); any other key is a new line."""

    key: str
    sku_code: str
    quantity: int
    price: Decimal
    discount: Decimal

    @property
    def told(self) -> str:
        """The comparable form."""
        return f"{self.sku_code}|{self.quantity}|{self.price}|{self.discount}"


@dataclass(frozen=True, slots=True)
class InvoiceWish:
    """The invoice as asked for; ``confirmed`` tells finance that it may be issued like this."""

    kind: str = ""
    title: str = ""
    tax_no: str = ""
    email: str = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class EditWish:
    """Everything a person asks for. ``lines`` None: they, and the amounts, stay as they are; ``receiver`` None likewise.

    ``adjustment`` is a reduction of the whole, for orders made by hand; for others it follows from what was paid. Yuan.
    """

    lines: tuple[LineWish, ...] | None
    post_fee: Decimal
    receiver: ReceiverData | None = None
    warehouse_id: int | None = None
    carrier_id: int | None = None
    invoice: InvoiceWish = InvoiceWish()
    adjustment: Decimal = Decimal("0.00")
    reason: str = ""


def line_keys(lines: Iterable[DraftLine]) -> list[str]:
    """A name for each line that stays the same when the order is processed again and its lines get new ids."""
    seen: dict[str, int] = {}
    keys: list[str] = []
    for line in lines:
        stem = f"t{line.trade_id}.{line.oid}" if line.trade_id is not None else f"h{line.sku_code}"
        seen[stem] = seen.get(stem, 0) + 1
        keys.append(f"{stem}.{seen[stem]}")
    return keys


def is_editable(line: DraftLine) -> bool:
    """Whether a person edits the line: campaigns give their gifts themselves, and what was refunded stays for the record."""
    return line.gift_scheme_id is None and line.ships


def lines_told(lines: Sequence[DraftLine], codes: Mapping[int, str]) -> dict[str, str]:
    """The fields of the editable lines; ``codes`` are merchant codes by SKU id."""
    told: dict[str, str] = {}
    for key, line in zip(line_keys(lines), lines, strict=True):
        if is_editable(line):
            code = codes.get(line.sku_id or 0, "")
            told[LINE + key] = LineWish(key, code, line.quantity, line.price, line.discount).told
    return told


def wish_told(wish: EditWish, now: Fields) -> dict[str, str]:
    """The fields of what is asked for. A receiver that is given is another one, whatever it says: it is compared when saved."""
    told = {
        RECEIVER: now[RECEIVER] if wish.receiver is None else "new",
        WAREHOUSE: str(wish.warehouse_id or ""),
        CARRIER: str(wish.carrier_id or ""),
        POST_FEE: str(wish.post_fee),
        KIND: wish.invoice.kind,
        TITLE: wish.invoice.title,
        TAX_NO: wish.invoice.tax_no,
        EMAIL: wish.invoice.email,
        CONFIRMED: "1" if wish.invoice.confirmed else "",
    }
    if wish.lines is None:
        told |= {key: value for key, value in now.items() if key.startswith(LINE)}
        told[POST_FEE] = now[POST_FEE]
    else:
        told |= {LINE + line.key: line.told for line in wish.lines}
    return told


def changed(before: Fields, after: Fields) -> tuple[str, ...]:
    """The fields that differ, in the order in which they are shown."""
    names = dict.fromkeys([*before, *after])
    return tuple(name for name in names if before.get(name) != after.get(name))
