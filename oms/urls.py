"""Every address of the product, one line an area."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("oms.portal.web.urls")),
    path("accounts/", include("oms.accounts.web.urls")),
    path("catalog/", include("oms.catalog.web.urls")),
    path("shops/", include("integrations.web.urls")),
    path("orders/", include("orders.web.urls")),
    path("warehouse/", include("warehouse.web.urls")),
    path("finance/", include("finance.web.urls")),
]
