"""Pages of purchase orders, and where what is in transit is shown."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from oms.accounts.models import AuditEntry
from oms.accounts.tokens import make_token
from tests.factories import Company, make_category, make_company, make_purchase, make_sku, make_staff, make_warehouse
from tests.holding import assert_invariants_hold
from warehouse.models import Arrival, PurchaseOrder, StockBalance

pytestmark = pytest.mark.django_db
SOON = dt.date(2099, 11, 28)


@pytest.fixture
def company() -> Iterator[Company]:
    yield make_company()
    assert_invariants_hold()


@pytest.fixture
def keeper(company: Company, client: Client) -> Client:
    client.force_login(make_staff("keeper", role="warehouse"))
    return client


def form(company: Company, **more: str) -> dict[str, object]:
    head = {"warehouse": company.warehouse.pk, "supplier": "华裳供应链", "expected_on": "2099-11-28"}
    rows = {
        "line": ["n0", "n1"],
        "sku-n0": "A1",
        "quantity-n0": "30",
        "price-n0": "8.50",
        "sku-n1": "",
        "quantity-n1": "",
    }
    return {**head, **rows, "once": "k1", **more}


def test_an_order_is_entered_edited_and_ordered_by_hand(company: Company, keeper: Client) -> None:
    new = reverse("warehouse:new_purchase")
    assert keeper.get(new).status_code == 200
    for _twice in range(2):
        answer = keeper.post(new, form(company))
        assert answer.status_code == 302
    made = PurchaseOrder.objects.get()
    assert answer["Location"] == reverse("warehouse:purchase", args=[made.no])
    edit = reverse("warehouse:edit_purchase", args=[made.no])
    assert 'value="8.50"' in keeper.get(edit).content.decode()
    keeper.post(edit, form(company, note="加急", **{"sku-n1": "A2", "quantity-n1": "5", "order": "1"}))
    made.refresh_from_db()
    assert (made.state, made.note) == ("ordered", "加急")
    lines = made.lines.order_by("id").values_list("sku__code", "quantity", "unit_cost")
    assert [(code, units, None if cost is None else str(cost)) for code, units, cost in lines] == [
        ("A1", 30, "8.50"),
        ("A2", 5, None),
    ]
    assert keeper.get(edit).status_code == 302


WRONG = {
    "no goods": ({"sku-n0": "", "quantity-n0": ""}, "至少填写一行"),
    "unknown goods": ({"sku-n0": "ZZ"}, "ZZ"),
    "no units": ({"quantity-n0": "0"}, "数量须为"),
    "a cost of letters": ({"price-n0": "贵"}, "采购单价请填元"),
    "twice": ({"sku-n1": "A1", "quantity-n1": "2"}, "请合并"),
    "no supplier": ({"supplier": ""}, "error"),
    "no day": ({"expected_on": "明天"}, "error"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_form_that_cannot_be_read_comes_back_as_it_was_typed(company: Company, keeper: Client, name: str) -> None:
    typed, said = WRONG[name]
    answer = keeper.post(reverse("warehouse:new_purchase"), form(company, **typed))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert said in text
    assert all(f'value="{value}"' in text for value in typed.values() if value and name != "no day")
    assert not PurchaseOrder.objects.exists()


def test_goods_are_received_by_line_and_a_note_once(company: Company, keeper: Client) -> None:
    first, second = company.skus
    made = make_purchase(company.warehouse, {first: 10, second: 4})
    one, two = made.lines.order_by("id")
    url = reverse("warehouse:receive_purchase", args=[made.no])
    assert keeper.get(url).status_code == 200
    typed = {"delivery_note": "SH1", f"units-{one.pk}": "11", f"units-{two.pk}": ""}
    refused = keeper.post(url, typed)
    assert refused.status_code == 422
    assert "确实多到" in refused.content.decode()
    assert 'value="11"' in refused.content.decode()
    for _twice in range(2):
        assert keeper.post(url, {**typed, "more": "1"}).status_code == 302
    assert (Arrival.objects.count(), StockBalance.objects.get(sku=first).on_hand) == (1, 1_011)
    assert keeper.post(url, {"delivery_note": "SH2", f"units-{two.pk}": "四"}).status_code == 422
    page = keeper.get(reverse("warehouse:purchase", args=[made.no])).content.decode()
    assert "SH1" in page
    assert "多到" in page
    assert AuditEntry.objects.filter(action="receive_more").count() == 1


def test_the_list_finds_by_number_supplier_goods_and_what_is_late(company: Company, keeper: Client) -> None:
    late = make_purchase(company.warehouse, {company.sku: 3}, supplier="织锦坊", expected_on=dt.date(2020, 1, 1))
    other = make_purchase(company.warehouse, {make_sku("ZZ9"): 3}, external_no="U8-77")
    url = reverse("warehouse:purchases")
    for query, wanted in (({"late": "on"}, late), ({"q": "织锦"}, late), ({"q": "u8-7"}, other), ({"q": "zz9"}, other)):
        found = [one.no for one in keeper.get(url, query).context["page"].object_list]
        assert found == [wanted.no], query
    assert [tab.count for tab in keeper.get(url).context["tabs"]] == [2, 0, None, None]
    for stage in ("draft", "arrived", "ended", "nonsense"):
        assert keeper.get(url, {"stage": stage}).status_code == 200
    # The only hit is gone to at once.
    hit = keeper.get(reverse("portal:search"), {"q": "U8-77"})
    assert hit["Location"] == reverse("warehouse:purchase", args=[other.no])


def test_what_is_due_is_a_to_do_of_the_warehouse(company: Company, keeper: Client) -> None:
    for day in (dt.date(2020, 1, 1), dt.date(2020, 1, 2), SOON):
        make_purchase(company.warehouse, {company.sku: 3}, expected_on=day)
    (card,) = [one for one in keeper.get("/").context["todos"] if one.url == reverse("warehouse:purchases")]
    assert (card.count, str(card.badge)) == (2, "2 张逾期")


def test_a_list_costs_the_same_for_one_order_and_for_many(company: Company, keeper: Client) -> None:
    counts = []
    for count in (1, 30):
        for _number in range(count):
            make_purchase(company.warehouse, {company.sku: 3})
        with CaptureQueriesContext(connection) as queries:
            keeper.get(reverse("warehouse:purchases"))
        with CaptureQueriesContext(connection) as stock:
            keeper.get(reverse("warehouse:stock"), {"coming": "on"})
        counts.append((len(queries), len(stock)))
    assert counts[0] == counts[1]


def test_stock_page_drawer_and_export_show_what_is_in_transit(company: Company, client: Client) -> None:
    client.force_login(make_staff(role="customer_service"))
    make_purchase(company.warehouse, {company.sku: 25}, expected_on=SOON)
    shown = client.get(reverse("warehouse:stock"), {"coming": "on"}).context["page"].object_list
    assert [(one.sku.code, one.in_transit, one.expected_on) for one in shown] == [("A1", 25, SOON)]
    (row,) = client.get(reverse("orders:stock", args=[company.sku.pk])).context["rows"]
    assert (row.in_transit, row.expected_on) == (25, SOON)
    answer = client.post(reverse("portal:export", args=["stock"]), {"query": "", "form": "csv"})
    table = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert table[0][-2:] == ["在途", "预计到货"]
    assert {row[0]: row[-2:] for row in table[1:]} == {"A1": ["25", "2099-11-28"], "A2": ["0", ""]}


def test_who_may_only_look_is_offered_and_allowed_nothing_else(company: Company, client: Client) -> None:
    made = make_purchase(company.warehouse, {company.sku: 5})
    client.force_login(make_staff(role="finance"))
    text = client.get(reverse("warehouse:purchase", args=[made.no])).content.decode()
    assert reverse("warehouse:receive_purchase", args=[made.no]) not in text
    for name in ("receive_purchase", "edit_purchase"):
        assert client.get(reverse(f"warehouse:{name}", args=[made.no])).status_code == 403
    assert client.post(reverse("warehouse:purchase_act", args=[made.no, "cancel"])).status_code == 403
    client.force_login(make_staff(role="customer_service"))
    assert client.get(reverse("warehouse:purchases")).status_code == 403


def test_goods_of_other_categories_cannot_be_ordered(company: Company, client: Client) -> None:
    strange = make_sku("YI")
    strange.product.category = make_category("别类")
    strange.product.save()
    client.force_login(make_staff(role="warehouse", categories=[make_category("内类")]))
    answer = client.post(reverse("warehouse:new_purchase"), form(company, **{"sku-n0": "YI"}))
    assert (answer.status_code, PurchaseOrder.objects.count()) == (422, 0)
    elsewhere = make_warehouse("W2")
    client.force_login(make_staff(role="warehouse", warehouses=[elsewhere]))
    assert client.post(reverse("warehouse:new_purchase"), form(company)).status_code == 422


def test_a_reason_is_asked_for_and_the_day_can_be_put_off(company: Company, keeper: Client) -> None:
    made = make_purchase(company.warehouse, {company.sku: 5})
    keeper.post(reverse("warehouse:purchase_act", args=[made.no, "cancel"]), {"reason": " "})
    keeper.post(reverse("warehouse:purchase_act", args=[made.no, "put-off"]), {"expected_on": "2099-12-31"})
    keeper.post(reverse("warehouse:purchase_act", args=[made.no, "put-off"]), {"expected_on": "?"})
    made.refresh_from_db()
    assert (made.state, made.expected_on) == ("ordered", dt.date(2099, 12, 31))
    assert keeper.post(reverse("warehouse:purchase_act", args=[made.no, "nonsense"])).status_code == 404


# -- by file -----------------------------------------------------------------------------------------------------------

HEAD = "外部单号,仓库,供应商,预计到货,商家编码,数量,采购单价\n"
GOOD = HEAD + "U1,W1,华裳,2099-11-28,A1,10,8.5\nU1,W1,华裳,2099/11/28,A2,20,\nU2,W1仓,织锦坊,2099-12-1,A1,5,9\n"
BAD = (
    HEAD + "U3,W1,华裳,2099-11-28,A1,10,\nU3,W1,华裳,2099-11-28,A1,3,\nU4,W9,华裳,2099-11-28,A1,1,\n"
    "U5,W1,华裳,不知道,A1,1,\nU6,W1,华裳,2099-11-28,NIX,1,\nU7,W1,华裳,2099-11-28,A1,0,\n,W1,华裳,2099-11-28,A1,1,\n"
    "U8,W1,华裳,2099-11-28,A1,1,\nU8,W1,织锦坊,2099-11-28,A2,1,\nU9,W1,华裳,2099-11-28,A2,7,\n"
)


def send(client: Client, text: str, **more: str) -> tuple[int, object]:
    file = SimpleUploadedFile("po.csv", text.encode())
    answer = client.post(reverse("warehouse:import_purchases"), {"file": file, **more})
    return answer.status_code, answer.context["report"]


def test_a_file_is_tried_entered_and_may_come_twice(company: Company, keeper: Client) -> None:
    def counted(**more: str) -> tuple[int, int, int]:
        status, report = send(keeper, GOOD, order="1", **more)
        assert status == 200
        return report.lines, report.added, report.same  # type: ignore[attr-defined]

    assert (counted(dry_run="1"), PurchaseOrder.objects.count()) == ((3, 2, 0), 0)
    assert counted() == (3, 2, 0)
    assert counted() == (3, 0, 2)
    first = PurchaseOrder.objects.get(external_no="U1")
    assert (first.state, first.supplier, first.expected_on) == ("ordered", "华裳", SOON)
    assert list(first.lines.order_by("id").values_list("sku__code", "quantity")) == [("A1", 10), ("A2", 20)]


def test_mistakes_are_told_by_line_and_orders_without_one_go_in(company: Company, keeper: Client) -> None:
    status, report = send(keeper, BAD)
    assert status == 422
    lines = [error.line for error in report.errors]  # type: ignore[attr-defined]
    assert lines == [3, 4, 5, 6, 7, 8, 10]
    (made,) = PurchaseOrder.objects.all()
    assert (made.external_no, made.state) == ("U9", "draft")


def test_what_is_exported_comes_back_and_changes_nothing(company: Company, keeper: Client) -> None:
    make_purchase(company.warehouse, {company.sku: 5, company.skus[1]: 6})
    make_purchase(company.warehouse, {company.sku: 7}, external_no="U1")
    answer = keeper.post(reverse("portal:export", args=["purchases"]), {"query": "", "form": "csv"})
    text = b"".join(answer).decode("utf-8-sig")
    assert len(text.splitlines()) == 4
    status, report = send(keeper, text)
    assert (status, report.added, report.same) == (200, 0, 2)  # type: ignore[attr-defined]


def test_an_import_costs_the_same_for_one_order_and_for_many(company: Company, keeper: Client) -> None:
    counts = []
    for start, count in ((0, 1), (10, 30)):
        rows = "".join(f"N{start + n},W1,华裳,2099-11-28,A1,10,8\n" for n in range(count))
        with CaptureQueriesContext(connection) as queries:
            send(keeper, HEAD + rows, order="1")
        counts.append(len(queries))
    assert counts[0] == counts[1]


# -- for programs ------------------------------------------------------------------------------------------------------


def test_a_program_reads_and_receives(company: Company) -> None:
    made = make_purchase(company.warehouse, {company.sku: 10}, expected_on=SOON)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(make_staff(role='warehouse'), 'WMS')}")
    assert [one["no"] for one in client.get("/api/v1/purchases/", {"state": "ordered"}).json()["results"]] == [made.no]
    (stock,) = client.get("/api/v1/stock/", {"sku": "A1"}).json()["results"]
    assert (stock["in_transit"], stock["expected_on"]) == (10, "2099-11-28")
    body = {"delivery_note": "SH1", "lines": [{"sku": "A1", "quantity": 4}]}
    url = f"/api/v1/purchases/{made.no}/receive/"
    for _twice in range(2):
        answer = client.post(url, body, format="json")
        assert (answer.status_code, answer.json()["state"]) == (200, "partly_arrived")
        assert [(one["arrived"], one["to_come"]) for one in answer.json()["lines"]] == [(4, 6)]
    more = client.post(url, {**body, "delivery_note": "SH2", "lines": [{"sku": "A1", "quantity": 9}]}, format="json")
    assert (more.status_code, more.json()["code"]) == (409, "more_than_ordered")
    strange = client.post(url, {**body, "lines": [{"sku": "A2", "quantity": 1}]}, format="json")
    assert (strange.status_code, strange.json()["code"]) == (409, "unknown_line")
    assert client.post(url, {"delivery_note": "", "lines": []}, format="json").status_code == 400
    assert StockBalance.objects.get(sku=company.sku).on_hand == 1_004
