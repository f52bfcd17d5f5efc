"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from oms.core.web.soon import soon

app_name = "warehouse"
urlpatterns = [
    path("shipments/", soon, name="shipments"),
    path("shipments/ship/", soon, name="ship"),
    path("shipments/<slug:no>/", soon, name="shipment"),
    path("stock/", soon, name="stock"),
]
