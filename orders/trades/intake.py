"""Trades in: what connectors bring is kept as it came, and each trade's newest version becomes due.

    received → raw trade (once for every content) → trade (newest version wins) → due for the pipeline

A trade that comes twice, late or out of order changes nothing twice: the newest ``modified`` wins, the digest tells a repetition.
A document that cannot be understood is stored with its reason and stops nobody else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from oms.catalog.listings import SeenListing, learn
from oms.catalog.models import Shop
from oms.catalog.receivers import ReceiverData, write_receivers
from oms.core.bulk import Json, copy_rows, update_rows
from oms.core.crypto import open_sealed_bytes, seal_bytes
from orders.locks import lock_trades
from orders.models import RawTrade, Trade
from orders.trades.document import (
    PresaleState,
    ReceivedTrade,
    RejectedDocument,
    TradeDocument,
    TradeStatus,
    to_json,
)

RAW_PURPOSE = "raw_trade.payload"


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """What became of a page of trades, as counts of trades."""

    new: int = 0
    changed: int = 0
    repeated: int = 0
    stale: int = 0
    rejected: int = 0

    def __add__(self, other: IntakeResult) -> IntakeResult:
        return IntakeResult(
            self.new + other.new,
            self.changed + other.changed,
            self.repeated + other.repeated,
            self.stale + other.stale,
            self.rejected + other.rejected,
        )

    @property
    def total(self) -> int:
        return self.new + self.changed + self.repeated + self.stale + self.rejected


@dataclass(frozen=True, slots=True)
class _Incoming:
    """One trade of the page: a document, or the reason why there is none."""

    trade_no: str
    payload: bytes
    digest: bytes
    modified: dt.datetime | None
    document: TradeDocument | None
    rejected: RejectedDocument | None

    @property
    def rank(self) -> tuple[bool, dt.datetime]:
        return (self.document is not None, self.modified or dt.datetime.min.replace(tzinfo=dt.UTC))


@dataclass(frozen=True, slots=True)
class _Stored:
    """A trade's row as it was before."""

    id: int
    modified: dt.datetime | None
    digest: bytes
    state: str
    receiver_id: int | None
    receiver_digest: str


def digest_of(payload: bytes) -> bytes:
    """16 bytes that tell whether two payloads are the same."""
    return hashlib.sha256(payload).digest()[:16]


def store_trades(
    shop: Shop,
    received: Sequence[ReceivedTrade],
    rejected: Sequence[RejectedDocument] = (),
    *,
    received_at: dt.datetime | None = None,
    asked_at: dt.datetime | None = None,
) -> IntakeResult:
    """Store one page of trades of a shop in one transaction; the number of queries does not depend on the page's size.

    ``asked_at`` is a moment before the platform was asked for any of them; without one nobody can say how fresh they are.
    """
    now = received_at or timezone.now()
    incoming = _newest([*map(_from_received, received), *map(_from_rejected, rejected)])
    if not incoming:
        return IntakeResult()
    with transaction.atomic():
        learn(_seen_listings(shop.id, incoming.values()))
        _insert_missing(shop, incoming.values(), now)
        stored = {
            row.trade_no: _Stored(row.id, row.modified, row.digest, row.state, row.receiver_id, row.receiver_digest)
            for row in lock_trades(shop.id, sorted(incoming))
        }
        return _store_versions(shop, incoming, stored, now, asked_at)


def _from_received(item: ReceivedTrade) -> _Incoming:
    document = item.document
    return _Incoming(document.trade_no, item.payload, digest_of(item.payload), document.modified, document, None)


def _from_rejected(item: RejectedDocument) -> _Incoming:
    digest = digest_of(item.payload)
    # A payload without a number still needs a row where a person sees it.
    trade_no = item.trade_no or f"?{digest.hex()[:20]}"
    return _Incoming(trade_no[:64], item.payload, digest, item.modified, None, item)


def _newest(items: Iterable[_Incoming]) -> dict[str, _Incoming]:
    """One version of each trade: the newest that can be understood."""
    newest: dict[str, _Incoming] = {}
    for item in items:
        known = newest.get(item.trade_no)
        if known is None or item.rank > known.rank:
            newest[item.trade_no] = item
    return newest


def _seen_listings(shop_id: int, items: Iterable[_Incoming]) -> list[SeenListing]:
    return [
        SeenListing(shop_id, line.item_id, line.sku_id, line.title, line.spec, line.item_code, line.sku_code)
        for item in items
        if item.document is not None
        for line in item.document.lines
    ]


def _insert_missing(shop: Shop, items: Iterable[_Incoming], now: dt.datetime) -> None:
    """Make an empty row for each trade number that has none; two downloads at once make it once."""
    numbers = sorted(item.trade_no for item in items)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_trade (shop_id, trade_no, digest, status, state, reason_code, reason, document, "
            "paid_amount, version, received_at, changed_at) "
            "SELECT %s, v.no, ''::bytea, '', 'waiting', '', '', '{}'::jsonb, 0, 0, %s, %s FROM unnest(%s::text[]) AS v(no) "
            "ON CONFLICT (trade_no, shop_id) DO NOTHING",
            [shop.id, now, now, numbers],
        )


