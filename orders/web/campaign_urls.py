"""Addresses below the campaigns' of what needs orders: their pages are of this floor, their place is beside the campaign."""

from __future__ import annotations

from django.urls import path

from orders.web import campaign_what_if, campaigns

app_name = "campaign_orders"
urlpatterns = [
    path("<int:campaign_id>/effect/", campaigns.effect, name="effect"),
    path("<int:campaign_id>/try/", campaigns.try_campaign, name="try"),
    path("<int:campaign_id>/what-if/", campaign_what_if.ask, name="what_if"),
    path("what-if/<int:job_id>/", campaign_what_if.result, name="what_if_result"),
    path("what-if/<int:job_id>/cancel/", campaign_what_if.cancel, name="what_if_cancel"),
]
