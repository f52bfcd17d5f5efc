from __future__ import annotations

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "oms.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from oms.catalog import exports, import_jobs  # noqa: F401 - register lists and the runner of the jobs
