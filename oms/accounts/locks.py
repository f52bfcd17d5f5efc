"""The row locks of accounts."""

from __future__ import annotations

from django.contrib.auth.models import Permission

from oms.accounts.models import SecondFactor, Staff


def lock_staffing() -> Permission:
    """Lock the function that manages staff: whoever changes people or roles holds it, so two cannot take it from each other."""
    return Permission.objects.select_for_update(of=("self",)).get(
        content_type__app_label="accounts", codename="manage_staff"
    )


def lock_member(staff_id: int) -> Staff | None:
    """Lock one member of the staff; None when there is none."""
    return Staff.objects.select_for_update().filter(pk=staff_id).first()


def lock_factor(staff_id: int) -> SecondFactor | None:
    """Lock somebody's second factor, so that a code is taken once and failures are all counted; None when there is none."""
    return SecondFactor.objects.select_for_update().filter(staff_id=staff_id).first()
