"""What each role may do: a table of ticks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from oms.accounts.gate import needs
from oms.accounts.granting import Cell, change_roles
from oms.accounts.matrix import AREAS, Function, functions, role_rows
from oms.accounts.staff import UnableToSaveStaff


@dataclass(frozen=True, slots=True)
class Tick:
    """One box: ``value`` as ``role:app.codename``; ``label`` for who does not see the table."""

    value: str
    label: str
    on: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A function with a box for each role."""

    function: Function
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """A heading and the functions below it."""

    title: str | Promise
    lines: tuple[Line, ...]


@require_http_methods(["GET", "HEAD", "POST"])
@needs("accounts.manage_staff")
def roles(request: HttpRequest) -> HttpResponse:
    """Show the ticks, or keep those that were changed."""
    refusal, ticked = "", None
    if request.method == "POST":
        before, after = set(request.POST.getlist("was")), set(request.POST.getlist("may"))
        try:
            changed = change_roles(_cells(after - before), _cells(before - after), by=request)
        except UnableToSaveStaff as error:
            refusal, ticked = str(error), after
        else:
            said = _("Saved. It holds from everybody's next click.") if changed else _("Nothing was different.")
            messages.success(request, said)
            return redirect("staff:roles")
    shown = role_rows()
    stored = {f"{role.code}:{name}" for role in shown for name in role.functions}
    now_on = stored if ticked is None else ticked

    def line(function: Function) -> Line:
        values = [(f"{role.code}:{function.name}", f"{role.label}: {function.label}") for role in shown]
        return Line(function, tuple(Tick(value, label, value in now_on) for value, label in values))

    known = functions()
    areas = [
        Area(AREAS.get(area, area), tuple(map(line, found))) for area, found in groupby(known, lambda one: one.area)
    ]
    names = {one.name for one in known}
    was = sorted(value for value in stored if value.partition(":")[2] in names)
    context = {"roles": shown, "areas": areas, "was": was, "refusal": refusal}
    return render(request, "staff/roles.html", context)


def _cells(values: Iterable[str]) -> set[Cell]:
    pairs = (value.partition(":") for value in values)
    return {(role, name) for role, _colon, name in pairs}
