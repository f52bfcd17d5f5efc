"""Every list can be taken away: as it is shown, within what one may see, masked, recorded, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import inspect
import io
import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from oms.accounts import exports
from oms.accounts.exports import Asked, ListExport, find
from oms.accounts.models import AuditEntry, Staff
from oms.accounts.routes import all_addresses
from oms.catalog.imports import import_products
from oms.catalog.models import Shop, Sku
from oms.core import jobs
from oms.core.models import Job
from orders.models import Order
from orders.pipeline import process_due
from orders.web.columns import COLUMNS
from tests.factories import make_company, make_document, make_line, make_staff, store
from tests.factories.busy import BusyCompany, make_busy_company, take_trades

ALL = exports.exports()
NOT_EXPORTED = {
    "portal:search": "a search shows a few of everything; the lists it leads to can be taken away",
    "portal:announcements": "what one is told; who writes announcements takes them away from their page",
    "portal:home": "a page of figures, each of which leads to its list",
}
"""Pages that page through something and have no export, and why."""


@pytest.fixture
def busy(db: None) -> BusyCompany:
    made = make_busy_company()
    take_trades(made, 25)
    return made


@pytest.fixture
def boss(db: None) -> Client:
    client = Client()
    client.force_login(make_staff(superuser=True))
    return client


def take(client: Client, code: str, query: str = "", **form: Any) -> HttpResponseBase:
    return client.post(reverse("portal:export", args=[code]), {"query": query, "form": "csv", **form})


def body(answer: HttpResponseBase) -> bytes:
    assert answer.status_code == 200, getattr(answer, "content", b"").decode()[-500:]
    return b"".join(answer)


def rows_of(answer: HttpResponseBase) -> list[list[str]]:
    text = body(answer)
    assert text.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))


@pytest.mark.parametrize("export", ALL, ids=lambda export: export.code)
def test_each_list_is_written_whole_in_both_forms(export: ListExport, busy: BusyCompany, boss: Client) -> None:
    shown = len(find(export, Asked(Staff.objects.get(is_superuser=True))))
    table = rows_of(take(boss, export.code))
    assert table[0] == [str(column.title) for column in export.columns]
    assert len(table) - 1 == shown
    assert {len(row) for row in table} == {len(export.columns)}
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(body(take(boss, export.code, form="xlsx")))).get_sheet_by_index(0)
    # The second file of staff, audit log or jobs may know of the first.
    assert len(sheet.to_python()) >= len(table)
    recorded = AuditEntry.objects.filter(action="export").order_by("id").first()
    assert recorded is not None
    assert recorded.details == {"list": export.code, "format": "csv", "rows": len(table) - 1}


@pytest.mark.parametrize("export", ALL, ids=lambda export: export.code)
def test_each_list_needs_its_permission_and_that_of_its_page(export: ListExport, db: None) -> None:
    client, staff = Client(), make_staff()
    client.force_login(staff)
    assert take(client, export.code).status_code == 403
    codename = export.permission.partition(".")[2]
    staff.user_permissions.add(Permission.objects.get(content_type__app_label="accounts", codename=codename))
    answer = take(client, export.code)
    assert (answer.status_code == 403) is bool(export.needs)
    b"".join(answer)  # an answer that was read is closed


@pytest.mark.parametrize("export", ALL, ids=lambda export: export.code)
def test_each_list_shows_its_button_to_who_may(export: ListExport, busy: BusyCompany, boss: Client) -> None:
    for name in export.pages:
        args = ["carrier"] if name == "rules:list" else []
        page = boss.get(reverse(name, args=args), follow=True).content.decode()
        assert f'action="{reverse("portal:export", args=[export.code])}"' in page, name
        plain = Client()
        plain.force_login(make_staff(role="customer_service"))
        answer = plain.get(reverse(name, args=args), follow=True)
        if answer.status_code == 200 and not export.allows(Staff.objects.latest("id")):
            assert f"dialog-export-{export.code}" not in answer.content.decode()


def test_no_page_with_a_list_is_without_export() -> None:
    known = {name for export in ALL for name in export.pages} | set(NOT_EXPORTED)
    lists = {
        address.name
        for address in all_addresses()
        if not hasattr(address.callback, "cls")
        and any(word in inspect.getsource(inspect.unwrap(address.callback)) for word in ("load_page(", "render_list("))
    }
    assert len(lists) > 10
    assert lists - known == set()


def test_a_list_is_taken_away_as_it_is_shown(busy: BusyCompany, boss: Client) -> None:
    order = Order.objects.filter(state="cs_review").order_by("id")[0]
    table = rows_of(take(boss, "orders", f"?stage=cs_review&q={order.no}"))
    assert [row[0] for row in table[1:]] == [order.no]
    everything = rows_of(take(boss, "orders", "stage=open&sort=-paid_amount"))
    amounts = [float(row[16]) for row in everything[1:]]
    assert amounts == sorted(amounts, reverse=True)
    assert len(amounts) > 5
    chosen = rows_of(take(boss, "orders", "stage=open", ids=[order.pk]))
    assert [row[0] for row in chosen[1:]] == [order.no]
    entry = AuditEntry.objects.filter(action="export").order_by("id").first()
    assert entry is not None
    assert entry.details["filters"] == ["q", "stage"]
    assert order.no not in json.dumps(entry.details)


def test_what_is_not_understood_is_refused_and_nothing_is_written(busy: BusyCompany, boss: Client) -> None:
    for query, form in (("stage=nowhere", {}), ("stage=open&nonsense.x=1", {}), ("", {"form": "pdf"})):
        answer = take(boss, "orders", query, **form)
        assert answer.status_code in {302, 422}, query
    assert take(boss, "nothing").status_code == 404
    assert not AuditEntry.objects.filter(action="export").exists()


def test_only_what_one_may_see_is_in_it(busy: BusyCompany) -> None:
    shop = Shop.objects.order_by("id")[0]
    client = Client()
    client.force_login(make_staff(role="operations", shops=[shop]))
    others = set(Order.objects.exclude(shop=shop).values_list("no", flat=True))
    own = {row[0] for row in rows_of(take(client, "orders", "stage=open"))[1:]}
    assert own
    assert others
    assert not own & others
    assert {row[0] for row in rows_of(take(client, "shops"))[1:]} == {shop.code}
    other = Order.objects.exclude(shop=shop)[0]
    assert len(rows_of(take(client, "orders", f"stage={other.state}", ids=[other.pk]))) == 1


def test_receivers_are_masked_unless_one_may_and_says_why(busy: BusyCompany) -> None:
    clerk = make_staff(role="customer_service")
    client = Client()
    client.force_login(clerk)
    masked = rows_of(take(client, "orders", "stage=open"))[1:]
    assert all("*" in row[7] and "*" in row[8] and row[9].endswith("***") for row in masked)
    assert take(client, "orders", "stage=open", clear="1").status_code in {302, 422}
    told = rows_of(take(client, "orders", "stage=open", clear="1", reason="补发面单"))[1:]
    phones = {order.receiver.phone for order in Order.objects.select_related("receiver")}
    assert {row[8] for row in told} <= phones
    entry = AuditEntry.objects.filter(action="export").latest("id")
    assert (entry.reason, entry.details["clear"]) == ("补发面单", True)
    outsider = Client()
    outsider.force_login(make_staff(role="operations"))
    assert take(outsider, "orders", "stage=open", clear="1", reason="想看").status_code in {302, 422}


def test_no_cell_is_a_formula_and_numbers_stay_numbers(busy: BusyCompany, boss: Client) -> None:
    sku = Sku.objects.order_by("code")[0]
    for evil in ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"):
        Sku.objects.filter(pk=sku.pk).update(spec=evil)
        row = next(row for row in rows_of(take(boss, "products")) if row[0] == sku.code)
        assert row[3] == f"'{evil}"
    book = CalamineWorkbook.from_filelike(io.BytesIO(body(take(boss, "products", form="xlsx"))))
    cells = next(row for row in book.get_sheet_by_index(0).to_python() if row[0] == sku.code)
    assert isinstance(cells[7], float)
    assert cells[7] == float(sku.price)
    assert str(cells[3]).strip("\r\n") != ""


def test_no_secret_of_a_shop_leaves(busy: BusyCompany, boss: Client) -> None:
    Shop.objects.update(app_key="KEY-OF-THE-APP")
    text = body(take(boss, "shops")).decode()
    assert "KEY-OF-THE-APP" not in text


def test_a_long_list_is_a_job_whose_file_belongs_to_who_asked(
    busy: BusyCompany, boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oms.portal.web.exports.AT_ONCE", 5)
    answer = take(boss, "orders", "stage=open")
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("portal:jobs"))
    job = Job.objects.get(kind=exports.KIND)
    jobs.run_due(only=job.pk)
    job.refresh_from_db()
    assert job.result is not None, job.message
    assert job.state == "done"
    assert job.done == job.total == job.result["rows"] > 5
    kept = boss.get(reverse("portal:job_result", args=[job.pk]))
    assert len(rows_of(kept)) == job.total + 1
    other = Client()
    other.force_login(make_staff(superuser=True))
    assert other.get(reverse("portal:job_result", args=[job.pk])).status_code == 404
    assert AuditEntry.objects.get(action="export").details["job"] == job.pk
    default_storage.delete(job.result["report"])


def test_a_job_of_somebody_who_may_no_more_writes_nothing(busy: BusyCompany) -> None:
    staff = make_staff(role="operations")
    export = exports.export_of("orders")
    assert export is not None
    job = exports.start_export(export, Asked(staff, "stage=open"), "csv")
    staff.groups.clear()
    jobs.run_due(only=job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == ("failed", {"code": "not_allowed"})


def test_the_number_of_queries_does_not_depend_on_the_rows(db: None) -> None:
    company = make_company(skus=2)
    export = exports.export_of("orders")
    assert export is not None
    staff = make_staff(superuser=True)
    counts = []
    for more in (1, 60):
        store(
            company.shop,
            *[make_document([make_line(sku) for sku in company.skus], buyer_message="在") for _ in range(more)],
        )
        process_due()
        with CaptureQueriesContext(connection) as queries:
            found = find(export, Asked(staff, "stage=open"))
            assert sum(map(len, found.parts())) == len(found) == Order.objects.count()
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_products_come_back_as_they_left(busy: BusyCompany, boss: Client) -> None:
    first = Sku.objects.order_by("code")[0]
    Sku.objects.filter(pk=first.pk).update(volume_cm3=2400, restrictions=["fragile", "liquid"])
    taken = body(take(boss, "products", form="xlsx"))
    report = import_products(io.BytesIO(taken))
    assert (report.errors, report.ignored, report.stock_columns) == ([], (), ())
    assert (report.lines, report.same) == (Sku.objects.count(), Sku.objects.count())
    # What was changed meanwhile is brought back, the volume and the restrictions too.
    Sku.objects.filter(pk=first.pk).update(volume_cm3=1, restrictions=[])
    import_products(io.BytesIO(taken))
    first.refresh_from_db()
    assert (first.volume_cm3, first.restrictions) == (2400, ["fragile", "liquid"])


def test_orders_are_taken_with_the_columns_of_ones_own_list_or_all(busy: BusyCompany, boss: Client) -> None:
    every = rows_of(take(boss, "orders", "stage=open"))
    shown = ["no", "goods", "route", "region", "flag"]
    boss.post(reverse("orders:columns_save"), {"column": shown, "shown": shown, "pinned": "1"})
    rows = rows_of(take(boss, "orders", "stage=open", columns="view"))
    assert rows[0] == ["订单", "商品", "赠品", "仓库", "快递", "收货地区", "旗帜"]
    assert [row[0] for row in rows] == [row[0] for row in every]
    assert len(rows_of(take(boss, "orders", "stage=open", columns="all"))[0]) == len(every[0]) > 30
    assert AuditEntry.objects.filter(details__view=True).count() == 1
    # A list that has no view of one's own comes whole.
    assert rows_of(take(boss, "stock", columns="view")) == rows_of(take(boss, "stock"))


def test_every_column_of_the_workbench_can_be_taken_away(busy: BusyCompany, boss: Client) -> None:
    names = list(COLUMNS)
    boss.post(reverse("orders:columns_save"), {"column": names, "shown": names, "pinned": "1"})
    head, *rows = rows_of(take(boss, "orders", "stage=open", columns="view"))
    assert len(head) >= len(names)
    assert all(len(row) == len(head) for row in rows)


def test_only_the_selected_rows_and_none_is_told(busy: BusyCompany, boss: Client) -> None:
    chosen = list(Order.objects.filter(state="cs_review").values_list("id", flat=True)[:2])
    assert len(rows_of(take(boss, "orders", "stage=cs_review", ids=chosen, chosen="1"))) == 3
    answer = take(boss, "orders", "stage=cs_review", chosen="1")
    assert answer.status_code in {302, 409, 422}


def test_a_long_list_keeps_its_columns_in_the_job(
    busy: BusyCompany, boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oms.portal.web.exports.AT_ONCE", 1)
    shown = ["no", "paid"]
    boss.post(reverse("orders:columns_save"), {"column": shown, "shown": shown, "pinned": "1"})
    take(boss, "orders", "stage=open", columns="view")
    jobs.run_due()
    result = Job.objects.get(kind=exports.KIND).result
    assert result is not None
    with default_storage.open(result["report"]) as file:
        assert file.readline().decode("utf-8-sig").strip() == "订单,实付"
