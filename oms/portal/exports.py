"""The lists of staff, of the audit log and of jobs as they are taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from oms.accounts.exports import Asked, ExportColumn, ListExport, register
from oms.accounts.matrix import role_rows
from oms.accounts.models import AuditEntry
from oms.accounts.roles import ROLES
from oms.portal import announcements
from oms.portal.audit import Told, told
from oms.portal.jobs import visible_jobs


def _staff(asked: Asked) -> Any:
    from oms.portal.web.staff import everybody
    from oms.portal.web.staff_forms import StaffFilters

    found = everybody()
    if not asked.params.get("off"):
        found = found.filter(is_active=True)
    return StaffFilters(asked.request, found).qs


def _with_roles(rows: Sequence[Any], _asked: Asked) -> list[tuple[Any, str]]:
    labels = {role.code: role.label for role in role_rows()}
    return [(one, ", ".join(labels.get(group.name, group.name) for group in one.groups.all())) for one in rows]


def _role_label(code: str) -> str:
    known = {role.code: role.label for role in ROLES}
    return _(known[code]) if code in known else code


def _scope(everything: bool, count: int) -> str | int:
    return _("all") if everything else count


def _audit(asked: Asked) -> Any:
    from oms.portal.web.audit import AuditFilters

    return AuditFilters(asked.request, AuditEntry.objects.select_related("staff").order_by("-id")).qs


def _in_words(rows: Sequence[AuditEntry], asked: Asked) -> list[Told]:
    return told(rows, asked.staff)


def _details(row: Told) -> str:
    return "; ".join(f"{key}: {value}" for key, value in row.details)


def _jobs(asked: Asked) -> Any:
    found = visible_jobs(asked.staff)
    return found if asked.params.get("stage") == "all" else found.filter(created_by=asked.staff)


register(
    ListExport(
        "staff",
        lazy("Staff"),
        ("staff:members",),
        ("accounts.manage_staff",),
        _staff,
        (
            ExportColumn(lazy("User name"), lambda row: row[0].username),
            ExportColumn(lazy("Full name"), lambda row: row[0].display_name),
            ExportColumn(lazy("Roles"), lambda row: row[1]),
            ExportColumn(lazy("Shops"), lambda row: _scope(row[0].all_shops, row[0].shop_count)),
            ExportColumn(lazy("Warehouses"), lambda row: _scope(row[0].all_warehouses, row[0].warehouse_count)),
            ExportColumn(lazy("Categories"), lambda row: _scope(row[0].all_categories, row[0].category_count)),
            ExportColumn(lazy("May sign in"), lambda row: _("yes") if row[0].is_active else _("no")),
            ExportColumn(lazy("Signed in last"), lambda row: row[0].last_login),
        ),
        _with_roles,
    ),
    ListExport(
        "audit",
        lazy("Audit log"),
        ("staff:audit",),
        ("accounts.view_audit",),
        _audit,
        (
            ExportColumn(lazy("When"), lambda row: row.entry.at),
            ExportColumn(lazy("Person"), lambda row: str(row.entry.staff or "")),
            ExportColumn(lazy("Action"), lambda row: str(row.action)),
            ExportColumn(lazy("Kind of subject"), lambda row: str(row.kind)),
            ExportColumn(lazy("Subject"), lambda row: row.subject),
            ExportColumn(lazy("Reason"), lambda row: row.entry.reason),
            ExportColumn(lazy("Details"), _details),
            ExportColumn(lazy("Address"), lambda row: row.entry.address or ""),
        ),
        _in_words,
    ),
    ListExport(
        "announcements",
        lazy("Announcements"),
        ("portal:manage_announcements",),
        ("portal.manage_announcement",),
        lambda _asked: announcements.written(timezone.now()).annotate(read_by=Count("reads")),
        (
            ExportColumn(lazy("Title"), lambda row: row.title),
            ExportColumn(lazy("What is announced"), lambda row: row.body),
            ExportColumn(lazy("Roles"), lambda row: ", ".join(_role_label(code) for code in row.roles)),
            ExportColumn(lazy("Valid from"), lambda row: row.valid_from),
            ExportColumn(lazy("Valid until"), lambda row: row.valid_until),
            ExportColumn(lazy("Read by"), lambda row: row.read_by),
            ExportColumn(lazy("Person"), lambda row: str(row.created_by or "")),
        ),
    ),
    ListExport(
        "jobs",
        lazy("Jobs"),
        ("portal:jobs",),
        (),
        _jobs,
        (
            ExportColumn(lazy("Number"), lambda row: row.pk),
            ExportColumn(lazy("Job"), lambda row: row.title or row.kind),
            ExportColumn(lazy("State"), lambda row: row.get_state_display()),
            ExportColumn(lazy("Done"), lambda row: row.done),
            ExportColumn(lazy("Of"), lambda row: row.total),
            ExportColumn(lazy("Message"), lambda row: row.message),
            ExportColumn(lazy("Person"), lambda row: str(row.created_by or "")),
            ExportColumn(lazy("Created"), lambda row: row.created_at),
            ExportColumn(lazy("Finished"), lambda row: row.finished_at),
        ),
    ),
)
