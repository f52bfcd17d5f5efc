"""What roles may do, changed by an administrator."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest

from oms.accounts.audit_log import record
from oms.accounts.locks import lock_staffing
from oms.accounts.matrix import functions, role_rows
from oms.accounts.staff import check_somebody_manages

CHANGED = "change_role"

Cell = tuple[str, str]
"""A role's code and the name of a function."""


def change_roles(given: Collection[Cell], taken: Collection[Cell], *, by: HttpRequest) -> int:
    """Give and take away functions; the number of roles that changed. Raises UnableToSaveStaff.

    Only what was ticked or unticked is named, so that two administrators who work on different roles at once do not undo each other.
    Roles and functions that there are not (any more) are passed over.
    """
    with transaction.atomic():
        manages = lock_staffing()
        ids = {one.name: one.id for one in functions()}
        changed = 0
        for role in role_rows():
            more = {name for code, name in given if code == role.code and name in ids} - role.functions
            less = {name for code, name in taken if code == role.code} & role.functions
            if not more and not less:
                continue
            changed += 1
            group = Group.objects.get(pk=role.id)
            group.permissions.add(*(ids[name] for name in sorted(more)))
            group.permissions.remove(*(ids[name] for name in sorted(less) if name in ids))
            details = {"role": role.code, "given": sorted(more), "taken": sorted(less)}
            record(by, CHANGED, "role", role.id, details=details)
        check_somebody_manages(manages)
    return changed
