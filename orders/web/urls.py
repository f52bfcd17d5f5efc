"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from orders.web import batch, order, trades, uploads, workbench

app_name = "orders"
urlpatterns = [
    path("", workbench.workbench, name="workbench"),
    path("batch/<slug:name>/", batch.batch, name="batch"),
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
