"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from warehouse.web import purchase_form, purchase_import, purchases, views

app_name = "warehouse"
urlpatterns = [
    path("shipments/", views.shipment_page, name="shipments"),
    path("shipments/ship/", views.ship, name="ship"),
    path("shipments/reprinted/", views.reprinted, name="reprinted"),
    path("shipments/<slug:no>/", views.shipment, name="shipment"),
    path("stock/", views.stock_page, name="stock"),
    path("purchases/", purchases.purchase_page, name="purchases"),
    path("purchases/new/", purchase_form.new, name="new_purchase"),
    path("purchases/line/", purchase_form.line, name="purchase_line"),
    path("purchases/sku-choices/", purchase_form.sku_choices, name="purchase_sku_choices"),
    path("purchases/import/", purchase_import.import_file, name="import_purchases"),
    path("purchases/<slug:no>/", purchases.purchase, name="purchase"),
    path("purchases/<slug:no>/edit/", purchase_form.edit, name="edit_purchase"),
    path("purchases/<slug:no>/receive/", purchases.receive, name="receive_purchase"),
    path("purchases/<slug:no>/do/<slug:action>/", purchases.act, name="purchase_act"),
]
