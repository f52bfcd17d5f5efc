"""The page of the jobs: watched, stopped, their results."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from oms.accounts.gate import signed_in_only
from oms.accounts.who import signed_in
from oms.core.errors import UnableTo
from oms.core.models import Job
from oms.core.web.lists import render_list
from oms.core.web.paging import asked_page, load_page
from oms.core.web.replies import CHANGED, refuse
from oms.core.web.tabs import asked_stage, make_tabs
from oms.portal.jobs import cancel, figures_of, may_open, page_of, sort_of, visible_jobs

OWN: dict[str, str | Promise] = {"own": gettext_lazy("My jobs")}
ALL: dict[str, str | Promise] = OWN | {"all": gettext_lazy("Everybody's jobs")}


@require_safe
@signed_in_only
def job_list(request: HttpRequest) -> HttpResponse:
    """The person's jobs, the newest first; everybody's for who may see them."""
    staff = signed_in(request)
    stages = ALL if staff.has_perm("core.view_all_jobs") else OWN
    stage = asked_stage(request, stages)
    found = visible_jobs(staff)
    page = load_page(found if stage == "all" else found.filter(created_by=staff), asked_page(request))
    context = {
        "tabs": make_tabs(request, stages, stage),
        "stage": stage,
        "page": page,
        "rows": [(job, figures_of(job), _file_of(job), page_of(job), sort_of(job)) for job in page.object_list],
        "runs": any(job.state in Job.OPEN for job in page.object_list),
    }
    return render_list(request, "portal/jobs.html", "portal/_jobs.html", context)


@require_POST
@signed_in_only
def stop(request: HttpRequest, job_id: int) -> HttpResponse:
    """Stop a job of one's own, or anybody's for who may see them."""
    job = get_object_or_404(visible_jobs(signed_in(request)), pk=job_id)
    if not cancel(job):
        ended = UnableTo(_("The job has ended already: there is nothing to stop."), code="job_ended")
        return refuse(request, ended, "portal:jobs")
    if not getattr(request, "htmx", False):
        return redirect("portal:jobs")
    said = {"text": _("The job stops at its next step; what it did stays."), "tone": "done"}
    response = trigger_client_event(HttpResponse(), "oms:toast", said)
    return trigger_client_event(response, CHANGED, {})


@require_safe
@signed_in_only
def result(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """The file that a job left, for whoever started it, while what they may see covers what is in it."""
    staff = signed_in(request)
    job = get_object_or_404(Job, pk=job_id, created_by=staff)
    kept = _file_of(job)
    if not kept or not default_storage.exists(kept):
        raise Http404
    if not may_open(job, staff):
        sentence = _(
            "What you may see has changed since this file was made. Make it anew; it will hold what is yours now."
        )
        return refuse(request, UnableTo(sentence, code="narrowed"), "portal:jobs")
    ending = kept.rpartition(".")[2]
    return FileResponse(default_storage.open(kept, "rb"), as_attachment=True, filename=f"job-{job.pk}.{ending}")


def _file_of(job: Job) -> str:
    """Where the result is kept in the storage; empty when the job left none."""
    stored = job.result if isinstance(job.result, dict) else {}
    return str(stored.get("report") or "")
