"""P3: however the messages about trades come, repeated, late, out of order or with some of them lost, the end is the same.

One history of a few trades, of which every last version arrives and the others may be missing, is taken in in a permutation, page by
page, with the pipeline working in between. Then a clerk audits what changed under their eyes, the parcels leave, and what can be seen
from outside is compared: orders, lines, receivers, stock, and what the platforms are to be told.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from oms.catalog.models import Sku
from orders import audit
from orders.models import Order, Trade, WaybillUpload
from orders.pipeline import process_due
from orders.trades.document import RefundState, TradeDocument, TradeStatus
from tests.factories import make_company, make_document, make_line, store
from tests.factories.company import Company
from tests.factories.trades import RECEIVER, START
from tests.holding import assert_invariants_hold
from warehouse.models import Shipment, StockBalance
from warehouse.shipping import ship

ACTOR = 1
SOMEBODY = replace(RECEIVER, name="李小红", address="天河路 2 号", province="广东省", city="广州市", district="天河区")
CLERKS_WORK = {"changed_after_audit", "memo_after_audit"}
"""What a clerk has seen when they audit again; which of it there is depends on when the change came."""


@dataclass(frozen=True, slots=True)
class History:
    """The versions of every trade, oldest first."""

    trades: tuple[tuple[TradeDocument, ...], ...]

    @property
    def messages(self) -> int:
        return sum(map(len, self.trades))


def make_history(skus: Sequence[Sku]) -> History:
    """Trades that are paid, noted, moved, refunded in part or in whole, closed, and held back; each with its versions."""
    a, b = skus
    plain = make_document([make_line(a, 2)], "H-plain")
    memo = make_document([make_line(a)], "H-memo")
    moved = make_document([make_line(a), make_line(b)], "H-moved")
    part = make_document([make_line(a, 3), make_line(b)], "H-part")
    closed = make_document([make_line(b, 2)], "H-closed")
    late = make_document([make_line(b)], "H-late", status=TradeStatus.UNPAID, paid_at=None)
    asked = make_document([make_line(a), make_line(b, 2)], "H-asked")
    return History(
        (
            (plain,),
            _versions(memo, {"seller_memo": "加急", "flag": 2}, {"seller_memo": "加急，送小样"}),
            _versions(moved, {"receiver": replace(RECEIVER, address="文三路 9 号")}, {"receiver": SOMEBODY}),
            _versions(part, {"lines": _refund(part, RefundState.REQUESTED)}, {"lines": _refund(part, RefundState.REFUNDED)}),
            _versions(closed, {"buyer_message": "不要了"}, {"status": TradeStatus.CLOSED}),
            _versions(late, {"status": TradeStatus.PAID, "paid_at": START}, {"buyer_message": "放门卫"}),
            _versions(asked, {"lines": _refund(asked, RefundState.REQUESTED)}, {"lines": _refund(asked, RefundState.CLOSED)}),
        )
    )  # fmt: skip


def _versions(document: TradeDocument, *changes: dict[str, Any]) -> tuple[TradeDocument, ...]:
    versions = [document]
    for minutes, change in enumerate(changes, start=1):
        versions.append(replace(versions[-1], modified=START + dt.timedelta(minutes=minutes), **change))
    return tuple(versions)


def _refund(document: TradeDocument, refund: RefundState) -> tuple[Any, ...]:
    return (replace(document.lines[0], refund=refund), *document.lines[1:])


def permuted(history: History, dice: random.Random) -> list[TradeDocument]:
    """The messages as they come: some lost, some twice, in any order. The last version of every trade is among them."""
    messages: list[TradeDocument] = []
    for versions in history.trades:
        messages += [one for one in versions[:-1] if dice.random() > 0.2]
        messages.append(versions[-1])
    messages += [one for one in messages if dice.random() < 0.3]
    dice.shuffle(messages)
    return messages


def play(company: Company, messages: Sequence[TradeDocument], dice: random.Random) -> dict[str, Any]:
    """Take the messages in page by page, let the pipeline, the clerk and the packer work, and tell what came of it."""
    rest = list(messages)
    while rest:
        page, rest = rest[: (size := dice.randint(2, 7))], rest[size:]
        store(company.shop, *page)
        if dice.random() < 0.4:
            process_due()
    process_due()
    audit.audit(_in_state("cs_review"), actor_id=ACTOR)
    audit.finance_audit(_in_state("finance_review"), actor_id=ACTOR)
    ship(list(Shipment.objects.filter(state="released").order_by("id").values_list("id", flat=True)), actor_id=ACTOR)
    assert_invariants_hold()
    return outcome()


def _in_state(state: str) -> list[int]:
    return list(Order.objects.filter(state=state).order_by("id").values_list("id", flat=True))


def outcome() -> dict[str, Any]:
    """All that can be seen from outside, without ids and times of ours."""
    return {
        "trades": sorted(
            Trade.objects.values_list("trade_no", "state", "status", "modified", "document__seller_memo", "paid_amount")
        ),
        "orders": [_order(order) for order in Order.objects.exclude(state="cancelled").order_by("trade_no")],
        "stock": sorted(StockBalance.objects.values_list("sku__code", "on_hand", "reserved")),
        "uploads": sorted(WaybillUpload.objects.values_list("trade__trade_no", "state", "part_oids")),
        "parcels": sorted(Shipment.objects.exclude(state="cancelled").values_list("summary", "quantity", "state")),
    }


def _order(order: Order) -> dict[str, Any]:
    plain = (
        "trade_no",
        "state",
        "paid_amount",
        "quantity",
        "seller_memo",
        "buyer_message",
        "flag",
        "region_name",
        "exceptions",
    )
    lines = order.lines.order_by("position").values_list("oid", "sku__code", "quantity", "amount", "refund")
    return {
        **{name: getattr(order, name) for name in plain},
        "attention": sorted(set(order.attention) - CLERKS_WORK),
        "receiver": (order.receiver.name, order.receiver.address),
        "lines": list(lines),
    }  # fmt: skip


def outcomes(seeds: range) -> Iterator[tuple[int, dict[str, Any]]]:
    """What came of each permutation; each begins with the same empty company."""
    company = make_company()
    history = make_history(company.skus)
    for seed in seeds:
        dice = random.Random(seed)
        with transaction.atomic():
            yield seed, play(company, permuted(history, dice), dice)
            transaction.set_rollback(True)


def measure(count: int) -> dict[str, Any]:
    """The whole proof as one line."""
    began = time.perf_counter()
    found = [end for _seed, end in outcomes(range(count))]
    different = sum(end != found[0] for end in found)
    seconds = round(time.perf_counter() - began, 1)
    return {"permutations": count, "different_ends": different, "seconds": seconds, "holds": different == 0}
