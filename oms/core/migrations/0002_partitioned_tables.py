"""The tables that are partitioned by month (oms.core.partitions)."""

from __future__ import annotations

import datetime as dt

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from oms.core.partitions import create_sql, ensure_partitions

TABLES = (
    (
        "core_historyentry",
        (
            "kind varchar(24) NOT NULL, subject_id bigint NOT NULL, action varchar(40) NOT NULL, "
            "from_state varchar(24) NOT NULL, to_state varchar(24) NOT NULL, reason text NOT NULL, "
            "actor_id bigint, run uuid, changes jsonb"
        ),
        {"history_subject": "subject_id, kind"},
    ),
)


def make_months(_apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    ensure_partitions(dt.datetime.now(dt.UTC).date())


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [
        *(
            migrations.RunSQL(create_sql(table, columns, indexes), f'DROP TABLE "{table}"')
            for table, columns, indexes in TABLES
        ),
        migrations.RunPython(make_months, migrations.RunPython.noop),
    ]
