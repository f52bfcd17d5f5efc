from __future__ import annotations

from rest_framework.routers import SimpleRouter

from finance.api.viewsets import VoucherViewSet

router = SimpleRouter()
router.register("vouchers", VoucherViewSet, basename="voucher")
urlpatterns = router.urls
