"""Bindings of listings from a file: exported, filled in, brought back."""

from __future__ import annotations

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oms.catalog.listing_imports import import_bindings
from oms.catalog.models import Listing, Sku
from oms.core import outbox
from orders import wake
from orders.models import Order
from orders.pipeline import process_due
from tests.factories import make_company, make_document, make_line, make_shop, make_sku, make_staff, store
from tests.holding import assert_invariants_hold

pytestmark = pytest.mark.django_db


def table(*rows: tuple[str, ...]) -> io.BytesIO:
    text = io.StringIO()
    csv.writer(text).writerows([("店铺代码", "宝贝 ID", "平台规格 ID", "商家编码"), *rows])
    return io.BytesIO(text.getvalue().encode("utf-8-sig"))


def test_an_exported_list_comes_back_with_codes_and_its_orders_go_on() -> None:
    company = make_company()
    store(company.shop, make_document([make_line("GONE")]))
    process_due()
    assert Order.objects.get().exceptions == ["unmatched_listing"]
    client = Client()
    client.force_login(make_staff(superuser=True))
    answer = client.post(reverse("portal:export", args=["listings"]), {"form": "csv"})
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    rows[1][rows[0].index("商家编码")] = company.sku.code
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    file = SimpleUploadedFile("对照.csv", text.getvalue().encode("utf-8-sig"))
    page = client.post(reverse("catalog:import_listings"), {"file": file})
    assert page.status_code == 200
    bound = Listing.objects.get(item_id="item-GONE")
    assert (bound.sku, bound.binding) == (company.sku, "hand")
    outbox.deliver_due(wake.TOPIC)
    process_due()
    assert Order.objects.get().state == "approved"
    assert_invariants_hold()


def test_mistakes_are_told_by_line_and_the_rest_goes_in() -> None:
    company = make_company()
    other = make_shop("TB9")
    store(company.shop, make_document([make_line("X1"), make_line("X2"), make_line("X3"), make_line("X4")]))
    store(other, make_document([make_line("X5")]))
    off = make_sku("OFF")
    Sku.objects.filter(pk=off.pk).update(enabled=False)
    code, shop = company.sku.code, company.shop.code
    file = table(
        (shop, "item-X1", "sku-X1", code),
        (shop, "item-X2", "sku-X2", "NOBODY"),
        (shop, "item-X3", "sku-X3", "OFF"),
        (shop, "item-X4", "sku-X4", ""),
        (other.code, "item-X5", "sku-X5", code),
        ("", "item-X1", "", code),
        (shop, "item-X1", "sku-X1", company.skus[1].code),
    )
    staff = make_staff(role="operations", shops=[company.shop])
    checked = import_bindings(file, staff, dry_run=True)
    assert (checked.bound, Listing.objects.filter(binding="hand").count()) == (1, 0)
    file.seek(0)
    report = import_bindings(file, staff)
    assert [error.line for error in report.errors] == [7, 3, 4, 6, 8]
    assert (report.lines, report.bound, report.same) == (6, 1, 0)
    assert list(Listing.objects.filter(binding="hand").values_list("item_id", flat=True)) == ["item-X1"]
    file = table((shop, "item-X1", "sku-X1", code))
    again = import_bindings(file, staff)
    assert (again.bound, again.same, again.errors) == (0, 1, [])


def test_the_number_of_queries_does_not_depend_on_the_lines() -> None:
    company = make_company()
    staff = make_staff(role="operations", shops=[company.shop])
    counts = []
    for count in (1, 40):
        names = [f"Q{count}-{n}" for n in range(count)]
        store(company.shop, make_document([make_line(name) for name in names]))
        file = table(*((company.shop.code, f"item-{name}", f"sku-{name}", company.sku.code) for name in names))
        with CaptureQueriesContext(connection) as queries:
            assert import_bindings(file, staff).bound == count
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_file_that_is_none_is_refused_and_who_may_not_bind_is_turned_away() -> None:
    client = Client()
    client.force_login(make_staff(role="operations"))
    url = reverse("catalog:import_listings")
    assert client.post(url).status_code == 302
    wrong = SimpleUploadedFile("x.csv", "甲,乙\n1,2\n".encode())
    assert client.post(url, {"file": wrong}).status_code == 302
    client.force_login(make_staff(role="finance"))
    assert client.post(url).status_code == 403
