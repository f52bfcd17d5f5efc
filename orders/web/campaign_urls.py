"""Addresses below the campaigns' of what needs orders: their pages are of this floor, their place is beside the campaign."""

from __future__ import annotations

from django.urls import path

from orders.web import campaigns

app_name = "campaign_orders"
urlpatterns = [
    path("<int:campaign_id>/effect/", campaigns.effect, name="effect"),
    path("<int:campaign_id>/try/", campaigns.try_campaign, name="try"),
]
