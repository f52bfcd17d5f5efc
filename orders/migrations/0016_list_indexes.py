"""Indexes for the list of orders: its order, what it is sorted and narrowed by, and beginnings of numbers and names."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q

OPEN = Q(state__in=["exception", "presale", "cs_review", "finance_review", "approved"])
MARKED = Q(held=True) | Q(urgent=True) | Q(intercepted=True)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0015_memo_uploads")]

    operations = [
        AddIndexConcurrently("order", index)
        for index in (
            models.Index(fields=["-urgent", "ship_by", "id"], name="order_work", condition=OPEN),
            models.Index(fields=["ship_by", "id"], name="order_due", condition=OPEN),
            models.Index(fields=["paid_amount", "id"], name="order_paid_amount", condition=OPEN),
            models.Index(F("paid_at").desc(nulls_last=True), F("id").desc(), name="order_paid_at", condition=OPEN),
            models.Index(fields=["region", "id"], name="order_region", condition=OPEN),
            models.Index(fields=["id"], name="order_marked", condition=OPEN & MARKED),
            models.Index(fields=["id"], name="order_message", condition=OPEN & ~Q(buyer_message="")),
            models.Index(fields=["id"], name="order_memo", condition=OPEN & ~Q(seller_memo="")),
            models.Index(fields=["id"], name="order_reasons", condition=~Q(attention=[]) | ~Q(exceptions=[])),
            models.Index(fields=["trade_no"], name="order_trade_text", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["buyer_nick"], name="order_buyer_text", opclasses=["varchar_pattern_ops"]),
        )
    ] + [
        RemoveIndexConcurrently("order", "order_trade_no"),
        RemoveIndexConcurrently("order", "order_buyer"),
        AddIndexConcurrently("orderline", models.Index(fields=["sku", "order"], name="order_line_sku")),
        AddIndexConcurrently(
            "orderline",
            models.Index(
                fields=["bundle_sku", "order"], name="order_line_bundle", condition=Q(bundle_sku__isnull=False)
            ),
        ),
        AddIndexConcurrently(
            "orderline", models.Index(fields=["order"], name="order_line_gift", condition=Q(is_gift=True))
        ),
    ]
