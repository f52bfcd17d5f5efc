from __future__ import annotations

from django.apps import AppConfig


class FinanceConfig(AppConfig):
    name = "finance"
    label = "finance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from finance import exports, invariants, posting  # noqa: F401 - registers them
        from oms.core.events import subscribe
        from orders.events import OrdersShipped

        subscribe(OrdersShipped, posting.make_due)
