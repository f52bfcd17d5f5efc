"""What lies on the desks of a busy company beside its orders: for the pictures of the documentation.

Categories, barcodes, costs, colleagues, announcements, what the audit log tells, and jobs, one of them a what-if.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from oms.accounts.audit_log import record
from oms.accounts.exports import Asked, export_of, note_export, start_export
from oms.accounts.models import Staff
from oms.accounts.models.audit_entry import VIEW_RECEIVER
from oms.catalog.categories import make_categories
from oms.catalog.models import Barcode, Product, Sku
from oms.core import jobs
from oms.core.versions import draft
from oms.demo.world import announce
from oms.portal.announcements import mark_read
from oms.portal.models import Announcement
from orders.models import Order, RoutingRule
from orders.what_if.runs import start_what_if
from tests.factories.busy import BusyCompany
from tests.factories.staff import make_staff
from warehouse.models import FreightTable

PLACES = {
    "LYQ": ("女装", "连衣裙"), "CSZ": ("女装", "衬衫"), "YMS": ("女装", "针织"), "YDX": ("鞋靴", "运动鞋"), "FBB": ("箱包",),
    "BWB": ("家居", "杯具"), "SJT": ("家居", "床品"), "HSS": ("个护",), "LYE": ("数码",), "YRY": ("母婴", "童装"),
}  # fmt: skip
BRANDS = {"LYQ": "棉朵", "CSZ": "棉朵", "YMS": "棉朵", "SJT": "棉朵", "YDX": "轻野", "BWB": "拾雨", "HSS": "拾雨"}


def fill_desks(company: BusyCompany, boss: Staff, clerk: Staff) -> None:
    """Do it; the jobs have run."""
    _sort_goods()
    announce(boss)
    for told in Announcement.objects.all():
        mark_read(boss, told)
    packer = make_staff("wuqiang", role="warehouse", display_name="吴强", warehouses=[company.warehouse])
    make_staff("sunli", role="quality", display_name="孙丽", warehouses=[company.warehouse])
    make_staff("chenbo", role="finance", display_name="陈博")
    trainee = make_staff("zhouning", role="customer_service", display_name="周宁", shops=company.shops[:1])
    _open_receivers(clerk, trainee)
    record(packer, "sign_in", "staff", packer.pk)
    _run_jobs(company, boss)


def _sort_goods() -> None:
    with transaction.atomic():
        make_categories(PLACES.values())
    for code, path in PLACES.items():
        Product.objects.filter(code=code).update(category=path[-1], brand=BRANDS.get(code, ""))
    Sku.objects.update(cost=F("price") * Decimal("0.40"))
    numbers = enumerate(Sku.objects.order_by("code"))
    Barcode.objects.bulk_create([Barcode(sku=sku, code=f"69012345{place:05d}") for place, sku in numbers])


def _open_receivers(clerk: Staff, trainee: Staff) -> None:
    """A clerk who opens what the work asks for, and one whose count an administrator should ask about."""
    ids = list(Order.objects.order_by("id").values_list("id", flat=True))
    for order_id in ids[: settings.RECEIVERS_A_DAY + 8]:
        record(trainee, VIEW_RECEIVER, "order", order_id, details={"why": "address"})
    for order_id, why in zip(ids[:9], ("contact", "address", "tracing") * 3, strict=True):
        record(clerk, VIEW_RECEIVER, "order", order_id, details={"why": why})
    record(clerk, VIEW_RECEIVER, "order", ids[9], reason="买家投诉快递员，核对签收人", details={"why": "other"})


def _run_jobs(company: BusyCompany, boss: Staff) -> None:
    sf, _yto, zto = company.carriers
    FreightTable.objects.create(name="顺丰标快", carrier=sf).rates.create(first_price=14, added_price=5)
    FreightTable.objects.create(name="中通", carrier=zto).rates.create(first_price=5, added_price=2)
    orders = export_of("orders")
    assert orders is not None
    asked = Asked(boss, "stage=open")
    job = start_export(orders, asked, "xlsx")
    note_export(boss, orders.code, "xlsx", job=job.pk)
    rule = RoutingRule.objects.get(name="其余中通")
    content = {"name": rule.name, "kind": "carrier", "priority": rule.priority, "carrier": sf.pk}
    version = draft("routing", content, author_id=boss.pk, rule_id=rule.pk, note="全部改发顺丰要多花多少")
    now = timezone.now()
    start_what_if(version, boss, since=now - dt.timedelta(days=3), until=now)
    jobs.run_due(limit=5)
