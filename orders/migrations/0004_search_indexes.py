"""Indexes for finding an order by its trade, its buyer or its receiver."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0003_permissions")]

    operations = [
        AddIndexConcurrently("order", models.Index(fields=["trade_no"], name="order_trade_no")),
        AddIndexConcurrently("order", models.Index(fields=["buyer_nick"], name="order_buyer")),
        AddIndexConcurrently("order", models.Index(fields=["receiver"], name="order_receiver")),
    ]
