"""Indexes in the order of the lists of a stage, of a shop and of the archive, so that a page costs its rows and not the stage."""

from __future__ import annotations

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

OPEN = models.Q(("state__in", ["exception", "presale", "cs_review", "finance_review", "approved"]))
CLOSED = models.Q(("state__in", ["shipped", "completed", "cancelled"]))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0017_entered_orders")]

    operations = [
        AddIndexConcurrently(
            "order",
            models.Index(
                fields=["state", "-urgent", "ship_by", "id"],
                include=("shop", "warehouse"),
                name="order_stage",
                condition=OPEN,
            ),
        ),
        AddIndexConcurrently(
            "order",
            models.Index(
                fields=["shop", "state", "-urgent", "ship_by", "id"], name="order_open_of_shop", condition=OPEN
            ),
        ),
        AddIndexConcurrently(
            "order",
            models.Index(
                fields=["state", "-created_at", "-id"],
                include=("shop", "warehouse"),
                name="order_closed",
                condition=CLOSED,
            ),
        ),
        AddIndexConcurrently(
            "order",
            models.Index(fields=["shop", "state", "-created_at", "-id"], name="order_closed_of_shop", condition=CLOSED),
        ),
        AddIndexConcurrently(
            "order",
            django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=["created_at"], name="order_made"),
        ),
        RemoveIndexConcurrently("order", "order_open"),
        RemoveIndexConcurrently("order", "order_created"),
    ]
