"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from oms.accounts.web import views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("language/", views.choose_language, name="language"),
]
