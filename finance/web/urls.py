"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from oms.core.web.soon import soon

app_name = "finance"
urlpatterns = [
    path("vouchers/", soon, name="vouchers"),
    path("vouchers/post/", soon, name="post"),
    path("vouchers/set-aside/", soon, name="set_aside"),
    path("vouchers/of-order/<slug:no>/", soon, name="of_order"),
    path("vouchers/<slug:no>/", soon, name="voucher"),
]
