"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from integrations.web import views

app_name = "integrations"
urlpatterns = [
    path("", views.shop_list, name="shops"),
    path("add/", views.new_shop, name="add_shop"),
    path("<slug:code>/", views.shop_page, name="shop"),
    path("<slug:code>/save/", views.save_shop, name="save_shop"),
    path("<slug:code>/check/", views.check, name="check"),
    path("<slug:code>/download/", views.download, name="download"),
    path("<slug:code>/progress/", views.progress, name="progress"),
]
