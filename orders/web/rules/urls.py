"""Addresses of the rules."""

from __future__ import annotations

from django.urls import path

from orders.web.rules import blacklist, by_file, table, tryout, views, what_if

app_name = "rules"

urlpatterns = [
    path("", views.start, name="start"),
    path("try/", tryout.try_one, name="try"),
    path("blacklist/", blacklist.blacklist, name="blacklist"),
    path("blacklist/import/", by_file.blacklist, name="import_blacklist"),
    path("wish-words/import/", by_file.words, name="import_words"),
    path("wish-words/file/", by_file.words_file, name="words_file"),
    path("blacklist/<int:entry_id>/end/", blacklist.end, name="end_entry"),
    path("drafts/<int:version_id>/", views.change_draft, name="draft"),
    path("drafts/<int:version_id>/drop/", views.drop, name="drop"),
    path("drafts/<int:version_id>/what-if/", what_if.ask, name="what_if"),
    path("versions/<int:version_id>/live/", views.put_live, name="put_live"),
    path("what-if/<int:job_id>/", what_if.result, name="result"),
    path("what-if/<int:job_id>/cancel/", what_if.cancel, name="cancel"),
    path("what-if/<int:job_id>/csv/", what_if.export, {"form": "csv"}, name="export_csv"),
    path("what-if/<int:job_id>/xlsx/", what_if.export, {"form": "xlsx"}, name="export_xlsx"),
    path("<slug:slug>/", views.rule_list, name="list"),
    path("<slug:slug>/add/", views.add, name="add"),
    path("<slug:slug>/order/", views.reorder, name="reorder"),
    path("<slug:slug>/<int:rule_id>/", views.change, name="change"),
    path("<slug:slug>/<int:rule_id>/switch/", views.switch, name="switch"),
    path("<slug:slug>/<int:rule_id>/rows/", table.export_rows, name="rows"),
    path("<slug:slug>/<int:rule_id>/rows/import/", table.import_rows, name="import_rows"),
]
