"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from warehouse.web import views

app_name = "warehouse"
urlpatterns = [
    path("shipments/", views.shipment_page, name="shipments"),
    path("shipments/ship/", views.ship, name="ship"),
    path("shipments/reprinted/", views.reprinted, name="reprinted"),
    path("shipments/<slug:no>/", views.shipment, name="shipment"),
    path("stock/", views.stock_page, name="stock"),
]
