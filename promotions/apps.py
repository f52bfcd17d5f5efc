from __future__ import annotations

from django.apps import AppConfig


class PromotionsConfig(AppConfig):
    name = "promotions"
    label = "promotions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from oms.core import rule_kinds
        from promotions import campaigns, exports, invariants  # noqa: F401 - registers them

        rule_kinds.register(campaigns.KIND_OF_SCHEME)
