"""People who sign in."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from django.contrib.auth.models import Group

from oms.accounts.models import ScopeGrant, Staff
from oms.catalog.models import Category, Shop
from warehouse.models import Warehouse

PASSWORD = "secret-of-tests"

_numbers = itertools.count(1)


def make_staff(
    name: str = "",
    *,
    role: str = "",
    roles: Iterable[str] = (),
    shops: Iterable[Shop] | None = None,
    warehouses: Iterable[Warehouse] | None = None,
    categories: Iterable[Category] | None = None,
    display_name: str = "",
    active: bool = True,
    superuser: bool = False,
) -> Staff:
    """A staff member with roles of ``oms.accounts.roles``; sees every shop, warehouse and category unless they are named."""
    staff = Staff.objects.create_user(
        name or f"clerk{next(_numbers)}",
        password=PASSWORD,
        display_name=display_name,
        is_active=active,
        is_superuser=superuser,
        all_shops=shops is None,
        all_warehouses=warehouses is None,
        all_categories=categories is None,
    )
    for wanted in filter(None, (role, *roles)):
        staff.groups.add(Group.objects.get(name=wanted))
    grants = [(ScopeGrant.Dimension.SHOP, shop.pk) for shop in shops or ()]
    grants += [(ScopeGrant.Dimension.WAREHOUSE, warehouse.pk) for warehouse in warehouses or ()]
    grants += [(ScopeGrant.Dimension.CATEGORY, category.pk) for category in categories or ()]
    ScopeGrant.objects.bulk_create(
        [ScopeGrant(staff=staff, dimension=dimension, object_id=pk) for dimension, pk in grants]
    )
    return staff
