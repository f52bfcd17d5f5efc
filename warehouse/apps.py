from __future__ import annotations

from django.apps import AppConfig


class WarehouseConfig(AppConfig):
    name = "warehouse"
    label = "warehouse"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from warehouse import exports, invariants, tariffs  # noqa: F401 - exports and invariants register themselves

        tariffs.register_kinds()
