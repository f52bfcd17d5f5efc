"""The home page and the pulse: each figure counts what it says, for the person who looks, at a cost that does not grow."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oms.accounts.models import Staff
from oms.core.models import Job
from oms.portal import flow, pulse, tally
from oms.portal.models import Tally
from oms.portal.own import own_figures
from oms.portal.todos import todos
from orders.figure_queries import stage_figures
from orders.models import Order, Trade
from tests.factories import (
    Company,
    make_company,
    make_line,
    make_order,
    make_orders,
    make_shop,
    make_staff,
    make_warehouse,
    store,
)
from tests.factories.trades import make_document
from warehouse.models import Shipment
from warehouse.shipping import ship

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)


@pytest.fixture
def company() -> Company:
    return make_company()


def figures(staff: Staff, now: dt.datetime | None = None) -> dict[str, tuple[int, str, str]]:
    """The cards by their Chinese label: figure, amount or note, and badge."""
    return {
        str(todo.label): (todo.count, str(todo.note if todo.amount is None else todo.amount), str(todo.badge))
        for todo in todos(staff, stage_figures(staff, now or timezone.now()))
    }


def steps(staff: Staff) -> list[flow.Step]:
    now = timezone.now()
    return flow.steps(staff, now, stage_figures(staff, now))


def read(client: Client, path: str = "/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_customer_service_sees_what_waits_for_it_with_its_amount(company: Company) -> None:
    make_orders(company, 2)
    make_order(company, [make_line(company.sku, 60)])
    make_order(company, [make_line(company.sku, 70)])
    make_order(company, [make_line("nobody's")])
    cards = figures(make_staff(role="customer_service"))
    assert cards["待客审"] == (2, "1300.00", "")
    assert cards["异常订单"] == (1, "10.00", "未对照 1")
    assert cards["商品未对照"][0] == 1
    assert "财审" not in cards
    assert "待发包裹" not in cards


def test_what_falls_due_soon_is_said(company: Company) -> None:
    order = make_order(company, [make_line(company.sku, 60)])
    staff = make_staff(role="customer_service")
    Order.objects.filter(id=order.id).update(ship_by=NOW + dt.timedelta(hours=3, minutes=59))
    assert figures(staff, NOW)["待客审"] == (1, "600.00", "1 单将超时")
    Order.objects.filter(id=order.id).update(ship_by=NOW + dt.timedelta(hours=4))
    assert figures(staff, NOW)["待客审"] == (1, "600.00", "")


@pytest.mark.parametrize(
    ("role", "labels"),
    [
        ("operations", ["上传失败", "商品未对照", "无法识别的交易", "店铺待授权", "核对不符"]),
        ("customer_service", ["待客审", "异常订单", "上传失败", "商品未对照"]),
        ("finance", ["财审", "无法过账的订单"]),
        ("warehouse", ["待发包裹", "待收货", "可用量为零"]),
        ("quality", ["可用量为零"]),
    ],
)
def test_each_role_sees_its_own_work(company: Company, role: str, labels: list[str]) -> None:
    staff = make_staff(role=role)
    assert list(figures(staff)) == labels
    client = Client()
    client.force_login(staff)
    page = read(client)
    assert "您还没有可用的功能" not in page
    assert all(label in page for label in labels)


def test_who_has_no_role_is_told_whom_to_ask() -> None:
    client = Client()
    client.force_login(make_staff())
    assert "您还没有可用的功能" in read(client)


def test_other_peoples_shops_and_warehouses_are_not_counted(company: Company) -> None:
    make_orders(company, 3)
    make_order(company, [make_line(company.sku, 60)])
    make_order(company, [make_line("nobody's")])
    other = make_shop("S2")
    clerk = make_staff(role="customer_service", shops=[other])
    assert {count for count, _note, _badge in figures(clerk).values()} == {0}
    assert [step.count for step in steps(clerk)] == [0] * 5
    assert sum(bar.count for bar in flow.bars(clerk, timezone.now())) == 0
    assert set(pulse.counts(clerk).values()) == {0}
    packer = make_staff(role="warehouse", warehouses=[])
    assert figures(packer)["待发包裹"][0] == 0
    assert pulse.counts(packer) == {"announcement": 0, "shipment_open": 0}


def test_the_flow_of_the_day_names_the_slowest_step(company: Company) -> None:
    orders = make_orders(company, 4)
    make_order(company, [make_line(company.sku, 60)])
    packer = make_staff(role="warehouse")
    shipment = Shipment.objects.get(order_id=orders[0].id)
    ship([shipment.id], actor_id=packer.id)
    way = steps(make_staff(role="operations"))
    assert [(step.count, step.waiting, step.slow) for step in way] == [
        (5, 0, False),
        (5, 0, False),
        (4, 1, False),
        (1, 3, True),
        (0, 1, False),
    ]
    assert [step.height for step in way] == [68, 68, 54, 14, 0]
    assert way[0].next_height == way[1].height


def test_yesterday_is_not_today(company: Company) -> None:
    make_orders(company, 2)
    yesterday = tally.midnight(timezone.now()) - dt.timedelta(seconds=1)
    Trade.objects.update(received_at=yesterday)
    Order.objects.update(created_at=yesterday)
    Shipment.objects.update(released_at=yesterday)
    way = steps(make_staff(role="operations"))
    assert [step.count for step in way] == [0] * 5
    assert [step.waiting for step in way] == [0, 0, 0, 2, 0]


def test_what_was_tallied_and_what_came_since_make_the_same_figures(company: Company) -> None:
    """The figures of the day do not depend on how much of it was tallied, how often, and by how many processes."""
    orders = make_orders(company, 6)
    ship([Shipment.objects.get(order_id=order.id).id for order in orders[:3]], actor_id=None)
    noon = tally.midnight(timezone.now()) + dt.timedelta(hours=12)
    for number, order in enumerate(orders):
        moment = noon + number * dt.timedelta(minutes=10)
        Trade.objects.filter(born_order=order).update(received_at=moment)
        Order.objects.filter(id=order.id).update(created_at=moment)
        Shipment.objects.filter(order_id=order.id, state="shipped").update(shipped_at=moment)
    Shipment.objects.filter(order_id=orders[0].id).update(released_at=noon - dt.timedelta(days=1))
    staff = make_staff(role="operations", shops=[company.shop], warehouses=[company.warehouse])
    expected = tally.DayFigures(received=6, made=6, left=3, fresh=2)
    now = noon + dt.timedelta(hours=1)
    assert tally.day_figures(staff, now) == expected
    assert tally.fill(noon + dt.timedelta(minutes=31)) == 49
    assert tally.day_figures(staff, now) == expected
    assert [tally.fill(now), tally.fill(now)] == [2, 0]
    assert Tally.objects.filter(measure="made").count() > 1
    assert tally.day_figures(staff, now) == expected
    assert tally.day_figures(make_staff(role="operations", shops=[]), now) == tally.DayFigures()
    assert tally.day_figures(make_staff(role="operations", warehouses=[make_warehouse("W2")]), now) == tally.DayFigures(
        6
    )
    tomorrow = now + dt.timedelta(days=1)
    assert tally.day_figures(staff, tomorrow) == tally.DayFigures()


def test_what_is_settled_is_read_from_the_tally_and_not_counted_again(company: Company) -> None:
    order = make_order(company)
    noon = tally.midnight(timezone.now()) + dt.timedelta(hours=12)
    Order.objects.filter(id=order.id).update(created_at=noon)
    tally.fill(noon + dt.timedelta(hours=1))
    Tally.objects.filter(measure="made").update(count=70_000)
    assert tally.day_figures(make_staff(role="operations"), noon + dt.timedelta(hours=1)).made == 70_000


def test_own_figures_are_what_the_person_did_today_and_nobody_else(company: Company) -> None:
    first, second, third = make_orders(company, 3)
    packer, other = make_staff(role="warehouse"), make_staff(role="warehouse")
    for order, who in ((first, packer), (second, packer), (third, other)):
        ship([Shipment.objects.get(order_id=order.id).id], actor_id=who.id)
    now = timezone.now()
    figures = {str(figure.label): figure.count for figure in own_figures(packer, now)}
    assert figures["已发货"] == 2
    assert figures["已验货"] == 0
    assert {figure.count for figure in own_figures(packer, now + dt.timedelta(days=1))} == {0}
    assert own_figures(make_staff(role="quality"), now) == []


def test_today_begins_at_midnight_in_china() -> None:
    late_evening = dt.datetime(2026, 11, 23, 16, 30, tzinfo=dt.UTC)
    assert tally.midnight(late_evening) == dt.datetime(2026, 11, 23, 16, 0, tzinfo=dt.UTC)
    assert tally.midnight(late_evening - dt.timedelta(hours=1)) == dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize("role", ["customer_service", "warehouse"])
def test_the_clock_of_promises(company: Company, role: str) -> None:
    orders = make_orders(company, 7)
    hours = (-1, 0, 3.99, 4, 23, 24, None)
    for order, hour in zip(orders, hours, strict=True):
        due = None if hour is None else NOW + dt.timedelta(hours=hour)
        Order.objects.filter(id=order.id).update(ship_by=due)
        Shipment.objects.filter(order_id=order.id).update(ship_by=due)
    bars = flow.bars(make_staff(role=role), NOW)
    assert [(bar.label, bar.count, bar.tone) for bar in bars] == [
        ("已超时", 1, "stop"),
        ("4 小时内", 2, "look"),
        ("8 小时内", 1, ""),
        ("16 小时内", 0, ""),
        ("24 小时内", 1, ""),
        ("更晚", 1, ""),
    ]
    assert [bar.height for bar in bars] == [50, 100, 50, 0, 50, 50]


def test_every_figure_opens_its_list(company: Company) -> None:
    make_orders(company, 3)
    staff = make_staff(superuser=True)
    client = Client()
    client.force_login(staff)
    linked = [todo.url for todo in todos(staff, stage_figures(staff, NOW))]
    linked += [bar.url for bar in flow.bars(staff, NOW)] + [step.url for step in steps(staff) if step.url]
    assert len(linked) > 15
    for url in linked:
        page = read(client, url)
        assert 'class="error"' not in page, f"{url}: the list does not know what the home page filters by"


def test_a_bar_of_the_clock_opens_as_many_orders_as_it_says(company: Company) -> None:
    orders = make_orders(company, 6)
    now = timezone.now()
    for order, hour in zip(orders, (-1, 1, 2, 6, 20, 30), strict=True):
        Order.objects.filter(id=order.id).update(ship_by=now + dt.timedelta(hours=hour))
    staff = make_staff(superuser=True)
    client = Client()
    client.force_login(staff)
    bars = flow.bars(staff, now)
    assert [bar.count for bar in bars] == [1, 2, 1, 0, 1, 1]
    assert [read(client, bar.url).count("<tr data-id=") for bar in bars] == [1, 2, 1, 0, 1, 1]


def test_the_pulse_fills_every_figure_of_the_navigation(company: Company) -> None:
    make_order(company, [make_line(company.sku, 60)])
    client = Client()
    client.force_login(make_staff(superuser=True))
    places = set(re.findall(r'<b id="(count-[a-z_]+)"', read(client)))
    part = read(client, "/pulse/")
    assert set(re.findall(r'<b id="(count-[a-z_]+)"', part)) == places
    assert '<b id="count-cs_review" hx-swap-oob="innerHTML">1</b>' in part


def test_running_jobs_are_ones_own_unless_one_may_see_all() -> None:
    mine, other = make_staff(role="operations"), make_staff(role="operations")
    Job.objects.create(kind="k", title="我的下载", state=Job.State.RUNNING, done=3, total=1200, created_by=mine)
    Job.objects.create(kind="k", title="别人的下载", state=Job.State.QUEUED, created_by=other)
    Job.objects.create(kind="k", title="旧的", state=Job.State.DONE, created_by=mine)
    client = Client()
    client.force_login(mine)
    part = read(client, "/pulse/")
    assert "我的下载 3 / 1,200" in part
    assert "别人的下载" not in part
    assert "旧的" not in part
    home = read(client)
    assert "旧的" in home
    assert "别人的下载" not in home
    client.force_login(make_staff(superuser=True))
    assert "别人的下载" in read(client, "/pulse/")


@pytest.mark.parametrize("path", ["/", "/pulse/"])
def test_the_number_of_queries_does_not_depend_on_the_work(company: Company, path: str) -> None:
    client = Client()
    client.force_login(make_staff(superuser=True))
    counts = []
    for orders in (1, 40):
        store(company.shop, *[make_document([make_line(f"X{n}")]) for n in range(orders)])
        make_orders(company, orders)
        with CaptureQueriesContext(connection) as captured:
            read(client, path)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_current_place_is_the_nearest_one(company: Company) -> None:
    client = Client()
    client.force_login(make_staff(superuser=True))
    for path, label in [
        ("/catalog/products/", "商品"),
        ("/catalog/listings/?stage=matched", "商品对照"),
        ("/", "首页"),
    ]:
        marked = re.findall(r'<a href="[^"]*" aria-current="page" data-nav>.*?<span>(.*?)</span>', read(client, path))
        assert marked == [label]
