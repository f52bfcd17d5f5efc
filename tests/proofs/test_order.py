"""P3: a sample of the permutations; ``make proofs`` plays all of them."""

from __future__ import annotations

import random

import pytest

from orders import locks
from orders.trades import intake
from tests.factories import make_company
from tests.proofs.order import make_history, outcomes, permuted

pytestmark = pytest.mark.django_db


def test_the_end_does_not_depend_on_the_order_in_which_messages_come() -> None:
    ends = dict(outcomes(range(12)))
    assert [seed for seed, end in ends.items() if end != ends[0]] == []
    by_trade = {order["trade_no"]: order for order in ends[0]["orders"]}
    assert {no: order["state"] for no, order in by_trade.items()} == dict.fromkeys(
        ("H-plain", "H-memo", "H-moved", "H-part", "H-late", "H-asked"), "shipped"
    )
    assert by_trade["H-moved"]["receiver"] == ("李小红", "天河路 2 号")
    assert [line[-1] for line in by_trade["H-part"]["lines"]] == ["refunded", "none"]
    assert [no for no, _state, _parts in ends[0]["uploads"]] == sorted(by_trade)


def test_permutations_repeat_lose_and_reorder() -> None:
    history = make_history(make_company().skus)
    pages = [permuted(history, random.Random(seed)) for seed in range(12)]
    assert any(len(page) > history.messages for page in pages)
    assert any(
        {id(one) for versions in history.trades for one in versions} - {id(one) for one in page} for page in pages
    )
    for page in pages:
        assert {versions[-1].trade_no for versions in history.trades} == {one.trade_no for one in page}


def test_the_proof_sees_a_late_version_that_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    original = locks.lock_trades
    monkeypatch.setattr(intake, "lock_trades", lambda *given: [row._replace(modified=None) for row in original(*given)])
    ends = [end for _seed, end in outcomes(range(4))]
    assert any(end != ends[0] for end in ends)
