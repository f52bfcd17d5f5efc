"""A small company with a day's trades: believable Chinese orders in every state, made by the product's own way.

Trades are taken in, the pipeline decides, people audit. The same number of trades gives the same company, but for its times,
which lie before now.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import orjson
from django.utils import timezone

from oms.catalog.models import Product, Region, Shop, Sku
from oms.catalog.regions import region_index
from orders.models import ApprovalPolicy, Order, RoutingRule
from orders.pipeline import process_due
from orders.trades.document import (
    ReceivedTrade,
    RefundState,
    RejectedDocument,
    TradeDocument,
    TradeLine,
    TradeReceiver,
    TradeStatus,
    to_json,
)
from orders.trades.intake import store_trades
from warehouse.models import Carrier, StockBalance, StockMove, Warehouse, WaybillRange
from warehouse.stock import Move, receive

REGIONS = (
    ("330000", "浙江省", None, 1), ("330100", "杭州市", "330000", 2), ("330106", "西湖区", "330100", 3),
    ("330110", "余杭区", "330100", 3), ("310000", "上海市", None, 1), ("310100", "上海市", "310000", 2),
    ("310115", "浦东新区", "310100", 3), ("440000", "广东省", None, 1), ("440300", "深圳市", "440000", 2),
    ("440305", "南山区", "440300", 3), ("510000", "四川省", None, 1), ("510100", "成都市", "510000", 2),
    ("510107", "武侯区", "510100", 3), ("420000", "湖北省", None, 1), ("420100", "武汉市", "420000", 2),
    ("420111", "洪山区", "420100", 3), ("110000", "北京市", None, 1), ("110100", "北京市", "110000", 2),
    ("110105", "朝阳区", "110100", 3), ("650000", "新疆维吾尔自治区", None, 1),
    ("650100", "乌鲁木齐市", "650000", 2), ("650102", "天山区", "650100", 3),
)  # fmt: skip
PLACES = (
    ("浙江省", "杭州市", "余杭区", "文一西路 969 号 3 幢 502"), ("上海市", "上海市", "浦东新区", "张杨路 500 弄 12 号 1801"),
    ("广东省", "深圳市", "南山区", "科苑南路 3099 号 B 座"), ("四川省", "成都市", "武侯区", "天府大道中段 688 号 7-2"),
    ("湖北省", "武汉市", "洪山区", "珞喻路 1037 号 南二舍 411"), ("北京市", "北京市", "朝阳区", "建国路 93 号 万达 8 号楼"),
    ("新疆维吾尔自治区", "乌鲁木齐市", "天山区", "新华南路 808 号 2 单元"), ("浙江省", "杭州市", "西湖区", "文三路 478 号 1-1203"),
)  # fmt: skip
NAMES = ("张晓燕", "李建国", "王秀英", "陈思远", "刘洋", "欧阳若曦", "赵敏", "黄志强", "周婷", "吴磊", "孙悦", "何静怡")
NICKS = (
    "t_小鹿8",
    "山有木兮",
    "jing_m",
    "momo酱",
    "北方的狼07",
    "糯米团子",
    "tb3389021",
    "阿拉蕾er",
    "海边的卡夫卡",
    "lily_1024",
)
GOODS = (
    ("LYQ", "春季碎花连衣裙", ("红色 / M", "红色 / L", "藏青 / L"), "178.00"), ("FBB", "大容量帆布包", ("米白", "墨绿"), "59.00"),
    ("CSZ", "真丝衬衫 通勤款", ("白色 / S", "白色 / M"), "239.00"), ("YDX", "轻量缓震运动鞋", ("黑 42", "灰 41"), "312.00"),
    ("BWB", "316 不锈钢保温杯 500ml", ("雾蓝", "象牙白"), "86.40"), ("HSS", "护手霜 30g 三支装", ("玫瑰",), "39.90"),
    ("SJT", "全棉床品四件套 1.8m", ("浅灰", "豆绿"), "299.70"), ("LYE", "主动降噪蓝牙耳机", ("曜石黑",), "204.90"),
    ("YRY", "儿童加绒雨衣", ("黄 / 110", "蓝 / 120"), "110.10"), ("YMS", "羊毛衫 圆领", ("灰 / M", "驼 / L"), "328.50"),
)  # fmt: skip
MESSAGES = ("请发顺丰，周五前到", "送人的，不要放价格单", "放门卫，谢谢", "能写一张生日卡吗")
MEMOS = ("老客户，加送小样", "买家改地址，已在平台改好", "客服已确认尺码 L")


@dataclass(frozen=True, slots=True)
class BusyCompany:
    """Who and what there is."""

    shops: tuple[Shop, ...]
    warehouse: Warehouse
    far_warehouse: Warehouse
    carriers: tuple[Carrier, ...]
    skus: tuple[Sku, ...]

    def orders(self, state: str) -> list[int]:
        """The ids of the orders in a state, oldest first."""
        return list(Order.objects.filter(state=state).order_by("id").values_list("id", flat=True))


def make_busy_company(stock: int = 400) -> BusyCompany:
    """Two shops, two warehouses, three carriers, goods with stock at the first warehouse, rules, and policies for small orders."""
    regions = (Region(code=c, name=n, parent_id=p, level=level) for c, n, p, level in REGIONS)
    Region.objects.bulk_create(regions, ignore_conflicts=True)
    region_index.cache_clear()
    shops = (
        Shop.objects.create(code="MD", name="棉朵旗舰店", platform="taobao"),
        Shop.objects.create(code="SY", name="拾雨生活馆", platform="taobao", ship_within_hours=24),
    )
    near = Warehouse.objects.create(code="HZ", name="杭州仓")
    far = Warehouse.objects.create(code="CD", name="成都仓")
    carriers = tuple(
        Carrier.objects.create(code=code, name=name, cash_on_delivery=code == "SF")
        for code, name in (("SF", "顺丰"), ("YTO", "圆通"), ("ZTO", "中通"))
    )
    WaybillRange.objects.bulk_create(
        WaybillRange(carrier=carrier, prefix=carrier.code, next=10_000_001, last=99_999_999) for carrier in carriers
    )
    skus = [
        Sku.objects.create(
            product=product,
            code=f"{code}-{number + 1:02d}",
            spec=spec,
            price=Decimal(price),
            weight_g=180 + number * 140,
        )
        for code, name, specs, price in GOODS
        for product in [Product.objects.create(code=code, name=name)]
        for number, spec in enumerate(specs)
    ]
    receive([Move(near.id, sku.id, stock) for sku in skus], StockMove.Kind.OPENING)
    StockBalance.objects.filter(sku=skus[3]).update(safety=stock - 6)
    _make_rules(near, far, carriers)
    return BusyCompany(shops, near, far, carriers, tuple(skus))


def _make_rules(near: Warehouse, far: Warehouse, carriers: Sequence[Carrier]) -> None:
    kind, payment = RoutingRule.Kind, RoutingRule.Payment
    RoutingRule.objects.create(name="西部由成都发", kind=kind.WAREHOUSE, priority=10, regions=["65"], warehouse=far)
    RoutingRule.objects.create(name="默认杭州仓", kind=kind.WAREHOUSE, warehouse=near)
    RoutingRule.objects.create(
        name="货到付款走顺丰", kind=kind.CARRIER, priority=5, payment=payment.COD, carrier=carriers[0]
    )
    RoutingRule.objects.create(
        name="江浙沪圆通", kind=kind.CARRIER, priority=10, regions=["31", "33"], carrier=carriers[1]
    )
    RoutingRule.objects.create(name="其余中通", kind=kind.CARRIER, carrier=carriers[2])
    policy = ApprovalPolicy.Audit
    ApprovalPolicy.objects.create(name="小额免审", audit=policy.CUSTOMER_SERVICE, max_amount=Decimal(260))
    ApprovalPolicy.objects.create(
        name="千元以下免财审", audit=policy.FINANCE, max_amount=Decimal(600), allow_message=True, allow_memo=True
    )


def take_trades(company: BusyCompany, count: int, *, seed: int = 7) -> None:
    """Take in ``count`` trades, paid in the last two days, and let the pipeline decide about them."""
    dice = random.Random(seed)
    now = timezone.now()
    for position, shop in enumerate(company.shops):
        mine = range(position, count, len(company.shops))
        documents = [_document(dice, number, now, company.skus) for number in mine]
        store_trades(shop, [ReceivedTrade(document, orjson.dumps(to_json(document))) for document in documents])
    process_due()


def reject_trade(company: BusyCompany, trade_no: str = "4000999911112222") -> None:
    """A trade that cannot be understood."""
    rejected = RejectedDocument(
        trade_no, b'{"tid": "4000999911112222"}', "missing_payment", "没有实付金额（payment）。"
    )
    store_trades(company.shops[0], [], [rejected])


def _document(dice: random.Random, number: int, now: dt.datetime, skus: Sequence[Sku]) -> TradeDocument:
    paid_at = now - dt.timedelta(minutes=dice.randint(3, 47 * 60 + 40))
    trade_no = f"4{2611240000000 + number * 7919 + dice.randint(0, 999):013d}{dice.randint(10, 99)}"
    lines = [_line(dice, f"{trade_no}{place}", sku) for place, sku in enumerate(_basket(dice, skus))]
    if number % 29 == 3:
        lines[0] = _line(dice, lines[0].oid, None)
    if number % 23 == 5:
        lines[0] = _with_refund(lines[0])
    province, city, district, address = dice.choice(PLACES)
    goods = sum((line.price * line.quantity for line in lines), Decimal(0))
    discount = sum((line.discount for line in lines), Decimal(0))
    postage = Decimal("8.00") if goods < 60 else Decimal("0.00")
    return TradeDocument(
        trade_no=trade_no,
        modified=paid_at,
        status=TradeStatus.PAID,
        payment_kind="cod" if number % 17 == 8 else "online",
        created=paid_at - dt.timedelta(minutes=dice.randint(1, 20)),
        paid_at=paid_at,
        goods_amount=goods,
        discount_amount=discount,
        post_fee=postage,
        paid_amount=goods - discount + postage,
        receiver=TradeReceiver(
            name=dice.choice(NAMES),
            phone=f"13{dice.randint(100_000_000, 999_999_999)}",
            address=address,
            province=province,
            city=city,
            district=district,
        ),
        lines=tuple(lines),
        buyer_nick=dice.choice(NICKS),
        buyer_message=dice.choice(MESSAGES) if number % 6 == 1 else "",
        seller_memo=dice.choice(MEMOS) if number % 9 == 4 else "",
        flag=dice.randint(1, 5) if number % 9 == 4 else 0,
    )


def _basket(dice: random.Random, skus: Sequence[Sku]) -> list[Sku]:
    return dice.sample(list(skus), dice.choice((1, 1, 1, 2, 2, 3)))


def _line(dice: random.Random, oid: str, sku: Sku | None) -> TradeLine:
    quantity = dice.choice((1, 1, 1, 2, 3))
    price = sku.price if sku else Decimal("128.00")
    discount = (price * quantity * dice.choice((0, 0, 5, 10)) / 100).quantize(Decimal("0.01"))
    return TradeLine(
        oid=oid,
        item_id=f"69{sku.product_id if sku else 999:08d}",
        sku_id=f"50{sku.id if sku else 999:08d}",
        item_code="",
        sku_code=sku.code if sku else "XK-2026",
        title=sku.product.name if sku else "新款针织开衫 秋季上新",
        spec=sku.spec if sku else "燕麦色 / 均码",
        quantity=quantity,
        price=price,
        discount=discount,
        paid=price * quantity - discount,
    )


def _with_refund(line: TradeLine) -> TradeLine:
    return replace(line, refund=RefundState.REQUESTED)
