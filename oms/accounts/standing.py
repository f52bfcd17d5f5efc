"""What somebody may do and see by now: asked again by a job when it begins, and when its result is taken away.

A job starts with what its person may do at that moment, and runs (or waits, or leaves a file) while an administrator takes roles, shops,
warehouses or categories away. So a job asks ``still`` before it acts, and a file that was made within a wider ``Reach`` than its
person has by now is not given out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from oms.accounts.models import Staff
from oms.accounts.scopes import CATEGORY, SHOP, WAREHOUSE, granted_ids, sees_all
from oms.core.errors import UnableTo

Reach = Mapping[str, list[int] | None]
"""The shops, warehouses and categories whose data somebody sees, by dimension; None is all of them. JSON, so that a job can keep it."""

DIMENSIONS = (SHOP, WAREHOUSE, CATEGORY)


def still(staff_id: int | None, *permissions: str) -> Staff:
    """The person, as they are now. Raises UnableTo when they are gone, switched off, or lost one of the permissions."""
    staff = None if staff_id is None else Staff.objects.filter(pk=staff_id, is_active=True).first()
    if staff is None or not staff.has_perms(permissions):
        raise UnableTo(_("You may not do this any more. What was done until then stays."), code="not_allowed_any_more")
    return staff


def reach_of(staff: Staff) -> dict[str, list[int] | None]:
    """What the person sees now."""
    return {str(one): None if sees_all(staff, one) else sorted(granted_ids(staff, one)) for one in DIMENSIONS}


def covers(now: Reach, then: Any) -> bool:
    """Whether somebody who sees ``now`` may read what was made for who saw ``then``; what says nothing of itself may nobody."""
    if not isinstance(then, Mapping):
        return False
    return all(
        mine is None or (then.get(one) is not None and set(then[one]).issubset(mine)) for one, mine in now.items()
    )
