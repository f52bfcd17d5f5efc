"""What people settled about an order, which follows it through processing, splits and merges whatever the trade says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kept:
    """The warehouse and the carrier that a person asks for, and the details of the invoice as customer service confirmed them.

    ``invoice_kind`` is "" (none wished), personal, company or special; the title stands in the draft, since trades name one too.
    """

    warehouse_id: int | None = None
    carrier_id: int | None = None
    invoice_kind: str = ""
    invoice_tax_no: str = ""
    invoice_email: str = ""
    invoice_confirmed_by: int | None = None
    invoice_confirmed_at: dt.datetime | None = None


NOTHING_KEPT = Kept()


def united(values: Sequence[Kept]) -> Kept:
    """What a merged order keeps: the first warehouse and carrier asked for, and the first confirmed invoice, else the first at all."""
    if all(value == values[0] for value in values):
        return values[0]
    confirmed = [value for value in values if value.invoice_confirmed_at is not None]
    wished = [value for value in values if value.invoice_kind]
    invoice = (*confirmed, *wished, values[0])[0]
    return Kept(
        next((value.warehouse_id for value in values if value.warehouse_id is not None), None),
        next((value.carrier_id for value in values if value.carrier_id is not None), None),
        invoice.invoice_kind,
        invoice.invoice_tax_no,
        invoice.invoice_email,
        invoice.invoice_confirmed_by,
        invoice.invoice_confirmed_at,
    )
