"""A policy that goes live passes the orders that waited for it, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from oms.core import outbox
from oms.core.models import HistoryEntry
from orders import reopen, rules
from orders.audit import audit, hold, reprocess, unaudit
from orders.explain import why
from orders.models import ApprovalPolicy, Order
from orders.pipeline import process_due
from tests.factories import Company, make_company, make_line, make_order, make_staff
from tests.holding import assert_invariants_hold

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company() -> Iterator[Company]:
    made = make_company(skus=1)
    ApprovalPolicy.objects.filter(audit="cs").update(max_amount=Decimal("1.00"))
    yield made
    assert_invariants_hold()


def go_live(**content: Any) -> None:
    rules.save_rule(
        "approval",
        {"name": "放行", "audit": "cs", "allow_cod": True, "max_amount": "100.00", **content},
        author_id=None,
    )


def deliver() -> None:
    while outbox.deliver_due(reopen.TOPIC).done:
        pass
    process_due()


def waiting(company: Company, units: int = 1, **values: Any) -> Order:
    order = make_order(company, [make_line(company.sku, units)], **values)
    assert order.state == "cs_review"
    return order


def state_of(order: Order) -> str:
    order.refresh_from_db()
    return order.state


def test_it_passes_those_that_meet_it_and_leaves_the_others_untouched(company: Company) -> None:
    small, dear, asking = waiting(company), waiting(company, 50), waiting(company, buyer_message="在吗")
    go_live(max_amount="100.00")
    deliver()
    assert [state_of(order) for order in (small, dear, asking)] == ["approved", "cs_review", "cs_review"]
    with translation.override("en"):
        assert "Passed by the policy “放行” (version 1)." in [step.sentence for step in why(small.id)]
    told = HistoryEntry.objects.filter(kind="order", action="reopen").values_list("subject_id", "reason")
    assert list(told) == [(small.id, "放行")]
    assert dear.version == 1


def test_held_and_unaudited_orders_stay_with_people(company: Company) -> None:
    clerk = make_staff()
    held, taken_back = waiting(company), waiting(company)
    hold([held.id], actor_id=clerk.id, reason="等一下")
    audit([taken_back.id], actor_id=clerk.id)
    unaudit([taken_back.id], actor_id=clerk.id)
    go_live()
    deliver()
    assert (state_of(held), state_of(taken_back), held.held) == ("cs_review", "cs_review", True)
    reprocess([taken_back.id], actor_id=clerk.id)
    process_due()
    assert state_of(taken_back) == "cs_review"
    with translation.override("en"):
        assert "Waits for a person, since a person took the audit back." in [s.sentence for s in why(taken_back.id)]
    assert audit([taken_back.id], actor_id=clerk.id).done == (taken_back.id,)
    assert state_of(taken_back) == "approved"


@pytest.mark.parametrize("content", [{"enabled": False}, {"audit": "finance"}, {"shops": [-1]}])
def test_what_cannot_pass_them_wakes_nobody(company: Company, content: dict[str, Any]) -> None:
    order = waiting(company)
    if "shops" in content:
        from tests.factories import make_shop

        content = {"shops": [make_shop("TB9").id]}
    go_live(**content)
    deliver()
    assert state_of(order) == "cs_review"
    assert not HistoryEntry.objects.filter(kind="order", action="reopen").exists()


def test_it_goes_in_batches_and_a_newer_version_ends_the_run(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reopen, "BATCH", 2)
    orders = [waiting(company) for _ in range(5)]
    go_live()
    for passed in (2, 4):
        assert outbox.deliver_due(reopen.TOPIC, limit=1).done == 1
        process_due()
        assert Order.objects.filter(state="approved").count() == passed
    policy = ApprovalPolicy.objects.get(name="放行")
    rules.change_rule("approval", policy.id, {"enabled": False}, author_id=None)
    deliver()
    assert [state_of(order) for order in orders] == ["approved"] * 4 + ["cs_review"]


def test_the_number_of_queries_does_not_depend_on_the_batch(company: Company) -> None:
    counts = []
    waiting(company)
    go_live()
    policy = ApprovalPolicy.objects.get(name="放行")
    for more in (0, 20):
        for _ in range(more):
            waiting(company, 50)
        reopen.find(policy.id, 1, 0)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = reopen.find(policy.id, 1, 0)
        counts.append(len(queries))
        assert len(found.passing) == 1
    assert counts[0] == counts[1]
