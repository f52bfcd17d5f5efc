"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from oms.core.web.soon import soon

app_name = "integrations"
urlpatterns = [
    path("", soon, name="shops"),
    path("add/", soon, name="add_shop"),
    path("<slug:code>/", soon, name="shop"),
    path("<slug:code>/save/", soon, name="save_shop"),
    path("<slug:code>/check/", soon, name="check"),
    path("<slug:code>/download/", soon, name="download"),
    path("<slug:code>/progress/", soon, name="progress"),
]
