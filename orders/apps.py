from __future__ import annotations

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"
    label = "orders"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from oms.catalog.events import BundlesChanged, ListingsBound, SkusChanged, SkusEnabled
        from oms.core.events import subscribe
        from oms.core.versions import RuleWentLive
        from oms.core.watch import StopsEnded
        from orders import exports, invariants, reopen, rules, shipping, wake  # noqa: F401 - registers them
        from orders.batches import run  # noqa: F401 - registers the runner of the jobs
        from orders.what_if import campaigns, runs  # noqa: F401 - register the runners of the jobs
        from orders.words import history
        from warehouse.events import PlacesChanged, ShipmentsShipped, StockArrived

        subscribe(ListingsBound, wake.tell_bound)
        subscribe(SkusEnabled, wake.tell_enabled)
        subscribe(BundlesChanged, wake.tell_bundles)
        subscribe(StockArrived, wake.tell_stock)
        subscribe(RuleWentLive, wake.tell_live)
        subscribe(RuleWentLive, reopen.tell_live)
        subscribe(SkusChanged, wake.tell_measured)
        subscribe(PlacesChanged, wake.tell_places)
        rules.register_kinds()
        history.register()
        subscribe(StopsEnded, wake.tell_checked)
        subscribe(ShipmentsShipped, shipping.ship_orders)
