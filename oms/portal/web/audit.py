"""The page of the audit log."""

from __future__ import annotations

import datetime as dt

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from oms.accounts.gate import needs
from oms.accounts.looks import ALL_REASONS, look_rates
from oms.accounts.models import AuditEntry, Staff
from oms.accounts.models.audit_entry import VIEW_RECEIVER
from oms.accounts.who import signed_in
from oms.core.web.filters import ListFilters, day_box, search_box
from oms.core.web.paging import asked_page, load_page
from oms.portal.audit import ACTIONS, KINDS, told
from orders.models import Order

RATES_SHOWN = 8
"""People whose openings of receivers the page tells, those with the most."""


def _everybody(_request: HttpRequest) -> QuerySet[Staff]:
    return Staff.objects.order_by("username")


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


class AuditFilters(ListFilters):
    """Entries by person, action, subject, reason and day, both ends included."""

    staff = django_filters.ModelChoiceFilter(label=_("Person"), queryset=_everybody, empty_label=_("Everybody"))
    action = django_filters.ChoiceFilter(label=_("Action"), choices=list(ACTIONS.items()), empty_label=_("All actions"))
    kind = django_filters.ChoiceFilter(
        label=_("Kind of subject"), choices=list(KINDS.items()), empty_label=_("All kinds")
    )
    why = django_filters.ChoiceFilter(
        label=_("Reason"), field_name="details__why", choices=list(ALL_REASONS.items()), empty_label=_("All reasons")
    )
    q = django_filters.CharFilter(
        label=_("Words of the reason, or a number"),
        method="by_words",
        max_length=100,
        widget=search_box(_("Words of the reason, or a number")),
    )
    since = django_filters.DateFilter(label=_("From"), method="from_day", widget=day_box())
    until = django_filters.DateFilter(label=_("Until"), method="to_day", widget=day_box())

    def by_words(self, found: QuerySet[AuditEntry], _name: str, words: str) -> QuerySet[AuditEntry]:
        words = words.replace("\0", "")
        orders = Order.objects.filter(no=words).values("pk")
        return found.filter(Q(reason__icontains=words) | Q(details__no=words) | Q(kind="order", subject_id__in=orders))

    def from_day(self, found: QuerySet[AuditEntry], _name: str, day: dt.date) -> QuerySet[AuditEntry]:
        return found.filter(at__gte=_midnight(day))

    def to_day(self, found: QuerySet[AuditEntry], _name: str, day: dt.date) -> QuerySet[AuditEntry]:
        return found.filter(at__lt=_midnight(day + dt.timedelta(days=1))) if day < dt.date.max else found


@require_safe
@needs("accounts.view_audit")
def audit(request: HttpRequest) -> HttpResponse:
    """What people did that must be answered for, the newest first."""
    filters = AuditFilters(request, AuditEntry.objects.select_related("staff").order_by("-id"))
    page = load_page(filters.qs, asked_page(request))
    context = {
        "filters": filters,
        "page": page,
        "rows": told(page.object_list, signed_in(request)),
        "rates": look_rates(timezone.now())[:RATES_SHOWN],
        "looks": VIEW_RECEIVER,
    }
    return render(request, "staff/audit.html", context)
