"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from oms.accounts.web import password, second_factor, views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("sign-in/code/", second_factor.code, name="second_factor_code"),
    path("second-factor/", second_factor.own, name="second_factor"),
    path("second-factor/renew/", second_factor.change, {"deed": "renew"}, name="renew_recovery_codes"),
    path("second-factor/off/", second_factor.change, {"deed": "off"}, name="turn_off_second_factor"),
    path("password/", password.password, name="password"),
    path("language/", views.choose_language, name="language"),
]
