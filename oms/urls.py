"""Every address of the product, one line an area."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from oms.accounts.api_views import SchemaView
from oms.accounts.gate import open_to_all
from oms.core.web.health import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", open_to_all(healthz), name="healthz"),
    path("", include("oms.portal.web.urls")),
    path("accounts/", include("oms.accounts.web.urls")),
    path("staff/", include("oms.portal.web.staff_urls")),
    path("catalog/", include("oms.catalog.web.urls")),
    path("shops/", include("integrations.web.urls")),
    path("orders/", include("orders.web.urls")),
    path("rules/", include("orders.web.rules.urls")),
    path("warehouse/", include("warehouse.web.urls")),
    path("campaigns/", include("promotions.web.urls")),
    path("campaigns/", include("orders.web.campaign_urls")),
    path("finance/", include("finance.web.urls")),
    path("api/v1/schema/", SchemaView.as_view(), name="api_schema"),
    path("api/v1/", include("oms.catalog.api.urls")),
    path("api/v1/", include("orders.api.urls")),
    path("api/v1/", include("warehouse.api.urls")),
    path("api/v1/", include("finance.api.urls")),
]

handler400 = "oms.portal.web.errors.not_understood"
handler403 = "oms.portal.web.errors.denied"
handler404 = "oms.portal.web.errors.not_found"
handler500 = "oms.portal.web.errors.broken"
