"""Import of orders: mapping, dry run, errors by line, and nothing twice."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oms.accounts.models import Staff
from oms.core import jobs
from oms.core.models import Job
from oms.core.tables import write_xlsx
from orders.importing import run
from orders.models import Order, OrderImportMapping, Trade
from orders.pipeline import process_due
from tests.factories.busy import BusyCompany
from tests.factories.staff import make_staff
from tests.holding import assert_invariants_hold

from .conftest import HTMX

SignIn = Callable[[Staff], Client]
HEAD = ["订单号", "收货人", "手机", "收货地址", "商家编码", "数量", "单价", "邮费", "备注"]
ADDRESS = "广东省深圳市南山区科苑路 1 号"


def rows_of(company: BusyCompany, count: int = 2) -> list[list[str]]:
    a, b = company.skus[0].code, company.skus[1].code
    rows = [
        ["X1", "李雷", "13900001111", ADDRESS, a, "2", "10.00", "6", "轻放"],
        ["X1", "", "", "", b, "1", "5.5", "", ""],
    ]
    return rows + [[f"X{n}", "韩梅", "13900002222", ADDRESS, a, "1", "9.90", "", ""] for n in range(2, count + 1)]


def csv_of(rows: list[list[str]], head: list[str] | None = None) -> bytes:
    return "\n".join(",".join(cells) for cells in [head or HEAD, *rows]).encode()


def upload(client: Client, content: bytes, name: str = "订单.csv") -> Any:
    return client.post(reverse("orders:import_upload"), {"file": SimpleUploadedFile(name, content)}, headers=HTMX)


def start(client: Client, company: BusyCompany, uploaded: Any, **changes: Any) -> Any:
    columns = {f"column-{at}": key for at, (_h, key, _e) in enumerate(uploaded.context["headings"])}
    data = {"kept": uploaded.context["kept"], "shop": str(company.shops[0].pk), **columns, **changes}
    return client.post(reverse("orders:import_start"), data, headers=HTMX)


def imported(client: Client, company: BusyCompany, content: bytes, **changes: Any) -> dict[str, Any]:
    response = start(client, company, upload(client, content), **changes)
    assert response.status_code == 200, response.get("X-Sentence")
    jobs.run_due()
    return dict(Job.objects.filter(kind=run.KIND).latest("id").result or {})


def test_lines_of_one_number_become_one_order(page: Client, clerk: Staff, company: BusyCompany) -> None:
    result = imported(page, company, csv_of(rows_of(company, 3)))
    assert (result["lines"], result["orders"], result["created"], result["mistakes"]) == (4, 3, 3, 0)
    process_due()
    order = Order.objects.select_related("receiver").get(trade_no="X1")
    assert (str(order.paid_amount), order.line_count, order.receiver.name) == ("31.50", 2, "李雷")
    assert (order.receiver.district, order.receiver.address, order.seller_memo) == ("南山区", "科苑路 1 号", "轻放")
    assert order.warehouse_id is not None
    assert_invariants_hold()


def test_excel_is_read_as_well(page: Client, company: BusyCompany) -> None:
    file = io.BytesIO()
    write_xlsx(file, "订单", HEAD, rows_of(company))
    assert imported(page, company, file.getvalue())["created"] == 2


def test_a_dry_run_writes_nothing_and_says_the_same(page: Client, company: BusyCompany) -> None:
    content = csv_of([*rows_of(company), ["X9", "李雷", "13900001111", ADDRESS, "NOPE", "1", "1", "", ""]])
    checked = imported(page, company, content, dry_run="1")
    assert (checked["created"], checked["mistakes"]) == (2, 1)
    assert not Order.objects.filter(origin="import").exists()
    done = imported(page, company, content)
    assert (done["created"], done["mistakes"]) == (2, 1)
    assert "NOPE" in done["shown"][0][3]


def test_a_second_upload_enters_nothing_twice(page: Client, company: BusyCompany) -> None:
    content = csv_of(rows_of(company))
    imported(page, company, content)
    refused = start(page, company, upload(page, content))
    assert refused.status_code == 422
    longer = imported(page, company, csv_of(rows_of(company, 3)))
    assert (longer["created"], longer["same"]) == (1, 2)
    assert Order.objects.filter(origin="import").count() == 3


def test_trades_that_a_download_brought_are_not_entered_again(page: Client, company: BusyCompany) -> None:
    """The platform's own export, imported into the same shop: every parcel would leave twice."""
    trade = Trade.objects.filter(shop=company.shops[0]).latest("id")
    rows = rows_of(company, 2)
    rows[-1][0] = trade.trade_no
    before = Order.objects.count()
    for dry_run in ({"dry_run": "1"}, {}):
        result = imported(page, company, csv_of(rows), **dry_run)
        assert (result["created"], result["same"], result["mistakes"]) == (1, 1, 0)
        assert result["shown"][0][1] == trade.trade_no
    assert Order.objects.count() == before + 1


