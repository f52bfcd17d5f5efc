from __future__ import annotations

from django.apps import AppConfig


class WarehouseConfig(AppConfig):
    name = "warehouse"
    label = "warehouse"
    default_auto_field = "django.db.models.BigAutoField"
