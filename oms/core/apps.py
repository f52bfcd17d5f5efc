from __future__ import annotations

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "oms.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from oms.core import retention, truths  # noqa: F401 - registers them
