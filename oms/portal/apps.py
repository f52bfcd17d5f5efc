from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "oms.portal"
    label = "portal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from oms.portal import exports  # noqa: F401 - registers the lists that can be taken away
