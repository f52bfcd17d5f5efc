"""Shops, SKUs and the few regions that addresses of tests name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from oms.catalog.categories import add_category
from oms.catalog.models import Category, Product, Region, Shop, Sku
from oms.catalog.regions import region_index

REGIONS = (
    ("330000", "浙江省", None, 1),
    ("330100", "杭州市", "330000", 2),
    ("330106", "西湖区", "330100", 3),
    ("440000", "广东省", None, 1),
    ("440100", "广州市", "440000", 2),
    ("440106", "天河区", "440100", 3),
)


def make_regions() -> None:
    """Have the regions of the tests' addresses in the database."""
    Region.objects.bulk_create(
        [Region(code=code, name=name, parent_id=parent, level=level) for code, name, parent, level in REGIONS],
        ignore_conflicts=True,
    )
    region_index.cache_clear()


def make_category(name: str, parent: Category | None = None) -> Category:
    """A category under another one, or at the root."""
    return add_category(name, None if parent is None else parent.pk, actor_id=None)


def make_shop(code: str = "S1", **values: Any) -> Shop:
    """A Taobao shop."""
    return Shop.objects.create(**{"code": code, "name": f"{code}旗舰店", "platform": "taobao"} | values)


def make_sku(code: str = "A1", *, price: str = "10.00", **values: Any) -> Sku:
    """A SKU with a product of its own."""
    product, _made = Product.objects.get_or_create(code=f"P-{code}", defaults={"name": f"商品{code}"})
    return Sku.objects.create(
        **{"product": product, "code": code, "spec": "默认", "price": Decimal(price), "weight_g": 200} | values
    )
