"""The day of each role from page to page, by keyboard alone and by mouse: each path is written once and ends in what was changed.

The lists of clerks and packers have files of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from finance.models import PostingDue, Voucher
from oms.accounts.models import AuditEntry, Staff
from oms.catalog.models import Listing, Shop
from oms.portal.models import Announcement, AnnouncementRead
from orders import audit
from orders.models import Order, RoutingRule
from tests.factories.busy import BusyCompany, make_busy_company, take_trades
from tests.factories.staff import make_staff
from warehouse.models import Shipment, StockBalance
from warehouse.shipping import ship

from .conftest import OpenPage
from .hands import Hands, Keyboard, Mouse, ready

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Take = Callable[..., Hands]


@pytest.fixture
def company(transactional_db: None) -> BusyCompany:
    made = make_busy_company()
    take_trades(made, 50)
    return made


@pytest.fixture(params=[Keyboard, Mouse], ids=["keyboard", "mouse"])
def take(request: pytest.FixtureRequest, open_page: OpenPage) -> Take:
    """Sit down at a page as somebody."""

    def take(path: str, staff: Staff) -> Hands:
        hands: Hands = request.param(open_page(path, staff))
        return hands

    return take


def test_operations_looks_after_shops_listings_and_rules(company: BusyCompany, take: Take) -> None:
    hands = take("/", make_staff(role="operations", display_name="周运营"))
    page = hands.page
    hands.go("店铺与授权")
    hands.turn(page.get_by_role("link", name="棉朵旗舰店"))
    hands.write(page.get_by_label("承诺发货时限（小时）"), "24")
    hands.turn(page.get_by_role("button", name="保存"))
    expect(page.locator(".timeline")).to_contain_text("周运营")
    assert Shop.objects.get(code="MD").ship_within_hours == 24

    hands.go("商品对照")
    listing = Listing.objects.filter(sku=None).order_by("id")[0]
    row = page.locator(f"tr[data-id='{listing.pk}']")
    hands.write(row.locator("input[name=code]"), company.skus[4].code)
    hands.press(row.get_by_role("button", name="对照"))
    expect(page.locator(".toast.done")).to_contain_text(f"已对照到 {company.skus[4].code}")
    expect(row).to_have_count(0)
    assert Listing.objects.get(pk=listing.pk).sku == company.skus[4]

    hands.go("处理规则")
    hands.turn(page.locator(".tabs a[href$='/carrier/']"))
    hands.turn(page.locator("#rules li", has_text="其余中通").get_by_role("link", name="修改"))
    hands.choose(page.get_by_label("快递", exact=True), "顺丰")
    hands.turn(page.locator("button[data-key=s]"))
    expect(page.locator("#rules li", has_text="其余中通")).to_contain_text("顺丰")
    assert RoutingRule.objects.get(name="其余中通").carrier == company.carriers[0]


def test_customer_service_notes_holds_and_audits_an_order(company: BusyCompany, take: Take) -> None:
    hands = take("/", make_staff(role="customer_service", display_name="林晓"))
    page = hands.page
    hands.go("订单工作台")
    no = page.locator("#orders tbody tr").nth(1).locator("td.pin-3").inner_text()
    hands.open(page.locator("#orders tbody tr", has_text=no))
    expect(page.locator("h1")).to_have_text(no)
    hands.press(page.locator(".order-head button[data-key=e]"))
    hands.write(page.get_by_label("备注", exact=True), "加送小样")
    hands.choose(page.get_by_label("旗帜", exact=True), "红旗")
    hands.press(page.locator("#dialog-memo button.primary"))
    expect(page.locator("dd", has_text="加送小样")).to_contain_text("红旗")
    hands.press(page.locator(".order-head button[data-key=h]"))
    hands.write(page.locator("#dialog-hold input[name=reason]"), "等待买家回复")
    hands.press(page.locator("#dialog-hold button.primary"))
    held = page.locator(".note.look", has_text="等待买家回复")
    expect(held).to_be_visible()
    order = Order.objects.get(no=no)
    assert (order.seller_memo, order.flag, order.held) == ("加送小样", 1, True)

    hands.press(page.locator(".order-head button[data-key=r]"))
    expect(held).to_have_count(0)
    hands.press(page.locator(".order-head button[data-key=a]"))
    expect(page.locator(".order-head button[data-key=u]")).to_be_visible()
    order.refresh_from_db()
    assert (order.held, order.state in {"finance_review", "approved"}) == (False, True)


@pytest.fixture
def shipped(company: BusyCompany) -> Order:
    """Three orders have left; the amounts of one, which is returned, do not add up. Others wait for finance."""
    audit.audit(company.orders("cs_review"), actor_id=make_staff(role="customer_service").pk)
    parcels = list(Shipment.objects.order_by("id")[:3])
    assert len(ship([parcel.pk for parcel in parcels], actor_id=None).done) == 3
    odd = Order.objects.get(pk=parcels[0].order_id)
    change_paid(odd, odd.paid_amount + 1)
    return odd


def change_paid(order: Order, paid: Decimal) -> None:
    goods = paid + order.discount_amount - order.post_fee
    Order.objects.filter(pk=order.pk).update(paid_amount=paid, goods_amount=goods)


def test_finance_audits_posts_and_finds_where_a_voucher_comes_from(
    company: BusyCompany, shipped: Order, take: Take
) -> None:
    hands = take("/", make_staff(role="finance", display_name="钱会计"))
    page = hands.page
    hands.go("财审")
    rows = page.locator("#orders tbody tr")
    expect(page.locator("tr.focus")).to_have_count(1)
    before, no = rows.count(), page.locator("tr.focus td.pin-3").inner_text()
    expect(page.locator("#order-panel .title")).to_contain_text(no)
    hands.press(page.locator(".bar > button[data-key=f]"))
    expect(rows).to_have_count(before - 1)
    assert Order.objects.get(no=no).state == "approved"
    assert Shipment.objects.filter(order_no=no).exists(), "the warehouse has its parcel"

    hands.go("凭证")
    hands.turn(page.get_by_role("button", name="立即过账"))
    # One order could not be posted: the page says which, and why.
    expect(page.locator("#aside tbody tr")).to_contain_text(shipped.no)
    expect(page.locator("#aside .tone-stop")).to_contain_text(f"{shipped.paid_amount + 1}")
    hands.go("凭证")
    expect(page.locator("#vouchers tbody tr")).to_have_count(6)
    sale = Voucher.objects.filter(kind="sales_order").order_by("id")[0]
    hands.open(page.locator("#vouchers tbody tr", has_text=sale.no))
    expect(page.locator("h1")).to_have_text(sale.no)
    expect(page.locator("tfoot")).to_contain_text(f"{sale.amount:,.2f}")
    source = sale.sources.get().order
    hands.turn(page.get_by_role("link", name=source.no))
    expect(page.locator("h1")).to_have_text(source.no)
    hands.turn(page.get_by_role("link", name=sale.no))
    expect(page.locator("h1")).to_have_text(sale.no)

    # Its amounts put right, it is posted as well.
    hands.go("凭证")
    hands.turn(page.locator(".page-head a.danger"))
    change_paid(shipped, shipped.paid_amount)
    hands.turn(page.get_by_role("button", name="重新过账"))
    assert (PostingDue.objects.count(), Voucher.objects.count()) == (0, 9)


def test_administrator_adds_somebody_and_changes_a_role(
    company: BusyCompany, shipped: Order, take: Take, open_page: OpenPage
) -> None:
    hands = take("/", make_staff(role="administrator", display_name="管理员"))
    page = hands.page
    hands.go("员工")
    hands.turn(page.locator("a[data-key=n]"))
    hands.write(page.get_by_label("用户名", exact=True), "qian")
    hands.write(page.get_by_label("姓名", exact=True), "钱会计")
    hands.write(page.locator("input[type=password]"), "long-enough-1024")
    hands.tick(page.get_by_label("财务", exact=True))
    hands.tick(page.get_by_label("拾雨生活馆 · SY"))
    hands.tick(page.locator("input[name=all_warehouses]"))
    hands.turn(page.locator("form.card button.primary"))
    expect(page.locator("h1")).to_have_text("钱会计")
    added = Staff.objects.get(username="qian")
    assert ([group.name for group in added.groups.all()], added.all_shops) == (["finance"], False)

    hands.go("角色与权限")
    assert not added.has_perm("orders.cancel_order")
    hands.tick_in_matrix(page.locator("input[name=may][value='finance:orders.cancel_order']"))
    hands.turn(page.locator("button[data-key=s]"))
    expect(page.locator("input[name=may][value='finance:orders.cancel_order']")).to_be_checked()
    assert Staff.objects.get(username="qian").has_perm("orders.cancel_order")

    hands.go("操作日志")
    log = page.locator("#audit tbody tr")
    expect(log.nth(0)).to_contain_text("修改了角色权限")
    expect(log.nth(1)).to_contain_text("钱会计")
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"add_staff", "change_role"}

    # The one who was added sees the orders of that shop and no others.
    theirs = open_page("/orders/?stage=finance_review", added)
    mine = Order.objects.filter(state="finance_review", shop__code="SY")
    expect(theirs.locator("#orders tbody tr")).to_have_count(mine.count())
    assert Order.objects.filter(state="finance_review").count() > mine.count() > 0


def test_quality_reads_what_is_announced_and_takes_the_list_of_what_to_look_at(
    company: BusyCompany, shipped: Order, take: Take
) -> None:
    announced = Announcement.objects.create(
        title="抽检帆布包", body="在库抽检，清单发主管。", roles=["quality"], pinned=True
    )
    Announcement.objects.create(title="只给财务", body="月底结账。", roles=["finance"])
    inspector = make_staff(role="quality", display_name="孙丽", warehouses=[company.warehouse])
    hands = take("/", inspector)
    page = hands.page
    expect(page.locator(".announcement")).to_have_count(1)
    hands.press(page.get_by_role("button", name="我已阅读"))
    expect(page.locator(f"#announcement-{announced.pk} .st.done")).to_have_text("已阅读")
    assert AnnouncementRead.objects.filter(staff=inspector, announcement=announced).exists()

    # Goods of which all is kept back, a click from the home page; then all of one kind, to be taken along.
    hands.turn(page.locator(".todo a", has_text="可用量为零"))
    expect(page.locator("#stock tbody tr")).to_have_count(1)
    expect(page.locator("#stock tbody tr")).to_contain_text("FBB-01")
    hands.go("库存")
    hands.write(page.locator("form.filters input[name=q]"), "帆布包")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    ready(page)
    expect(page.locator("#stock tbody tr")).to_have_count(2)
    hands.press(page.locator("[data-open='#dialog-export-stock']"))
    with page.expect_download() as download:
        hands.press(page.locator("#dialog-export-stock button.primary"))
    assert download.value.suggested_filename.endswith(".xlsx")
    assert AuditEntry.objects.get(action="export", staff=inspector).details["rows"] == 2

    # Which parcels took such goods, and when.
    hands.go("发货单")
    hands.turn(page.locator(".tabs a", has_text="已发货"))
    parcel = Shipment.objects.filter(state="shipped").order_by("-shipped_at", "-id")[0]
    hands.open(page.locator("#shipments tbody tr", has_text=parcel.no))
    expect(page.locator(".order-head .st")).to_have_text("已发货")
    expect(page.locator(".order-head button")).to_have_count(0)


def test_warehouse_ships_a_parcel_and_sees_what_is_left(company: BusyCompany, shipped: Order, take: Take) -> None:
    hands = take("/", make_staff(role="warehouse", display_name="吴仓管"))
    page = hands.page
    hands.go("发货单")
    no = page.locator("#shipments tbody tr").nth(1).locator("td.pin-3").inner_text()
    parcel = Shipment.objects.get(no=no)
    line = parcel.lines.select_related("sku").order_by("id")[0]
    before = StockBalance.objects.get(sku=line.sku, warehouse=parcel.warehouse)
    hands.open(page.locator("#shipments tbody tr", has_text=no))
    expect(page.locator("h1")).to_have_text(no)
    hands.write(page.get_by_label("运单号", exact=True), "SF9988776655")
    hands.press(page.locator("button[data-key=s]"))
    expect(page.locator(".order-head .st")).to_have_text("已发货")
    expect(page.locator(".kv")).to_contain_text("SF9988776655")
    parcel.refresh_from_db()
    assert (parcel.state, parcel.waybill_no) == ("shipped", "SF9988776655")

    hands.go("库存")
    hands.write(page.locator("form.filters input[name=q]"), line.sku.code)
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    expect(page.locator("#stock tbody tr").filter(has_text=parcel.warehouse.name)).to_contain_text(
        f"{before.on_hand - line.quantity:,}"
    )
    hands.tick(page.get_by_label("无可用量"))
    page.wait_for_url("**short=**")
