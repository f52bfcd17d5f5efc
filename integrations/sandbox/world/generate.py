"""Believable trades from a seed: the same seed, catalogue and window give the same trades."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from integrations.sandbox import clock
from integrations.sandbox.store import Refund, Trade

from . import nonsense, people
from .amounts import fen
from .assemble import LineSpec, TradeSpec, assemble, make_refund, trade_number
from .people import Buyer


@dataclass(frozen=True)
class Mix:
    """How often what occurs; every figure is a share from 0 to 1.

    Of the kinds of trade (`unpaid` … `finished`) each trade has at most one; the rest are paid and wait to be shipped.
    """

    unpaid: float = 0.05
    closed: float = 0.03  # before payment
    refunded: float = 0.02  # closed after payment
    cod: float = 0.04
    presale_deposit: float = 0.015  # deposit paid, final payment not
    presale_paid: float = 0.015
    forbidden: float = 0.0  # paid, but the platform forbids shipping
    shipped: float = 0.0
    finished: float = 0.0
    several_lines: float = 0.45
    line_discount: float = 0.3
    trade_discount: float = 0.25
    adjusted: float = 0.03
    postage: float = 0.35
    partial_refund: float = 0.05  # of trades with several lines: one line refunding or refunded
    refunding: float = 0.02  # every line waits for the seller's word
    buyer_message: float = 0.15
    seller_memo: float = 0.12
    repeat_buyer: float = 0.08
    landline: float = 0.02
    county_city: float = 0.03
    without_oaid: float = 0.02
    unknown_code: float = 0.0  # of lines
    missing_code: float = 0.0  # of lines
    nonsense: float = 0.0
    nonsense_kinds: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, values: dict[str, Any]) -> "Mix":
        """Raises ValueError for an unknown name or a share outside 0 to 1."""
        if unknown := sorted(set(values) - {item.name for item in fields(cls)}):
            raise ValueError(f"mix does not know {', '.join(unknown)}")
        for name, value in values.items():
            if name == "nonsense_kinds":
                if bad := sorted(set(value) - set(nonsense.KINDS)):
                    raise ValueError(f"unknown nonsense {', '.join(bad)}; known: {', '.join(nonsense.KINDS)}")
            elif not 0 <= float(value) <= 1:
                raise ValueError(f"{name} must lie between 0 and 1")
        return cls(**values)


# Kind of trade → status, type, paid?
_KINDS = {
    "unpaid": ("WAIT_BUYER_PAY", "fixed", False),
    "closed": ("TRADE_CLOSED_BY_TAOBAO", "fixed", False),
    "refunded": ("TRADE_CLOSED", "fixed", True),
    "cod": ("WAIT_SELLER_SEND_GOODS", "cod", False),
    "presale_deposit": ("WAIT_BUYER_PAY", "step", False),
    "presale_paid": ("WAIT_SELLER_SEND_GOODS", "step", True),
    "forbidden": ("PAID_FORBID_CONSIGN", "fixed", True),
    "shipped": ("WAIT_BUYER_CONFIRM_GOODS", "fixed", True),
    "finished": ("TRADE_FINISHED", "fixed", True),
    "paid": ("WAIT_SELLER_SEND_GOODS", "fixed", True),
}


@dataclass(frozen=True)
class Window:
    """The shop, and when its trades are made (half-open)."""

    shop: str
    title: str
    options: dict[str, Any]
    start: datetime
    end: datetime


class Generator:
    """`reserve(key, count)` hands out numbers that nobody else gets."""

    def __init__(
        self,
        window: Window,
        catalogue: Sequence[dict[str, Any]],
        mix: Mix,
        seed: int,
        reserve: Callable[[str, int], int],
    ) -> None:
        self.window, self.catalogue, self.mix, self.reserve = window, catalogue, mix, reserve
        self.rng = random.Random(seed)
        self.buyers: list[Buyer] = []

    def run(self, count: int) -> tuple[list[Trade], list[Refund]]:
        seconds = max(1, int((self.window.end - self.window.start).total_seconds()))
        moments = sorted(self.rng.randrange(seconds) for _ in range(count))
        first = self.reserve("trade", count)
        trades, refunds = [], []
        for index, moment in enumerate(moments):
            trade, some = self._trade(self.window.start + timedelta(seconds=moment), trade_number(first + index))
            trades.append(trade)
            refunds += some
        return trades, refunds

    def _chance(self, share: float) -> bool:
        return self.rng.random() < share

    def _trade(self, created: datetime, tid: int) -> tuple[Trade, list[Refund]]:
        kind = self._draw_kind()
        status, type_, paid = _KINDS[kind]
        lines = self._lines()
        pay_time = self._after(created, 3, 1200) if paid else None
        spec = TradeSpec(
            buyer=self._buyer(),
            lines=lines,
            created=created,
            pay_time=pay_time,
            modified=self._after(pay_time or created, 0, 3),
            type=type_,
            status=status,
            trade_discount=self._trade_discount(lines),
            post_fee=self.rng.choice((500, 600, 800, 1000, 1200)) if self._chance(self.mix.postage) else 0,
            buyer_message=self.rng.choice(people.MESSAGES) if self._chance(self.mix.buyer_message) else "",
            has_oaid=not self._chance(self.mix.without_oaid),
        )
        self._write_memo(spec)
        self._complete(spec, kind)
        first_oid = self.reserve("trade", len(lines)) if len(lines) > 1 else 0
        oids = [trade_number(first_oid + index) for index in range(len(lines))]
        trade = assemble(spec, tid, oids, self.window.shop, self.window.title, self.window.options)
        refunds = self._refunds(trade, spec)
        if self._chance(self.mix.nonsense):
            trade.nonsense = nonsense.draw_kind(self.rng, self.mix.nonsense_kinds)
            nonsense.damage(trade.doc, trade.nonsense)
        return trade, refunds

    def _draw_kind(self) -> str:
        roll = self.rng.random()
        for kind in _KINDS:
            share = getattr(self.mix, kind, 1.0)
            if roll < share:
                return kind
            roll -= share
        return "paid"

    def _after(self, moment: datetime, low: int, high: int) -> datetime:
        """A little later, but still in the window."""
        later = moment + timedelta(seconds=self.rng.randint(low, high))
        return max(moment, min(later, self.window.end - timedelta(seconds=1)))

    def _buyer(self) -> Buyer:
        if self.buyers and self._chance(self.mix.repeat_buyer):
            return self.rng.choice(self.buyers)
        self.buyers.append(people.draw_buyer(self.rng, self.mix.landline, self.mix.county_city))
        return self.buyers[-1]

    def _lines(self) -> list[LineSpec]:
        count = self.rng.choice((2, 2, 2, 3, 3, 4, 5)) if self._chance(self.mix.several_lines) else 1
        items = self.rng.sample(self.catalogue, min(count, len(self.catalogue)))
        return [self._line(item) for item in items]

    def _line(self, item: dict[str, Any]) -> LineSpec:
        line = LineSpec(item, fen(item["price"]), num=self.rng.choice((1, 1, 1, 1, 1, 1, 2, 2, 3, 6)))
        worth = line.price * line.num
        if self._chance(self.mix.line_discount):
            line.discount = worth * self.rng.choice((5, 10, 12, 15, 20, 30)) // 100
        if self._chance(self.mix.adjusted):
            line.adjust = -min(worth - line.discount, self.rng.choice((1, 50, 100, 500, 888)))
        if self._chance(self.mix.unknown_code):
            line.item = self._unknown(item)
        elif self._chance(self.mix.missing_code):
            line.item = {name: item[name] for name in item if name not in ("outer_iid", "outer_sku_id")}
        return line

    def _unknown(self, item: dict[str, Any]) -> dict[str, Any]:
        """An item the seller's system has never heard of."""
        code = f"NEW{self.rng.randrange(10**6):06d}"
        item = item | {"num_iid": 69 * 10**10 + self.rng.randrange(10**9), "outer_iid": code}
        if "sku_id" in item:
            item |= {"sku_id": 59 * 10**11 + self.rng.randrange(10**9), "outer_sku_id": f"{code}-1"}
        return item

    def _trade_discount(self, lines: list[LineSpec]) -> int:
        if not self._chance(self.mix.trade_discount):
            return 0
        worth = sum(line.price * line.num - line.discount + line.adjust for line in lines)
        fitting = [amount for amount in (300, 500, 999, 1000, 2000, 3000, 5000) if amount * 3 <= worth]
        return self.rng.choice(fitting) if fitting else 0

    def _write_memo(self, spec: TradeSpec) -> None:
        if self._chance(self.mix.seller_memo):
            spec.seller_memo = self.rng.choice(people.MEMOS)
            spec.seller_flag = self.rng.randint(1, 5)
            spec.modified = self._after(spec.modified, 30, 1800)

    def _complete(self, spec: TradeSpec, kind: str) -> None:
        """What belongs to the kind of trade besides its status."""
        if kind == "presale_deposit":
            spec.step_trade_status = "FRONT_PAID_FINAL_NOPAID"
            spec.step_paid = sum(line.price * line.num for line in spec.lines) // 10
        elif kind == "presale_paid":
            spec.step_trade_status = "FRONT_PAID_FINAL_PAID"
        elif kind in ("closed", "refunded"):
            spec.modified = self._after(spec.modified, 600, 7200)
            spec.extra = {"end_time": clock.text(spec.modified)}
            if kind == "refunded":
                self._mark_refunds(spec, "SUCCESS")
        elif kind in ("shipped", "finished"):
            spec.modified = self._after(spec.modified, 3600, 86400)
            spec.extra = {"consign_time": clock.text(spec.modified)}
        elif kind in ("paid", "cod"):
            self._draw_refunds(spec)

    def _draw_refunds(self, spec: TradeSpec) -> None:
        if self._chance(self.mix.refunding):
            self._mark_refunds(spec, "WAIT_SELLER_AGREE")
        elif len(spec.lines) > 1 and self._chance(self.mix.partial_refund):
            line = self.rng.choice(spec.lines)
            line.refund_status = self.rng.choice(("WAIT_SELLER_AGREE", "WAIT_SELLER_AGREE", "SUCCESS", "CLOSED"))
        else:
            return
        spec.modified = self._after(spec.modified, 60, 3600)

    @staticmethod
    def _mark_refunds(spec: TradeSpec, status: str) -> None:
        for line in spec.lines:
            line.refund_status = status

    def _refunds(self, trade: Trade, spec: TradeSpec) -> list[Refund]:
        made = []
        for line, order in zip(spec.lines, trade.doc["orders"]["order"], strict=True):
            if line.refund_status != "NO_REFUND":
                number = str(trade_number(self.reserve("trade", 1)))
                reason = self.rng.choice(("不想要了", "拍错了", "信息填写错误，重新拍", "缺货", "未按约定时间发货"))
                made.append(make_refund(trade, order, number, line.refund_status, reason=reason))
        return made
