"""A packer ships parcels, by keyboard and by mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from orders import audit
from orders.models import Order, WaybillUpload
from tests.factories.busy import BusyCompany, make_busy_company, take_trades
from tests.factories.staff import make_staff
from warehouse.models import Shipment

from .conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def company(transactional_db: None) -> BusyCompany:
    """A company whose warehouse has parcels to ship."""
    made = make_busy_company()
    take_trades(made, 40)
    audit.audit(made.orders("cs_review"), actor_id=make_staff(role="customer_service").pk)
    return made


def test_ships_by_keyboard(company: BusyCompany, open_page: OpenPage) -> None:
    page = open_page("/warehouse/shipments/", make_staff(role="warehouse"))
    rows = page.locator("#shipments tbody tr")
    expect(page.locator("tr.focus")).to_have_count(1)
    before = rows.count()
    assert before > 4
    chosen = [rows.nth(at).locator("td.pin-3").inner_text() for at in (0, 1)]
    page.keyboard.press("Space")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-summary] [data-count]")).to_have_text("2")
    page.keyboard.press("s")
    expect(rows).to_have_count(before - 2)
    shipped = Shipment.objects.filter(no__in=chosen)
    assert {parcel.state for parcel in shipped} == {"shipped"}
    assert all(parcel.waybill_no for parcel in shipped), "a number of the carrier's range was taken"
    orders = {parcel.order_id for parcel in shipped}
    assert set(Order.objects.filter(pk__in=orders).values_list("state", flat=True)) == {"shipped"}
    assert WaybillUpload.objects.filter(order_id__in=orders).count() == 2

    # Without a selection the parcel in focus is shipped, and the next one is in focus.
    focused = page.locator("tr.focus td.pin-3").inner_text()
    page.keyboard.press("s")
    expect(rows).to_have_count(before - 3)
    assert Shipment.objects.get(no=focused).state == "shipped"
    expect(page.locator("tr.focus")).to_have_count(1)


def test_ships_with_a_typed_number_by_mouse(company: BusyCompany, open_page: OpenPage) -> None:
    page = open_page("/warehouse/shipments/", make_staff(role="warehouse"))
    row = page.locator("#shipments tbody tr").nth(1)
    no = row.locator("td.pin-3").inner_text()
    row.locator("input.cell-input").fill("SF9988776655")
    row.locator("td.pick").click()
    page.locator("button[data-key=s]").click()
    expect(page.locator(f"tr:has-text('{no}')")).to_have_count(0)
    assert Shipment.objects.get(no=no).waybill_no == "SF9988776655"
    page.locator(".tabs a", has_text="已发货").click()
    expect(page.locator("#shipments tbody tr", has_text=no)).to_contain_text("SF9988776655")


def test_a_parcel_that_customer_service_stopped_is_refused(company: BusyCompany, open_page: OpenPage) -> None:
    page = open_page("/warehouse/shipments/", make_staff(role="warehouse"))
    no = page.locator("tr.focus td.pin-3").inner_text()
    parcel = Shipment.objects.get(no=no)
    audit.hold([parcel.order_id], actor_id=make_staff(role="customer_service").pk, reason="买家要改地址")
    page.keyboard.press("s")
    dialog = page.locator("#result-dialog")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text(no)
    expect(dialog).to_contain_text("买家要改地址")
    parcel.refresh_from_db()
    assert parcel.state != "shipped"


def test_a_handheld_shows_cards_and_ships_by_thumb(company: BusyCompany, open_page: OpenPage) -> None:
    page = open_page("/", make_staff(role="warehouse"), width=390, height=780)
    for path in ("/announcements/", "/catalog/products/", "/warehouse/stock/", "/jobs/", "/warehouse/shipments/"):
        page.goto(path)
        expect(page.locator("html[data-ready=yes]")).to_be_attached()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    rows = page.locator("#shipments tbody tr")
    before = rows.count()
    card = rows.nth(1)
    no = card.locator("td.pin-3").inner_text()
    # What a packer looks for is on the card and not at the end of a line that has to be pushed aside.
    frame, units = card.bounding_box(), card.locator("[data-label=件数]").bounding_box()
    assert frame is not None
    assert units is not None
    assert units["x"] + units["width"] <= frame["x"] + frame["width"] <= 390
    card.locator("input.cell-input").fill("SF9988776655")
    card.locator("td.pick input").click()
    page.locator("button[data-key=s]").click()
    expect(rows).to_have_count(before - 1)
    assert Shipment.objects.get(no=no).waybill_no == "SF9988776655"
