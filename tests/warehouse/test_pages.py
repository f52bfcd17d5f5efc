"""Pages of the warehouse: who sees what, and that a packer can ship from them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders import audit
from tests.factories import (
    Company,
    make_company,
    make_order,
    make_orders,
    make_shop,
    make_sku,
    make_staff,
    make_warehouse,
    put_stock,
)
from tests.holding import assert_invariants_hold
from warehouse.models import Shipment

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def company() -> Iterator[Company]:
    yield make_company()
    assert_invariants_hold()


@pytest.fixture
def packer(company: Company, client: Client) -> Client:
    client.force_login(make_staff("packer", role="warehouse"))
    return client


def shipments(*order_ids: int) -> list[Shipment]:
    return list(Shipment.objects.filter(order_id__in=order_ids).order_by("id"))


def test_a_packer_ships_the_selected_parcels_with_typed_and_next_numbers(company: Company, packer: Client) -> None:
    first, second = shipments(*(order.id for order in make_orders(company, 2)))
    page = packer.get(reverse("warehouse:shipments"))
    assert first.no in page.content.decode()
    assert f'name="waybill-{first.id}"' in page.content.decode()
    data = {"ids": [first.id, second.id], f"waybill-{first.id}": "SF900"}
    answer = packer.post(reverse("warehouse:ship"), data, headers=HTMX)
    assert answer.status_code == 200
    assert "oms:toast" in answer["HX-Trigger"]
    numbers = dict(Shipment.objects.values_list("id", "waybill_no"))
    assert numbers == {first.id: "SF900", second.id: "YTO00000001"}
    shipped = packer.get(reverse("warehouse:shipments"), {"stage": "shipped", "q": "SF900"}).content.decode()
    assert first.no in shipped
    assert second.no not in shipped


def test_each_refused_row_gets_its_sentence(company: Company, packer: Client) -> None:
    good, held = make_orders(company, 2)
    audit.hold([held.id], actor_id=1, reason="买家要改地址")
    first, second = shipments(good.id, held.id)
    data = {"ids": [first.id, second.id, 999]}
    text = packer.post(reverse("warehouse:ship"), data, headers=HTMX).content.decode()
    assert second.no in text
    assert "买家要改地址" in text
    assert "999" in text
    assert first.no not in text


def test_shipments_of_other_warehouses_and_shops_do_not_exist(company: Company, client: Client) -> None:
    (shipment,) = shipments(make_order(company).id)
    for name, shops, warehouses in (
        ("elsewhere", None, [make_warehouse("W2")]),
        ("other", [make_shop("S2")], None),
    ):
        client.force_login(make_staff(name, role="warehouse", shops=shops, warehouses=warehouses))
        assert shipment.no not in client.get(reverse("warehouse:shipments")).content.decode()
        assert client.get(reverse("warehouse:shipment", args=[shipment.no])).status_code == 404
        client.post(reverse("warehouse:ship"), {"ids": [shipment.id]}, headers=HTMX)
        shipment.refresh_from_db()
        assert shipment.state == "released"


def test_who_may_not_ship_cannot(company: Company, client: Client) -> None:
    (shipment,) = shipments(make_order(company).id)
    client.force_login(make_staff("looker", role="customer_service"))
    assert "waybill-" not in client.get(reverse("warehouse:shipments")).content.decode()
    assert client.post(reverse("warehouse:ship"), {"ids": [shipment.id]}).status_code == 403


def test_a_shipments_page_shows_goods_and_masks_the_receiver(company: Company, packer: Client) -> None:
    (shipment,) = shipments(make_order(company).id)
    text = packer.get(reverse("warehouse:shipment", args=[shipment.no])).content.decode()
    assert "商品A1" in text
    assert "张**" in text
    assert "张小明" not in text
    assert "文三路" not in text


def test_every_stage_has_a_page_even_when_empty(packer: Client) -> None:
    for stage in ("open", "intercepted", "shipped", "cancelled", "nonsense"):
        assert packer.get(reverse("warehouse:shipments"), {"stage": stage}).status_code == 200


def test_stock_is_found_by_goods_and_by_having_nothing_free(company: Company, packer: Client) -> None:
    empty = make_sku("ZZ9")
    put_stock(company.warehouse, {empty: 1})
    make_order_of = make_orders(company, 1, lines=[empty])
    assert make_order_of[0].state == "approved"
    every = packer.get(reverse("warehouse:stock")).content.decode()
    assert "ZZ9" in every
    assert "A1" in every
    for query in ({"short": "on"}, {"q": "zz"}, {"q": "商品ZZ9"}):
        text = packer.get(reverse("warehouse:stock"), query).content.decode()
        assert "ZZ9" in text
        assert ">A1<" not in text


def test_a_page_costs_the_same_for_one_row_and_for_fifty(company: Company, packer: Client) -> None:
    counts = []
    for count in (1, 49):
        make_orders(company, count)
        with CaptureQueriesContext(connection) as queries:
            packer.get(reverse("warehouse:shipments"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
