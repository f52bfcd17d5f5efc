"""A small company in which an ordinary trade goes from the download to the parcel without a person."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from oms.catalog.models import Shop, Sku
from orders.models import ApprovalPolicy, RoutingRule
from tests.factories.catalog import make_regions, make_shop, make_sku
from tests.factories.warehouse import make_carrier, make_warehouse, put_stock
from warehouse.models import Carrier, Warehouse

CS_LIMIT = Decimal("500.00")
"""Customer service's policy lets orders up to this amount pass."""

FINANCE_LIMIT = Decimal("300.00")
"""Finance's policy lets orders up to this amount pass."""


@dataclass(frozen=True, slots=True)
class Company:
    """The cast: a shop, a warehouse, a carrier, and SKUs of which there is stock."""

    shop: Shop
    warehouse: Warehouse
    carrier: Carrier
    skus: tuple[Sku, ...]

    @property
    def sku(self) -> Sku:
        return self.skus[0]


def make_company(*, skus: int = 2, stock: int = 1_000, numbers: int = 10_000) -> Company:
    """One of everything, rules that route everywhere, and a policy for each audit (see the limits above)."""
    make_regions()
    company = Company(
        make_shop(),
        make_warehouse(),
        make_carrier(numbers=numbers),
        tuple(make_sku(f"A{n}", price=f"{n * 10}.00") for n in range(1, skus + 1)),
    )
    if stock:
        put_stock(company.warehouse, dict.fromkeys(company.skus, stock))
    RoutingRule.objects.create(name="全国仓", kind="warehouse", warehouse=company.warehouse)
    RoutingRule.objects.create(name="全国快递", kind="carrier", carrier=company.carrier)
    ApprovalPolicy.objects.create(name="小额免审", audit="cs", max_amount=CS_LIMIT, allow_cod=True)
    ApprovalPolicy.objects.create(name="小额免财审", audit="finance", max_amount=FINANCE_LIMIT, allow_cod=True)
    return company
