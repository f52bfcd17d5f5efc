"""Receivers: sealed on the way in, masked for display, opened only by whoever must know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone

from oms.catalog.models import Receiver
from oms.catalog.models.receiver import ADDRESS_PURPOSE, NAME_PURPOSE, PHONE_PURPOSE
from oms.catalog.regions import region_index, stem
from oms.core.bulk import copy_rows
from oms.core.crypto import blind_index, seal
from oms.core.numbering import reserve_ids

COLUMNS = (
    "id",
    "name",
    "phone",
    "address",
    "name_index",
    "phone_index",
    "address_index",
    "name_masked",
    "phone_masked",
    "province",
    "city",
    "district",
    "town",
    "zip_code",
    "region_id",
    "oaid",
    "created_at",
)


@dataclass(frozen=True, slots=True)
class ReceiverData:
    """A receiver in clear. ``address`` is what follows province, city, district and town."""

    name: str
    phone: str
    address: str
    province: str
    city: str
    district: str
    town: str = ""
    zip_code: str = ""
    oaid: str = ""

    def digest(self) -> str:
        """A keyed digest (hex) by which two receivers are known to be the same without opening either."""
        parts = (self.name, self.phone, self.address, self.province, self.city, self.district, self.town, self.oaid)
        index = blind_index("\x1f".join(parts), "receiver.digest")
        return "" if index is None else index.hex()

    @property
    def region_code(self) -> str | None:
        """The GB/T 2260 code of the smallest region that the names fix."""
        return region_index().resolve(self.province, self.city, self.district)

    @property
    def region_name(self) -> str:
        """Province and city in short, for lists: 浙江 杭州."""
        place = self.city or self.district
        return (
            stem(self.province)
            if stem(place) == stem(self.province)
            else f"{stem(self.province)} {stem(place)}".strip()
        )


def mask_name(name: str) -> str:
    """The first character and a star for each other, at most two: 张**."""
    return name if "*" in name or len(name) < 2 else name[0] + "*" * min(len(name) - 1, 2)


def mask_phone(phone: str) -> str:
    """Three digits, stars, four digits: 138****1234; an extension is dropped; shorter numbers keep two digits."""
    if "*" in phone:
        return phone
    plain = phone.split("-", maxsplit=1)[0].split(",", maxsplit=1)[0]
    return f"{plain[:3]}****{plain[-4:]}" if len(plain) >= 11 else "*" * max(len(plain) - 2, 0) + plain[-2:]


def receiver_texts(receiver: Receiver, *, clear: bool) -> tuple[str, str, str]:
    """Name, phone and address (street and house only in clear)."""
    place = " ".join(filter(None, [receiver.province, receiver.city, receiver.district, receiver.town]))
    if clear and receiver.erased_at is None:
        return receiver.name or "", receiver.phone or "", f"{place} {receiver.address or ''}".strip()
    return receiver.name_masked, receiver.phone_masked, f"{place} ***".strip()


def write_receivers(receivers: Sequence[ReceiverData]) -> list[int]:
    """Store the receivers by one COPY and return their ids in the given order."""
    ids = reserve_ids(Receiver, len(receivers))
    copy_rows(Receiver, COLUMNS, _rows(ids, receivers))
    return ids


def _rows(ids: Sequence[int], receivers: Sequence[ReceiverData]) -> Iterable[tuple[object, ...]]:
    now = timezone.now()
    for identity, data in zip(ids, receivers, strict=True):
        yield (
            identity,
            seal(data.name, NAME_PURPOSE) if data.name else None,
            seal(data.phone, PHONE_PURPOSE) if data.phone else None,
            seal(data.address, ADDRESS_PURPOSE) if data.address else None,
            blind_index(data.name, NAME_PURPOSE),
            blind_index(data.phone, PHONE_PURPOSE),
            blind_index(data.address, ADDRESS_PURPOSE),
            mask_name(data.name)[:64],
            mask_phone(data.phone)[:32],
            data.province[:64],
            data.city[:64],
            data.district[:64],
            data.town[:64],
            data.zip_code[:16],
            data.region_code,
            data.oaid,
            now,
        )
