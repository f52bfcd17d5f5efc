"""Trades told by the control interface instead of drawn: a test names what matters and the rest is filled in."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from . import clock
from .store import Refund, Shop, Trade
from .words import words
from .world import nonsense, people
from .world.amounts import fen
from .world.assemble import UNPAID, LineSpec, TradeSpec, assemble, make_refund

Document = dict[str, Any]
KNOWN = frozenset(
    words(
        "lines status type created pay_time modified post_fee trade_discount receiver buyer_nick buyer_open_uid buyer_message"
        " seller_memo seller_flag step_trade_status step_paid_fee nonsense visible_after fields raw"
    )
)


def make_trade(
    spec: Document, shop: Shop, catalogue: Sequence[Document], next_number: Callable[[], int]
) -> tuple[Trade, list[Refund]]:
    """A trade from `{"raw": document}` or from a description (docs/sandbox.md). Raises ValueError, KeyError."""
    if unknown := sorted(set(spec) - KNOWN):
        raise ValueError(f"a trade does not know {', '.join(unknown)}")
    if "raw" in spec:
        return _raw(spec["raw"], shop, float(spec.get("visible_after", 0))), []
    tid = next_number()
    described = _describe(spec, catalogue, tid)
    oids = [next_number() for _ in described.lines] if len(described.lines) > 1 else [tid]
    trade = assemble(described, tid, oids, shop.nick, shop.title, shop.options)
    refunds = [
        make_refund(trade, order, str(next_number()), line.refund_status)
        for line, order in zip(described.lines, trade.doc["orders"]["order"], strict=True)
        if line.refund_status != "NO_REFUND"
    ]
    for name, value in (spec.get("fields") or {}).items():
        trade.doc.pop(name, None) if value is None else trade.doc.update({name: value})
    if kind := spec.get("nonsense"):
        nonsense.damage(trade.doc, kind)
        trade.nonsense = kind
    if spec.get("visible_after"):
        trade.visible_at = clock.epoch() + float(spec["visible_after"])
    return trade, refunds


def _raw(doc: Document, shop: Shop, visible_after: float) -> Trade:
    """A document as it is; what lists need of it and it lacks is made up."""
    now = clock.text(clock.now())
    times = {name: str(doc.get(name) or now) for name in ("created", "modified")}
    visible_at = clock.epoch() + visible_after if visible_after else 0.0
    status, type_ = str(doc.get("status") or "WAIT_SELLER_SEND_GOODS"), str(doc.get("type") or "fixed")
    return Trade(int(doc["tid"]), shop.nick, status, type_, times["created"], times["modified"], visible_at, doc, "raw")


def _describe(spec: Document, catalogue: Sequence[Document], tid: int) -> TradeSpec:
    created = clock.parse(spec["created"]) if "created" in spec else clock.now() - timedelta(minutes=5)
    status, type_ = spec.get("status", "WAIT_SELLER_SEND_GOODS"), spec.get("type", "fixed")
    pay_time = _pay_time(spec, created, status, type_)
    modified = clock.parse(spec["modified"]) if "modified" in spec else pay_time or created
    buyer = people.draw_buyer(random.Random(tid), 0, 0)
    receiver = spec.get("receiver") or {}
    buyer = replace(
        buyer,
        nick=spec.get("buyer_nick", buyer.nick),
        open_uid=spec.get("buyer_open_uid", buyer.open_uid),
        name=receiver.get("name", buyer.name),
        mobile=receiver.get("mobile", buyer.mobile),
        phone=receiver.get("phone", buyer.phone),
        place=replace(
            buyer.place,
            **{name: receiver[name] for name in words("state city district town zip address") if name in receiver},
        ),
    )
    return TradeSpec(
        buyer=buyer,
        lines=[_line(line, catalogue) for line in spec["lines"]],
        created=created,
        modified=modified,
        pay_time=pay_time,
        type=type_,
        status=status,
        trade_discount=fen(spec.get("trade_discount", "0")),
        post_fee=fen(spec.get("post_fee", "0")),
        step_trade_status=spec.get("step_trade_status", "FRONT_PAID_FINAL_PAID" if type_ == "step" else ""),
        step_paid=fen(spec.get("step_paid_fee", "0")),
        buyer_message=spec.get("buyer_message", ""),
        seller_memo=spec.get("seller_memo", ""),
        seller_flag=int(spec.get("seller_flag", 0)),
    )


def _pay_time(spec: Document, created: datetime, status: str, type_: str) -> datetime | None:
    if "pay_time" in spec:
        return clock.parse(spec["pay_time"]) if spec["pay_time"] else None
    return None if status in UNPAID or type_ == "cod" else created + timedelta(seconds=60)


def _line(line: Document, catalogue: Sequence[Document]) -> LineSpec:
    """`outer_sku_id`, `sku_id`, `outer_iid` or `num_iid` finds the item in the catalogue; `item` gives it outright."""
    item = line.get("item") or _find_item(line, catalogue)
    price = fen(line.get("price", item["price"]))
    return LineSpec(
        item,
        price,
        num=int(line.get("num", 1)),
        discount=fen(line.get("discount", "0")),
        adjust=fen(line.get("adjust", "0")),
        refund_status=line.get("refund_status", "NO_REFUND"),
    )


def _find_item(line: Document, catalogue: Sequence[Document]) -> Document:
    for name in ("outer_sku_id", "sku_id", "outer_iid", "num_iid"):
        if name in line:
            for item in catalogue:
                if str(item.get(name)) == str(line[name]):
                    return item
            raise ValueError(f"the catalogue has no item with {name} {line[name]}")
    raise ValueError("a line needs an outer_sku_id, sku_id, outer_iid, num_iid or item")
