"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from orders.web import batch, batches, builder, gifts, order, parts, saved_views, trades, uploads, workbench
from orders.web.edit_urls import urlpatterns as edit_urlpatterns

app_name = "orders"
urlpatterns = [
    *edit_urlpatterns,
    path("", workbench.workbench, name="workbench"),
    path("batch/<slug:name>/", batch.batch, name="batch"),
    path("batches/<int:job_id>/", batches.batch_page, name="batch_page"),
    path("batches/<int:job_id>/stop/", batches.stop, name="batch_stop"),
    path("batches/<int:job_id>/result/", batches.result, name="batch_result"),
    path("parts/undo/<slug:name>/", parts.undo, name="undo_parts"),
    path("parts/split/", parts.split_dialog, name="split_dialog"),
    path("parts/split/preview/", parts.split_preview, name="split_preview"),
    path("parts/split/do/", parts.split, name="split"),
    path("parts/merge/", parts.merge_dialog, name="merge_dialog"),
    path("parts/merge/preview/", parts.merge_preview, name="merge_preview"),
    path("parts/merge/do/", parts.merge, name="merge"),
    path("gifts/", gifts.gifts, name="gifts"),
    path("gifts/preview/", gifts.gifts_preview, name="gifts_preview"),
    path("filters/", builder.filter_dialog, name="filter_dialog"),
    path("filters/row/", builder.filter_row, name="filter_row"),
    path("filters/choices/", builder.filter_choices, name="filter_choices"),
    path("filters/apply/", builder.filter_apply, name="filter_apply"),
    path("views/", saved_views.view_strip, name="view_strip"),
    path("views/menu/", saved_views.view_menu, name="view_menu"),
    path("views/all/", saved_views.view_list, name="view_list"),
    path("views/save/", saved_views.view_save, name="view_save"),
    path("views/<int:view_id>/update/", saved_views.view_update, name="view_update"),
    path("views/<int:view_id>/<slug:name>/", saved_views.view_change, name="view_change"),
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
