"""Addresses of what is done to many orders, and of their tags."""

from __future__ import annotations

from django.urls import path

from orders.web import batches, edits, tags, together

urlpatterns = [
    path("batches/<int:job_id>/", batches.batch_page, name="batch_page"),
    path("batches/<int:job_id>/stop/", batches.stop, name="batch_stop"),
    path("batches/<int:job_id>/result/", batches.result, name="batch_result"),
    path("batches/<int:job_id>/undo/", edits.undo, name="batch_undo"),
    path("together/<slug:name>/", together.together, name="together"),
    path("together/<slug:name>/preview/", together.together_preview, name="together_preview"),
    path("edit/", edits.edit, name="batch_edit"),
    path("edit/value/", edits.edit_value, name="batch_edit_value"),
    path("edit/preview/", edits.edit_preview, name="batch_edit_preview"),
    path("tags/", tags.tag_list, name="tags"),
    path("tags/save/", tags.save, name="tag_save"),
]
