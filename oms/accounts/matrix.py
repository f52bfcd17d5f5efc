"""Roles and what they may do: the matrix that an administrator edits and ``manage.py permissions`` prints."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.accounts.gate import Access
from oms.accounts.roles import ROLES
from oms.accounts.routes import all_addresses

AREAS: dict[str, Promise] = {
    "orders": gettext_lazy("Orders"),
    "warehouse": gettext_lazy("Warehousing"),
    "promotions": gettext_lazy("Campaigns"),
    "catalog": gettext_lazy("Goods and shops"),
    "finance": gettext_lazy("Finance"),
    "integrations": gettext_lazy("Connections"),
    "portal": gettext_lazy("Announcements"),
    "core": gettext_lazy("Jobs"),
    "exports": gettext_lazy("Exports"),
    "accounts": gettext_lazy("Administration"),
}
"""The headings of the functions by the app that declares them, in the order in which people read them."""


@dataclass(frozen=True, slots=True)
class Function:
    """Something that a role may do: ``name`` as ``app.codename``."""

    id: int
    name: str
    label: str

    @property
    def area(self) -> str:
        app, _dot, codename = self.name.partition(".")
        return "exports" if codename.startswith("export_") else app


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role of the database with the names of its functions."""

    id: int
    code: str
    label: str
    functions: frozenset[str]

    def may(self, access: Access) -> bool:
        """Whether somebody with this role alone passes the door."""
        return access.kind != "permission" or self.functions.issuperset(access.permissions)


@dataclass(frozen=True, slots=True)
class Door:
    """A page or a route of the API: ``action`` names the method and the action of a route; ``access`` None is undecided."""

    name: str
    route: str
    action: str
    access: Access | None


def functions() -> list[Function]:
    """Every function of the product, area by area."""
    order = list(AREAS)
    ours = {apps.get_app_config(path.rpartition(".")[2]).label for path in settings.OUR_APPS}
    found = Permission.objects.filter(content_type__app_label__in=ours)
    names = found.values_list("pk", "content_type__app_label", "codename", "name")
    rows = [Function(pk, f"{app}.{codename}", _(label)) for pk, app, codename, label in names]
    return sorted(rows, key=lambda row: (order.index(row.area) if row.area in order else len(order), row.id))


def role_rows(only: Collection[str] | None = None) -> list[RoleRow]:
    """The roles of the database, the company's own order first; in three queries at most."""
    labels = {role.code: role.label for role in ROLES}
    order = list(labels)
    groups = Group.objects.prefetch_related("permissions__content_type").order_by("name")
    if only is not None:
        groups = groups.filter(name__in=only)
    rows = [
        RoleRow(
            group.pk,
            group.name,
            _(labels[group.name]) if group.name in labels else group.name,
            frozenset(f"{one.content_type.app_label}.{one.codename}" for one in group.permissions.all()),
        )
        for group in groups
    ]
    return sorted(rows, key=lambda row: (order.index(row.code) if row.code in labels else len(order), row.code))


def doors() -> Iterator[Door]:
    """Every page and every action of the API with what it asks."""
    for address in all_addresses():
        for action, access in address.doors():
            yield Door(address.name, address.route, action, access)
