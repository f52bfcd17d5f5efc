"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from oms.portal.web import announcements, exports, jobs, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("pulse/", views.beat, name="pulse"),
    path("palette/", views.more_places, name="palette"),
    path("search/", views.search, name="search"),
    path("jobs/", jobs.job_list, name="jobs"),
    path("jobs/<int:job_id>/stop/", jobs.stop, name="stop_job"),
    path("jobs/<int:job_id>/result/", jobs.result, name="job_result"),
    path("announcements/", announcements.announcement_list, name="announcements"),
    path("announcements/<int:announcement_id>/read/", announcements.read, name="read_announcement"),
    path("announcements/manage/", announcements.manage, name="manage_announcements"),
    path("announcements/manage/add/", announcements.add, name="add_announcement"),
    path("announcements/manage/<int:announcement_id>/", announcements.change, name="change_announcement"),
    path("announcements/manage/<int:announcement_id>/end/", announcements.end, name="end_announcement"),
    path("exports/<slug:code>/", exports.export, name="export"),
    path("checks/", views.check_page, name="checks"),
]
