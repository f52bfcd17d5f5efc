"""Addresses of what edits orders; the first are tried before an order's number."""

from __future__ import annotations

from django.urls import path

from orders.web import edit, enter, importing, memos, stock

urlpatterns = [
    path("edit/line/", edit.line, name="edit_line"),
    path("edit/sku-choices/", edit.sku_choices, name="edit_sku_choices"),
    path("edit/address/", edit.address, name="edit_address"),
    path("new/", enter.enter, name="enter"),
    path("new/receiver/", enter.take_receiver, name="enter_receiver"),
    path("new/save/", enter.save, name="enter_save"),
    path("new/amounts/", enter.amounts, name="enter_amounts"),
    path("import/", importing.page, name="import"),
    path("import/upload/", importing.upload, name="import_upload"),
    path("import/start/", importing.start, name="import_start"),
    path("import/<int:job_id>/", importing.progress, name="import_progress"),
    path("import/<int:job_id>/cancel/", importing.cancel, name="import_cancel"),
    path("import/<int:job_id>/report/", importing.report, name="import_report"),
    path("stock/<int:sku_id>/", stock.stock, name="stock"),
    path("memos/", memos.memo_page, name="memos"),
    path("memos/retry/", memos.retry, name="retry_memos"),
    path("memos/hand-over/", memos.hand_over, name="hand_over_memos"),
    path("<slug:no>/edit/", edit.edit, name="edit"),
    path("<slug:no>/edit/save/", edit.save, name="edit_save"),
    path("<slug:no>/edit/amounts/", edit.amounts, name="edit_amounts"),
    path("<slug:no>/edit/receiver/", edit.receiver, name="edit_receiver"),
    path("<slug:no>/take-from-trade/", edit.take_from_trade, name="take_from_trade"),
    path("<slug:no>/here/", edit.who_is_here, name="here"),
]
