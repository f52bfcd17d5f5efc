"""A rule set as a company of thirty shops keeps it, and trades that bring every stage work."""

from __future__ import annotations

import datetime as dt
import io
import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import orjson
from django.core.management import call_command

from oms.catalog.bundles import save_bundle
from oms.catalog.models import Product, Region, Shop, Sku
from orders.models import ApprovalPolicy, MergeRule, RoutingRule, SplitRule, WishWord
from orders.rules import save_rule
from orders.trades.document import ReceivedTrade, TradeDocument, TradeLine, TradeReceiver, TradeStatus, to_json
from promotions.campaigns import go_live, save_campaign, save_scheme
from tests.factories import make_category
from warehouse.models import Carrier, Coverage, CoverageRow, StockMove, Warehouse
from warehouse.stock import Move, receive

SHOPS, WAREHOUSES, CARRIERS, COVERAGE_ROWS, POLICIES = 30, 5, 8, 3000, 50
SKUS, BUNDLES = 2000, 50
BEGIN = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
PAGE = 1000
HEAVY_G = 12_000


def make_world(trades: int, *, campaigns: bool) -> list[Shop]:
    """Shops, goods, stock, places and rules; every trade passes in the end, most after several rules were passed over."""
    call_command("load_regions", verbosity=0, stdout=io.StringIO())
    shops = [Shop.objects.create(code=f"S{n:02d}", name=f"店铺{n}", platform="taobao") for n in range(SHOPS)]
    skus = _make_goods()
    houses = [Warehouse.objects.create(code=f"W{n}", name=f"仓库{n}", priority=n) for n in range(WAREHOUSES)]
    carriers = [
        Carrier.objects.create(code=f"C{n}", name=f"快递{n}", priority=n, cash_on_delivery=n == 0)
        for n in range(CARRIERS)
    ]
    receive([Move(w.id, sku, trades * 10) for w in houses for sku in skus], StockMove.Kind.OPENING)
    _make_coverage(carriers)
    _make_freight(carriers, houses)
    _make_routing(shops, houses, carriers)
    _make_policies()
    MergeRule.objects.create(name="一小时", window_minutes=60)
    SplitRule.objects.create(name="20公斤", kind="weight", limit_g=20_000)
    WishWord.objects.create(name="顺丰", word="顺丰", carrier=carriers[0])
    if campaigns:
        _make_campaign(skus)
    return shops


def _make_goods() -> list[int]:
    kinds = [make_category(f"类目{n}") for n in range(10)]
    products = Product.objects.bulk_create(
        Product(code=f"P{n}", name=f"商品{n}", category=kinds[n % 10], brand=f"品牌{n % 7}") for n in range(100)
    )
    made = Sku.objects.bulk_create(
        Sku(
            product=products[n % 100],
            code=f"SKU{n:05d}",
            spec="标准",
            price=10,
            cost=5,
            weight_g=HEAVY_G if n % 100 == 99 else 300,
            volume_cm3=1000,
        )
        for n in range(SKUS)
    )
    bundles = Sku.objects.bulk_create(
        Sku(product=products[n], code=f"SET{n:05d}", price=25, weight_g=900) for n in range(BUNDLES)
    )
    for n, bundle in enumerate(bundles):
        save_bundle(bundle.id, {made[n].id: 1, made[n + 100].id: 2}, actor_id=None)
    return [sku.id for sku in made]


def _make_coverage(carriers: list[Carrier]) -> None:
    """Every carrier everywhere but in some districts, which it names one by one."""
    cities = Region.objects.filter(level=2).order_by("code").values_list("code", flat=True)
    districts = Region.objects.filter(level=3).order_by("code").values_list("code", flat=True)
    prefixes = [*(code[:4] for code in cities), *districts]
    share = COVERAGE_ROWS // CARRIERS - 1
    for n, carrier in enumerate(carriers):
        coverage = Coverage.objects.create(carrier=carrier)
        CoverageRow.objects.create(coverage=coverage)
        # Districts that no trade of the measurement goes to are excluded, so that every carrier stays a candidate.
        CoverageRow.objects.bulk_create(
            CoverageRow(
                coverage=coverage,
                prefix=prefix,
                excluded=len(prefix) == 6 and position % 5 == 0 and prefix not in PLACES_CODES,
            )
            for position, prefix in enumerate(prefixes[n::CARRIERS][:share])
        )


def _make_freight(carriers: list[Carrier], houses: list[Warehouse]) -> None:
    provinces = [code[:2] for code in Region.objects.filter(level=1).order_by("code").values_list("code", flat=True)]
    for n, carrier in enumerate(carriers):
        for m, house in enumerate(houses):
            rates = [
                {
                    "prefix": prefix,
                    "first_price": f"{4 + (n * 3 + m * 5 + position) % 9}.{n}0",
                    "added_price": f"1.{m}0",
                }
                for position, prefix in enumerate(["", *provinces])
            ]
            content = {"name": f"{carrier.code} {house.code}", "carrier": carrier.id, "warehouse": house.id}
            save_rule("freight", {**content, "rates": rates}, author_id=None)


def _make_routing(shops: list[Shop], houses: list[Warehouse], carriers: list[Carrier]) -> None:
    for n, shop in enumerate(shops[:10]):
        RoutingRule.objects.create(
            name=f"{shop.code} 华南",
            kind="warehouse",
            warehouse=houses[n % WAREHOUSES],
            shops=[shop.id],
            regions=["44"],
            priority=n,
        )
    RoutingRule.objects.create(name="最便宜", kind="warehouse", choice="cheapest", may_split=True, priority=90)
    RoutingRule.objects.create(name="到付", kind="carrier", carrier=carriers[0], payment="cod", priority=1)
    RoutingRule.objects.create(name="重货", kind="carrier", carrier=carriers[1], min_weight_g=15_000, priority=2)
    RoutingRule.objects.create(name="最便宜", kind="carrier", choice="cheapest", priority=90)


