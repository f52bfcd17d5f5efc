"""Addresses of what stands round the list of the workbench: conditions, views, columns."""

from __future__ import annotations

from django.urls import path

from orders.web import builder, layout, saved_views

urlpatterns = [
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
    path("columns/", layout.columns_dialog, name="columns_dialog"),
    path("columns/save/", layout.columns_save, name="columns_save"),
    path("columns/size/", layout.columns_size, name="columns_size"),
    path("columns/reset/", layout.columns_reset, name="columns_reset"),
    path("columns/css/", layout.columns_css, name="columns_css"),
]
