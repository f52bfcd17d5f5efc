"""Roles and staff: what migrations seed, what an administrator's changes survive, and people added by command."""

from __future__ import annotations

import io
import sys

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command

from oms.accounts.models import AuditEntry, Staff
from oms.accounts.roles import ROLES, seed_roles
from oms.catalog.models import Shop
from tests.factories.staff import PASSWORD, make_staff
from warehouse.models import Warehouse

pytestmark = pytest.mark.django_db


def held(role: str) -> set[str]:
    found = Permission.objects.filter(group__name=role).values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in found}


def product() -> set[str]:
    return {
        f"{app}.{codename}" for app, codename in Permission.objects.values_list("content_type__app_label", "codename")
    }


def test_a_migrated_database_has_every_role_with_the_functions_it_starts_with() -> None:
    for role in ROLES:
        assert held(role.code) == set(role.permissions) & product(), role.code
    assert "orders.audit_order" in held("customer_service")


def test_what_an_administrator_took_away_stays_away() -> None:
    audit = Permission.objects.get(codename="cancel_order")
    edit = Permission.objects.get(codename="unaudit_order")
    Group.objects.get(name="customer_service").permissions.remove(edit)
    Group.objects.get(name="warehouse").permissions.add(audit)
    seed_roles()
    assert "orders.unaudit_order" not in held("customer_service")
    assert "orders.unaudit_order" in held("finance")
    assert "orders.cancel_order" in held("warehouse")


def test_a_function_that_is_new_to_the_product_reaches_the_roles_that_start_with_it() -> None:
    hold = Permission.objects.get(codename="hold_order")
    for group in Group.objects.all():
        group.permissions.remove(hold)
    seed_roles()
    assert {role.code for role in ROLES if "orders.hold_order" in held(role.code)} == {"customer_service", "finance"}


def test_permissions_are_only_those_that_models_declare() -> None:
    """Django's own add, change, delete and view of every table would be functions that no page asks for."""
    ours = {"core", "accounts", "catalog", "warehouse", "promotions", "orders", "finance", "integrations"}
    generic = {
        name
        for app, name, model in Permission.objects.values_list(
            "content_type__app_label", "codename", "content_type__model"
        )
        if app in ours and name in {f"{verb}_{model}" for verb in ("add", "change", "delete")}
    }
    assert generic == set()


def run(*arguments: str, password: str = "") -> str:
    out = io.StringIO()
    saved, sys.stdin = sys.stdin, io.StringIO(f"{password}\n")
    try:
        call_command("add_staff", *arguments, stdout=out)
    finally:
        sys.stdin = saved
    return out.getvalue()


def test_add_staff_by_command() -> None:
    shop = Shop.objects.create(code="tb1", name="一店", platform="taobao")
    store = Warehouse.objects.create(code="jx", name="嘉兴仓")
    said = run(
        "lin", "--name", "林晓", "--role", "customer_service", "--role", "finance", "--shop", "tb1",
        "--warehouse", "jx", "--password-stdin", password=PASSWORD,
    )  # fmt: skip
    staff = Staff.objects.get(username="lin")
    assert PASSWORD not in said
    assert staff.check_password(PASSWORD)
    assert str(staff) == "林晓"
    assert not staff.is_superuser
    assert set(staff.groups.values_list("name", flat=True)) == {"customer_service", "finance"}
    grants = staff.scope_grants.order_by("dimension").values_list("dimension", "object_id")
    assert list(grants) == [("shop", shop.pk), ("warehouse", store.pk)]
    entry = AuditEntry.objects.get(action="add_staff")
    assert (entry.subject_id, entry.details["roles"]) == (staff.pk, ["customer_service", "finance"])


def test_without_a_password_one_is_made_and_shown_once() -> None:
    said = run("wang", "--role", "warehouse", "--all-shops", "--all-warehouses")
    staff = Staff.objects.get(username="wang")
    assert staff.check_password(said.split("password ")[1].strip())
    assert (staff.all_shops, staff.all_warehouses) == (True, True)


@pytest.mark.parametrize(
    ("arguments", "password", "sentence"),
    [
        (("lin", "--shop", "nowhere"), PASSWORD, "no shop with the code nowhere"),
        (("lin", "--warehouse", "nowhere"), PASSWORD, "no warehouse with the code nowhere"),
        (("lin", "--role", "king"), PASSWORD, "invalid choice"),
        (("lin",), "short", "10"),
        (("LIN2",), PASSWORD, "LIN2"),
        (("li n",), PASSWORD, "."),
    ],
)
def test_nobody_is_half_added(arguments: tuple[str, ...], password: str, sentence: str) -> None:
    make_staff("lin2")
    with pytest.raises(CommandError, match=sentence):
        run(*arguments, "--password-stdin", password=password)
    assert Staff.objects.count() == 1
    assert not AuditEntry.objects.exists()
