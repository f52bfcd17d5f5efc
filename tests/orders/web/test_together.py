"""Merge and split over a selection on the pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from oms.accounts.models import Staff
from oms.core import jobs
from orders.models import Order, OrderBatch
from tests.factories import Company, make_company, make_staff
from tests.holding import assert_invariants_hold
from tests.orders.batches.make import make_waiting

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def desk(company: Company, sign_in: Callable[[Staff], Client]) -> Client:
    return sign_in(make_staff(role="customer_service"))


def test_the_chosen_are_merged_at_once_and_taken_back(desk: Client, company: Company) -> None:
    orders = make_waiting(company, 3)
    page = desk.get(reverse("orders:workbench")).content.decode()
    assert "dialog-merge-all" in page
    assert "dialog-split-all" in page
    sent = {"ids": [order.pk for order in orders]}
    shown = desk.post(reverse("orders:together_preview", args=["merge_all"]), sent, headers=HTMX).content.decode()
    assert "3 单变成 1 单" in shown
    assert Order.objects.count() == 3
    answer = desk.post(reverse("orders:together", args=["merge_all"]), sent, headers=HTMX)
    assert "撤销" in answer.content.decode()
    assert Order.objects.get(origin="merge").quantity == 3
    desk.post(reverse("orders:batch_undo", args=[OrderBatch.objects.get().job_id]), headers=HTMX)
    jobs.run_due()
    assert set(Order.objects.filter(origin="own").values_list("state", flat=True)) == {"cs_review"}
    assert_invariants_hold()


def test_all_that_match_are_split_by_a_job(desk: Client, company: Company) -> None:
    make_waiting(company, 2, skus=company.skus)
    sent = {"matching": "1", "query": "stage=cs_review", "kind": "product", "codes": company.skus[0].code}
    desk.post(reverse("orders:together", args=["split_all"]), sent, headers=HTMX)
    assert Order.objects.count() == 2
    jobs.run_due()
    assert Order.objects.exclude(state="superseded").count() == 4
    assert_invariants_hold()


def test_what_cannot_be_is_told(desk: Client, company: Company) -> None:
    (order,) = make_waiting(company, 1)
    url = reverse("orders:together_preview", args=["split_all"])
    assert "tone-stop" in desk.post(url, {"ids": order.pk, "kind": "weight"}, headers=HTMX).content.decode()
    assert desk.post(reverse("orders:together", args=["magic"]), {"ids": order.pk}, headers=HTMX).status_code == 404
    answer = desk.post(reverse("orders:together", args=["merge_all"]), headers=HTMX)
    assert answer.status_code in {200, 409, 422}
    assert not OrderBatch.objects.exists()
