"""manage.py permissions: the matrix as it stands in the database."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from oms.accounts.gate import needs
from oms.accounts.roles import ROLES

pytestmark = pytest.mark.django_db


def report(**options: Any) -> str:
    out = StringIO()
    call_command("permissions", stdout=out, **options)
    return out.getvalue()


def test_the_report_tells_what_the_roles_may_as_an_administrator_left_them() -> None:
    Group.objects.get(name="finance").permissions.remove(Permission.objects.get(codename="hold_order"))
    Group.objects.create(name="night_shift").permissions.add(Permission.objects.get(codename="view_stock"))
    told = json.loads(report(json=True))
    assert told["roles"] == [*(role.code for role in ROLES), "night_shift"]
    functions = {one["name"]: one for one in told["functions"]}
    assert functions["orders.hold_order"]["roles"] == ["customer_service"]
    assert "night_shift" in functions["warehouse.view_stock"]["roles"]
    assert functions["orders.audit_order"]["label"] == "客审订单"
    assert not [name for name in functions if name.startswith(("auth.", "sessions.", "axes."))]


def test_every_page_and_route_is_there_with_what_it_asks() -> None:
    told = json.loads(report(json=True))
    routes = {(one["name"], one["action"]): one for one in told["routes"]}
    assert routes["orders:workbench", ""]["asks"] == ["orders.view_order"]
    assert routes["orders:workbench", ""]["route"] == "/orders/"
    assert "warehouse" not in routes["orders:workbench", ""]["roles"]
    assert routes["portal:home", ""]["asks"] == ["signed_in"]
    assert routes["accounts:sign_in", ""]["asks"] == ["open"]
    audit = next(one for one in told["routes"] if one["action"] == "POST audit")
    assert (audit["asks"], audit["roles"]) == (["orders.audit_order"], ["customer_service"])


def test_the_table_for_people_has_a_line_for_each() -> None:
    lines = report().splitlines()
    function = next(line for line in lines if line.startswith("orders.finance_audit_order"))
    marks = function.split()[1:]
    assert marks == ["x" if "orders.finance_audit_order" in role.permissions else "·" for role in ROLES]
    assert any(line.startswith("/orders/ ") and "orders.view_order" in line for line in lines)


def _plain(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class _Forgotten:
    """An area of addresses in which somebody forgot to say who may enter."""

    urlpatterns = [
        path("decided/", needs("orders.view_order")(_plain), name="decided"),
        path("forgotten/", _plain, name="forgotten"),
    ]


def test_an_address_that_nobody_decided_about_fails_the_report() -> None:
    with override_settings(ROOT_URLCONF=_Forgotten), pytest.raises(CommandError, match=r"may call forgotten\."):
        report()
