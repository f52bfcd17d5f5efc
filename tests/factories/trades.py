"""Trades as a connector brings them, and orders that were made from them by the pipeline."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import orjson

from oms.catalog.models import Shop, Sku
from orders.models import Order, Trade
from orders.pipeline import process_due
from orders.trades.document import ReceivedTrade, TradeDocument, TradeLine, TradeReceiver, TradeStatus, to_json
from orders.trades.intake import IntakeResult, store_trades
from tests.factories.company import Company

START = dt.datetime(2026, 11, 24, 1, 0, tzinfo=dt.UTC)
RECEIVER = TradeReceiver("张小明", "13812345678", "文三路 1 号", "浙江省", "杭州市", "西湖区")

_numbers = itertools.count(1)


def make_line(sku: Sku | str, quantity: int = 1, *, price: str | Decimal = "10.00", **values: Any) -> TradeLine:
    """A line for a SKU, or for a merchant code that may be nobody's; ``paid`` follows from price, units and discount."""
    code = sku if isinstance(sku, str) else sku.code
    line = TradeLine(
        oid=str(next(_numbers)),
        item_id=f"item-{code}",
        sku_id=f"sku-{code}",
        item_code="",
        sku_code=code,
        title=f"宝贝{code}",
        spec="默认",
        quantity=quantity,
        price=Decimal(price),
        discount=Decimal("0.00"),
        paid=Decimal("0.00"),
    )
    line = replace(line, **values)
    return replace(line, paid=line.price * line.quantity - line.discount)


def make_document(lines: Sequence[TradeLine], no: str = "", *, post_fee: str = "0.00", **values: Any) -> TradeDocument:
    """A paid trade whose amounts follow from its lines."""
    goods = sum((line.price * line.quantity for line in lines), Decimal("0.00"))
    discount = sum((line.discount for line in lines), Decimal("0.00"))
    document = TradeDocument(
        trade_no=no or f"T{next(_numbers):012d}",
        modified=START,
        status=TradeStatus.PAID,
        payment_kind="online",
        created=START - dt.timedelta(minutes=2),
        paid_at=START,
        goods_amount=goods,
        discount_amount=discount,
        post_fee=Decimal(post_fee),
        paid_amount=goods - discount + Decimal(post_fee),
        receiver=RECEIVER,
        lines=tuple(lines),
        buyer_nick="买家一号",
    )
    return replace(document, **values)


def received(document: TradeDocument) -> ReceivedTrade:
    """The trade as a connector hands it on; its bytes differ whenever anything in it does."""
    parts = {"document": to_json(document), "receiver": str(document.receiver)}
    return ReceivedTrade(document, orjson.dumps(parts))


def store(shop: Shop, *documents: TradeDocument) -> IntakeResult:
    """Take the trades in."""
    return store_trades(shop, [received(document) for document in documents])


def make_trade(shop: Shop, lines: Sequence[TradeLine], no: str = "", **values: Any) -> Trade:
    """A trade that was taken in."""
    document = make_document(lines, no, **values)
    store(shop, document)
    return Trade.objects.get(shop=shop, trade_no=document.trade_no)


def make_order(company: Company, lines: Sequence[TradeLine] | None = None, **values: Any) -> Order:
    """An order that came in as a trade and passed the pipeline: approved, unless the values keep a policy from passing it."""
    trade = make_trade(company.shop, lines or [make_line(company.sku)], **values)
    process_due()
    return Order.objects.get(origin_trade=trade)


def make_orders(company: Company, count: int, *, lines: Iterable[Sku] | None = None) -> list[Order]:
    """Many approved orders of one unit of each of the SKUs (the company's first)."""
    skus = list(lines or [company.sku])
    documents = [make_document([make_line(sku) for sku in skus]) for _ in range(count)]
    store(company.shop, *documents)
    process_due()
    return list(Order.objects.filter(trade_no__in=[document.trade_no for document in documents]).order_by("id"))
