from __future__ import annotations

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "oms.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from oms.catalog import import_jobs  # noqa: F401 - registers the runner of the jobs
