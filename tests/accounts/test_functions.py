"""What a person may do: read in one statement, the same as Django says, and true again at the next request."""

from __future__ import annotations

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oms.accounts.backend import StaffBackend
from oms.accounts.models import Staff
from tests.factories.staff import make_staff

pytestmark = pytest.mark.django_db


def permission(name: str) -> Permission:
    app, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)


def test_roles_and_what_is_given_to_the_person_alone_count_together() -> None:
    staff = make_staff(roles=["finance", "warehouse"])
    staff.user_permissions.add(permission("orders.view_rule"))
    told = ModelBackend().get_all_permissions(Staff.objects.get(pk=staff.pk))
    assert Staff.objects.get(pk=staff.pk).functions == told
    assert {"finance.view_voucher", "warehouse.view_shipment", "orders.view_rule"} <= told
    assert make_staff().functions == frozenset()


def test_who_may_do_everything_and_who_may_do_nothing_any_more() -> None:
    assert make_staff(superuser=True).has_perm("orders.view_order")
    assert not make_staff(superuser=True, active=False).has_perm("orders.view_order")
    assert not make_staff(role="customer_service", active=False).has_perm("orders.view_order")
    assert not make_staff(role="customer_service").has_perm("orders.view_order", Group())


def test_a_request_reads_the_person_and_their_functions_in_one_statement() -> None:
    staff = make_staff(role="customer_service")
    with CaptureQueriesContext(connection) as queries:
        found = StaffBackend().get_user(staff.pk)
        assert found is not None
        assert found.has_perms(["orders.view_order", "orders.audit_order"])
        assert not found.has_perm("finance.view_voucher")
    assert len(queries) == 1
    assert StaffBackend().get_user(make_staff(active=False).pk) is None
    assert StaffBackend().get_user(0) is None


def test_what_is_taken_from_a_role_is_gone_at_the_next_request() -> None:
    client = Client()
    client.force_login(make_staff(role="customer_service"))
    url = reverse("orders:workbench")
    assert client.get(url, {"stage": "open"}).status_code == 200
    Group.objects.get(name="customer_service").permissions.remove(permission("orders.view_order"))
    assert client.get(url, {"stage": "open"}).status_code == 403
