"""What must occur on a day whatever chance brings: trades told to the sandbox one by one, each with what is to become of it.

A scene names the trades that were made for it (by seller), so that the day can be asked afterwards whether it ended as it must.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.sandbox.control_client import ControlClient
from oms.demo.rules import BARRED_PHONE

CHINA = dt.timezone(dt.timedelta(hours=8))

HOME = {"state": "浙江省", "city": "杭州市", "district": "西湖区", "zip": "310000"}
LHASA = {"state": "西藏自治区", "city": "拉萨市", "district": "城关区", "zip": "850000"}
NOBODY_DRIVES = {"state": "新疆维吾尔自治区", "city": "", "district": "石河子市", "zip": "832000"}
APART = "两件麻烦分开寄，谢谢"
TOGETHER = "和我另一家店的单一起发"

Tid = tuple[str, str]
"""Seller, trade number."""
Spec = dict[str, Any]


@dataclass
class Scenes:
    """The scenes of a day. ``made`` are groups of trades by the name of their scene; a group belongs together."""

    sandbox: ControlClient
    sellers: tuple[str, ...]
    rng: random.Random
    made: dict[str, list[list[Tid]]] = field(default_factory=lambda: defaultdict(list))
    _joining: list[tuple[list[Tid], str, Spec]] = field(default_factory=list)

    def tids(self) -> set[Tid]:
        """All trades of all scenes."""
        return {tid for groups in self.made.values() for group in groups for tid in group}

    def open(self, times: int) -> int:
        """Let every scene occur so often; returns how many trades that were."""
        before = len(self.tids())
        for _ in range(times):
            for play in _PLAYS:
                play(self)
        return len(self.tids()) - before

    def join(self) -> int:
        """The buyers who ordered before order once more, while their parcel has not been printed; returns how many."""
        for group, seller, spec in self._joining:
            group += self._add(seller, [spec])
        count = len(self._joining)
        self._joining.clear()
        return count

    def pay_finals(self) -> None:
        """Those who have paid a deposit pay the rest."""
        for group in self.made["presale"]:
            for seller, tid in group:
                if self.sandbox.trade(seller, tid)["status"] == "WAIT_BUYER_PAY":
                    self.sandbox.pay(seller, tid)

    # -- the plays -----------------------------------------------------------------------------------------------------

    def _merge(self) -> None:
        """Two or three trades of one buyer within minutes."""
        who = self._somebody()
        lines = [[_line("TS01-1")], [_line("SO02", 2)], [_line("UW01-1")]]
        self._play("merge", [self._trade(who, part) for part in lines[: self.rng.choice((2, 3))]])

    def _later(self) -> None:
        """A trade whose buyer comes back."""
        who, seller = self._somebody(), self.rng.choice(self.sellers)
        group = self._play("join", [self._trade(who, [_line("TS01-2")])], seller)
        self._joining.append((group, seller, self._trade(who, [_line("TS01-4")])))

    def _two_shops(self) -> None:
        """One buyer in two shops, who asks that it travel together: no rule does that, a person may."""
        who = self._somebody() | {"buyer_message": TOGETHER, "fields": {"oaid": None}}
        first, second = self.rng.sample(self.sellers, 2)
        group = self._play("two shops", [self._trade(who, [_line("KN02-1", 2)])], first)
        group += self._add(second, [self._trade(who, [_line("BG01-1", 2)])])

    def _apart(self) -> None:
        """A buyer who wants two parcels."""
        who = self._somebody() | {"buyer_message": APART}
        self._play("apart", [self._trade(who, [_line("CU01-1"), _line("HT01-1")])])

    def _bundle(self) -> None:
        self._play("bundle", [self._trade(self._somebody(), [_line("TZ01"), _line("TW02")])])

    def _presale(self) -> None:
        """A deposit is paid; the rest is paid in the evening."""
        step = {"type": "step", "status": "WAIT_BUYER_PAY", "step_trade_status": "FRONT_PAID_FINAL_NOPAID"}
        who = self._somebody() | step | {"step_paid_fee": "20.00"}
        self._play("presale", [self._trade(who, [_line("CO01-2")])])

    def _waits(self) -> None:
        """Goods that are sold before they are made, with others that can leave at once."""
        for code in ("BD02", "CO02-1"):
            self._play("waits", [self._trade(self._somebody(), [_line(code), _line("TW01-1")])])

    def _heavy(self) -> None:
        self._play("heavy", [self._trade(self._somebody(), [_line("KP01-1", 8)])])

    def _boxes(self) -> None:
        self._play("boxes", [self._trade(self._somebody(), [_line("SO01-1", 26)])])

    def _alone(self) -> None:
        self._play("alone", [self._trade(self._somebody(), [_line("BG03-1"), _line("TW01-2")])])

    def _new_listing(self) -> None:
        """Goods that the shop listed today; whoever listed them forgot the merchant code."""
        item = {
            "num_iid": 690_000_000_000 + self.rng.randrange(10**9),
            "title": "今日上新 棉白 珊瑚绒家居袜 3双装",
            "price": "29.00",
        }
        self._play("new listing", [self._trade(self._somebody(), [{"item": item, "num": 1}])])

    def _wish(self) -> None:
        """The buyer wants the dear carrier."""
        who = self._somebody() | {"buyer_message": "发顺丰，运费可以补"}
        self._play("wish", [self._trade(who, [_line("TS01-3")])])

    def _restricted(self) -> None:
        """Liquids to where everything goes by air."""
        self._play("restricted", [self._trade(self._somebody(LHASA), [_line("HR01-1")])])

    def _unreachable(self) -> None:
        self._play("unreachable", [self._trade(self._somebody(NOBODY_DRIVES), [_line("TS01-1")])])

    def _blacklisted(self) -> None:
        who = self._somebody()
        self._play(
            "blacklisted",
            [self._trade(who | {"receiver": who["receiver"] | {"mobile": BARRED_PHONE}}, [_line("SC01-1")])],
        )

    # -- helpers -------------------------------------------------------------------------------------------------------

    def _somebody(self, place: Spec | None = None) -> Spec:
        number = self.rng.randrange(10**8)
        receiver = {
            "name": self.rng.choice(("沈秋", "陆远", "顾青", "钱多", "温言")),
            "mobile": f"137{number:08d}",
            "phone": "",
            "town": "",
            "address": f"文三路{number % 900 + 1}号{number % 37 + 1}幢{number % 29 + 1}01室",
        }
        return {
            "buyer_nick": f"tb{number:08d}",
            "buyer_open_uid": f"AAH{number:021d}",
            "receiver": receiver | (place or HOME),
        }

    def _trade(self, who: Spec, lines: Sequence[Spec]) -> Spec:
        now = dt.datetime.now(CHINA) - dt.timedelta(seconds=90)
        return {"lines": list(lines), "created": now.strftime("%Y-%m-%d %H:%M:%S"), **who}

    def _play(self, name: str, specs: Sequence[Spec], seller: str = "") -> list[Tid]:
        group = self._add(seller or self.rng.choice(self.sellers), specs)
        self.made[name].append(group)
        return group

    def _add(self, seller: str, specs: Sequence[Spec]) -> list[Tid]:
        return [(seller, tid) for tid in self.sandbox.add_trades(seller, *specs)]


def _line(code: str, num: int = 1) -> Spec:
    # Products of one specification are listed without a SKU of their own.
    return {"outer_sku_id" if "-" in code else "outer_iid": code, "num": num}


_PLAYS: tuple[Callable[[Scenes], object], ...] = (
    Scenes._merge,
    Scenes._later,
    Scenes._two_shops,
    Scenes._apart,
    Scenes._bundle,
    Scenes._presale,
    Scenes._waits,
    Scenes._heavy,
    Scenes._boxes,
    Scenes._alone,
    Scenes._new_listing,
    Scenes._wish,
    Scenes._restricted,
    Scenes._unreachable,
    Scenes._blacklisted,
)
