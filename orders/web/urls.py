"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from orders.web import batch, gifts, order, parts, trades, uploads, workbench
from orders.web.batch_urls import urlpatterns as batch_urlpatterns
from orders.web.edit_urls import urlpatterns as edit_urlpatterns
from orders.web.list_urls import urlpatterns as list_urlpatterns

app_name = "orders"
urlpatterns = [
    *edit_urlpatterns,
    *list_urlpatterns,
    path("", workbench.workbench, name="workbench"),
    *batch_urlpatterns,
    path("batch/<slug:name>/", batch.batch, name="batch"),
    path("parts/undo/<slug:name>/", parts.undo, name="undo_parts"),
    path("parts/split/", parts.split_dialog, name="split_dialog"),
    path("parts/split/preview/", parts.split_preview, name="split_preview"),
    path("parts/split/do/", parts.split, name="split"),
    path("parts/merge/", parts.merge_dialog, name="merge_dialog"),
    path("parts/merge/preview/", parts.merge_preview, name="merge_preview"),
    path("parts/merge/do/", parts.merge, name="merge"),
    path("gifts/", gifts.gifts, name="gifts"),
    path("gifts/preview/", gifts.gifts_preview, name="gifts_preview"),
    path("uploads/", uploads.upload_page, name="uploads"),
    path("uploads/retry/", uploads.retry, name="retry_uploads"),
    path("uploads/hand-over/", uploads.hand_over, name="hand_over_uploads"),
    path("rejected/", trades.rejected, name="rejected"),
    path("trades/<int:trade_id>/", trades.trade_view, name="trade"),
    path("<slug:no>/", order.order_view, name="order"),
    path("<slug:no>/panel/", workbench.panel, name="panel"),
    path("<slug:no>/receiver/", order.receiver, name="receiver"),
    path("<slug:no>/memo/", order.memo, name="memo"),
]
