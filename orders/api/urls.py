from __future__ import annotations

from rest_framework.routers import SimpleRouter

from orders.api.viewsets import OrderViewSet

router = SimpleRouter()
router.register("orders", OrderViewSet, basename="order")
urlpatterns = router.urls
