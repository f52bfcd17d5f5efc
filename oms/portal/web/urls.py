"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from oms.core.web.soon import soon

app_name = "portal"
urlpatterns = [
    path("", soon, name="home"),
    path("pulse/", soon, name="pulse"),
    path("search/", soon, name="search"),
]
