"""Addresses of the administrator's pages."""

from __future__ import annotations

from django.urls import path

from oms.portal.web import roles, staff

app_name = "staff"
urlpatterns = [
    path("", staff.members, name="members"),
    path("add/", staff.add, name="add"),
    path("roles/", roles.roles, name="roles"),
    path("<int:staff_id>/", staff.member, name="member"),
]
