"""The tables that are partitioned by month (oms.core.partitions)."""

from __future__ import annotations

import datetime as dt

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from oms.core.partitions import create_sql, ensure_partitions

TABLES = (
    (
        "warehouse_stockmove",
        (
            "warehouse_id bigint NOT NULL, sku_id bigint NOT NULL, quantity integer NOT NULL CHECK (quantity <> 0), "
            "kind varchar(12) NOT NULL, shipment_id bigint, actor_id bigint, note varchar(200) NOT NULL"
        ),
        {"stock_move_balance": "warehouse_id, sku_id"},
    ),
)


def make_months(_apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    ensure_partitions(dt.datetime.now(dt.UTC).date())


class Migration(migrations.Migration):
    dependencies = [("warehouse", "0001_initial")]

    operations = [
        *(
            migrations.RunSQL(create_sql(table, columns, indexes), f'DROP TABLE "{table}"')
            for table, columns, indexes in TABLES
        ),
        migrations.RunPython(make_months, migrations.RunPython.noop),
    ]
