"""The measurement's own world does what the measurement says of it: a small run through all stages, checked."""

from __future__ import annotations

import pytest

from oms.core import invariants
from orders.models import ApprovalPolicy, Order, OrderLine, OrderLink
from orders.pipeline import process_due
from orders.trades.intake import store_trades
from tests.bench import rules
from warehouse.models import CoverageRow

pytestmark = pytest.mark.django_db

TRADES = 120


def test_every_stage_has_work_and_every_trade_passes() -> None:
    shops = rules.make_world(TRADES, campaigns=True)
    for page in rules.make_pages(TRADES):
        store_trades(shops[0], page)
    process_due()
    assert not Order.objects.exclude(state__in=["approved", "superseded"]).exists()
    assert CoverageRow.objects.count() == rules.COVERAGE_ROWS
    assert ApprovalPolicy.objects.count() == rules.POLICIES
    links = OrderLink.objects
    assert links.filter(kind="split").values("parent").distinct().count() >= 4
    assert links.filter(kind="merge").values("child").distinct().count() == 3
    assert OrderLine.objects.filter(is_gift=True).exists()
    assert invariants.check_all() == []
