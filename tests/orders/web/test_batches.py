"""Many orders on the pages: all that match a list, watched, stopped, the result taken away, what was refused opened again."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from oms.accounts.models import Staff
from oms.core import jobs
from oms.core.models import Job
from orders.models import Order, OrderBatch, OrderBatchPart
from orders.web import selection
from tests.factories.busy import BusyCompany, take_trades
from tests.factories.staff import make_staff

from .conftest import HTMX

SignIn = Callable[[Staff], Client]

LIST = "stage=cs_review&q="


def match(client: Client, name: str, query: str = LIST, **form: Any) -> Any:
    return client.post(reverse("orders:batch", args=[name]), {"matching": "1", "query": query, **form}, headers=HTMX)


def started() -> OrderBatch:
    return OrderBatch.objects.select_related("job").latest("id")


def run(batch: OrderBatch) -> OrderBatch:
    jobs.run_due(only=batch.job_id)
    return OrderBatch.objects.select_related("job").get(pk=batch.pk)


def waiting_orders() -> list[Order]:
    return list(Order.objects.filter(state="cs_review").order_by("id"))


def test_all_that_match_the_list_are_done_by_a_job(page: Client, company: BusyCompany) -> None:
    orders = waiting_orders()
    response = match(page, "hold", reason="等待买家回复")
    assert "#result-dialog" in response["HX-Trigger-After-Swap"]
    assert response.context["batch"].total == len(orders)
    assert not Order.objects.filter(held=True).exists()
    batch = run(started())
    assert (batch.job.state, batch.done) == ("done", len(orders))
    assert set(Order.objects.filter(held=True)) == set(orders)
    assert {order.hold_reason for order in Order.objects.filter(held=True)} == {"等待买家回复"}


def test_conditions_of_the_list_hold(page: Client, company: BusyCompany, waiting: Order) -> None:
    match(page, "hold", f"stage=cs_review&q={waiting.no}", reason="x")
    assert started().total == 1
    assert OrderBatchPart.objects.get().order_ids == [waiting.pk]


def test_only_what_the_person_may_see_matches(company: BusyCompany, sign_in: SignIn) -> None:
    shop = company.shops[0]
    match(sign_in(make_staff(role="customer_service", shops=[shop])), "hold", reason="x")
    ids = OrderBatchPart.objects.get().order_ids
    assert set(Order.objects.filter(id__in=ids).values_list("shop", flat=True)) == {shop.pk}
    assert len(ids) == Order.objects.filter(state="cs_review", shop=shop).count()


@pytest.mark.parametrize("query", ["", "stage=nonsense", "stage=cs_review&batch=1-refused", "q=" + "x" * 5000])
def test_nonsense_in_the_conditions_does_no_harm(page: Client, company: BusyCompany, query: str) -> None:
    assert match(page, "remind", query).status_code in {200, 422}


def test_a_form_that_lost_its_list_does_not_mean_every_order(page: Client, company: BusyCompany) -> None:
    for query in ("", "flag=0"):
        assert match(page, "hold", query, reason="x").status_code == 422
    assert not OrderBatch.objects.exists()


def test_nothing_that_matches_is_told(page: Client, company: BusyCompany) -> None:
    response = match(page, "hold", "stage=cs_review&q=gibtesnicht", reason="x")
    assert response.status_code == 422
    assert not Job.objects.exists()


def test_many_named_orders_go_to_a_job_too(page: Client, company: BusyCompany, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = waiting_orders()
    monkeypatch.setattr(selection, "MOST_AT_ONCE", 2)
    foreign = 999_999_999
    data = {"ids": [*(order.pk for order in orders), foreign], "reason": "x"}
    data |= {f"version-{orders[0].pk}": "0"}
    page.post(reverse("orders:batch", args=["hold"]), data, headers=HTMX)
    batch = run(started())
    assert (batch.total, batch.refused) == (len(orders), 1)
    assert not Order.objects.get(pk=orders[0].pk).held


def test_the_progress_is_shown_until_the_end(page: Client, company: BusyCompany) -> None:
    match(page, "hold", reason="x")
    address = reverse("orders:batch_page", args=[started().job_id])
    going = page.get(address, headers=HTMX)
    assert 'hx-trigger="load' in going.content.decode()
    assert "oms:changed" not in going.get("HX-Trigger", "")
    run(started())
    ended = page.get(address, headers=HTMX)
    assert 'hx-trigger="load' not in ended.content.decode()
    assert "oms:changed" in ended["HX-Trigger"]
    assert page.get(address).status_code == 200


def test_is_stopped_before_it_begins(page: Client, company: BusyCompany) -> None:
    match(page, "hold", reason="x")
    stop = reverse("orders:batch_stop", args=[started().job_id])
    assert page.post(stop, headers=HTMX).status_code == 200
    assert run(started()).job.state == "cancelled"
    assert not Order.objects.filter(held=True).exists()
    assert page.post(stop, headers=HTMX).status_code == 422


def test_what_was_refused_is_opened_again_as_a_list(page: Client, company: BusyCompany, waiting: Order) -> None:
    Order.objects.filter(pk=waiting.pk).update(held=True)
    match(page, "audit")
    batch = run(started())
    assert batch.refused >= 1
    shown = page.get(batch_link(page, batch)).context["page"].object_list
    assert len(shown) == batch.refused
    assert waiting in shown
    # And from there the next action is done to these alone.
    match(page, "release", f"stage=open&batch={batch.job_id}-refused")
    assert started().total == batch.refused


def batch_link(page: Client, batch: OrderBatch) -> str:
    address = f"{reverse('orders:workbench')}?stage=open&batch={batch.job_id}-refused"
    text = page.get(reverse("orders:batch_page", args=[batch.job_id])).content.decode()
    assert address.replace("&", "&amp;") in text
    return address


def test_the_result_names_every_order_and_begins_no_cell_with_a_formula(page: Client, company: BusyCompany) -> None:
    match(page, "hold", reason="x")
    batch = run(started())
    part = OrderBatchPart.objects.get()
    OrderBatchPart.objects.update(refused={str(part.order_ids[0]): ["x", '=HYPERLINK("http://x")']})
    address = reverse("orders:batch_result", args=[batch.job_id])
    text = b"".join(page.get(address, {"format": "csv"})).decode("utf-8-sig")
    lines = text.splitlines()
    numbers = dict(Order.objects.values_list("id", "no"))
    assert [line.split(",")[0] for line in lines[1:]] == [numbers[order_id] for order_id in part.order_ids]
    assert "'=HYPERLINK" in lines[1]
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(page.get(address))))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[1] == [numbers[part.order_ids[0]], "未通过", '=HYPERLINK("http://x")']
    assert {row[1] for row in rows[2:]} == {"已完成"}


def test_batches_of_others_are_not_there(page: Client, company: BusyCompany, sign_in: SignIn) -> None:
    match(page, "hold", reason="x")
    job = started().job_id
    other = sign_in(make_staff(role="customer_service"))
    for name in ("batch_page", "batch_result"):
        assert other.get(reverse(f"orders:{name}", args=[job])).status_code == 404
    assert other.post(reverse("orders:batch_stop", args=[job])).status_code == 404
    assert match(other, "hold", f"stage=open&batch={job}-left", reason="x").status_code == 422


def test_the_list_offers_all_that_match(page: Client, company: BusyCompany) -> None:
    take_trades(company, 160, seed=12)
    text = page.get(reverse("orders:workbench"), {"stage": "open"}).content.decode()
    total = Order.objects.filter(state__in=["exception", "presale", "cs_review", "finance_review", "approved"]).count()
    assert f'data-total="{total}"' in text
    assert f"选择全部符合条件的 {total:,} 单" in text
