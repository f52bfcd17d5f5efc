"""The company of the scenario, and the buyers' trades on the sandbox: the same in every run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from integrations.sandbox.control_client import ControlClient
from oms.accounts.models import Staff
from oms.core.partitions import partitioned_tables
from orders.models import ApprovalPolicy, RoutingRule
from tests.factories import make_carrier, make_regions, make_sku, make_staff, make_warehouse, put_stock
from tests.integrations.make import SELLER, china, connect_shop, set_up
from warehouse.models import WaybillRange

SEND = "taobao.logistics.offline.send"
RECEIVER = {"state": "浙江省", "city": "杭州市", "district": "西湖区", "address": "文三路 1 号"}
ELSEWHERE = {
    "receiver_state": "广东省",
    "receiver_city": "广州市",
    "receiver_district": "天河区",
    "receiver_address": "体育西路 2 号",
}
STOCK = 100


@dataclass(frozen=True, slots=True)
class World:
    """One run's two sides: the trades by their names in the scenario, and who acts on our side."""

    sandbox: ControlClient
    tids: dict[str, str]

    @property
    def clerk(self) -> int:
        """The id of the person who audits and ships."""
        return Staff.objects.order_by("id").values_list("id", flat=True)[0]


Step = tuple[str, Callable[[World], Any]]


@dataclass(frozen=True, slots=True)
class Day:
    """One day: what the buyers order (merchant code and units of each line), the steps, and what the company has besides the usual.

    ``wishes`` are further facts of a trade, ``options`` those of the shop on the platform.
    """

    name: str
    trades: Mapping[str, Sequence[tuple[str, int]]]
    steps: tuple[Step, ...]
    prepare: Callable[[], None] = lambda: None
    wishes: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


def make_company(control: ControlClient, day: Day) -> None:
    """Our side: a shop on the sandbox, goods with stock, one warehouse and carrier, policies for small orders, a clerk."""
    with connection.cursor() as cursor:
        # Where the tests' own database is the source: their flush leaves these out.
        cursor.execute(f"TRUNCATE {', '.join(partitioned_tables())}")
    set_up(control, **day.options)
    make_regions()
    shop = connect_shop(control, options={"look_back_days": 1, "timeout_seconds": 20})
    house = make_warehouse()
    carrier = make_carrier(numbers=0)
    WaybillRange.objects.create(carrier=carrier, prefix="YT", width=13, next=1, last=1000)
    codes = sorted({code for lines in day.trades.values() for code, _units in lines})
    put_stock(house, {make_sku(f"{code}-L"): STOCK for code in codes})
    RoutingRule.objects.create(name="全国仓", kind="warehouse", warehouse=house)
    RoutingRule.objects.create(name="全国快递", kind="carrier", carrier=carrier)
    ApprovalPolicy.objects.create(name="小额免审", audit="cs", max_amount=Decimal(500))
    ApprovalPolicy.objects.create(name="小额免财审", audit="finance", max_amount=Decimal(200))
    make_staff("clerk", shops=[shop], roles=())
    day.prepare()


def make_trades(control: ControlClient, day: Day) -> dict[str, str]:
    """Their side: the trades, three hours old, and one refusal that passes by itself in wait for the first upload."""
    control.reset(keep_setup=True)
    first = dt.datetime.now(dt.UTC) - dt.timedelta(hours=3)
    specs: list[dict[str, Any]] = [
        {
            "created": china(first + dt.timedelta(minutes=position)),
            "receiver": RECEIVER | {"address": f"文三路 {position + 1} 号"},
            "lines": [{"outer_iid": code, "num": units} for code, units in lines],
            **day.wishes.get(name, {}),
        }
        for position, (name, lines) in enumerate(day.trades.items())
    ]
    tids = control.add_trades(SELLER, *specs)
    control.add_fault("error", method=SEND, count=1)
    return dict(zip(day.trades, tids, strict=True))
