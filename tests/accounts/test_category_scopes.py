"""The data scope by category of goods: a tree, reached through the lines of documents."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import Model

from finance.models import Voucher
from oms.accounts.models import Staff
from oms.accounts.scopes import scope_q, scoped
from oms.catalog.categories import add_category, make_categories, move_category, tree
from oms.catalog.models import Category, Product, Sku
from oms.core.errors import UnableTo
from orders import queries
from orders.models import Order, OrderLine, Trade, WaybillUpload
from tests.factories import Company, make_category, make_company, make_line, make_order, make_sku, make_staff
from warehouse.models import Shipment, StockBalance

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    """A1 is a dress (女装/连衣裙), A2 a phone (数码), A3 of no category."""
    company = make_company(skus=3)
    clothes = make_category("女装")
    sort(company.skus[0], make_category("连衣裙", clothes))
    sort(company.skus[1], make_category("数码"))
    return company


def sort(sku: Sku, category: Category | None) -> None:
    Product.objects.filter(pk=sku.product_id).update(category=category)


def clerk(*names: str) -> Staff:
    return make_staff(categories=Category.objects.filter(name__in=names))


def make(company: Company, *skus: Sku | str) -> Order:
    return make_order(company, [make_line(sku) for sku in skus])


def seen(model: type[Model], staff: Staff, attribute: str = "pk") -> list[object]:
    return sorted(getattr(row, attribute) for row in scoped(model._default_manager.all(), staff))


def test_a_parent_holds_what_lies_under_it(company: Company) -> None:
    codes = {name: seen(Sku, clerk(name), "code") for name in ("女装", "连衣裙", "数码")}
    assert codes == {"女装": ["A1", "A3"], "连衣裙": ["A1", "A3"], "数码": ["A2", "A3"]}
    assert seen(Category, clerk("女装"), "name") == sorted(["女装", "连衣裙"])


def test_nothing_chosen_leaves_what_nobody_has_sorted(company: Company) -> None:
    assert seen(Sku, clerk(), "code") == ["A3"]


def test_an_order_is_seen_when_one_of_its_goods_is(company: Company) -> None:
    dress, phone, plain = company.skus
    orders = {
        "dress": make(company, dress),
        "phone": make(company, phone),
        "both": make(company, dress, phone),
        "unsorted": make(company, plain),
        "unknown": make(company, "nobody-knows"),
    }
    numbers = {order.pk: name for name, order in orders.items()}

    def names(*categories: str) -> set[str]:
        return {numbers[order.pk] for order in scoped(Order.objects.all(), clerk(*categories))}

    assert names("女装") == {"dress", "both", "unsorted", "unknown"}
    assert names("数码") == {"phone", "both", "unsorted", "unknown"}
    assert scoped(Order.objects.all(), clerk("女装", "数码")).count() == 5, "no order comes twice"


def test_what_hangs_on_an_order_goes_with_it(company: Company) -> None:
    dress, phone, _plain = company.skus
    mine, other = make(company, dress), make(company, phone)
    staff = clerk("女装")
    assert mine.state == other.state == "approved"
    assert [line.order_id for line in scoped(OrderLine.objects.all(), staff)] == [mine.pk]
    assert [parcel.order_id for parcel in scoped(Shipment.objects.all(), staff)] == [mine.pk]
    assert [trade.trade_no for trade in scoped(Trade.objects.all(), staff)] == [mine.trade_no]
    assert [balance.sku_id for balance in scoped(StockBalance.objects.order_by("sku"), staff)] == [
        dress.pk,
        company.skus[2].pk,
    ]
    assert queries.stage_counts(staff)["approved"] == 1


def test_a_trade_of_which_nothing_is_made_yet_is_everybodys(company: Company) -> None:
    Trade.objects.create(shop=company.shop, trade_no="T9", state="rejected", digest=b"x")
    assert [trade.trade_no for trade in scoped(Trade.objects.all(), clerk("女装"))] == ["T9"]


def test_moving_a_category_moves_what_people_see(company: Company) -> None:
    staff = clerk("女装")
    move_category(Category.objects.get(name="数码").pk, Category.objects.get(name="女装").pk, actor_id=None)
    assert seen(Sku, staff, "code") == ["A1", "A2", "A3"]
    sort(company.skus[0], None)
    move_category(Category.objects.get(name="数码").pk, None, actor_id=None)
    assert seen(Sku, staff, "code") == ["A1", "A3"]


def test_who_is_not_limited_asks_what_was_asked_before() -> None:
    for model in (Order, Shipment, Voucher, Sku, Trade, WaybillUpload, StockBalance):
        for staff in (make_staff(), make_staff(superuser=True, categories=[])):
            assert not scope_q(model, staff), model
    limited = make_staff(shops=[], warehouses=[])
    assert "catalog_" not in str(scoped(Order.objects.all(), limited).query)


def test_the_goods_of_an_order_are_looked_up_in_the_index_alone(company: Company) -> None:
    staff = clerk("女装")
    with connection.cursor() as cursor:
        # Of a handful of rows the planner would read all of them, or take another index, as it happens to know their number.
        for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "material"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute("ALTER TABLE orders_orderline DROP CONSTRAINT order_line_position")
    plan = queries.order_list(staff, "open")[:50].explain()
    assert "Index Only Scan using order_line_order" in plan, plan
    assert "hashed SubPlan" in plan, plan


# -- the tree ----------------------------------------------------------------------------------------------------------


def shape() -> list[tuple[int, str]]:
    return [(branch.depth, branch.name) for branch in tree()]


def test_files_make_the_tree_and_leave_what_stands(company: Company) -> None:
    make_categories([("鞋", "男鞋", "皮鞋"), ("男鞋",), ("数码",), ("家电", "数码")])
    expected = {(0, "女装"), (1, "连衣裙"), (0, "家电"), (0, "数码"), (0, "鞋"), (1, "男鞋"), (2, "皮鞋")}
    assert set(shape()) == expected
    order = [name for _depth, name in shape()]
    assert order.index("鞋") + 1 == order.index("男鞋") == order.index("皮鞋") - 1
    made = {category.name: category for category in Category.objects.all()}
    assert made["皮鞋"].path == [made["鞋"].pk, made["男鞋"].pk, made["皮鞋"].pk]


def test_a_file_that_goes_in_a_circle_makes_none() -> None:
    make_categories([("甲", "乙"), ("乙", "甲")])
    assert sorted(depth for depth, _name in shape()) == [0, 1]


@pytest.mark.parametrize(
    ("name", "code"), [("", "bad_name"), ("男/女", "bad_name"), ("数码", "name_taken"), ("长" * 65, "bad_name")]
)
def test_names_that_cannot_be(company: Company, name: str, code: str) -> None:
    with pytest.raises(UnableTo) as refused:
        add_category(name, None, actor_id=None)
    assert refused.value.code == code


def test_no_category_lies_under_itself_or_too_deep(company: Company) -> None:
    clothes, dresses = (Category.objects.get(name=name) for name in ("女装", "连衣裙"))
    with pytest.raises(UnableTo, match="“女装”"):
        move_category(clothes.pk, dresses.pk, actor_id=None)
    last = dresses
    for level in range(6):
        last = make_category(f"第{level}层", last)
    with pytest.raises(UnableTo, match="8"):
        make_category("再一层", last)
    with pytest.raises(UnableTo, match="8"):
        move_category(clothes.pk, Category.objects.get(name="数码").pk, actor_id=None)


def test_a_new_sku_needs_no_category(company: Company) -> None:
    assert make_sku("B1").product.category is None