def test_the_same_file_may_come_again_when_the_cause_of_its_mistakes_is_gone(
    page: Client, company: BusyCompany
) -> None:
    rows = rows_of(company)
    rows[-1][4] = "NEW-01"
    first = imported(page, company, csv_of(rows))
    assert (first["created"], first["mistakes"]) == (1, 1)
    company.skus[5].code = "NEW-01"
    company.skus[5].save()
    again = imported(page, company, csv_of(rows))
    assert (again["created"], again["same"], again["mistakes"]) == (1, 1, 0)
    assert sorted(Order.objects.filter(origin="import").values_list("trade_no", flat=True)) == ["X1", "X2"]


def test_a_job_that_is_run_again_enters_nothing_twice(page: Client, company: BusyCompany) -> None:
    start(page, company, upload(page, csv_of(rows_of(company))))
    job = Job.objects.latest("id")
    path = job.params["path"]
    content = default_storage.open(path).read()
    jobs.run_due()
    default_storage.save(path, SimpleUploadedFile("x", content))
    Job.objects.filter(pk=job.pk).update(state="queued", attempt=0)
    jobs.run_due()
    job.refresh_from_db()
    assert ((job.result or {})["created"], (job.result or {})["same"]) == (0, 2)
    assert Order.objects.filter(origin="import").count() == 2


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        ({0: ""}, "外部单号"),
        ({1: ""}, "收货人"),
        ({2: ""}, "电话"),
        ({3: "火星"}, "地址"),
        ({4: ""}, "商家编码"),
        ({4: "NOPE"}, "NOPE"),
        ({5: "0"}, "数量"),
        ({5: "两件"}, "数量"),
        ({6: "-1"}, "单价"),
    ],
)
def test_mistakes_are_told_by_line(page: Client, company: BusyCompany, cells: dict[int, str], word: str) -> None:
    row = rows_of(company)[0]
    for at, text in cells.items():
        row[at] = text
    result = imported(page, company, csv_of([rows_of(company, 2)[2], row]))
    assert (result["created"], result["mistakes"]) == (1, 1)
    ((line, _external, _no, sentence),) = result["shown"]
    assert line == 3
    assert word in sentence


def test_lines_of_one_order_that_differ_are_told(page: Client, company: BusyCompany) -> None:
    rows = rows_of(company)
    rows[1][1] = "别人"
    result = imported(page, company, csv_of(rows))
    assert result["mistakes"] == 1
    assert "3" in result["shown"][0][3]


def test_what_headings_mean_is_chosen_and_remembered(page: Client, clerk: Staff, company: BusyCompany) -> None:
    head = ["我们的号", *HEAD[1:]]
    found = upload(page, csv_of(rows_of(company), head))
    assert next(key for _h, key, _e in found.context["headings"]) == ""
    assert start(page, company, found).status_code == 422
    assert start(page, company, found, **{"column-0": "external_no"}).status_code == 200
    again = upload(page, csv_of(rows_of(company, 3), head))
    assert next(key for _h, key, _e in again.context["headings"]) == "external_no"
    assert OrderImportMapping.objects.get(staff=clerk)
    assert start(page, company, found, **{"column-1": "external_no", "column-0": "external_no"}).status_code == 422


def test_the_result_of_every_order_can_be_taken_away(page: Client, company: BusyCompany, sign_in: SignIn) -> None:
    imported(page, company, csv_of([*rows_of(company), ["=cmd", "x", "1", "x", "x", "1", "1", "", ""]]))
    job = Job.objects.latest("id")
    text = b"".join(page.get(reverse("orders:import_report", args=[job.pk]))).decode("utf-8-sig")
    assert Order.objects.get(trade_no="X1").no in text
    assert "'=cmd" in text
    other = sign_in(make_staff(role="customer_service"))
    for name in ("import_report", "import_progress"):
        assert other.get(reverse(f"orders:{name}", args=[job.pk])).status_code == 404


def test_nonsense_files_and_forms_are_refused(page: Client, company: BusyCompany, sign_in: SignIn) -> None:
    for content in (b"", b"a,b\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04nonsense"):
        assert upload(page, content).status_code == 422
    assert page.post(reverse("orders:import_upload"), headers=HTMX).status_code == 422
    assert page.post(reverse("orders:import_start"), {"kept": "x"}, headers=HTMX).status_code == 422
    found = upload(page, csv_of(rows_of(company)))
    assert start(page, company, found, shop="999").status_code == 422
    for role in ("warehouse", "finance"):
        assert sign_in(make_staff(role=role)).get(reverse("orders:import")).status_code == 403


def test_foreign_shops_are_not_entered_into(company: BusyCompany, sign_in: SignIn) -> None:
    client = sign_in(make_staff(role="customer_service", shops=[company.shops[1]]))
    found = upload(client, csv_of([[*row, company.shops[0].name] for row in rows_of(company)], [*HEAD, "店铺"]))
    assert start(client, company, found).status_code == 422
    start(client, company, found, shop=str(company.shops[1].pk))
    jobs.run_due()
    assert (Job.objects.latest("id").result or {})["mistakes"] == 2


def test_costs_the_same_for_many_orders(page: Client, clerk: Staff, company: BusyCompany) -> None:
    def queries(count: int, first: int) -> int:
        rows = [[f"Q{first + n}", *rows_of(company)[0][1:]] for n in range(count)]
        start(page, company, upload(page, csv_of(rows)))
        with CaptureQueriesContext(connection) as found:
            jobs.run_due()
        return len(found)

    assert queries(100, 1000) <= queries(1, 1) + 2
