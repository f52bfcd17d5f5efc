"""Every route for every role, for foreign shops and warehouses, and for tokens that are not valid."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from finance.models import Voucher, VoucherSource
from oms.accounts.models import ApiToken, AuditEntry
from oms.accounts.roles import ROLES
from oms.accounts.tokens import make_token, revoke_tokens
from oms.catalog.models import Sku
from orders.models import Order
from tests.api.conftest import Caller
from tests.factories import make_company, make_order, make_purchase, make_shop, make_staff, make_warehouse
from warehouse.models import Shipment, StockBalance

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_roles")]

V1 = "/api/v1"
SEES = {
    "products": "catalog.view_product",
    "stock": "warehouse.view_stock",
    "purchases": "warehouse.view_purchase",
    "orders": "orders.view_order",
    "shipments": "warehouse.view_shipment",
    "vouchers": "finance.view_voucher",
}
MAY = {
    "receiver": "orders.view_receiver",
    "audit": "orders.audit_order",
    "unaudit": "orders.unaudit_order",
    "hold": "orders.hold_order",
    "release": "orders.hold_order",
    "cancel": "orders.cancel_order",
    "ship": "warehouse.ship_shipment",
    "receive": "warehouse.manage_purchase",
}


@pytest.fixture
def keys() -> dict[str, Any]:
    """One record of each kind, by the key its address has."""
    company = make_company()
    order = make_order(company)
    voucher = Voucher.objects.create(
        no="XS1",
        kind="sales_order",
        shop=company.shop,
        warehouse=company.warehouse,
        day="2026-11-24",
        quantity=1,
        amount=10,
    )
    VoucherSource.objects.create(voucher=voucher, kind="sales_order", order=order)
    return {
        "orders": order.no,
        "shipments": Shipment.objects.get().no,
        "products": Sku.objects.order_by("id")[0].pk,
        "stock": StockBalance.objects.order_by("id")[0].pk,
        "purchases": make_purchase(company.warehouse, {company.sku: 5}).no,
        "vouchers": "XS1",
    }


def _call(client: APIClient, name: str, keys: dict[str, Any]) -> Any:
    area = {"ship": "shipments", "receive": "purchases"}.get(name, "orders")
    address = f"{V1}/{area}/{keys[area]}/{name}/"
    return client.post(address, {"reason": "contact" if name == "receiver" else "test"}, format="json")


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.code)
def test_a_role_reads_and_does_what_its_permissions_say_and_nothing_else(
    role: Any, keys: dict[str, Any], caller: Caller
) -> None:
    client = caller(make_staff(role=role.code))
    for area, permission in SEES.items():
        expected = 200 if permission in role.permissions else 403
        assert client.get(f"{V1}/{area}/").status_code == expected, area
        assert client.get(f"{V1}/{area}/{keys[area]}/").status_code == expected, area
    for name, permission in MAY.items():
        status = _call(client, name, keys).status_code
        assert (status != 403) == (permission in role.permissions), (name, status)


@pytest.mark.parametrize("foreign", ["shop", "warehouse"])
def test_what_belongs_to_a_foreign_shop_or_warehouse_is_not_there(
    foreign: str, keys: dict[str, Any], caller: Caller
) -> None:
    other: dict[str, Any] = (
        {"shops": [make_shop("S9")]} if foreign == "shop" else {"warehouses": [make_warehouse("W9")]}
    )
    client = caller(make_staff(roles=[role.code for role in ROLES], **other))
    hidden = {
        "shop": ("orders", "shipments", "vouchers"),
        "warehouse": ("orders", "shipments", "stock", "purchases", "vouchers"),
    }[foreign]
    for area in hidden:
        assert client.get(f"{V1}/{area}/").json()["results"] == []
        assert client.get(f"{V1}/{area}/{keys[area]}/").json()["code"] == "not_found"
    before = Order.objects.values("state", "held", "version").get()
    # A purchase order is of no shop.
    for name in MAY.keys() - ({"receive"} if foreign == "shop" else set()):
        assert _call(client, name, keys).status_code == 404, name
    assert Order.objects.values("state", "held", "version").get() == before
    assert Shipment.objects.get().state == "released"
    assert not AuditEntry.objects.filter(action="view_receiver").exists()


@pytest.mark.parametrize("area", SEES)
def test_nobody_reads_without_signing_in(area: str, keys: dict[str, Any]) -> None:
    client = APIClient()
    for address in (f"{V1}/{area}/", f"{V1}/{area}/{keys[area]}/"):
        response = client.get(address)
        assert response.status_code == 401
        assert response["WWW-Authenticate"] == "Bearer"
        assert response.json()["message"]
    assert client.get(f"{V1}/schema/").status_code == 401


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_other_methods_are_not_allowed(method: str, keys: dict[str, Any], caller: Caller) -> None:
    client = caller(make_staff(superuser=True))
    response = getattr(client, method)(f"{V1}/orders/{keys['orders']}/")
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")


def test_a_receiver_is_masked_and_opened_only_with_a_line_in_the_audit_log(
    keys: dict[str, Any], caller: Caller
) -> None:
    staff = make_staff(role="customer_service")
    client = caller(staff)
    address = f"{V1}/orders/{keys['orders']}/"
    for text in (client.get(address), client.get(f"{V1}/orders/"), client.get(f"{V1}/shipments/{keys['shipments']}/")):
        assert "13812345678" not in text.content.decode()
        assert "张小明" not in text.content.decode()
    assert client.get(address).json()["receiver"]["phone"] == "138****5678"
    assert not AuditEntry.objects.filter(action="view_receiver").exists()
    for refused in ({}, {"reason": "because"}, {"reason": "other"}, {"reason": "edit"}):
        assert client.post(f"{address}receiver/", refused, format="json").status_code == 400
    assert client.get(f"{address}receiver/").status_code == 405
    assert not AuditEntry.objects.filter(action="view_receiver").exists()
    given = {"reason": "other", "words": "对账"}
    assert client.post(f"{address}receiver/", given, format="json").json()["phone"] == "13812345678"
    entry = AuditEntry.objects.get(action="view_receiver")
    assert (entry.staff, entry.kind, entry.subject_id) == (staff, "order", Order.objects.get().pk)
    assert (entry.address, entry.reason, entry.details) == ("127.0.0.1", "对账", {"why": "other"})


def _status(token: str) -> int:
    return APIClient().get(f"{V1}/products/", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_token_ends_by_revocation_by_date_and_with_its_owner() -> None:
    staff = make_staff(role="operations")
    token = make_token(staff, "one")
    assert _status(token) == 200
    assert ApiToken.objects.get().last_used_at is not None
    assert revoke_tokens(staff, "one") == 1
    assert _status(token) == 401
    dated = make_token(staff, "two", days=1)
    assert _status(dated) == 200
    ApiToken.objects.filter(name="two").update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert _status(dated) == 401
    third = make_token(staff, "three")
    staff.is_active = False
    staff.save()
    assert _status(third) == 401


@pytest.mark.parametrize("token", ["", "nonsense", "a b", "\xff", "oms_" + "x" * 5000])
def test_a_wrong_token_is_refused_with_a_sentence(token: str) -> None:
    assert _status(token) == 401


def test_of_a_token_only_its_digest_is_stored() -> None:
    token = make_token(make_staff(), "one")
    row = ApiToken.objects.values().get()
    assert token not in str(row)
    assert token.encode() not in bytes(row["digest"])


def test_a_session_signs_in_too_and_its_actions_need_the_csrf_token(keys: dict[str, Any]) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(make_staff(role="customer_service"), backend="oms.accounts.backend.StaffBackend")
    assert client.get(f"{V1}/orders/").status_code == 200
    assert client.post(f"{V1}/orders/{keys['orders']}/hold/", {"reason": "x"}, format="json").status_code == 403
    assert not Order.objects.get().held


def test_the_command_shows_a_token_once_and_revokes_it() -> None:
    make_staff("erp", role="operations")
    out = StringIO()
    call_command("add_api_token", "erp", "sync", days=30, stdout=out)
    token = out.getvalue().strip()
    assert _status(token) == 200
    call_command("add_api_token", "erp", "sync", revoke=True, stdout=out)
    assert _status(token) == 401
    with pytest.raises(CommandError, match="no staff member"):
        call_command("add_api_token", "nobody", "sync")
