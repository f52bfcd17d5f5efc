"""The blacklist: buyers, phones and addresses to which nothing ships without a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from oms.catalog.models.receiver import ADDRESS_PURPOSE, PHONE_PURPOSE
from oms.catalog.receivers import mask_phone
from oms.core.crypto import blind_index
from oms.core.errors import UnableTo
from oms.core.history import HistoryRow, write_history
from orders.models import BlacklistEntry
from orders.wake import tell_blacklist

KIND = "blacklist"

Key = tuple[str, str, bytes | None, bytes | None]
"""Platform and buyer, blind index of the phone, blind index of the address."""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """Whom to put on the list and why: a buyer of a platform, a phone, or an address (as the receiver's, without its region)."""

    reason: str
    platform: str = ""
    buyer_id: str = ""
    phone: str = ""
    address: str = ""
    stops: bool = True

    def key(self) -> Key:
        """By what two entries are known to name the same: buyer, phone and address, the last two as they are kept."""
        return (
            self.platform if self.buyer_id else "",
            self.buyer_id,
            blind_index(self.phone, PHONE_PURPOSE),
            blind_index(self.address, ADDRESS_PURPOSE),
        )

    def check(self) -> None:
        """Raises UnableTo for an entry without a reason, or that names nobody."""
        if not self.reason.strip():
            raise UnableTo(_("Say why, so that the next clerk knows."), code="no_reason")
        if not (self.buyer_id and self.platform) and not self.phone and not self.address:
            raise UnableTo(_("Name a buyer with the platform, a phone or an address."), code="names_nobody")


def add_entry(entry: NewEntry, *, actor_id: int | None) -> BlacklistEntry:
    """Put somebody on the list. Raises UnableTo."""
    entry.check()
    return add_entries([entry], actor_id=actor_id)[0]


def add_entries(entries: Sequence[NewEntry], *, actor_id: int | None) -> list[BlacklistEntry]:
    """Put everybody of checked entries on the list, with history."""
    rows = []
    for entry in entries:
        platform, buyer_id, phone_index, address_index = entry.key()
        rows.append(
            BlacklistEntry(
                platform=platform,
                buyer_id=buyer_id,
                phone_index=phone_index,
                phone_masked=mask_phone(entry.phone) if entry.phone else "",
                address_index=address_index,
                reason=entry.reason.strip()[:200],
                stops=entry.stops,
                created_by_id=actor_id,
            )
        )
    with transaction.atomic():
        made = BlacklistEntry.objects.bulk_create(rows)
        write_history(
            HistoryRow(kind=KIND, subject_id=row.id, action="add", reason=row.reason, actor_id=actor_id) for row in made
        )
    return made


def keys_in_use(keys: Iterable[Key]) -> set[Key]:
    """Those of the keys that an entry in use has. One query."""
    wanted = set(keys)
    buyers = {buyer for _platform, buyer, _phone, _address in wanted if buyer}
    phones = [phone for _platform, _buyer, phone, _address in wanted if phone]
    addresses = [address for _platform, _buyer, _phone, address in wanted if address]
    found = BlacklistEntry.objects.filter(
        Q(buyer_id__in=buyers) | Q(phone_index__in=phones) | Q(address_index__in=addresses), enabled=True
    )
    rows = found.values_list("platform", "buyer_id", "phone_index", "address_index")
    return {
        (platform if buyer else "", buyer, _bytes(phone), _bytes(address)) for platform, buyer, phone, address in rows
    } & wanted


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)


def end_entry(entry_id: int, *, actor_id: int | None, reason: str = "") -> bool:
    """Take an entry off the list; orders that it stopped go on by themselves. False when it is off already."""
    with transaction.atomic():
        if not BlacklistEntry.objects.filter(id=entry_id, enabled=True).update(enabled=False):
            return False
        write_history([HistoryRow(kind=KIND, subject_id=entry_id, action="end", reason=reason, actor_id=actor_id)])
        tell_blacklist()
    return True