def _store_versions(
    shop: Shop,
    incoming: dict[str, _Incoming],
    stored: dict[str, _Stored],
    now: dt.datetime,
    asked_at: dt.datetime | None,
) -> IntakeResult:
    new = changed = stale = refused = 0
    repeated: list[int] = []
    accepted: list[tuple[_Stored, _Incoming]] = []
    unreadable: list[tuple[_Stored, _Incoming]] = []
    for trade_no, item in incoming.items():
        before = stored[trade_no]
        if before.digest == item.digest:
            repeated.append(before.id)
        elif before.modified is not None and item.modified is not None and item.modified < before.modified:
            stale += 1
        elif item.rejected is not None:
            refused += 1
            unreadable.append((before, item))
        else:
            new, changed = (new + 1, changed) if not before.digest else (new, changed + 1)
            accepted.append((before, item))
    fresh = [item for _, item in (*accepted, *unreadable)]
    _write_raw(shop, fresh, now)
    _write_accepted(shop, accepted, now, asked_at)
    _write_unreadable(unreadable, now, asked_at)
    if asked_at is not None:
        Trade.objects.filter(id__in=repeated).update(asked_at=asked_at)
    return IntakeResult(new, changed, len(repeated), stale, refused)


def _write_raw(shop: Shop, items: Sequence[_Incoming], now: dt.datetime) -> None:
    copy_rows(
        RawTrade,
        ("at", "shop_id", "trade_no", "modified", "digest", "payload"),
        (
            (now, shop.id, i.trade_no, i.modified, i.digest, seal_bytes(zlib.compress(i.payload, 3), RAW_PURPOSE))
            for i in items
        ),
    )


def open_raw(raw: RawTrade) -> bytes:
    """The platform's own bytes of a raw trade."""
    return zlib.decompress(open_sealed_bytes(raw.payload, RAW_PURPOSE))


def _receiver_data(document: TradeDocument) -> ReceiverData:
    r = document.receiver
    return ReceiverData(r.name, r.phone, r.address, r.province, r.city, r.district, r.town, r.zip_code, r.oaid)


def is_masked(*parts: str) -> bool:
    """Whether the platform shows the receiver with stars only."""
    return any("*" in part for part in parts)


def receiver_token(receiver: ReceiverData, digest: str, shop_id: int, merge_group: str) -> str:
    """A token under which two trades are known to go to one receiver beyond doubt, or "" when nobody can tell.

    Plain receivers are told by the keyed digest of everything. Masked ones are told by the platform's word alone, within the shop:
    an OAID differs by shop, app and week.
    """
    if not is_masked(receiver.name, receiver.phone, receiver.address):
        return digest
    return f"{shop_id}:{merge_group}" if merge_group else ""


def standing_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """What of a stored document bears on whether its trade is due."""
    return {name: document[name] for name in ("status", "hold", "presale_state")}


def plan_state(*, status: str, hold: bool, presale_state: str, before: str) -> str:
    """Whether a trade's new version is due for the pipeline, waits for the platform, or needs nothing.

    A trade that was worked off before is due again whatever it says now, since its order may have to follow. One whose deposit is paid
    is due too: its order waits for the final payment where people see it.
    """
    if before in {Trade.State.SETTLED, Trade.State.DUE}:
        return Trade.State.DUE
    if status in {TradeStatus.CLOSED, TradeStatus.SHIPPED, TradeStatus.COMPLETED}:
        return Trade.State.SETTLED
    payable = status in {TradeStatus.PAID, TradeStatus.PART_SHIPPED} or presale_state == PresaleState.DEPOSIT_PAID
    if not payable or hold:
        return Trade.State.WAITING
    return Trade.State.DUE


def _write_accepted(
    shop: Shop, accepted: Sequence[tuple[_Stored, _Incoming]], now: dt.datetime, asked_at: dt.datetime | None
) -> None:
    documents = [item.document for _, item in accepted if item.document is not None]
    receivers = [_receiver_data(document) for document in documents]
    digests = [receiver.digest() for receiver in receivers]
    moved = [position for position, (before, _) in enumerate(accepted) if before.receiver_digest != digests[position]]
    ids = dict(zip(moved, write_receivers([receivers[position] for position in moved]), strict=True))
    rows = []
    for position, ((before, item), document) in enumerate(zip(accepted, documents, strict=True)):
        body = to_json(document)
        body["receiver_digest"] = digests[position]
        body["receiver_token"] = receiver_token(receivers[position], digests[position], shop.id, document.merge_group)
        body["region_name"] = receivers[position].region_name
        ship_by = document.ship_by
        if ship_by is None and document.paid_at is not None:
            body["ship_by"] = (document.paid_at + dt.timedelta(hours=shop.ship_within_hours)).isoformat()
        rows.append(
            (
                before.id,
                document.modified,
                item.digest,
                document.status.value,
                plan_state(**standing_of(body), before=before.state),
                Json(body),
                ids.get(position, before.receiver_id),
                document.created,
                document.paid_at,
                document.paid_amount,
                now,
                asked_at,
            )
        )
    update_rows(
        Trade,
        (
            "modified",
            "digest",
            "status",
            "state",
            "document",
            "receiver_id",
            "placed_at",
            "paid_at",
            "paid_amount",
            "changed_at",
            "asked_at",
        ),
        rows,
        assignments="version = t.version + 1, reason_code = '', reason = ''",
    )


def _write_unreadable(
    unreadable: Sequence[tuple[_Stored, _Incoming]], now: dt.datetime, asked_at: dt.datetime | None
) -> None:
    """List what cannot be understood. A trade whose order exists keeps its last good document and is due: its order gets the
    attention of a person; the others are rejected."""
    rows = [
        (
            before.id,
            item.modified or before.modified,
            item.digest,
            Trade.State.DUE.value if before.state == Trade.State.SETTLED else Trade.State.REJECTED.value,
            item.rejected.reason_code,
            item.rejected.detail,
            now,
            asked_at,
        )
        for before, item in unreadable
        if item.rejected is not None
    ]
    update_rows(
        Trade,
        ("modified", "digest", "state", "reason_code", "reason", "changed_at", "asked_at"),
        rows,
        assignments="version = t.version + 1",
    )
