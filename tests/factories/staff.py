"""People who sign in."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import Group

from oms.accounts.models import ScopeGrant, Staff
from oms.accounts.roles import seed_roles
from oms.catalog.models import Shop
from warehouse.models import Warehouse


def make_staff(
    name: str = "clerk",
    *,
    role: str = "",
    shops: Iterable[Shop] | None = None,
    warehouses: Iterable[Warehouse] | None = None,
) -> Staff:
    """A staff member with a role of ``oms.accounts.roles``; sees every shop and warehouse unless they are named."""
    staff = Staff.objects.create_user(
        name, password="secret-of-tests", all_shops=shops is None, all_warehouses=warehouses is None
    )
    if role:
        seed_roles()
        staff.groups.add(Group.objects.get(name=role))
    grants = [(ScopeGrant.Dimension.SHOP, shop.pk) for shop in shops or ()]
    grants += [(ScopeGrant.Dimension.WAREHOUSE, warehouse.pk) for warehouse in warehouses or ()]
    ScopeGrant.objects.bulk_create(
        [ScopeGrant(staff=staff, dimension=dimension, object_id=pk) for dimension, pk in grants]
    )
    return staff
