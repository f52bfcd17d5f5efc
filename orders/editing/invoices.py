"""What an invoice needs: the same for the order's page and for a batch."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

_TAX_NO = re.compile(r"[0-9A-HJ-NPQRTUWXY]{15}|[0-9A-HJ-NPQRTUWXY]{17,18}|[0-9A-HJ-NPQRTUWXY]{20}")
"""GB 32100-2015, and the older numbers of 15, 17 and 20 places."""

OF_COMPANIES = frozenset({"company", "special"})


def invoice_faults(kind: str, title: str, tax_no: str) -> dict[str, str]:
    """What is wrong with ``title`` and ``tax_no`` for the kind ("": no invoice is wished), as sentences."""
    faults: dict[str, str] = {}
    if kind and not title:
        faults["title"] = _("An invoice needs a title.")
    if tax_no and not _TAX_NO.fullmatch(tax_no):
        faults["tax_no"] = _("A tax number has 15, 17, 18 or 20 digits and capital letters (no I, O, S, V, Z).")
    elif kind in OF_COMPANIES and not tax_no:
        faults["tax_no"] = _("A company's invoice needs its tax number.")
    return faults
