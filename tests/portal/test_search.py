"""The search box: what is typed whole is found, in the person's scope, through an index."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from finance.models import Voucher
from finance.posting import post_due
from oms.accounts.models import Staff
from oms.catalog.models import Barcode
from oms.portal.search import cleaned, search
from orders.models import Order, Trade
from orders.trades.document import TradeReceiver
from tests.factories import Company, make_company, make_line, make_order, make_shop, make_sku, make_staff
from warehouse.models import Shipment
from warehouse.shipping import ship

pytestmark = pytest.mark.django_db

RECEIVER = TradeReceiver("欧阳明月", "13900001234", "文一西路 9 号", "浙江省", "杭州市", "西湖区")
BIG = ("orders_order", "orders_orderline", "orders_trade", "warehouse_shipment", "catalog_receiver")


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def order(company: Company) -> Order:
    """An order whose parcel has left with the waybill YTO1, beside another one."""
    make_order(company)
    order = make_order(company, no="3141592653589793", receiver=RECEIVER, buyer_nick="月下独酌")
    shipment = Shipment.objects.get(order_id=order.id)
    ship([shipment.id], actor_id=make_staff(role="warehouse").id, waybills={shipment.id: "YT0001"})
    return order


def found(staff: Staff, text: str) -> list[tuple[str, str]]:
    return [(str(hit.kind), hit.name) for hit in search(staff, cleaned(text))]


@pytest.mark.parametrize(
    "text",
    ["{order}", "{order_lower}", "3141592653589793", " 3141592653589793\n", "月下独酌", "13900001234", "+86 139-0000-1234",
     "欧阳明月", "YT0001", "yt0001"],
)  # fmt: skip
def test_an_order_and_its_parcel_are_found_by(order: Order, text: str) -> None:
    shipment = Shipment.objects.get(order_id=order.id)
    asked = text.format(order=order.no, order_lower=order.no.lower())
    assert found(make_staff(role="customer_service"), asked) == [("订单", order.no), ("发货单", shipment.no)]
    assert found(make_staff(role="warehouse"), asked) == [("发货单", shipment.no)]


@pytest.mark.parametrize("text", ["", " ", "\0", "314159", "欧阳", "1390000", "%", "_", "' OR 1=1 --", "x" * 5000])
def test_nothing_is_found_by_a_part_or_by_nonsense(order: Order, text: str) -> None:
    client = Client()
    client.force_login(make_staff(superuser=True))
    answer = client.get("/search/", {"q": text})
    assert answer.status_code == 200
    assert order.no not in answer.content.decode()


def test_a_shipments_number_leads_to_it(order: Order) -> None:
    shipment = Shipment.objects.get(order_id=order.id)
    assert ("发货单", shipment.no) in found(make_staff(role="warehouse"), shipment.no)


def test_the_only_hit_opens_by_itself(order: Order) -> None:
    client = Client()
    client.force_login(make_staff(role="warehouse"))
    shipment = Shipment.objects.get(order_id=order.id)
    assert client.get("/search/?q=yt0001").headers["Location"] == f"/warehouse/shipments/{shipment.no}/"


def test_what_is_shown_of_a_receiver_stays_masked(order: Order) -> None:
    client = Client()
    client.force_login(make_staff(role="customer_service"))
    page = client.get("/search/?q=13900001234").content.decode()
    assert order.no in page
    assert "欧阳明月" not in page
    assert page.count("13900001234") == 3  # what was typed: in the box, in the title of the page and above the list


def test_foreign_shops_and_warehouses_are_not_searched(company: Company, order: Order) -> None:
    other_shop = make_staff(role="customer_service", shops=[make_shop("S2")])
    other_warehouse = make_staff(role="warehouse", warehouses=[])
    nobody = make_staff()
    for text in (order.no, order.trade_no, order.buyer_nick, "13900001234", "欧阳明月", "YT0001"):
        for staff in (other_shop, other_warehouse, nobody):
            assert found(staff, text) == []


def test_a_trade_without_an_order_is_found_by_who_sees_its_shop(company: Company) -> None:
    order = make_order(company)
    trade = Trade.objects.get(born_order=order)
    Order.objects.filter(id=order.id).update(trade_no="", origin_trade=None)
    order.lines.update(trade=None)
    assert ("平台交易", trade.trade_no) in found(make_staff(role="customer_service"), trade.trade_no)
    assert found(make_staff(role="customer_service", shops=[make_shop("S2")]), trade.trade_no) == []


def test_goods_by_code_barcode_and_part_of_the_name() -> None:
    shirt = make_sku("TS-01-白")
    off = make_sku("TS-02-黑", enabled=False)
    Barcode.objects.create(sku=off, code="6901234567892")
    staff = make_staff(role="quality")
    assert found(staff, "ts-01") == [("商品", shirt.code)]
    assert found(staff, "商品TS") == [("商品", shirt.code)]
    assert found(staff, "6901234567892") == [("商品", off.code)]
    assert found(staff, "TS-02-黑") == [("商品", off.code)]


def test_goods_not_in_use_lead_to_where_they_are_listed() -> None:
    off = make_sku("TS-02", enabled=False)
    client = Client()
    client.force_login(make_staff(role="quality"))
    page = client.get("/search/", {"q": "TS-02"}, follow=True)
    assert f'<td class="pin mono">{off.code}</td>' in page.content.decode()


def test_a_voucher_by_its_number(company: Company, order: Order) -> None:
    post_due()
    voucher = Voucher.objects.filter(sources__order=order).first()
    assert voucher is not None
    assert found(make_staff(role="finance"), voucher.no.lower()) == [("凭证", voucher.no)]
    assert found(make_staff(role="finance", shops=[make_shop("S2")]), voucher.no) == []
    assert found(make_staff(role="customer_service"), voucher.no) == []


@pytest.mark.parametrize("role", ["customer_service", "warehouse"])
def test_every_question_to_a_big_table_has_an_index(company: Company, order: Order, role: str) -> None:
    """With sequential scans forbidden the planner takes one only where there is no other way."""
    staff = make_staff(role=role, shops=[company.shop], warehouses=[company.warehouse])
    with CaptureQueriesContext(connection) as captured:
        for text in (order.no, "13900001234", "YT0001", "3141592653589793"):
            assert found(staff, text)
    asked = [query["sql"] for query in captured if any(table in query["sql"] for table in BIG)]
    assert len(asked) > 8
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in asked:
            cursor.execute("EXPLAIN " + sql.replace("%", "%%"))
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert not [table for table in BIG if f"Seq Scan on {table}" in plan], f"{sql}\n{plan}"


def test_a_merged_order_is_found_by_each_of_its_trades(company: Company) -> None:
    order = make_order(company)
    other = make_order(company, [make_line(company.sku)], no="2718281828")
    other.lines.update(order=order, position=2)
    assert ("订单", order.no) in found(make_staff(role="customer_service"), "2718281828")
