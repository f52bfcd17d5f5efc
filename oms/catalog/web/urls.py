"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from oms.catalog.web import imports
from oms.core.web.soon import soon

app_name = "catalog"
urlpatterns = [
    path("products/", soon, name="products"),
    *imports.urlpatterns,
    path("listings/", soon, name="listings"),
    path("listings/<int:listing_id>/bind/", soon, name="bind"),
    path("sku-choices/", soon, name="sku_choices"),
]
