"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from oms.portal.web import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("pulse/", views.beat, name="pulse"),
    path("search/", views.search, name="search"),
]
