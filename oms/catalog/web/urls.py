"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from oms.catalog.web import categories, imports, views

app_name = "catalog"
urlpatterns = [
    path("products/", views.products, name="products"),
    *categories.urlpatterns,
    *imports.urlpatterns,
    path("listings/", views.listings, name="listings"),
    path("listings/import/", views.import_listings, name="import_listings"),
    path("listings/<int:listing_id>/bind/", views.bind, name="bind"),
    path("sku-choices/", views.sku_choices, name="sku_choices"),
]
