"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from oms.core.web.soon import soon

app_name = "orders"
urlpatterns = [
    path("", soon, name="workbench"),
    path("batch/<slug:name>/", soon, name="batch"),
    path("uploads/", soon, name="uploads"),
    path("uploads/retry/", soon, name="retry_uploads"),
    path("uploads/hand-over/", soon, name="hand_over_uploads"),
    path("rejected/", soon, name="rejected"),
    path("trades/<int:trade_id>/", soon, name="trade"),
    path("<slug:no>/", soon, name="order"),
    path("<slug:no>/panel/", soon, name="panel"),
    path("<slug:no>/receiver/", soon, name="receiver"),
]
