"""A database as it looks after years: a million orders of which a tenth is open, their lines, trades, receivers and shipments.

Made by the database itself, so that it takes minutes; a few receivers are the product's own, with sealed names that can be searched for.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from django.core.management import call_command

from oms.accounts.models import Staff
from oms.catalog.models import Barcode, Category, Product, Receiver, Shop, Sku
from oms.catalog.models.receiver import NAME_PURPOSE, PHONE_PURPOSE
from oms.core.crypto import blind_index
from orders.models import Order, OrderLine, Trade
from tests.bench.generate import generate, without_indexes
from tests.factories.staff import make_staff
from warehouse.models import Carrier, Shipment, Warehouse

SHOPS, WAREHOUSES, CARRIERS, SKUS = 30, 5, 8, 100_000
KNOWN = 20
"""Receivers whose names and phones are known, so that they can be searched for."""
OPEN_SHARE = 10
"""One order in so many is open."""
TABLES = (
    "orders_order",
    "orders_orderline",
    "orders_trade",
    "catalog_receiver",
    "catalog_sku",
    "catalog_product",
    "catalog_barcode",
    "warehouse_shipment",
)

ADJECTIVES = ["春季", "夏季", "秋冬", "加厚", "轻量", "真丝", "纯棉", "羊毛", "防水", "便携", "儿童", "通勤", "不锈钢"]
NOUNS = ["连衣裙", "衬衫", "运动鞋", "帆布包", "保温杯", "护手霜", "四件套", "耳机", "雨衣", "毛衣", "围巾", "台灯"]
COLOURS = ["红色", "米白", "墨绿", "藏青", "浅灰", "曜石黑", "雾蓝", "驼色"]
OPEN_STATES = [*["cs_review"] * 4, "exception", *["approved"] * 3, "finance_review", "presale"]


@dataclass(frozen=True, slots=True)
class Archive:
    """What can be searched for: the number of orders, a clerk who sees all, one who sees a third of the shops."""

    orders: int
    skus: int
    clerk: Staff
    limited: Staff

    def order_of(self, n: int, *, closed: bool) -> tuple[int, int]:
        """The place of the shop and of the carrier of an order that was paid with ¥100 to ¥500."""
        numbers = range(1, self.orders // 2) if closed else range(self.orders, self.orders * 91 // 100, -1)
        fitting = (k for k in numbers[n * 7 :] if 100 <= 10 + k * 37 % 990 <= 500 and k % len(CLOSED_STATES) < 17)
        number = next(fitting)
        return number % SHOPS, number // 5 % CARRIERS

    def product(self, n: int) -> str:
        """The end of a product's name, that of one alone."""
        number = n % (self.skus // 4) + 1
        return f"{NOUNS[number // 16 % len(NOUNS)]} {number}"

    def name(self, n: int) -> str:
        return f"收件人{n % KNOWN + 1}"

    def phone(self, n: int) -> str:
        return f"139{n % KNOWN + 1:08d}"


def make_archive(orders: int) -> Archive:
    """Fill an empty database."""
    skus = min(SKUS, max(orders // 10, 100))
    call_command("load_regions", verbosity=0, stdout=io.StringIO())
    shops = [Shop.objects.create(code=f"S{n:02d}", name=f"店铺{n}", platform="taobao") for n in range(SHOPS)]
    houses = [Warehouse.objects.create(code=f"W{n}", name=f"仓库{n}", priority=n) for n in range(WAREHOUSES)]
    carriers = [Carrier.objects.create(code=f"C{n}", name=f"快递{n}", priority=n) for n in range(CARRIERS)]
    clerk = make_staff("clerk", role="customer_service")
    limited = make_staff("limited", role="customer_service", shops=shops[::3])
    with without_indexes(TABLES):
        _make_goods(skus)
        _make_receivers(orders)
        _make_trades(orders, [shop.pk for shop in shops])
        _make_orders(orders, skus, [s.pk for s in shops], [w.pk for w in houses], [c.pk for c in carriers])
    return Archive(orders, skus, clerk, limited)


def _one_of(values: list[str] | list[int], by: str) -> str:
    """SQL that picks one of the values."""
    kind = "int[]" if isinstance(values[0], int) else "text[]"
    listed = ",".join(map(str, values))
    return f"(('{{{listed}}}'::{kind})[1 + ({by}) % {len(values)}])"


def _make_goods(skus: int) -> None:
    name = f"{_one_of(ADJECTIVES, 'n')} || {_one_of(NOUNS, 'n / 16')} || ' ' || n"
    generate(Category, 40, id="n", name="'类目' || n - 1", path="ARRAY[n]::bigint[]")
    generate(
        Product, skus // 4, id="n", code="'P' || n", name=name, category="'类目' || n % 40", brand="'品牌' || n % 60"
    )
    spec = f"{_one_of(COLOURS, 'n')} || ' / ' || n % 7"
    product = f"1 + (n - 1) % {skus // 4}"
    generate(
        Sku, skus, id="n", code="'SKU' || lpad(n::text, 6, '0')", product_id=product, spec=spec, price="10 + n % 90"
    )
    generate(Barcode, skus, code="'69' || lpad(n::text, 11, '0')", sku_id="n")


def _make_receivers(count: int) -> None:
    """One for every order; the first few hold what is sealed, the others only indexes as long as real ones."""
    made = [
        Receiver(
            id=n,
            name=f"收件人{n}",
            phone=f"139{n:08d}",
            name_index=blind_index(f"收件人{n}", NAME_PURPOSE),
            phone_index=blind_index(f"139{n:08d}", PHONE_PURPOSE),
            name_masked="收**",
            phone_masked=f"139****{n:04d}",
            province="浙江省",
            city="杭州市",
            district="西湖区",
        )
        for n in range(1, KNOWN + 1)
    ]
    Receiver.objects.bulk_create(made)
    generate(
        Receiver,
        count,
        id=f"{KNOWN} + n",
        name_index="decode(md5('n' || n / 3), 'hex')",
        phone_index="decode(md5('p' || n / 2), 'hex')",
        address_index="decode(md5('a' || n / 2), 'hex')",
        name_masked="'张**'",
        phone_masked="'138****' || lpad((n % 10000)::text, 4, '0')",
        province="'浙江省'",
        city="'杭州市'",
        district="'西湖区'",
    )


def _receiver(orders: int) -> str:
    """Each known receiver has a few orders, all over the years."""
    return (
        f"CASE WHEN n % {max(orders // 100, 1)} = 0 THEN 1 + n / {max(orders // 100, 1)} % {KNOWN} ELSE {KNOWN} + n END"
    )


def _make_trades(count: int, shops: list[int]) -> None:
    generate(
        Trade,
        count,
        id="n",
        shop_id=_one_of(shops, "n"),
        trade_no="(7000000000000000000 + n)::text",
        digest="decode(md5(n::text), 'hex')",
        status="'paid'",
        state="'settled'",
        document="'{\"lines\": []}'",
        receiver_id=_receiver(count),
        paid_at=_moment(count),
    )


def _moment(count: int) -> str:
    """One order a minute, the last one now."""
    return f"now() - ({count} - n) * interval '1 minute'"


def _make_orders(count: int, skus: int, shops: list[int], houses: list[int], carriers: list[int]) -> None:
    made = _moment(count)
    # Open orders are the newest, with an old one that was forgotten here and there.
    opened = f"(n > {count - count // OPEN_SHARE * 98 // 100} OR n % {max(OPEN_SHARE * 50, 1)} = 0)"
    state = f"CASE WHEN {opened} THEN {_one_of(OPEN_STATES, 'n')} ELSE {_one_of(CLOSED_STATES, 'n')} END"
    generate(
        Order,
        count,
        id="n",
        no="'SO2611' || lpad(n::text, 10, '0')",
        shop_id=_one_of(shops, "n"),
        origin_trade_id="n",
        trade_no="(7000000000000000000 + n)::text",
        state=state,
        exceptions=f"CASE WHEN {opened} AND {_one_of(OPEN_STATES, 'n')} = 'exception' THEN "
        "'{out_of_stock}'::varchar[] ELSE '{}'::varchar[] END",
        buyer_nick=f"'buyer' || n % {max(count * 3 // 4, 1)}",
        buyer_id=f"'b' || n % {max(count * 3 // 4, 1)}",
        receiver_id=_receiver(count),
        region_id=_one_of(list(REGIONS), "n / 7"),
        region_name="'浙江 杭州 西湖'",
        warehouse_id=_one_of(houses, "n / 3"),
        carrier_id=_one_of(carriers, "n / 5"),
        goods_amount=_PAID,
        paid_amount=_PAID,
        quantity="1 + n % 4",
        line_count="2",
        weight_g="300 * (1 + n % 4)",
        freight_estimate="6.50",
        summary=f"{_one_of(ADJECTIVES, 'n')} || {_one_of(NOUNS, 'n / 16')} || ' ' || {_one_of(COLOURS, 'n')}",
        buyer_message="CASE WHEN n % 20 = 7 THEN '请尽快发货' ELSE '' END",
        seller_memo="CASE WHEN n % 30 = 4 THEN '老客户，加送小样' ELSE '' END",
        flag="CASE WHEN n % 9 = 0 THEN 1 + n % 5 ELSE 0 END",
        placed_at=made,
        paid_at=made,
        ship_by=f"{made} + interval '48 hours'",
        approved_at=made,
        shipped_at=f"CASE WHEN {opened} THEN NULL ELSE {made} END",
        posted=f"NOT {opened}",
        created_at=made,
    )
    for position in (1, 2):
        sku = f"1 + (n::bigint * 7 + {position * 997}) % {skus}"
        generate(
            OrderLine,
            count,
            order_id="n",
            position=str(position),
            trade_id="n",
            oid=f"n || '-{position}'",
            sku_id=sku,
            sku_code=f"'SKU' || lpad(({sku})::text, 6, '0')",
            title=f"{_one_of(ADJECTIVES, 'n')} || {_one_of(NOUNS, 'n / 16')}",
            quantity="1",
            price="10",
            amount="10",
        )
    generate(
        Shipment,
        count,
        no="'SH2611' || lpad(n::text, 10, '0')",
        order_id="n",
        order_no="'SO2611' || lpad(n::text, 10, '0')",
        shop_id=_one_of(shops, "n"),
        warehouse_id=_one_of(houses, "n / 3"),
        carrier_id=_one_of(carriers, "n / 5"),
        receiver_id=_receiver(count),
        state=f"CASE WHEN {opened} THEN 'released' ELSE 'shipped' END",
        waybill_no=f"CASE WHEN {opened} THEN '' ELSE 'YT' || lpad(n::text, 13, '0') END",
        quantity="2",
        ship_by=f"{made} + interval '48 hours'",
        shipped_at=f"CASE WHEN {opened} THEN NULL ELSE {made} END",
    )


_PAID = "10 + n * 37 % 990"
CLOSED_STATES = ["completed"] * 17 + ["shipped", "shipped", "cancelled"]
REGIONS = ("330106", "440305", "510107", "420111", "320106", "370102", "410105", "350203", "430104", "440106")
