"""Jobs as people see them: whose they are, how far they are, what came out."""

from __future__ import annotations

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from oms.accounts.exports import KIND as EXPORT
from oms.accounts.exports import may_take
from oms.accounts.models import Staff
from oms.catalog import import_jobs
from oms.core import jobs
from oms.core.models import Job
from orders.batches.start import KIND as BATCH
from orders.importing import run as order_imports
from orders.what_if import campaigns, runs

NEEDED = {import_jobs.KIND: "catalog.manage_product", order_imports.KIND: "orders.enter_order"}
"""Whose files tell of what was imported, by the kind of the job."""

FIGURES: dict[str, Promise] = {
    "lines": gettext_lazy("Lines of the file"),
    "created": gettext_lazy("New"),
    "changed": gettext_lazy("Changed"),
    "same": gettext_lazy("As they were"),
    "mistakes": gettext_lazy("Mistakes"),
    "listed": gettext_lazy("Listed"),
    "new": gettext_lazy("New"),
    "rejected": gettext_lazy("Unreadable"),
    "missed": gettext_lazy("Not fetched"),
    "done": gettext_lazy("Done"),
    "refused": gettext_lazy("Refused"),
}
"""What is told of a job's result, by its key."""

WHAT_IFS = {runs.KIND: "rules:result", campaigns.KIND: "campaign_orders:what_if_result"}
"""Comparisons, by their kind, with the page that shows what came of one."""


def visible_jobs(staff: Staff) -> QuerySet[Job]:
    """The person's own jobs; everybody's for who may see them."""
    found = Job.objects.select_related("created_by").order_by("-id")
    return found if staff.has_perm("core.view_all_jobs") else found.filter(created_by=staff)


def figures_of(job: Job) -> list[tuple[Promise, int]]:
    """The figures of the result of a job that is done."""
    result = job.result if isinstance(job.result, dict) else {}
    if job.kind in WHAT_IFS:
        return [(gettext_lazy("Would differ"), result["changed"])] if "changed" in result else []
    counts = ((label, result.get(key)) for key, label in FIGURES.items())
    return [(label, count) for label, count in counts if isinstance(count, int) and not isinstance(count, bool)]


def may_open(job: Job, staff: Staff) -> bool:
    """Whether the person may (still) open the file that their job left."""
    if job.kind == EXPORT:
        return may_take(job, staff)
    needed = NEEDED.get(job.kind)
    return needed is None or staff.has_perm(needed)


def page_of(job: Job) -> str:
    """Where the job's own page is, for those that have one."""
    place = "orders:batch_page" if job.kind == BATCH else WHAT_IFS.get(job.kind, "")
    return reverse(place, args=[job.pk]) if place else ""


def sort_of(job: Job) -> Promise | str:
    """What sort of job it is, where its title alone does not say so: that of a comparison is the name of the rule."""
    return gettext_lazy("What would it change?") if job.kind in WHAT_IFS else ""


def cancel(job: Job) -> bool:
    """Ask a job to stop; what it did stays. False when it had ended already."""
    if job.state not in Job.OPEN:
        return False
    if job.kind == import_jobs.KIND:
        # It also removes the file of one that has not begun.
        import_jobs.cancel_import(job)
        return True
    return jobs.cancel(job.pk)
