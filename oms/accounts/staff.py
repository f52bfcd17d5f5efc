"""Staff: made and changed with their roles and data scopes; each change in the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from oms.accounts.audit_log import record
from oms.accounts.locks import lock_member, lock_staffing
from oms.accounts.models import ScopeGrant, Staff
from oms.core.errors import UnableTo

ADDED = "add_staff"
CHANGED = "change_staff"
RENEWED = "change_password"


class UnableToSaveStaff(UnableTo):
    """What was entered cannot be kept; ``field`` says where it was entered."""

    def __init__(self, message: str, *, code: str, field: str = "") -> None:
        super().__init__(message, code=code)
        self.field = field


@dataclass(frozen=True, slots=True)
class Membership:
    """What is entered of somebody besides name and password: roles by their codes, shops, warehouses and categories by their ids."""

    display_name: str = ""
    roles: tuple[str, ...] = ()
    all_shops: bool = False
    shops: tuple[int, ...] = ()
    all_warehouses: bool = False
    warehouses: tuple[int, ...] = ()
    all_categories: bool = True
    categories: tuple[int, ...] = ()
    is_active: bool = True


def membership_of(staff: Staff) -> Membership:
    """What is stored of somebody."""
    grants = list(staff.scope_grants.order_by("object_id").values_list("dimension", "object_id"))
    return Membership(
        display_name=staff.display_name,
        roles=tuple(staff.groups.order_by("name").values_list("name", flat=True)),
        all_shops=staff.all_shops,
        shops=tuple(pk for dimension, pk in grants if dimension == ScopeGrant.Dimension.SHOP),
        all_warehouses=staff.all_warehouses,
        warehouses=tuple(pk for dimension, pk in grants if dimension == ScopeGrant.Dimension.WAREHOUSE),
        all_categories=staff.all_categories,
        categories=tuple(pk for dimension, pk in grants if dimension == ScopeGrant.Dimension.CATEGORY),
        is_active=staff.is_active,
    )


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
    category_ids: Iterable[int] | None = None,
    by: HttpRequest | Staff | None = None,
) -> Staff:
    """Make a staff member with these roles (their codes), shops and warehouses. Raises UnableToSaveStaff.

    Somebody without a role can sign in and do nothing; somebody without a shop or warehouse sees no rows.
    With ``category_ids`` (even none) they see the goods of these categories and of what lies under them; without, of all.
    """
    wanted = Membership(
        display_name=display_name,
        roles=tuple(sorted(set(roles))),
        all_shops=all_shops,
        shops=tuple(sorted(set(shop_ids))),
        all_warehouses=all_warehouses,
        warehouses=tuple(sorted(set(warehouse_ids))),
        all_categories=category_ids is None,
        categories=tuple(sorted(set(category_ids or ()))),
    )
    staff = Staff(username=username)
    groups = _groups(wanted.roles)
    _fill(staff, wanted, password)
    with transaction.atomic():
        if Staff.objects.filter(username__iexact=username).exists():
            raise UnableToSaveStaff(
                _("The name “%(name)s” is taken.") % {"name": username}, code="name_taken", field="username"
            )
        staff.save(force_insert=True)
        _grant(staff, wanted, groups)
        details = asdict(wanted)
        del details["display_name"], details["is_active"]
        record(by, ADDED, "staff", staff.pk, details=details)
    return staff


def change_staff(staff_id: int, wanted: Membership, *, password: str = "", by: HttpRequest, actor: Staff) -> Staff:
    """Give somebody these roles and scopes, and a new password unless it is empty. Raises UnableToSaveStaff and Staff.DoesNotExist.

    Nobody switches themselves off, and somebody always remains who manages staff. A new password, like switching somebody off, ends
    the sessions that they have.
    """
    groups = _groups(wanted.roles)
    with transaction.atomic():
        manages = lock_staffing()
        staff = lock_member(staff_id)
        if staff is None:
            raise Staff.DoesNotExist
        if staff.is_superuser and not actor.is_superuser:
            raise UnableToSaveStaff(
                _("%(name)s may do everything. Only somebody who may too can change that account.") % {"name": staff},
                code="superuser",
            )
        if staff.pk == actor.pk and not wanted.is_active:
            raise UnableToSaveStaff(
                _("You cannot switch yourself off. Ask another administrator to do it."), code="self", field="is_active"
            )
        before = membership_of(staff)
        _fill(staff, wanted, password)
        staff.save()
        _grant(staff, wanted, groups)
        check_somebody_manages(manages, field="roles")
        details = _changes(before, membership_of(staff))
        if password:
            details["password"] = True
        if details:
            record(by, CHANGED, "staff", staff.pk, details=details)
    return staff


def set_own_password(staff: Staff, password: str, *, by: HttpRequest) -> Staff:
    """Give somebody the password that they chose themselves; every session that was begun with the old one ends."""
    with transaction.atomic():
        kept = lock_member(staff.pk)
        if kept is None:
            raise Staff.DoesNotExist
        kept.set_password(password)
        kept.save(update_fields=["password"])
        record(by, RENEWED, "staff", kept.pk)
    return kept


def check_somebody_manages(manages: Permission, *, field: str = "") -> None:
    """Raise UnableToSaveStaff when nobody who can sign in holds the function any more; to be called with it locked."""
    holders = Q(is_superuser=True) | Q(groups__permissions=manages) | Q(user_permissions=manages)
    if not Staff.objects.filter(holders, is_active=True).exists():
        raise UnableToSaveStaff(
            _("Nobody could manage staff and roles any more. Give it to somebody else first."),
            code="last_administrator",
            field=field,
        )


def _groups(roles: Iterable[str]) -> list[Group]:
    wanted = set(roles)
    groups = list(Group.objects.filter(name__in=wanted))
    missing = sorted(wanted - {group.name for group in groups})
    if missing:
        raise UnableToSaveStaff(
            _("There is no role “%(role)s”.") % {"role": missing[0]}, code="unknown_role", field="roles"
        )
    return groups


def _fill(staff: Staff, wanted: Membership, password: str) -> None:
    """Put the values into the object, checked. Raises UnableToSaveStaff with the field."""
    staff.display_name, staff.is_active = wanted.display_name, wanted.is_active
    staff.all_shops, staff.all_warehouses = wanted.all_shops, wanted.all_warehouses
    staff.all_categories = wanted.all_categories
    if password or staff.pk is None:
        staff.set_password(password)
    try:
        staff.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        field, sentences = next(iter(error.message_dict.items()))
        raise UnableToSaveStaff(" ".join(sentences), code="invalid", field=field) from error
    if password or staff.pk is None:
        try:
            validate_password(password, staff)
        except ValidationError as error:
            raise UnableToSaveStaff(" ".join(error.messages), code="invalid", field="password") from error


def _grant(staff: Staff, wanted: Membership, groups: list[Group]) -> None:
    """Make roles, shops, warehouses and categories those that are wanted."""
    staff.groups.set(groups)
    dimension = ScopeGrant.Dimension
    pairs = {(dimension.SHOP.value, pk) for pk in wanted.shops}
    pairs |= {(dimension.WAREHOUSE.value, pk) for pk in wanted.warehouses}
    pairs |= {(dimension.CATEGORY.value, pk) for pk in wanted.categories}
    kept = {(grant.dimension, grant.object_id): grant.pk for grant in staff.scope_grants.all()}
    ScopeGrant.objects.filter(pk__in=[pk for pair, pk in kept.items() if pair not in pairs]).delete()
    ScopeGrant.objects.bulk_create(
        ScopeGrant(staff=staff, dimension=kind, object_id=object_id) for kind, object_id in sorted(pairs - kept.keys())
    )


def _changes(before: Membership, after: Membership) -> dict[str, Any]:
    """What is different, each as what it was and what it is."""
    old, new = asdict(before), asdict(after)
    return {name: [old[name], new[name]] for name in old if old[name] != new[name]}
