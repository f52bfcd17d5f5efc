"""The other side of the counter: buyers who order, pay, change their minds, and a platform that misbehaves."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from integrations.sandbox.control_client import ControlClient, ControlRefused
from oms.demo.scenes import CHINA, Scenes

MIX = {
    "forbidden": 0.01,
    "nonsense": 0.03,
    "partial_refund": 0.06,
    "refunding": 0.02,
    "missing_code": 0.01,
    "unpaid": 0.08,
}
"""How often what occurs, where it differs from the sandbox's own."""

TIME = "%Y-%m-%d %H:%M:%S"
BEFORE = dt.timedelta(minutes=5)
"""No trade is older when it is made, unless it is ordered so."""

SEND = "taobao.logistics.offline.send"
LIST = "taobao.trades.sold.increment.get"

FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "duplicate", "method": LIST, "probability": 0.3, "rows": 3},
    {"kind": "reorder", "method": LIST, "probability": 0.3},
    {"kind": "drift", "method": LIST, "probability": 0.2, "rows": 2},
    {"kind": "late", "method": LIST, "probability": 0.15, "rows": 2, "seconds": 2},
    {"kind": "throttle", "probability": 0.01, "seconds": 1, "count": 6},
    {"kind": "http_5xx", "probability": 0.02, "count": 12},
    {"kind": "slow", "probability": 0.01, "seconds": 0.3},
    {"kind": "reset", "probability": 0.01, "count": 8},
    {"kind": "garbage", "probability": 0.01, "count": 5},
    {"kind": "timeout_after_success", "method": SEND, "probability": 0.04, "seconds": 2, "count": 5},
    {"kind": "http_5xx", "method": SEND, "probability": 0.03, "after": True, "count": 6},
    {"kind": "error", "method": SEND, "probability": 0.02, "count": 3},
)


NEW_ADDRESS = {
    "receiver_state": "浙江省",
    "receiver_city": "杭州市",
    "receiver_district": "滨江区",
    "receiver_address": "江南大道588号3幢",
}


@dataclass
class Street:
    """The buyers of some shops (by the sellers' names). ``tids`` are the trades that were made here, by seller."""

    sandbox: ControlClient
    sellers: tuple[str, ...]
    rng: random.Random
    tids: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.scenes = Scenes(self.sandbox, self.sellers, self.rng)
        self.since = dt.datetime.now(CHINA) - BEFORE

    def misbehave(self) -> None:
        """Let the platform do what platforms do on a bad day."""
        self.calm_down()
        for position, fault in enumerate(FAULTS):
            self.sandbox.add_fault(**fault, seed=self.rng.randrange(10**6) + position)

    def calm_down(self) -> None:
        """End all misbehaviour."""
        self.sandbox.clear_faults()

    def order(self, count: int, *, minutes: float) -> None:
        """``count`` trades in the last minutes, shared among the shops."""
        now = dt.datetime.now(CHINA)
        oldest = now - dt.timedelta(minutes=minutes)
        self.since = min(self.since, oldest)
        start = oldest.strftime(TIME)
        for position, seller in enumerate(self.sellers):
            share = count // len(self.sellers) + (position < count % len(self.sellers))
            if share:
                made = self.sandbox.generate(seller, share, start=start, seed=self.rng.randrange(10**9), mix=MIX)
                self.tids.setdefault(seller, []).extend(made)

    def count(self) -> int:
        """How many trades were made here."""
        return sum(map(len, self.tids.values())) + len(self.scenes.tids())

    def record(self, seller: str) -> dict[str, Any]:
        """What the platform knows of a shop since its buyers began here; of an earlier day nothing is asked."""
        return self.sandbox.record(seller, since=self.since.strftime(TIME))

    def trades(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The trades that were made here as the platform knows them now, with their sellers."""
        told = self.scenes.tids()
        for seller, tids in self.tids.items():
            mine = {*tids, *(tid for owner, tid in told if owner == seller)}
            for trade in self.record(seller)["trades"]:
                if trade["tid"] in mine:
                    yield seller, trade

    def live(self) -> None:
        """A while passes: some pay, some leave, some write, some want their money back. What the platform refuses is let be."""
        told = self.scenes.tids()
        for seller, trade in list(self.trades()):
            if trade["nonsense"] or (seller, trade["tid"]) in told:
                continue
            tid, status, roll = trade["tid"], trade["status"], self.rng.random()
            try:
                if status == "WAIT_BUYER_PAY":
                    self._pay_or_leave(seller, tid, roll)
                elif status == "WAIT_SELLER_SEND_GOODS":
                    self._change_mind(seller, trade, roll)
            except ControlRefused:
                continue

    def _pay_or_leave(self, seller: str, tid: str, roll: float) -> None:
        if roll < 0.5:
            self.sandbox.pay(seller, tid)
        elif roll < 0.6:
            self.sandbox.close(seller, tid)

    def _change_mind(self, seller: str, trade: dict[str, Any], roll: float) -> None:
        tid = trade["tid"]
        if roll < 0.01:
            receiver = dict(NEW_ADDRESS)
            self.sandbox.change(seller, tid, receiver=receiver)
        elif roll < 0.02:
            self.sandbox.change(seller, tid, seller_memo="客户来电：尽快发", seller_flag=2)
        elif roll < 0.035:
            self.sandbox.refund(seller, tid)

    def settle_refunds(self) -> None:
        """Sellers and buyers come to an end: half of the refunds are paid, half are withdrawn."""
        for seller, trade in list(self.trades()):
            if trade["nonsense"]:
                continue
            for order in trade["orders"]:
                if order.get("refund_status") == "WAIT_SELLER_AGREE":
                    status = self.rng.choice(("SUCCESS", "CLOSED"))
                    try:
                        self.sandbox.refund(seller, trade["tid"], order["oid"], status=status)
                    except ControlRefused:
                        continue
