"""Takes the pictures of the documentation: `make screenshots` writes docs/images/*.png.

    a database of its own → a company with a day's orders, parcels and vouchers → a server → a browser

The company is the same each time but for its times, which lie before now. Chinese, light; desks are 1440 pixels wide, a packer's handheld
390.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
# Playwright keeps a loop in this thread; Django would take every query for one made inside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
DESK, HANDHELD = (1440, 830), (390, 780)
PACKER = "wuqiang"
ORDERS = 240
Pictures = dict[str, tuple[str, tuple[str, ...]]]
"""Name → address, and the keys pressed before the picture is taken."""
DATABASE = "screenshots"


@contextmanager
def database() -> Iterator[None]:
    """A fresh database, dropped afterwards."""
    import django

    django.setup()
    from django.db import connection

    connection.settings_dict["TEST"]["NAME"] = DATABASE
    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        # The threads of the server may still hold connections.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connection.creation.destroy_test_db(before, verbosity=0)


def start_campaign(company: Any) -> None:
    """A campaign with two schemes, begun before the trades were paid."""
    import datetime as dt

    from django.utils import timezone

    from promotions.campaigns import go_live, save_campaign, save_scheme

    now, day = timezone.now(), dt.timedelta(days=1)
    campaign = save_campaign(
        None,
        name="秋季上新满赠",
        starts_at=now - 3 * day,
        ends_at=now + 4 * day,
        note="包装盒随单发出。",
        actor_id=None,
    )
    gift, other = (next(sku for sku in company.skus if sku.code == code) for code in ("HSS-01", "FBB-01"))
    step = {"choice": "all", "pick": 1}
    steps = [
        {**step, "threshold": "300.00", "gifts": [[gift.pk, 1]]},
        {**step, "threshold": "600.00", "gifts": [[gift.pk, 2]]},
    ]
    amount = {"campaign": campaign.pk, "name": "满额送护手霜", "kind": "amount_reached", "priority": 10, "tiers": steps}
    save_scheme({**amount, "total_limit": 120}, scheme_id=None, actor_id=None)
    units = {"campaign": campaign.pk, "name": "满三件送帆布包", "kind": "quantity_reached", "priority": 20}
    tiers = [{**step, "threshold": "3", "gifts": [[other.pk, 1]]}]
    save_scheme({**units, "buyer_limit": 1, "tiers": tiers}, scheme_id=None, actor_id=None)
    go_live(campaign.pk, actor_id=None)


def make_data() -> Any:
    """A company after lunch: gifts are given, much is audited, a part has left, some uploads failed. Returns who looks at it."""
    from finance.posting import post_due
    from orders import audit
    from orders.models import WaybillUpload
    from orders.uploads import record_accepted, record_failed
    from tests.desks import fill_desks
    from tests.factories.busy import make_busy_company, reject_trade, take_trades
    from tests.factories.staff import make_staff
    from warehouse.models import Shipment
    from warehouse.shipping import ship

    company = make_busy_company()
    start_campaign(company)
    take_trades(company, ORDERS)
    reject_trade(company)
    clerk = make_staff("linxiao", role="customer_service", display_name="林晓")
    waiting = company.orders("cs_review")
    audit.audit(waiting[:90], actor_id=clerk.pk)
    audit.hold(waiting[92:95], actor_id=clerk.pk, reason="等待买家回复")
    audit.cancel(waiting[96:98], actor_id=clerk.pk, reason="重复下单")
    parcels = list(Shipment.objects.order_by("id").values_list("id", flat=True))
    ship(parcels[: len(parcels) * 2 // 3], actor_id=clerk.pk)
    for number, upload in enumerate(WaybillUpload.objects.order_by("id").values_list("id", flat=True)):
        if number % 9 == 4:
            record_failed(
                upload, code="isv.logistics-offline-service-error:B04", reason="运单号不合规则", will_retry=False
            )
        elif number % 13 != 6:
            record_accepted(upload, already_shipped=False)
    post_due()
    boss = make_staff("zhoumin", superuser=True, display_name="周敏")
    fill_desks(company, boss, clerk)
    return boss


def pictures() -> Pictures:
    """What people see at their desks."""
    from django.urls import reverse

    from oms.core.models import Job
    from orders.models import Order
    from orders.what_if.runs import KIND as WHAT_IF
    from promotions.models import Campaign

    told = Order.objects.filter(state="shipped").order_by("-paid_amount")[0]
    return {
        "home": (reverse("portal:home"), ()),
        "workbench": (reverse("orders:workbench"), ("j", "j", "Shift+ArrowDown", "Shift+ArrowDown")),
        "order": (reverse("orders:order", args=[told.no]), ()),
        "uploads": (reverse("orders:uploads"), ()),
        "shipments": (reverse("warehouse:shipments"), ("j",)),
        "exceptions": (f"{reverse('orders:workbench')}?stage=exception", ("j",)),
        "listings": (f"{reverse('catalog:listings')}?stage=unmatched", ()),
        "campaign": (reverse("promotions:campaign", args=[Campaign.objects.get().pk]), ()),
        "rules": (reverse("rules:list", args=["carrier"]), ()),
        "finance-audit": (f"{reverse('orders:workbench')}?stage=finance_review", ("j",)),
        "staff": (reverse("staff:members"), ()),
        "roles": (reverse("staff:roles"), ()),
        "stock": (reverse("warehouse:stock"), ()),
        "vouchers": (reverse("finance:vouchers"), ()),
        "shops": (reverse("integrations:shops"), ()),
        "products": (reverse("catalog:products"), ()),
        "categories": (reverse("catalog:categories"), ()),
        "announcements": (reverse("portal:announcements"), ()),
        "jobs": (reverse("portal:jobs"), ()),
        "what-if": (reverse("rules:result", args=[Job.objects.get(kind=WHAT_IF).pk]), ()),
        "audit": (reverse("staff:audit"), ()),
    }


def handheld_pictures() -> Pictures:
    """What a packer holds in the hand."""
    from django.urls import reverse

    from warehouse.models import Shipment

    parcel = Shipment.objects.exclude(state__in=["shipped", "cancelled"]).order_by("-quantity", "id")[0]
    return {
        "handheld-home": (reverse("portal:home"), ()),
        "handheld-shipments": (reverse("warehouse:shipments"), ()),
        "handheld-shipment": (reverse("warehouse:shipment", args=[parcel.no]), ()),
        "handheld-stock": (reverse("warehouse:stock"), ()),
    }


def take(address: str, staff: Any, size: tuple[int, int], wanted: Pictures, only: set[str]) -> None:
    """Open each page as the staff member and keep its picture."""
    from django.conf import settings
    from django.test import Client
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import ARGUMENTS, browser_program

    client = Client()
    client.force_login(staff)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program(), args=ARGUMENTS)
        context = browser.new_context(
            base_url=address,
            viewport={"width": size[0], "height": size[1]},
            color_scheme="light",
            timezone_id=settings.TIME_ZONE,
        )
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])
        page = context.new_page()
        for name, (path, keys) in wanted.items():
            if only and name not in only:
                continue
            answer = page.goto(path)
            if answer is None or answer.status != 200:
                raise SystemExit(f"{path} answers {answer and answer.status}")
            page.wait_for_load_state("networkidle")
            for key in keys:
                page.keyboard.press(key)
            page.wait_for_load_state("networkidle")
            # The panel follows the focus after a moment of rest.
            page.wait_for_timeout(400)
            page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")
            sys.stdout.write(f"docs/images/{name}.png\n")
        browser.close()


def main(only: set[str]) -> None:
    """Take the pictures named, or all of them."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with database():
        from django.contrib.staticfiles.handlers import StaticFilesHandler
        from django.db import connections
        from django.test.testcases import LiveServerThread

        from oms.accounts.models import Staff

        staff = make_data()
        server = LiveServerThread("127.0.0.1", StaticFilesHandler)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        if server.error:
            raise server.error
        try:
            address = f"http://127.0.0.1:{server.port}"
            take(address, staff, DESK, pictures(), only)
            take(address, Staff.objects.get(username=PACKER), HANDHELD, handheld_pictures(), only)
        finally:
            server.terminate()
            server.join()
            connections.close_all()


if __name__ == "__main__":
    main(set(sys.argv[1:]))
