"""Data scopes: the one condition that every read goes through, on models of every shape."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.db.models import Model
from pytest_django import DjangoAssertNumQueries

from oms.accounts.models import ScopeGrant, Staff
from oms.accounts.scopes import UndeclaredScope, scope_q, scoped
from oms.catalog.models import Shop
from orders.models import Order
from tests.factories.staff import make_staff
from warehouse.models import StockBalance, Warehouse

pytestmark = pytest.mark.django_db


@pytest.fixture
def places() -> tuple[Shop, Shop, Warehouse, Warehouse]:
    return (
        Shop.objects.create(code="s1", name="一店", platform="taobao"),
        Shop.objects.create(code="s2", name="二店", platform="taobao"),
        Warehouse.objects.create(code="w1", name="一仓"),
        Warehouse.objects.create(code="w2", name="二仓"),
    )


def seen(model: type[Model], staff: Staff | AnonymousUser) -> list[str]:
    return sorted(str(row) for row in scoped(model._default_manager.all(), staff))


@pytest.mark.parametrize(
    ("shops", "warehouses", "expected"),
    [
        (None, None, (["一店", "二店"], ["一仓", "二仓"])),
        ([], [], ([], [])),
        ([0], None, (["一店"], ["一仓", "二仓"])),
        (None, [1], (["一店", "二店"], ["二仓"])),
        ([0, 1], [0], (["一店", "二店"], ["一仓"])),
    ],
)
def test_each_dimension_by_its_own_grants(
    places: tuple[Shop, Shop, Warehouse, Warehouse],
    shops: list[int] | None,
    warehouses: list[int] | None,
    expected: tuple[list[str], list[str]],
) -> None:
    staff = make_staff(
        shops=None if shops is None else [(places[0], places[1])[index] for index in shops],
        warehouses=None if warehouses is None else [(places[2], places[3])[index] for index in warehouses],
    )
    assert (seen(Shop, staff), seen(Warehouse, staff)) == expected


def test_a_grant_of_a_shop_is_no_grant_of_the_warehouse_with_its_id(
    places: tuple[Shop, Shop, Warehouse, Warehouse],
) -> None:
    staff = make_staff(shops=[], warehouses=[])
    for warehouse in places[2:]:
        ScopeGrant.objects.create(staff=staff, dimension="shop", object_id=warehouse.pk)
    assert seen(Warehouse, staff) == []


def test_an_administrator_sees_everything_without_grants(places: tuple[Shop, Shop, Warehouse, Warehouse]) -> None:
    staff = make_staff(shops=[], warehouses=[], superuser=True)
    assert (seen(Shop, staff), seen(Warehouse, staff)) == (["一店", "二店"], ["一仓", "二仓"])


@pytest.mark.parametrize("superuser", [False, True])
def test_who_is_switched_off_sees_nothing_whatever_they_were_granted(
    places: tuple[Shop, Shop, Warehouse, Warehouse], superuser: bool
) -> None:
    staff = make_staff(active=False, superuser=superuser)
    assert (seen(Shop, staff), seen(Warehouse, staff)) == ([], [])


def test_nobody_sees_nothing(places: tuple[Shop, Shop, Warehouse, Warehouse]) -> None:
    assert seen(Shop, AnonymousUser()) == []


def test_a_row_without_a_warehouse_is_open_to_who_passes_the_shop(
    places: tuple[Shop, Shop, Warehouse, Warehouse],
) -> None:
    """An order has no warehouse before it is routed: clerks of its shop must see it, those of other shops must not."""
    mine = scope_q(Order, make_staff(shops=[places[0]], warehouses=[]))
    sql = str(Order.objects.filter(mine).query)
    assert '"orders_order"."warehouse_id" IS NULL' in sql
    assert '"orders_order"."shop_id" IS NULL' not in sql


def test_a_balance_belongs_to_its_warehouse_alone(places: tuple[Shop, Shop, Warehouse, Warehouse]) -> None:
    sql = str(StockBalance.objects.filter(scope_q(StockBalance, make_staff(shops=[], warehouses=[]))).query)
    assert '"warehouse_id" = ANY' in sql
    assert "IS NULL" not in sql


def test_a_model_that_declares_nothing_cannot_be_read_through_scopes() -> None:
    with pytest.raises(UndeclaredScope, match="Group"):
        scoped(Group.objects.all(), make_staff())
    with pytest.raises(UndeclaredScope, match="Group"):
        scoped(Group.objects.all(), make_staff(superuser=True))


def test_the_condition_costs_no_query_of_its_own(
    places: tuple[Shop, Shop, Warehouse, Warehouse], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    staff = make_staff(shops=[places[0]], warehouses=[])
    with django_assert_num_queries(1):
        assert seen(Shop, staff) == ["一店"]
