"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from oms.core.web.soon import soon

app_name = "accounts"
urlpatterns = [
    path("sign-in/", soon, name="sign_in"),
    path("sign-out/", soon, name="sign_out"),
    path("language/", soon, name="language"),
]
