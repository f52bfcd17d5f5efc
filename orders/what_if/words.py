"""What a comparison found, in words: kinds of difference, fates of trades, and the table to take away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from orders.explain import label_of, state_label
from orders.models import BusinessType
from orders.rule_sentences import NameBook
from orders.what_if.compare import Change

CHANGES: dict[str, str] = {
    Change.WAREHOUSE: N_("Other warehouse"),
    Change.CARRIER: N_("Other carrier"),
    Change.STOPS: N_("Becomes an exception"),
    Change.GOES_ON: N_("Is no exception any more"),
    Change.OTHER_REASON: N_("Exception for another reason"),
    Change.WAITS: N_("Waits for a person"),
    Change.PASSES: N_("Passes by itself"),
    Change.PRESALE: N_("Pre-sale or not"),
    Change.SPLIT: N_("Divided otherwise"),
    Change.MERGE: N_("Merged otherwise"),
    Change.FREIGHT: N_("Other freight"),
    Change.ASSIGNED: N_("Assigned otherwise"),
    Change.GIFTS: N_("Other gifts"),
}
"""Every kind of difference; a test walks them."""


@dataclass(frozen=True, slots=True)
class FateWords:
    """A trade's fate as it is shown: texts, and freight in yuan (None: unknown)."""

    states: str
    warehouses: str
    carriers: str
    exceptions: str
    assigned: str
    parcels: int
    company: int
    freight: Decimal | None
    gifts: str


@dataclass(frozen=True, slots=True)
class RowWords:
    """A trade that differs as it is shown."""

    trade_no: str
    trade_id: int
    order_no: str
    shop: str
    changes: tuple[str, ...]
    before: FateWords
    after: FateWords

    @property
    def freight_difference(self) -> Decimal | None:
        """Yuan more than before; None when one of the two is unknown."""
        if self.before.freight is None or self.after.freight is None:
            return None
        return self.after.freight - self.before.freight


def rows_in_words(rows: Iterable[Mapping[str, Any]], book: NameBook | None = None) -> Iterator[RowWords]:
    """The rows in the current language."""
    names = book or NameBook()
    for row in rows:
        yield RowWords(
            row["trade"],
            row["trade_id"],
            row["order"],
            names.names("shop", [row["shop"]]),
            tuple(_(CHANGES[change]) for change in row["changes"]),
            _fate(row["before"], names),
            _fate(row["after"], names),
        )


def _fate(fate: Mapping[str, Any], names: NameBook) -> FateWords:
    parcels = fate["parcels"]
    department, salesperson, business_type = fate["assigned"]
    assigned = [
        *([names.names("department", [department])] if department is not None else []),
        *([names.names("staff", [salesperson])] if salesperson is not None else []),
        *([str(BusinessType(business_type).label)] if business_type else []),
    ]
    return FateWords(
        _listed(state_label(state) for state, *_rest in parcels),
        _listed(names.names("warehouse", [place]) for _state, place, *_rest in parcels if place is not None),
        _listed(names.names("carrier", [place]) for _state, _place, place, _codes in parcels if place is not None),
        " ".join(dict.fromkeys(label_of(code) for *_rest, codes in parcels for code in codes)),
        _(", ").join(assigned),
        len(parcels),
        fate["with"],
        None if fate["freight"] is None else Decimal(fate["freight"]),
        _(", ").join(f"{names.names('sku', [sku])} × {units}" for sku, units in fate["gifts"]),
    )


def _listed(texts: Iterable[str]) -> str:
    return " + ".join(dict.fromkeys(texts))


def places_in_words(kind: str, ids: Iterable[int], names: NameBook) -> str:
    """Warehouses or carriers of a trade's parcels by name."""
    return _listed(names.names(kind, [one]) for one in ids)


def table_header() -> list[str]:
    """The headings of the table to take away."""
    return [
        _("Trade"),
        _("Order"),
        _("Shop"),
        _("What differs"),
        _("State before"),
        _("State after"),
        _("Warehouse before"),
        _("Warehouse after"),
        _("Carrier before"),
        _("Carrier after"),
        _("Exception before"),
        _("Exception after"),
        _("Parcels before"),
        _("Parcels after"),
        _("Trades with it before"),
        _("Trades with it after"),
        _("Assigned before"),
        _("Assigned after"),
        _("Gifts before"),
        _("Gifts after"),
        _("Freight before"),
        _("Freight after"),
        _("Freight difference"),
    ]


def table_row(row: RowWords) -> list[object]:
    """A row under those headings."""
    old, new = row.before, row.after
    return [
        row.trade_no,
        row.order_no,
        row.shop,
        _(", ").join(row.changes),
        old.states,
        new.states,
        old.warehouses,
        new.warehouses,
        old.carriers,
        new.carriers,
        old.exceptions,
        new.exceptions,
        old.parcels,
        new.parcels,
        old.company,
        new.company,
        old.assigned,
        new.assigned,
        old.gifts,
        new.gifts,
        old.freight,
        new.freight,
        row.freight_difference,
    ]
