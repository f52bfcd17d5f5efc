"""What a person did today is found without reading what everybody did. Lines of the machine have no actor and are not in the index."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0006_checks")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX history_actor ON core_historyentry (actor_id, at) WHERE actor_id IS NOT NULL",
            "DROP INDEX history_actor",
        ),
    ]
