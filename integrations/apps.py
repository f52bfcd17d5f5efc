from __future__ import annotations

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
    label = "integrations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Connectors, runners and handlers make themselves known when they are imported.
        from integrations import download_jobs, exports, memos, uploads  # noqa: F401
        from integrations.platforms.taobao import connector  # noqa: F401
