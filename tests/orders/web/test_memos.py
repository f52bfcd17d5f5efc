"""The list of memos for the platforms."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from oms.accounts.models import Staff
from orders.memos import mark_of
from orders.models import MemoUpload, Order
from tests.factories.busy import BusyCompany
from tests.factories.staff import make_staff

from .conftest import HTMX

SignIn = Callable[[Staff], Client]


@pytest.fixture
def memo(page: Client, waiting: Order) -> MemoUpload:
    data = {"memo": "加送小样", "flag": "3", "seen": mark_of(waiting.seller_memo, waiting.flag)}
    page.post(reverse("orders:memo", args=[waiting.no]), data, headers=HTMX)
    MemoUpload.objects.update(state="failed", will_retry=False, reason="备注过长", reason_code="isv.x")
    return MemoUpload.objects.get()


def test_failures_are_listed_with_the_platforms_reason(page: Client, memo: MemoUpload, waiting: Order) -> None:
    response = page.get(reverse("orders:memos"))
    assert [one.pk for one in response.context["page"].object_list] == [memo.pk]
    assert "备注过长" in response.content.decode()
    assert "备注过长" in page.get(reverse("orders:order", args=[waiting.no])).content.decode()
    assert page.get(reverse("orders:memos"), {"q": "nothing"}).context["page"].object_list == []


def test_are_written_again_and_handed_over(page: Client, memo: MemoUpload) -> None:
    page.post(reverse("orders:retry_memos"), {"ids": memo.pk}, headers=HTMX)
    memo.refresh_from_db()
    assert (memo.state, memo.will_retry) == ("due", True)
    MemoUpload.objects.update(state="failed", will_retry=False)
    assert page.post(reverse("orders:hand_over_memos"), {"ids": memo.pk}, headers=HTMX).status_code == 422
    page.post(reverse("orders:hand_over_memos"), {"ids": memo.pk, "reason": "已手工写"}, headers=HTMX)
    memo.refresh_from_db()
    assert memo.state == "handled"


def test_of_foreign_shops_are_not_there(company: BusyCompany, memo: MemoUpload, sign_in: SignIn) -> None:
    others = [shop for shop in company.shops if shop.pk != memo.shop_id]
    client = sign_in(make_staff(role="customer_service", shops=others))
    assert client.get(reverse("orders:memos")).context["page"].object_list == []
    client.post(reverse("orders:retry_memos"), {"ids": memo.pk}, headers=HTMX)
    memo.refresh_from_db()
    assert memo.state == "failed"
    assert sign_in(make_staff(role="warehouse")).get(reverse("orders:memos")).status_code == 403


def test_a_memo_that_changed_meanwhile_is_not_overwritten_unseen(page: Client, waiting: Order) -> None:
    url = reverse("orders:memo", args=[waiting.no])
    sent = {"memo": "我写的", "flag": "3", "seen": mark_of(waiting.seller_memo, waiting.flag)}
    # Whatever else of the order changes says nothing about its memo.
    Order.objects.filter(pk=waiting.pk).update(seller_memo="别人写的", version=waiting.version + 1)
    response = page.post(url, sent, headers=HTMX)
    assert "别人写的" in response["HX-Trigger"].encode().decode("unicode_escape")
    waiting.refresh_from_db()
    assert waiting.seller_memo == "别人写的"
    # The form is told what it stands on now: sent again, it takes its place.
    assert mark_of("别人写的", waiting.flag) in response.content.decode()
    page.post(url, {**sent, "seen": mark_of("别人写的", waiting.flag)}, headers=HTMX)
    waiting.refresh_from_db()
    assert waiting.seller_memo == "我写的"


def test_the_flag_of_a_long_memo_can_be_changed(page: Client, waiting: Order) -> None:
    Order.objects.filter(pk=waiting.pk).update(seller_memo="长" * 900)
    sent = {"memo": "长" * 900, "flag": "2", "seen": mark_of("长" * 900, waiting.flag)}
    assert page.post(reverse("orders:memo", args=[waiting.no]), sent, headers=HTMX).status_code == 200
    waiting.refresh_from_db()
    assert (waiting.flag, len(waiting.seller_memo)) == (2, 900)
