"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from promotions.web import campaign, figures, lists, scheme

app_name = "promotions"
urlpatterns = [
    path("", lists.campaign_list, name="campaigns"),
    path("calendar/", lists.calendar_page, name="calendar"),
    path("add/", campaign.add, name="add"),
    path("sku-choices/", scheme.sku_choices, name="sku_choices"),
    path("schemes/<int:scheme_id>/", scheme.change, name="scheme"),
    path("schemes/<int:scheme_id>/switch/", campaign.switch, name="switch"),
    path("drafts/<int:version_id>/", scheme.change_draft, name="draft"),
    path("drafts/<int:version_id>/drop/", scheme.drop, name="drop_draft"),
    path("versions/<int:version_id>/live/", scheme.put_live, name="put_live"),
    path("<int:campaign_id>/", campaign.campaign_page, name="campaign"),
    path("<int:campaign_id>/change/", campaign.change, name="change"),
    path("<int:campaign_id>/go-live/", campaign.go_live, name="go_live"),
    path("<int:campaign_id>/stop/", campaign.stop, name="stop"),
    path("<int:campaign_id>/copy/", campaign.copy, name="copy"),
    path("<int:campaign_id>/order/", campaign.reorder, name="reorder"),
    path("<int:campaign_id>/export/<slug:kind>/", figures.export, name="export"),
    path("<int:campaign_id>/schemes/add/", scheme.add, name="add_scheme"),
    path("<int:campaign_id>/schemes/preview/", scheme.preview, name="preview"),
]
