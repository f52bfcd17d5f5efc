"""Every field of ``orders.filtering`` against the same question asked in Python over a small company's orders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oms.accounts.models import Staff
from oms.catalog.models import Product, Region
from oms.core.errors import UnableTo
from oms.core.numbering import BUSINESS_ZONE
from orders.filtering.base import ALONE, Op
from orders.filtering.cases import DEADLINES
from orders.filtering.fields import FIELDS
from orders.filtering.matching import STAGES, make_asker, orders_matching
from orders.models import Department, Order, OrderLine, OrderTag
from promotions.models import Campaign, Scheme
from tests.factories.busy import BusyCompany, make_busy_company, take_trades
from tests.factories.catalog import make_category
from tests.factories.staff import make_staff

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Row:
    """An order with its lines, as Python sees it."""

    order: Order
    lines: tuple[OrderLine, ...]

    @property
    def own(self) -> tuple[OrderLine, ...]:
        return tuple(line for line in self.lines if not line.is_gift)

    @property
    def skus(self) -> set[str]:
        return {code for line in self.lines for code in _codes(line)}

    def hours_left(self, now: dt.datetime) -> float:
        """Until the promise falls due; far beyond every bound without one."""
        return -1e9 if self.order.ship_by is None else (self.order.ship_by - now) / HOUR

    def within(self, name: str, since: dt.datetime | None, until: dt.datetime | None) -> bool:
        at = getattr(self.order, name)
        return at is not None and (since is None or at >= since) and (until is None or at < until)


def _codes(line: OrderLine) -> set[str]:
    return {sku.code for sku in (line.sku, line.bundle_sku) if sku is not None}


def _categories(line: OrderLine) -> set[str]:
    return {sku.product.category_id or "" for sku in (line.sku, line.bundle_sku) if sku is not None}


@dataclass(frozen=True, slots=True)
class World:
    company: BusyCompany
    staff: Staff
    seller: Staff
    department: Department
    scheme: Scheme
    rows: tuple[Row, ...]
    now: dt.datetime
    """Three in the afternoon of today: a day has the same hours whenever the tests run."""


@pytest.fixture
def world(db: None) -> World:
    """Forty orders that differ in everything one can ask for; each kind of difference at least once, none everywhere."""
    company = make_busy_company()
    take_trades(company, 40)
    seller = make_staff("seller", display_name="陈思")
    department = Department.objects.create(code="D1", name="电商一部")
    now = timezone.now().astimezone(BUSINESS_ZONE).replace(hour=15, minute=0, second=0, microsecond=0)
    campaign = Campaign.objects.create(name="双十二满赠", starts_at=now - 24 * HOUR, ends_at=now + 24 * HOUR)
    scheme = Scheme.objects.create(campaign=campaign, name="满 200 赠帆布包", kind=Scheme.Kind.choices[0][0])
    Product.objects.filter(code__in=["LYQ", "CSZ", "YMS"]).update(category=make_category("女装"))
    Product.objects.filter(code__in=["FBB", "YDX"]).update(category=make_category("鞋包"))
    open_ids = list(
        Order.objects.filter(state__in=["exception", "cs_review", "approved"])
        .order_by("id")
        .values_list("id", flat=True)
    )
    _vary(open_ids, seller, department, now)
    _add_lines(open_ids, company, scheme)
    lines: dict[int, list[OrderLine]] = {}
    for line in OrderLine.objects.select_related("sku__product", "bundle_sku__product").order_by("position"):
        lines.setdefault(line.order_id, []).append(line)
    orders = Order.objects.select_related("receiver", "shop").order_by("id")
    rows = tuple(Row(order, tuple(lines[order.pk])) for order in orders if order.state in STAGES[1:6])
    return World(company, make_staff(role="customer_service"), seller, department, scheme, rows, now)


def _vary(ids: list[int], seller: Staff, department: Department, now: dt.datetime) -> None:
    def change(every: int, at: int, **values: object) -> None:
        Order.objects.filter(id__in=ids[at::every]).update(**values)

    change(3, 0, department=department, business_type="wholesale")
    change(4, 1, salesperson=seller)
    change(5, 2, urgent=True)
    change(6, 1, held=True)
    change(7, 3, intercepted=True, intercept_reason="买家申请退款")
    change(5, 1, invoice_title="杭州某某有限公司")
    change(6, 2, origin=Order.Origin.MERGE)
    change(6, 4, origin=Order.Origin.BOX)
    change(6, 5, origin=Order.Origin.IMPORT)
    change(8, 5, presale_until=now + 48 * HOUR)
    change(9, 4, region=None, region_name="")
    change(9, 5, paid_at=None)
    change(9, 3, paid_at=now - 2 * HOUR, ship_by=now + 3 * HOUR)
    change(9, 8, paid_at=now - 20 * HOUR, ship_by=now + 20 * HOUR)
    change(9, 6, ship_by=None)
    change(9, 7, ship_by=now - HOUR)
    change(11, 2, placed_at=now - 20 * 24 * HOUR, seller_memo="不急，可以慢慢发，PLEASE")
    change(10, 3, attention=["memo_after_audit"])
    change(5, 3, internal_note="等仓库回复", tags=[OrderTag.objects.get_or_create(name="老客户")[0].pk])
    change(4, 2, buyer_id="b1")
    change(7, 4, buyer_id="b2")
    change(13, 6, buyer_id="b3")


def _add_lines(ids: list[int], company: BusyCompany, scheme: Scheme) -> None:
    def gift(order_id: int, scheme_id: int | None) -> OrderLine:
        sku = company.skus[3]
        zero = Decimal(0)
        return OrderLine(
            order_id=order_id,
            position=90,
            sku=sku,
            title="赠品",
            quantity=1,
            price=zero,
            amount=zero,
            is_gift=True,
            gift_scheme_id=scheme_id,
        )

    OrderLine.objects.bulk_create([gift(order_id, scheme.pk) for order_id in ids[::5]])
    OrderLine.objects.bulk_create([gift(order_id, None) for order_id in ids[1::5]])
    for order_id in ids[2::7]:
        line = OrderLine.objects.filter(order_id=order_id, is_gift=False)[0]
        OrderLine.objects.filter(pk=line.pk).update(
            bundle_sku=company.skus[0], bundle_quantity=1, bundle_each=line.quantity, bundle_price=line.price
        )


Fits = Callable[[Row], bool]


def _cases(world: World) -> list[tuple[str, str, Fits]]:
    """A field (with its operator), a value, and what it means."""
    now = world.now
    midnight = now - 15 * HOUR
    day = midnight - 24 * HOUR
    shop, far, carrier = world.company.shops[1], world.company.far_warehouse, world.company.carriers[0]
    order = next(row.order for row in world.rows if row.order.region_id and row.order.paid_at)
    phone, name = order.receiver.phone, order.receiver.name
    numbers = [row.order.trade_no for row in world.rows[3:6]]
    cents = order.paid_amount
    earlier = {
        row.order.pk: any(
            other.order.buyer_id == row.order.buyer_id and other.order.pk < row.order.pk for other in world.rows
        )
        for row in world.rows
    }
    return [
        ("q", order.no.lower(), lambda row: row.order.no == order.no),
        ("q", order.buyer_nick[1:], lambda row: order.buyer_nick[1:] in row.order.buyer_nick),
        ("state", "exception", lambda row: row.order.state == "exception"),
        ("state", "exception,approved", lambda row: row.order.state in {"exception", "approved"}),
        ("shop", str(shop.pk), lambda row: row.order.shop_id == shop.pk),
        ("warehouse", str(far.pk), lambda row: row.order.warehouse_id == far.pk),
        ("warehouse", f"none,{far.pk}", lambda row: row.order.warehouse_id in {None, far.pk}),
        ("carrier", str(carrier.pk), lambda row: row.order.carrier_id == carrier.pk),
        ("payment", "cod", lambda row: row.order.payment_kind == "cod"),
        ("business", "wholesale", lambda row: row.order.business_type == "wholesale"),
        ("business", "none", lambda row: row.order.business_type == ""),
        ("department", str(world.department.pk), lambda row: row.order.department_id == world.department.pk),
        ("salesperson", "none", lambda row: row.order.salesperson_id is None),
        ("salesperson", str(world.seller.pk), lambda row: row.order.salesperson_id == world.seller.pk),
        ("origin", "merge", lambda row: row.order.origin == "merge"),
        ("origin", "entered", lambda row: row.order.origin == "import"),
        ("origin", "split", lambda row: row.order.origin == "box"),
        ("presale", "yes", lambda row: row.order.presale_until is not None),
        ("urgent", "yes", lambda row: row.order.urgent),
        ("urgent", "no", lambda row: not row.order.urgent),
        ("held", "yes", lambda row: row.order.held),
        ("intercepted", "yes", lambda row: row.order.intercepted),
        ("deadline", "24", lambda row: 16 <= row.hours_left(now) < 24),
        ("deadline", "late", lambda row: -1e8 < row.hours_left(now) < 0),
        ("reason", "unmatched_listing", lambda row: "unmatched_listing" in row.order.exceptions),
        (
            "reason",
            "refund_requested,memo_after_audit",
            lambda row: bool({"refund_requested", "memo_after_audit"} & {*row.order.exceptions, *row.order.attention}),
        ),
        ("hint", "attention", lambda row: bool(row.order.attention)),
        ("hint", "message,memo", lambda row: bool(row.order.buyer_message or row.order.seller_memo)),
        ("trade", "\n".join(numbers), lambda row: row.order.trade_no in numbers),
        ("no", " ".join([order.no, "X0"]), lambda row: row.order.no == order.no),
        ("sku", "LYQ-01,FBB-01", lambda row: bool(row.skus & {"LYQ-01", "FBB-01"})),
        ("product", "FBB", lambda row: any(code.startswith("FBB") for code in row.skus)),
        ("category", "女装", lambda row: any("女装" in _categories(line) for line in row.lines)),
        ("title", "连衣裙", lambda row: "连衣裙" in row.order.summary),
        ("basket", "one", lambda row: row.order.quantity == 1),
        ("basket", "same", lambda row: row.order.quantity > 1 and row.order.line_count == 1),
        ("basket", "mixed", lambda row: row.order.line_count > 1),
        ("gift", "some", lambda row: any(line.is_gift for line in row.lines)),
        ("gift", "none", lambda row: not any(line.is_gift for line in row.lines)),
        ("gift", "campaign", lambda row: any(line.gift_scheme_id for line in row.lines)),
        ("gift", "hand", lambda row: any(line.is_gift and not line.gift_scheme_id for line in row.lines)),
        ("campaign", str(world.scheme.campaign_id), lambda row: any(line.gift_scheme_id for line in row.lines)),
        ("scheme", str(world.scheme.pk), lambda row: any(line.gift_scheme_id for line in row.lines)),
        ("paid", "200..500", lambda row: 200 <= row.order.paid_amount <= 500),
        ("paid", "..300.50", lambda row: row.order.paid_amount <= Decimal("300.50")),
        ("paid", str(cents), lambda row: row.order.paid_amount == cents),
        ("discount", "0.01..", lambda row: row.order.discount_amount > 0),
        ("weight", "0.5..1", lambda row: 500 <= row.order.weight_g <= 1000),
        ("units", "2..3", lambda row: 2 <= row.order.quantity <= 3),
        ("lines", "2..", lambda row: row.order.line_count >= 2),
        ("paid_at", "today", lambda row: row.within("paid_at", midnight, midnight + 24 * HOUR)),
        ("paid_at", "yesterday", lambda row: row.within("paid_at", day, midnight)),
        ("paid_at", "2d", lambda row: row.within("paid_at", day, midnight + 24 * HOUR)),
        ("paid_at", "12h", lambda row: row.within("paid_at", now - 12 * HOUR, now)),
        ("paid_at", f"{day:%Y-%m-%d}", lambda row: row.within("paid_at", day, midnight)),
        ("paid_at", f"{day:%Y-%m-%d}T10:00..", lambda row: row.within("paid_at", day + 10 * HOUR, None)),
        ("paid_at", f"..{day:%Y-%m-%d}", lambda row: row.within("paid_at", None, midnight)),
        ("placed_at", "7d", lambda row: row.within("placed_at", midnight - 6 * 24 * HOUR, None)),
        ("approved_at", "today", lambda row: row.within("approved_at", midnight, midnight + 24 * HOUR)),
        ("ship_by", "+8h", lambda row: row.within("ship_by", now, now + 8 * HOUR)),
        ("ship_by", "past", lambda row: row.within("ship_by", None, now)),
        ("buyer", f"{order.buyer_nick},nobody", lambda row: row.order.buyer_nick == order.buyer_nick),
        ("visit", "first", lambda row: bool(row.order.buyer_id) and not earlier[row.order.pk]),
        ("visit", "again", lambda row: bool(row.order.buyer_id) and earlier[row.order.pk]),
        ("visit", "unknown", lambda row: not row.order.buyer_id),
        ("receiver", name, lambda row: row.order.receiver.name == name),
        ("phone", phone, lambda row: row.order.receiver.phone == phone),
        ("phone", f"+86 {phone[:3]}-{phone[3:]}", lambda row: row.order.receiver.phone == phone),
        ("region", "330000", lambda row: (row.order.region_id or "").startswith("33")),
        ("region", "余杭", lambda row: row.order.region_id == "330110"),
        ("region", "none,310000", lambda row: (row.order.region_id or "31").startswith("31")),
        ("message", "顺丰,生日", lambda row: "顺丰" in row.order.buyer_message or "生日" in row.order.buyer_message),
        ("memo", "please", lambda row: "PLEASE" in row.order.seller_memo),
        ("flag", "0", lambda row: row.order.flag == 0),
        ("flag", "1,2,3", lambda row: row.order.flag in {1, 2, 3}),
        ("tag", str(OrderTag.objects.get().pk), lambda row: bool(row.order.tags)),
        ("note", "仓库,顺丰", lambda row: "仓库" in row.order.internal_note),
        ("invoice", "yes", lambda row: bool(row.order.invoice_title)),
    ]  # fmt: skip


OTHERS: list[tuple[str, str, Fits]] = [
    ("message.some", "yes", lambda row: bool(row.order.buyer_message)),
    ("message.none", "yes", lambda row: not row.order.buyer_message),
    ("memo.some", "yes", lambda row: bool(row.order.seller_memo)),
    ("title.none", "yes", lambda row: not row.order.summary),
    ("paid_at.none", "yes", lambda row: row.order.paid_at is None),
    ("ship_by.some", "yes", lambda row: row.order.ship_by is not None),
    ("sku.only", "LYQ-01,FBB-01,FBB-02", lambda row: all(_codes(line) & {"LYQ-01", "FBB-01", "FBB-02"} for line in row.own)),
    ("product.only", "LYQ,FBB", lambda row: all({c[:3] for c in _codes(line)} & {"LYQ", "FBB"} for line in row.own)),
    ("category.only", "女装", lambda row: all("女装" in _categories(line) for line in row.own)),
]  # fmt: skip
NEVER = {"title.none"}
"""Cases that no order of the company meets."""


def found(world: World, **params: str) -> set[str]:
    given = {key: [text] for key, text in params.items()}
    return {order.no for order in orders_matching(world.staff, "open", given, now=world.now)}


def test_every_field_and_its_negation_finds_what_python_finds(world: World, subtests: pytest.Subtests) -> None:
    everything = {row.order.no for row in world.rows}
    for key, text, fits in _cases(world) + OTHERS:
        expected = {row.order.no for row in world.rows if fits(row)}
        with subtests.test(key, value=text):
            assert found(world, **{key: text}) == expected
            assert expected or key in NEVER, "the company has no order of this kind"
            assert expected != everything, "the condition keeps everything"
            if "." not in key and Op.NOT in FIELDS[key].operators:
                assert found(world, **{f"{key}.not": text}) == everything - expected


def test_no_field_and_no_operator_is_left_out(world: World) -> None:
    asked = {key for key, _text, _fits in _cases(world) + OTHERS}
    assert {key.partition(".")[0] for key in asked} >= set(FIELDS) - {"created_at", "shipped_at", "batch"}
    extra = {op for field in FIELDS.values() for op in field.operators} - {Op.IS, Op.NOT}
    assert {key.partition(".")[2] for key in asked} - {""} == extra == {Op.ONLY, *ALONE}


def test_all_conditions_must_hold_and_one_of_the_values(world: World) -> None:
    def fits(row: Row) -> bool:
        return row.order.flag in {0, 1} and row.order.paid_amount >= 200 and not row.order.buyer_message

    expected = {row.order.no for row in world.rows if fits(row)}
    assert expected
    assert found(world, **{"flag": "0,1", "paid": "200..", "message.none": "yes"}) == expected


def test_two_conditions_of_one_field_must_both_hold(world: World) -> None:
    both = next(row.skus for row in world.rows if len(row.own) == 2 and len(row.skus) > 1)
    one, other = sorted(both)[:2]
    given = {"sku": [one, other], "page": ["7"], "sort": ["-paid_at"], "stage": ["approved"], "shop": [""]}
    orders = orders_matching(world.staff, "open", given)
    assert {order.no for order in orders} == {row.order.no for row in world.rows if {one, other} <= row.skus}


def test_a_comma_within_a_value_is_written_with_a_backslash(world: World) -> None:
    order = world.rows[0].order
    Order.objects.filter(pk=order.pk).update(buyer_nick="小明,小红")
    assert found(world, buyer="小明\\,小红,x") == {order.no}
    assert found(world, buyer="小明,小红") == set()


def test_every_open_order_with_a_promise_falls_due_in_exactly_one_of_the_deadlines(world: World) -> None:
    parts = [no for code in DEADLINES for no in sorted(found(world, deadline=code))]
    assert sorted(parts) == sorted(row.order.no for row in world.rows if row.order.ship_by)


def test_several_places_of_one_name_are_told_apart(world: World) -> None:
    Region.objects.create(code="330199", name="鼓楼区", parent_id="330100", level=3)
    Region.objects.create(code="510199", name="鼓楼区", parent_id="510100", level=3)
    with pytest.raises(UnableTo, match="浙江省 杭州市 鼓楼区"):
        found(world, region="鼓楼")


def test_finds_only_what_lies_in_the_scope_and_names_nothing_else(world: World) -> None:
    mine, foreign = world.company.shops
    staff = make_staff(role="customer_service", shops=[mine], warehouses=[world.company.warehouse])
    numbers = [row.order.trade_no for row in world.rows]
    seen = orders_matching(staff, "open", {"trade": [" ".join(numbers)]})
    assert {order.shop_id for order in seen} == {mine.pk}
    for key, value in (("shop", foreign.pk), ("warehouse", world.company.far_warehouse.pk)):
        with pytest.raises(UnableTo) as refusal:
            orders_matching(staff, "open", {key: [str(value)]})
        assert foreign.name not in str(refusal.value)


def test_a_phone_is_not_kept_in_the_address(world: World) -> None:
    receiver = world.rows[0].order.receiver
    field = FIELDS["phone"]
    asker = make_asker(world.staff, "open")
    values = field.read(receiver.phone, asker)
    address = field.canonical(values)
    assert receiver.phone not in address
    assert found(world, phone=address) == found(world, phone=receiver.phone) != set()
    assert receiver.phone_masked in field.sentence(Op.IS, values)


def test_the_number_of_queries_does_not_depend_on_the_values(world: World) -> None:
    def ask(count: int) -> int:
        given = {
            "sku": [",".join(sku.code for sku in world.company.skus[:count])],
            "trade": [" ".join(row.order.trade_no for row in world.rows[:count])],
            "region": [",".join(["330000", "310000", "440000", "510000"][:count])],
            "shop": [",".join(str(shop.pk) for shop in world.company.shops[:count])],
        }
        with CaptureQueriesContext(connection) as queries:
            list(orders_matching(world.staff, "open", given))
        return len(queries)

    assert ask(1) == ask(15) <= 8
