"""An index that only counts, a few pages for all the open work; and in the indexes of the archive what its lists are narrowed by."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

OPEN = models.Q(("state__in", ["exception", "presale", "cs_review", "finance_review", "approved"]))
CLOSED = models.Q(("state__in", ["shipped", "completed", "cancelled"]))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0018_stage_indexes")]

    operations = [
        AddIndexConcurrently(
            "order", models.Index(fields=["state", "shop", "warehouse"], name="order_counts", condition=OPEN)
        ),
        RemoveIndexConcurrently("order", "order_closed"),
        AddIndexConcurrently(
            "order",
            models.Index(
                fields=["state", "-created_at", "-id"],
                include=("shop", "warehouse", "carrier", "paid_amount"),
                name="order_closed",
                condition=CLOSED,
            ),
        ),
        RemoveIndexConcurrently("order", "order_closed_of_shop"),
        AddIndexConcurrently(
            "order",
            models.Index(
                fields=["shop", "state", "-created_at", "-id"],
                include=("warehouse", "carrier", "paid_amount"),
                name="order_closed_of_shop",
                condition=CLOSED,
            ),
        ),
    ]
