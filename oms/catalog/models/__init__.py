from oms.catalog.models.bundle import Bundle, BundleComponent
from oms.catalog.models.category import Category
from oms.catalog.models.listing import Listing
from oms.catalog.models.product import Barcode, Product, Sku
from oms.catalog.models.receiver import Receiver
from oms.catalog.models.region import Region
from oms.catalog.models.shop import Shop

__all__ = [
    "Barcode",
    "Bundle",
    "BundleComponent",
    "Category",
    "Listing",
    "Product",
    "Receiver",
    "Region",
    "Shop",
    "Sku",
]