def _make_policies() -> None:
    """Half for each audit; the last one lets everything pass, those before it look at what it is dear to look at."""
    refusing: tuple[list[dict[str, Any]], ...] = (
        [{"kind": "amount", "min": "900"}],
        [{"kind": "margin", "least": "95", "unit": "percent"}],
        [{"kind": "category", "mode": "only", "categories": ["类目不存在"]}],
        [{"kind": "quantity", "min": 90}],
        [{"kind": "message", "mode": "contains", "words": ["加急", "礼物"]}],
        [{"kind": "region", "mode": "in", "regions": ["54"]}],
        [{"kind": "first_time", "wanted": False}],
        [{"kind": "weight", "min": 90_000}],
    )
    for audit in ApprovalPolicy.Audit.values:
        kinds = itertools.cycle(refusing)
        for rank in range(POLICIES // 2 - 1):
            ApprovalPolicy.objects.create(
                name=f"{audit} {rank}",
                audit=audit,
                priority=rank,
                allow_message=True,
                allow_memo=True,
                conditions=next(kinds),
            )
        ApprovalPolicy.objects.create(
            name="其余",
            audit=audit,
            priority=99,
            allow_message=True,
            allow_memo=True,
            conditions=[{"kind": "blacklist"}],
        )


def _make_campaign(skus: list[int]) -> None:
    campaign = save_campaign(
        None, name="双11", starts_at=BEGIN - dt.timedelta(days=1), ends_at=BEGIN + dt.timedelta(days=400), actor_id=None
    )
    for n in range(10):
        gift = {"choice": "all", "pick": 1, "gifts": [[skus[1900 + n], 1]]}
        scheme = {
            "campaign": campaign.pk,
            "name": f"方案{n}",
            "priority": n,
            "kind": "quantity_reached" if n % 2 else "amount_reached",
            "scope": {"categories": [f"类目{n}"]},
            "tiers": [{"threshold": "3" if n % 2 else "30", **gift}],
            "total_limit": 1000 if n == 0 else None,
            "buyer_limit": 5 if n == 1 else None,
        }
        save_scheme(scheme, scheme_id=None, actor_id=None)
    go_live(campaign.pk, actor_id=None)


PLACES = (
    ("浙江省", "杭州市", "西湖区", "330106"),
    ("广东省", "深圳市", "南山区", "440305"),
    ("四川省", "成都市", "武侯区", "510107"),
    ("湖北省", "武汉市", "洪山区", "420111"),
    ("江苏省", "南京市", "鼓楼区", "320106"),
    ("山东省", "济南市", "历下区", "370102"),
    ("河南省", "郑州市", "金水区", "410105"),
    ("福建省", "厦门市", "思明区", "350203"),
    ("湖南省", "长沙市", "岳麓区", "430104"),
    ("广东省", "广州市", "天河区", "440106"),
)
PLACES_CODES = frozenset(place[3] for place in PLACES)


def make_pages(trades: int) -> Iterator[list[ReceivedTrade]]:
    """Trades in pages, page by page for another shop: of a hundred ten sell a bundle, three are too heavy, five go with another."""
    for start in range(0, trades, PAGE):
        yield [_trade(n) for n in range(start, min(start + PAGE, trades))]


def is_heavy(n: int) -> bool:
    """Whether the trade becomes two parcels."""
    return n % 100 in (13, 46, 79)


def joins(n: int) -> bool:
    """Whether the trade's buyer is the one of the trade before."""
    return n % 40 == 21


def _trade(n: int) -> ReceivedTrade:
    who = n - 1 if joins(n) else n
    province, city, district, _code = PLACES[who % len(PLACES)]
    paid = BEGIN + dt.timedelta(seconds=n)
    lines = (_line(n, 1), _line(n, 2))
    goods = sum((line.paid for line in lines), Decimal(0))
    document = TradeDocument(
        trade_no=f"{7_000_000_000_000_000_000 + n}",
        modified=paid,
        status=TradeStatus.PAID,
        payment_kind="online",
        created=paid - dt.timedelta(minutes=2),
        paid_at=paid,
        goods_amount=goods,
        discount_amount=Decimal(0),
        post_fee=Decimal("6.00"),
        paid_amount=goods + Decimal("6.00"),
        receiver=TradeReceiver(f"收货人{who}", f"1{who:010d}", f"文三路{who}号", province, city, district),
        lines=lines,
        buyer_nick=f"buyer{who}",
        buyer_id=str(who),
        buyer_message="发顺丰" if n % 20 == 7 else "",
    )
    return ReceivedTrade(document, orjson.dumps(to_json(document)))


def _line(n: int, position: int) -> TradeLine:
    # Two lines of a trade never name the same SKU, and neighbouring trades meet on the same rows now and then.
    number = (n * 7 + position * 997) % SKUS
    if number % 100 == 99:
        number -= 1
    price, units, code = Decimal("10.00"), n % 3 + 1, f"SKU{number:05d}"
    if position == 1 and is_heavy(n):
        code, units = f"SKU{n % 20 * 100 + 99:05d}", 2
    elif position == 1 and n % 10 == 3:
        code, price = f"SET{n % BUNDLES:05d}", Decimal("25.00")
    return TradeLine(
        oid=f"{n}-{position}",
        item_id=f"item{code}",
        sku_id=f"sku{code}",
        item_code="P",
        sku_code=code,
        title=f"商品 {code}",
        spec="标准",
        quantity=units,
        price=price,
        discount=Decimal(0),
        paid=price * units,
    )
