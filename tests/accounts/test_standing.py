"""A person whose roles or data scopes are narrowed while a job of theirs waits, runs, or has left its file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from oms.accounts import exports
from oms.accounts.exports import Asked
from oms.accounts.models import ScopeGrant, Staff
from oms.accounts.standing import Reach, covers, reach_of
from oms.catalog import import_jobs
from oms.catalog.models import Product, Sku
from oms.core import jobs
from oms.core.models import Job
from orders.entering import enter
from orders.importing import run as order_imports
from orders.importing.columns import guess
from orders.models import Order
from tests.factories import make_category, make_staff
from tests.factories.busy import BusyCompany, make_busy_company, take_trades

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy() -> BusyCompany:
    made = make_busy_company()
    take_trades(made, 12)
    return made


def take_away(staff: Staff, codename: str) -> None:
    for group in staff.groups.all():
        group.permissions.remove(Permission.objects.get(codename=codename))


def narrow_to_a_shop(staff: Staff) -> None:
    shop = Order.objects.values_list("shop_id", flat=True)[0]
    Staff.objects.filter(pk=staff.pk).update(all_shops=False)
    ScopeGrant.objects.create(staff=staff, dimension="shop", object_id=shop)


NARROWED: Mapping[str, Callable[[Staff], Any]] = {
    "to a shop": narrow_to_a_shop,
    "to no warehouse": lambda staff: Staff.objects.filter(pk=staff.pk).update(all_warehouses=False),
    "to no category": lambda staff: Staff.objects.filter(pk=staff.pk).update(all_categories=False),
    "may not see orders": lambda staff: take_away(staff, "view_order"),
    "may not export orders": lambda staff: take_away(staff, "export_orders"),
    "may not see receivers": lambda staff: take_away(staff, "view_receiver"),
    "has no role": lambda staff: staff.groups.clear(),
}


def exported(staff: Staff) -> Job:
    export = exports.export_of("orders")
    assert export is not None
    job = exports.start_export(export, Asked(staff, "stage=open", clear=True), "csv")
    jobs.run_due(only=job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.message
    return job


def open_file(staff: Staff, job: Job) -> HttpResponseBase:
    client = Client()
    client.force_login(Staff.objects.get(pk=staff.pk))
    return client.get(reverse("portal:job_result", args=[job.pk]))


@pytest.mark.parametrize("name", NARROWED)
def test_the_file_of_an_export_is_not_given_out_any_more(busy: BusyCompany, name: str) -> None:
    staff = make_staff(role="customer_service")
    job = exported(staff)
    answer = open_file(staff, job)
    assert answer.status_code == 200
    assert "订单" in b"".join(answer).decode("utf-8-sig")
    NARROWED[name](staff)
    refused = open_file(staff, job)
    assert (refused.status_code, refused.headers["Location"]) == (302, reverse("portal:jobs"))
    assert not refused.streaming


def test_who_sees_more_than_before_keeps_what_they_made(busy: BusyCompany) -> None:
    staff = make_staff(role="customer_service", shops=[busy.shops[0]], warehouses=[])
    job = exported(staff)
    ScopeGrant.objects.create(staff=staff, dimension="shop", object_id=busy.shops[1].pk)
    Staff.objects.filter(pk=staff.pk).update(all_warehouses=True)
    answer = open_file(staff, job)
    assert answer.status_code == 200
    b"".join(answer)


def test_who_is_narrowed_while_the_export_runs_does_not_get_what_was_read_before(
    busy: BusyCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = make_staff(role="customer_service")
    real = exports.find

    def narrowed_meanwhile(export: exports.ListExport, asked: Asked, **more: Any) -> exports.Found:
        found = real(export, asked, **more)
        narrow_to_a_shop(staff)
        return found

    monkeypatch.setattr(exports, "find", narrowed_meanwhile)
    assert open_file(staff, exported(staff)).status_code == 302


def test_what_covers_what() -> None:
    everything: Reach = {"shop": None, "warehouse": None, "category": None}
    some: Reach = {"shop": [1, 2], "warehouse": None, "category": None}
    fewer: Reach = {"shop": [2], "warehouse": [5], "category": None}
    assert covers(everything, some)
    assert covers(some, fewer)
    assert not covers(some, everything)
    assert not covers(fewer, some)
    assert not covers(some, None)
    assert not covers(some, {})
    staff = make_staff(shops=[], warehouses=[])
    assert reach_of(staff) == {"shop": [], "warehouse": [], "category": None}


@pytest.mark.parametrize(
    "narrow",
    [
        lambda staff: staff.groups.clear(),
        lambda staff: Staff.objects.filter(pk=staff.pk).update(is_active=False),
        lambda staff: Staff.objects.filter(pk=staff.pk).update(all_categories=False),
    ],
)
def test_an_import_of_products_that_waited_does_nothing_for_who_may_no_more(narrow: Callable[[Staff], Any]) -> None:
    staff = make_staff(role="operations")
    content = "商家编码,商品名称\nNEU-1,新品\n".encode()
    job = import_jobs.start_import(ContentFile(content), "p.csv", dry_run=False, staff_id=staff.pk)
    narrow(staff)
    jobs.run_due(only=job.pk)
    job.refresh_from_db()
    assert (job.state, Sku.objects.exists()) == ("failed", False)
    assert not default_storage.exists(job.params["path"])


def test_an_import_of_orders_stops_where_the_clerk_may_no_more(
    busy: BusyCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = make_staff(role="customer_service")
    head = "订单号,收货人,手机,收货地址,商家编码,数量,单价"
    rows = [f"X{n},李雷,13900001111,广东省深圳市南山区科苑路 1 号,{busy.skus[0].code},1,9.90" for n in range(1, 5)]
    kept = order_imports.keep_file(ContentFile("\n".join([head, *rows]).encode()), "o.csv", clerk)
    keys = guess(kept["headings"], {})
    monkeypatch.setattr(order_imports, "CHUNK", 2)
    job = order_imports.start(kept, keys, busy.shops[0], dry_run=False, staff=clerk)

    def enter_and_lose_the_role(*args: Any, **more: Any) -> Any:
        done = enter(*args, **more)
        clerk.groups.clear()
        return done

    monkeypatch.setattr(order_imports, "enter", enter_and_lose_the_role)
    jobs.run_due(only=job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == ("failed", {"code": "not_allowed_any_more"})
    assert Order.objects.filter(trade_no__in=["X1", "X2", "X3", "X4"]).count() == 2


def test_the_report_of_an_import_is_for_who_still_imports(busy: BusyCompany) -> None:
    staff = make_staff(role="operations")
    path = default_storage.save("imports/report.csv", ContentFile("行,错误\n".encode()))
    job = Job.objects.create(kind=import_jobs.KIND, state="done", created_by=staff, result={"report": path})
    answer = open_file(staff, job)
    assert answer.status_code == 200
    b"".join(answer)
    take_away(staff, "manage_product")
    assert open_file(staff, job).status_code == 302


def test_categories_limit_what_a_file_may_change() -> None:
    """Somebody limited to a category cannot reach others by a file of products."""
    staff = make_staff(role="operations", categories=[make_category("女装")])
    product = Product.objects.create(code="P", name="外类", category=make_category("数码"))
    client = Client()
    client.force_login(staff)
    file = ContentFile("商家编码,商品编码,商品名称\nP,P,改名\n".encode(), name="p.csv")
    client.post(reverse("catalog:import_products"), {"file": file})
    jobs.run_due()
    product.refresh_from_db()
    assert product.name == "外类"
