"""The looks at receivers by time and person, so that they can be counted without reading the log."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0006_categories")]

    operations = [
        AddIndexConcurrently(
            "auditentry",
            models.Index(condition=models.Q(("action", "view_receiver")), fields=["at", "staff"], name="audit_looks"),
        ),
    ]
