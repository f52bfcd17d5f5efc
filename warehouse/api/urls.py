from __future__ import annotations

from rest_framework.routers import SimpleRouter

from warehouse.api.purchases import PurchaseViewSet
from warehouse.api.viewsets import ShipmentViewSet, StockViewSet

router = SimpleRouter()
router.register("shipments", ShipmentViewSet, basename="shipment")
router.register("stock", StockViewSet, basename="stock")
router.register("purchases", PurchaseViewSet, basename="purchase")
urlpatterns = router.urls
