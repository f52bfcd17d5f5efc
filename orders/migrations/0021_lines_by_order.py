"""Lines by order and SKU: tells from the index alone whether an order holds goods of a category. It takes the place of the index by order."""

from __future__ import annotations

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("catalog", "0006_categories"), ("orders", "0020_trade_asked_at")]

    operations = [
        AddIndexConcurrently("orderline", models.Index(fields=["order", "sku"], name="order_line_order")),
        migrations.AlterField(
            "orderline",
            "order",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="lines",
                to="orders.order",
            ),
        ),
    ]
