"""Staff: made with their roles and data scopes."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from oms.accounts.audit_log import record
from oms.accounts.models import ScopeGrant, Staff
from oms.core.errors import UnableTo

ADDED = "add_staff"


def add_staff(
    username: str,
    password: str,
    *,
    display_name: str = "",
    roles: Iterable[str] = (),
    shop_ids: Iterable[int] = (),
    warehouse_ids: Iterable[int] = (),
    all_shops: bool = False,
    all_warehouses: bool = False,
    by: Staff | None = None,
) -> Staff:
    """Make a staff member with these roles (their codes), shops and warehouses. Raises UnableTo.

    Somebody without a role can sign in and do nothing; somebody without a shop or warehouse sees no rows.
    """
    staff = Staff(username=username, display_name=display_name, all_shops=all_shops, all_warehouses=all_warehouses)
    wanted = set(roles)
    groups = list(Group.objects.filter(name__in=wanted))
    missing = sorted(wanted - {group.name for group in groups})
    if missing:
        raise UnableTo(_("There is no role “%(role)s”.") % {"role": missing[0]}, code="unknown_role")
    staff.set_password(password)
    try:
        staff.full_clean()
        validate_password(password, staff)
    except ValidationError as error:
        raise UnableTo(" ".join(error.messages), code="invalid") from error
    grants = [(ScopeGrant.Dimension.SHOP, set(shop_ids)), (ScopeGrant.Dimension.WAREHOUSE, set(warehouse_ids))]
    with transaction.atomic():
        if Staff.objects.filter(username__iexact=username).exists():
            raise UnableTo(_("The name “%(name)s” is taken.") % {"name": username}, code="name_taken")
        staff.save(force_insert=True)
        staff.groups.set(groups)
        ScopeGrant.objects.bulk_create(
            ScopeGrant(staff=staff, dimension=dimension, object_id=object_id)
            for dimension, object_ids in grants
            for object_id in sorted(object_ids)
        )
        record(
            by,
            ADDED,
            "staff",
            staff.pk,
            details={
                "roles": sorted(wanted),
                "all_shops": all_shops,
                "all_warehouses": all_warehouses,
                "shops": sorted(grants[0][1]),
                "warehouses": sorted(grants[1][1]),
            },
        )
    return staff
