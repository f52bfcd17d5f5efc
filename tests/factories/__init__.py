"""Test data, made by small functions that every area shares. What a factory makes went through the product's own code where there
is any: an approved order came in as a trade and passed the pipeline."""

from tests.factories.catalog import make_category, make_regions, make_shop, make_sku
from tests.factories.company import Company, make_company
from tests.factories.staff import make_staff
from tests.factories.trades import make_document, make_line, make_order, make_orders, make_trade, received, store
from tests.factories.warehouse import make_carrier, make_purchase, make_warehouse, put_stock

__all__ = [
    "Company",
    "make_carrier",
    "make_category",
    "make_company",
    "make_document",
    "make_line",
    "make_order",
    "make_orders",
    "make_purchase",
    "make_regions",
    "make_shop",
    "make_sku",
    "make_staff",
    "make_trade",
    "make_warehouse",
    "put_stock",
    "received",
    "store",
]
