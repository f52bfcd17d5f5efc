"""Data scopes: which rows a staff member may see and change. One mechanism, used by everything.

A model says by ``SCOPE_FIELDS`` which of its columns (or lookups) hold the shop and the warehouse, and by ``SCOPE_NULLABLE`` for which
dimension a row without a value is open to whoever passes the other dimensions. A model that says nothing cannot be read
through here: it raises, so that forgetting shows in the first test and not in a leak.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, Q, QuerySet

from oms.accounts.models import ScopeGrant, Staff
from oms.core import lookups

M = TypeVar("M", bound=Model)

lookups.register()

_ALL_FLAGS = {ScopeGrant.Dimension.SHOP: "all_shops", ScopeGrant.Dimension.WAREHOUSE: "all_warehouses"}


class UndeclaredScope(Exception):
    """A model has not said how its rows are scoped."""


class ScopedModel(Protocol):
    """What a scoped model declares."""

    SCOPE_FIELDS: dict[str, str]
    SCOPE_NULLABLE: frozenset[str]


def sees_all(staff: Staff, dimension: str) -> bool:
    """Whether the staff member sees every object of the dimension."""
    return staff.is_superuser or bool(getattr(staff, _ALL_FLAGS[ScopeGrant.Dimension(dimension)]))


def granted_ids(staff: Staff, dimension: str) -> QuerySet[ScopeGrant, int]:
    """The granted objects of the dimension, as a subquery."""
    return ScopeGrant.objects.filter(staff_id=staff.pk, dimension=dimension).values_list("object_id", flat=True)


def scope_q(model: type[Model], staff: Staff | AnonymousUser) -> Q:
    """The condition that limits the model's rows to the staff member's scope. Raises UndeclaredScope."""
    fields: dict[str, str] | None = getattr(model, "SCOPE_FIELDS", None)
    if fields is None:
        raise UndeclaredScope(f"{model._meta.label} declares no SCOPE_FIELDS")
    if not isinstance(staff, Staff) or not staff.is_active:
        return Q(pk__in=[])
    nullable: frozenset[str] = getattr(model, "SCOPE_NULLABLE", frozenset())
    condition = Q()
    for dimension, path in fields.items():
        if sees_all(staff, dimension):
            continue
        # As an array the ids are known before the rows are read, so that an ordered index can be walked; joined to them,
        # all rows would be sorted first.
        inside = Q(**{f"{path}__any_of": ArraySubquery(granted_ids(staff, dimension))})
        if dimension in nullable:
            inside |= Q(**{f"{path}__isnull": True})
        condition &= inside
    return condition


def scoped(queryset: QuerySet[M], staff: Staff | AnonymousUser) -> QuerySet[M]:
    """The rows of the queryset that the staff member may see. Raises UndeclaredScope."""
    return queryset.filter(scope_q(queryset.model, staff))
