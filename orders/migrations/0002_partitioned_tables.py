"""The tables that are partitioned by month (oms.core.partitions)."""

from __future__ import annotations

import datetime as dt

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from oms.core.partitions import create_sql, ensure_partitions

TABLES = (
    (
        "orders_rawtrade",
        (
            "shop_id bigint NOT NULL, trade_no varchar(64) NOT NULL, modified timestamptz, digest bytea NOT NULL, "
            "payload bytea NOT NULL"
        ),
        {"raw_trade_no": "trade_no, shop_id"},
    ),
    (
        "orders_orderdecision",
        "order_id bigint NOT NULL, run uuid NOT NULL, decisions jsonb NOT NULL",
        {"order_decision_order": "order_id"},
    ),
)


def make_months(_apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    ensure_partitions(dt.datetime.now(dt.UTC).date())


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        *(
            migrations.RunSQL(create_sql(table, columns, indexes), f'DROP TABLE "{table}"')
            for table, columns, indexes in TABLES
        ),
        migrations.RunPython(make_months, migrations.RunPython.noop),
    ]
