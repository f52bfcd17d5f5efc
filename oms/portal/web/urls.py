"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from oms.portal.web import jobs, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("pulse/", views.beat, name="pulse"),
    path("search/", views.search, name="search"),
    path("jobs/", jobs.job_list, name="jobs"),
    path("jobs/<int:job_id>/stop/", jobs.stop, name="stop_job"),
    path("jobs/<int:job_id>/result/", jobs.result, name="job_result"),
    path("checks/", views.check_page, name="checks"),
]
