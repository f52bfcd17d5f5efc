"""Addresses of the administrator's pages."""

from __future__ import annotations

from django.urls import path

from oms.portal.web import audit, roles, staff

app_name = "staff"
urlpatterns = [
    path("", staff.members, name="members"),
    path("add/", staff.add, name="add"),
    path("roles/", roles.roles, name="roles"),
    path("audit/", audit.audit, name="audit"),
    path("<int:staff_id>/", staff.member, name="member"),
    path("<int:staff_id>/reset-second-factor/", staff.reset_factor, name="reset_second_factor"),
    path("<int:staff_id>/end-sessions/", staff.end, name="end_sessions"),
]
