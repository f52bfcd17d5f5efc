"""Split and merge on the pages: shown before they are done, undone, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from oms.accounts.models import Staff
from orders.models import Order
from orders.pipeline import process_due
from tests.factories import Company, make_company, make_document, make_line, make_staff, store
from tests.factories.trades import RECEIVER
from tests.holding import assert_invariants_hold

HTMX = {"HX-Request": "true"}


@pytest.fixture
def little(db: None) -> Company:
    return make_company()


@pytest.fixture
def desk(little: Company, sign_in: Callable[[Staff], Client]) -> Client:
    return sign_in(make_staff(role="customer_service"))


def waiting(company: Company, no: str = "T1", phone: str = "13812345678") -> Order:
    """An order of two lines that waits for the audit, because of its message."""
    a, b = company.skus
    lines = [make_line(a, 3), make_line(b, 2, price="20.00")]
    receiver = replace(RECEIVER, phone=phone)
    store(company.shop, make_document(lines, no, buyer_message="请轻放", receiver=receiver))
    process_due()
    return Order.objects.get(trade_no=no, origin_trade__isnull=False)


def test_split_by_hand_is_shown_then_done_then_undone(desk: Client, little: Company) -> None:
    order = waiting(little)
    page = desk.get(reverse("orders:order", args=[order.no])).content.decode()
    assert 'data-key="s"' in page
    assert 'data-key="m"' in page
    dialog = desk.get(reverse("orders:split_dialog"), {"ids": order.id}, headers=HTMX)
    assert "oms:dialog" in str(dialog.headers)
    line = order.lines.order_by("position")[0]
    sent = {"ids": order.id, f"version-{order.id}": order.version, "kind": "hand", f"part-2-{line.id}": "1"}
    plan = desk.post(reverse("orders:split_preview"), sent).context["plan"]
    assert [sum(x.quantity for x in part.lines) for part in plan.parts] == [4, 1], (
        "what stays is the first, as the form says"
    )
    assert Order.objects.count() == 1
    assert desk.post(reverse("orders:split"), sent, headers=HTMX).status_code == 200
    order.refresh_from_db()
    assert order.state == "superseded"
    parts = list(Order.objects.exclude(id=order.id).order_by("quantity"))
    assert [part.quantity for part in parts] == [1, 4]
    page = desk.get(reverse("orders:order", args=[order.no])).content.decode()
    assert parts[0].no in page
    page = desk.get(reverse("orders:order", args=[parts[0].no])).content.decode()
    assert order.no in page
    assert reverse("orders:undo_parts", args=["undo_split"]) in page
    desk.post(reverse("orders:undo_parts", args=["undo_split"]), {"ids": parts[0].id}, headers=HTMX)
    order.refresh_from_db()
    assert order.state == "cs_review"
    assert_invariants_hold()


def test_split_that_means_nothing_is_told(desk: Client, little: Company) -> None:
    order = waiting(little)
    line = order.lines.order_by("position")[0]
    for sent in ({"kind": "hand"}, {"kind": "hand", f"part-2-{line.id}": "9"}, {"kind": "weight", "limit_g": "x"}):
        answer = desk.post(reverse("orders:split_preview"), {"ids": order.id, **sent})
        assert answer.context["plan"].refusal is not None
    by_product = desk.post(
        reverse("orders:split_preview"), {"ids": order.id, "kind": "product", "skus": little.skus[1].id}
    )
    assert len(by_product.context["plan"].parts) == 2
    assert desk.post(reverse("orders:split_preview"), {"ids": order.id, "kind": "magic"}).status_code == 404
    old = {"ids": order.id, f"version-{order.id}": order.version + 1, "kind": "product", "skus": little.skus[1].id}
    desk.post(reverse("orders:split"), old, headers=HTMX)
    order.refresh_from_db()
    assert order.state == "cs_review"


def test_merge_check_names_reasons_and_merges_what_is_chosen(desk: Client, little: Company) -> None:
    first, second, stranger = waiting(little), waiting(little, "T2"), waiting(little, "T3", "13900000000")
    dialog = desk.get(reverse("orders:merge_dialog"), {"ids": first.id})
    candidates = {candidate.order.no: candidate for candidate in dialog.context["candidates"]}
    assert candidates[second.no].possible
    assert not candidates[stranger.no].possible
    both = {"ids": [first.id, second.id]}
    plan = desk.post(reverse("orders:merge_preview"), both).context["plan"]
    assert plan.paid_amount == first.paid_amount + second.paid_amount
    wrong = desk.post(reverse("orders:merge_preview"), {"ids": [first.id, stranger.id]}).context["plan"]
    assert wrong.refusal is not None
    assert desk.post(reverse("orders:merge_preview"), {"ids": [first.id]}).context["plan"] is None
    desk.post(reverse("orders:merge"), both, headers=HTMX)
    merged = Order.objects.get(origin="merge", state="cs_review")
    page = desk.get(reverse("orders:order", args=[merged.no])).content.decode()
    assert first.no in page
    assert second.no in page
    desk.post(reverse("orders:undo_parts", args=["unmerge"]), {"ids": merged.id}, headers=HTMX)
    first.refresh_from_db()
    assert first.state == "cs_review"
    assert_invariants_hold()


def test_only_who_may_split_and_see_the_order_does(little: Company, sign_in: Callable[[Staff], Client]) -> None:
    order = waiting(little)
    finance = sign_in(make_staff(role="finance"))
    assert finance.get(reverse("orders:split_dialog"), {"ids": order.id}).status_code == 403
    assert 'data-key="s"' not in finance.get(reverse("orders:order", args=[order.no])).content.decode()
    elsewhere = sign_in(make_staff(role="customer_service", shops=[]))
    for name in ("split_dialog", "merge_dialog"):
        assert elsewhere.get(reverse(f"orders:{name}"), {"ids": order.id}).status_code == 404
    for name in ("split_preview", "split", "merge_preview", "merge"):
        assert elsewhere.post(reverse(f"orders:{name}"), {"ids": order.id}).status_code == 404
