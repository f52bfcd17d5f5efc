from __future__ import annotations

from rest_framework.routers import SimpleRouter

from oms.catalog.api.viewsets import ProductViewSet

router = SimpleRouter()
router.register("products", ProductViewSet, basename="product")
urlpatterns = router.urls
