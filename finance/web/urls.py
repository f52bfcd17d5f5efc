"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from finance.web import views

app_name = "finance"
urlpatterns = [
    path("vouchers/", views.voucher_page, name="vouchers"),
    path("vouchers/post/", views.post, name="post"),
    path("vouchers/set-aside/", views.aside_page, name="set_aside"),
    path("vouchers/of-order/<slug:no>/", views.of_order, name="of_order"),
    path("vouchers/<slug:no>/", views.voucher, name="voucher"),
]
