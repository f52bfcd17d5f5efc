"""What the pipeline's measurement needs: goods, stock, rules, and trades as a connector would bring them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import orjson

from oms.catalog.models import Product, Region, Shop, Sku
from orders.models import ApprovalPolicy, RoutingRule
from orders.trades.document import ReceivedTrade, TradeDocument, TradeLine, TradeReceiver, TradeStatus, to_json
from warehouse.models import Carrier, StockMove, Warehouse
from warehouse.stock import Move, receive

SKUS = 2000
PLACES = (
    ("330000", "浙江省", "330100", "杭州市", "330106", "西湖区"),
    ("440000", "广东省", "440300", "深圳市", "440305", "南山区"),
)
BEGIN = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
PAGE = 1000


def make_world(trades: int) -> Shop:
    """A shop, two warehouses with stock for everything, and rules by which every trade passes."""
    for province, name, city, city_name, district, district_name in PLACES:
        Region.objects.create(code=province, name=name, level=1)
        Region.objects.create(code=city, name=city_name, level=2, parent_id=province)
        Region.objects.create(code=district, name=district_name, level=3, parent_id=city)
    shop = Shop.objects.create(code="BENCH", name="Bench", platform="taobao")
    product = Product.objects.create(code="P", name="商品")
    skus = Sku.objects.bulk_create(
        Sku(product=product, code=f"SKU{n:05d}", spec="标准", price=10, cost=5, weight_g=300) for n in range(SKUS)
    )
    houses = [Warehouse.objects.create(code=code, name=code) for code in ("EAST", "SOUTH")]
    carrier = Carrier.objects.create(code="ZTO", name="中通快递")
    receive([Move(w.id, sku.id, trades * 10) for w in houses for sku in skus], StockMove.Kind.OPENING)
    for house, place in zip(houses, PLACES, strict=True):
        RoutingRule.objects.create(name=house.code, kind="warehouse", warehouse=house, regions=[place[0][:2]])
    RoutingRule.objects.create(name="all", kind="carrier", carrier=carrier)
    for audit in ApprovalPolicy.Audit.values:
        ApprovalPolicy.objects.create(name="all", audit=audit, allow_message=True, allow_memo=True)
    return shop


def make_pages(trades: int) -> Iterator[list[ReceivedTrade]]:
    """Trades of two lines, each with a receiver of its own, in pages."""
    for start in range(0, trades, PAGE):
        yield [_trade(n) for n in range(start, min(start + PAGE, trades))]


def _trade(n: int) -> ReceivedTrade:
    _, province, _, city, _, district = PLACES[n % len(PLACES)]
    paid = BEGIN + dt.timedelta(seconds=n)
    lines = tuple(_line(n, position) for position in (1, 2))
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
        receiver=TradeReceiver(f"收货人{n}", f"1{n:010d}", f"文三路{n}号", province, city, district),
        lines=lines,
        buyer_nick=f"buyer{n}",
        buyer_id=str(n),
    )
    return ReceivedTrade(document, orjson.dumps(to_json(document)))


def _line(n: int, position: int) -> TradeLine:
    # Two lines of a trade never name the same SKU, and neighbouring trades meet on the same rows now and then.
    number = (n * 7 + position * 997) % SKUS
    price = Decimal("10.00")
    units = n % 3 + 1
    code = f"SKU{number:05d}"
    return TradeLine(
        oid=f"{n}-{position}",
        item_id=f"item{number}",
        sku_id=f"sku{number}",
        item_code="P",
        sku_code=code,
        title=f"商品 {number}",
        spec="标准",
        quantity=units,
        price=price,
        discount=Decimal(0),
        paid=price * units,
    )
