"""Data scopes: which rows a staff member may see and change. One mechanism, used by everything.

A model says by ``SCOPE_FIELDS`` which of its columns (or lookups) hold the shop and the warehouse, and by ``SCOPE_NULLABLE`` for which
dimension a row without a value is open to whoever passes the other dimensions. A model that says nothing cannot be read
through here: it raises, so that forgetting shows in the first test and not in a leak.

The category of goods is a tree, and most rows have it through their lines: the model says the way to what is seen by its category
(a SKU, mostly). A document is seen by whoever sees goods of at least one of its lines; goods that have no category, or are not known
yet, are seen by everybody, because otherwise nobody would sort them.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from oms.accounts.models import ScopeGrant, Staff
from oms.core import lookups

M = TypeVar("M", bound=Model)

lookups.register()

SHOP, WAREHOUSE, CATEGORY = ScopeGrant.Dimension.SHOP, ScopeGrant.Dimension.WAREHOUSE, ScopeGrant.Dimension.CATEGORY

_ALL_FLAGS = {SHOP: "all_shops", WAREHOUSE: "all_warehouses", CATEGORY: "all_categories"}


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
        granted = ArraySubquery(granted_ids(staff, dimension))
        if dimension == CATEGORY:
            condition &= _of_categories(model, path, granted, or_none=dimension in nullable)
            continue
        inside = Q(**{f"{path}__any_of": granted})
        if dimension in nullable:
            inside |= Q(**{f"{path}__isnull": True})
        condition &= inside
    return condition


def scoped(queryset: QuerySet[M], staff: Staff | AnonymousUser) -> QuerySet[M]:
    """The rows of the queryset that the staff member may see. Raises UndeclaredScope."""
    return queryset.filter(scope_q(queryset.model, staff))


def _of_categories(model: type[Model], path: str, granted: ArraySubquery, *, or_none: bool = False) -> Q:
    """The rows that the path leads from to something of the granted categories, or to what has none; ``or_none``: or nowhere at all.

    1. Rows of many (the lines of an order) are asked for by EXISTS, so that no row comes twice.
    2. What the path ends at has a path of its own, down to the tree: "SKUs of products of categories".
    """
    here: Any = model
    steps = path.split("__")
    for place, name in enumerate(steps):
        field: Any = here._meta.get_field(name)
        if isinstance(field, ArrayField):
            return Q(**{f"{path}__overlap": granted})
        if field.one_to_many:
            outer = "__".join([*steps[:place], "pk"])
            rows = field.related_model._default_manager.filter(**{field.field.name: OuterRef(outer)})
            rest = "__".join(steps[place + 1 :])
            found = Q(Exists(rows.filter(_of_categories(field.related_model, rest, granted))))
            return found | ~Q(Exists(rows)) if or_none else found
        here = field.related_model
    seen = here._default_manager.filter(_of_categories(here, here.SCOPE_FIELDS[CATEGORY], granted)).order_by()
    inside = Q(**{f"{path}__in": seen})
    return inside | Q(**{f"{path}__isnull": True}) if field.null else inside
