"""The blacklist: buyers, phones and addresses to which nothing ships without a person."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from oms.catalog.models.receiver import ADDRESS_PURPOSE, PHONE_PURPOSE
from oms.catalog.receivers import mask_phone
from oms.core.crypto import blind_index
from oms.core.errors import UnableTo
from oms.core.history import HistoryRow, write_history
from orders.models import BlacklistEntry
from orders.wake import tell_blacklist

KIND = "blacklist"


def add_entry(
    *,
    reason: str,
    actor_id: int | None,
    platform: str = "",
    buyer_id: str = "",
    phone: str = "",
    address: str = "",
    stops: bool = True,
) -> BlacklistEntry:
    """Put a buyer of a platform, a phone or an address (as the receiver's, without its region) on the list. Raises UnableTo."""
    if not reason.strip():
        raise UnableTo(_("Say why, so that the next clerk knows."), code="no_reason")
    if not (buyer_id and platform) and not phone and not address:
        raise UnableTo(_("Name a buyer with the platform, a phone or an address."), code="names_nobody")
    with transaction.atomic():
        entry = BlacklistEntry.objects.create(
            platform=platform,
            buyer_id=buyer_id,
            phone_index=blind_index(phone, PHONE_PURPOSE),
            phone_masked=mask_phone(phone) if phone else "",
            address_index=blind_index(address, ADDRESS_PURPOSE),
            reason=reason.strip()[:200],
            stops=stops,
            created_by_id=actor_id,
        )
        write_history(
            [HistoryRow(kind=KIND, subject_id=entry.id, action="add", reason=entry.reason, actor_id=actor_id)]
        )
    return entry


def end_entry(entry_id: int, *, actor_id: int | None, reason: str = "") -> bool:
    """Take an entry off the list; orders that it stopped go on by themselves. False when it is off already."""
    with transaction.atomic():
        if not BlacklistEntry.objects.filter(id=entry_id, enabled=True).update(enabled=False):
            return False
        write_history([HistoryRow(kind=KIND, subject_id=entry_id, action="end", reason=reason, actor_id=actor_id)])
        tell_blacklist()
    return True
