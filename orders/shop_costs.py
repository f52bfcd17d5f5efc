"""What an order costs a shop besides goods and freight, kept among the shop's options."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from oms.core.errors import UnableTo
from orders.engine.rules import ShopCosts

FEE_PERCENT = "platform_fee_percent"
PACKING = "packing_cost"


def costs_of(options: Mapping[str, Any]) -> ShopCosts:
    """The costs that the options name; what they leave out is 0."""
    return ShopCosts(Decimal(str(options.get(FEE_PERCENT) or 0)), Decimal(str(options.get(PACKING) or 0)))


def with_costs(options: Mapping[str, Any], *, fee_percent: str, packing: str) -> dict[str, Any]:
    """The options with other costs. Raises UnableTo for what is no amount, negative, or a share over 100 percent."""
    try:
        fee, parcel = Decimal(fee_percent or 0), Decimal(packing or 0)
    except InvalidOperation as error:
        raise UnableTo(_("Costs are given as numbers."), code="bad_costs") from error
    if not (0 <= fee <= 100 and 0 <= parcel < 10_000):
        raise UnableTo(
            _("The platform's share lies between 0 and 100 percent, packing between 0 and 9999 yuan."), code="bad_costs"
        )
    return {**options, FEE_PERCENT: str(fee), PACKING: str(parcel)}
