"""Whether a day has come to rest, what it came to, and whether both sides tell the same of it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from finance.models import Voucher
from oms.catalog.models import Shop
from oms.core import invariants
from oms.core.models import HistoryEntry, OutboxMessage
from oms.demo.scenes import CHINA
from oms.demo.street import Street
from orders.engine.reasons import ExceptionReason
from orders.models import Order, OrderLine, RawTrade, Trade, WaybillUpload
from orders.states import CANCELLED, SHIPPED, SUPERSEDED

TO_DOWNLOAD = "trades to download"
TOLD = 5
"""Examples in a sentence."""

State = WaybillUpload.State
Known = dict[tuple[str, str], dict[str, Any]]


def shops_by_seller(names: dict[str, str]) -> dict[str, Shop]:
    """Our shops by the names that the platform knows them under (code to seller)."""
    return {names[shop.code]: shop for shop in Shop.objects.filter(code__in=names)}


def unrest(street: Street, shops: dict[str, Shop]) -> Iterator[str]:
    """What is still under way, in words; nothing when the day has come to rest."""
    waiting = {
        "trades to process": Trade.objects.filter(state=Trade.State.DUE),
        "orders to process again": Order.objects.filter(reprocess_at__lte=timezone.now()).exclude(
            state__in=[CANCELLED, SUPERSEDED]
        ),
        "messages to deliver": OutboxMessage.objects.filter(state=OutboxMessage.State.DUE),
        "uploads": WaybillUpload.objects.filter(state__in=[State.DUE, State.SENT, State.FAILED]),
        "orders to post": Order.objects.filter(state=SHIPPED, posted=False),
        "orders that wait for a person": Order.objects.filter(
            state__in=["cs_review", "finance_review", "approved"], held=False, intercepted=False
        ),
    }
    busy = False
    for what, found in waiting.items():
        if count := found.count():
            busy = True
            yield f"{count} {what}"
    # Only asked when all else is done: the platform is told to list all of its trades.
    if not busy and (count := behind(street, shops)):
        yield f"{count} {TO_DOWNLOAD}"


def behind(street: Street, shops: dict[str, Shop]) -> int:
    """How many trades are still to be downloaded."""
    return len(list(_behind(street, shops)))


def _behind(street: Street, shops: dict[str, Shop]) -> Iterator[str]:
    """Trades of which we do not have the newest version, unless all that is new there is what we reported ourselves."""
    ours = {
        (no, shop): modified
        for no, shop, modified in Trade.objects.filter(shop__in=shops.values()).values_list(
            "trade_no", "shop_id", "modified"
        )
    }
    for seller, trade in street.trades():
        modified = ours.get((trade["tid"], shops[seller].pk))
        reported = modified is not None and trade["status"] == "WAIT_BUYER_CONFIRM_GOODS"
        if modified is None or (modified < _moment(trade["modified"]) and not reported):
            yield trade["tid"]


def _moment(text: str) -> dt.datetime:
    return dt.datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)


# -- the summary -------------------------------------------------------------------------------------------------------


def summarise(since: dt.datetime) -> dict[str, Any]:
    """The figures of everything that happened from the moment on."""
    orders = Order.objects.filter(created_at__gte=since)
    uploads = WaybillUpload.objects.filter(created_at__gte=since)
    failed = uploads.filter(state__in=[State.FAILED, State.HANDLED])
    reasons = Counter(f"{code}: {reason}" for code, reason in failed.values_list("reason_code", "reason"))
    return {
        "trades_downloaded": Trade.objects.filter(received_at__gte=since).count(),
        "versions_stored": RawTrade.objects.filter(at__gte=since).count(),
        "orders": orders.count(),
        "approved_by_policy": len(_approved(since, by_hand=False)),
        "audited_by_hand": len(_approved(since, by_hand=True)),
        "exceptions": _exceptions(since),
        "shipped": orders.filter(shipped_at__isnull=False).count(),
        "uploads_accepted": uploads.filter(state=State.ACCEPTED).count(),
        "uploads_failed": {"count": failed.count(), "reasons": dict(sorted(reasons.items()))},
        "trades_unreadable": dict(
            Trade.objects.filter(received_at__gte=since, state=Trade.State.REJECTED)
            .values_list("reason_code")
            .annotate(count=Count("id"))
            .order_by("reason_code")
        ),
        "vouchers": Voucher.objects.filter(posted_at__gte=since).count(),
    }


def _approved(since: dt.datetime, *, by_hand: bool) -> set[int]:
    """Orders that passed the customer service audit on the word of a person, or of a policy alone."""
    passed = HistoryEntry.objects.filter(
        Q(action__in=["cs_audit", "approve"]) | Q(action="create", to_state__in=["finance_review", "approved"]),
        at__gte=since,
        kind="order",
    )
    people = set(passed.filter(actor_id__isnull=False).values_list("subject_id", flat=True))
    return people if by_hand else set(passed.values_list("subject_id", flat=True)) - people


def _exceptions(since: dt.datetime) -> dict[str, int]:
    """Orders that met an exception, by reason: those of their birth, and those that stand now."""
    met: set[tuple[int, str]] = set()
    born = HistoryEntry.objects.filter(at__gte=since, kind="order", action="create", to_state="exception")
    for order, reasons in born.values_list("subject_id", "reason"):
        met.update((order, reason) for reason in reasons.split(",") if reason)
    for order, standing in Order.objects.filter(created_at__gte=since).values_list("id", "exceptions"):
        met.update((order, reason) for reason in standing)
    # The reason of a birth is also how an order came about: by a split, a merge.
    known = {reason.value for reason in ExceptionReason}
    return dict(sorted(Counter(reason for _, reason in met if reason in known).items()))


# -- both sides --------------------------------------------------------------------------------------------------------


def compare(street: Street, shops: dict[str, Shop]) -> Iterator[str]:
    """A sentence for everything in which the platform's own record and our database differ."""
    platform: Known = {(seller, trade["tid"]): trade for seller, trade in street.trades()}
    yield from _compare_trades(platform, shops)
    yield from _compare_shipments(street, platform, shops)


def broken_invariants() -> list[str]:
    """A sentence for every invariant that does not hold."""
    return [
        f"{violation.code}: {violation.sentence} ({violation.count}: {violation.examples[:TOLD]})"
        for violation in invariants.check_all()
    ]


def _list(what: str, found: list[str]) -> Iterator[str]:
    if found:
        yield f"{len(found)} {what}: {', '.join(found[:TOLD])}"


def _compare_trades(platform: Known, shops: dict[str, Shop]) -> Iterator[str]:
    ours = Counter(Trade.objects.filter(shop__in=shops.values()).values_list("shop_id", "trade_no"))
    yield from _list("trades were lost", [tid for seller, tid in platform if not ours[shops[seller].pk, tid]])
    yield from _list("trades are there twice", [no for (_, no), count in ours.items() if count > 1])
    yield from _list("trades have other units here", list(_other_units(platform, shops)))


def _other_units(platform: Known, shops: dict[str, Shop]) -> Iterator[str]:
    """Trades of which a line that we have orders for has other units there, whatever was split, merged and expanded."""
    lines = OrderLine.objects.filter(trade__shop__in=shops.values(), is_gift=False).exclude(order__state=SUPERSEDED)
    units: dict[tuple[int, str], dict[str, dict[int, Fraction]]] = {}
    for shop, no, oid, sku, quantity, each in lines.values_list(
        "trade__shop_id", "trade__trade_no", "oid", "sku_id", "quantity", "bundle_each"
    ):
        of_line = units.setdefault((shop, no), {}).setdefault(oid, {})
        of_line[sku or 0] = of_line.get(sku or 0, Fraction(0)) + Fraction(quantity, each or 1)
    for (seller, tid), trade in platform.items():
        found = units.get((shops[seller].pk, tid))
        if found is not None and not trade["nonsense"]:
            wanted = {order["oid"]: Fraction(order["num"]) for order in trade["orders"]}
            if any(set(parts.values()) != {wanted.get(oid)} for oid, parts in found.items()):
                yield tid


def _compare_shipments(street: Street, platform: Known, shops: dict[str, Shop]) -> Iterator[str]:
    """Each parcel of ours was accepted once with our number, or stands on the list that a person sees; and nothing else was."""
    sellers = {shop.pk: seller for seller, shop in shops.items()}
    accepted: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for seller in shops:
        for send in street.record(seller)["sends"]:
            if send["accepted"]:
                accepted.setdefault((seller, send["tid"]), []).append((send["out_sid"], send["sub_tid"] or ""))
    ours: dict[tuple[str, str], dict[str, str]] = {}
    uploads = WaybillUpload.objects.filter(trade__shop__in=shops.values())
    for shop, no, bill, state in uploads.values_list("trade__shop_id", "trade__trade_no", "waybill_no", "state"):
        ours.setdefault((sellers[shop], no), {})[bill] = state
    there = {key: {bill for bill, _part in sends} for key, sends in accepted.items()}
    yield from _list(
        "parcels are accepted here and not there",
        [
            key[1]
            for key in platform
            for bill, state in ours.get(key, {}).items()
            if state == State.ACCEPTED and bill not in there.get(key, set())
        ],
    )
    yield from _list(
        "parcels were accepted twice", [key[1] for key, sends in accepted.items() if len(sends) != len(set(sends))]
    )
    yield from _list(
        "parcels are accepted there and not ours",
        [key[1] for key, bills in there.items() if key in platform and not bills <= ours.get(key, {}).keys()],
    )
    lines = OrderLine.objects.filter(order__state__in=[SHIPPED, "completed"], trade__shop__in=shops.values())
    shipped = lines.exclude(refund=OrderLine.Refund.REFUNDED).exclude(order__shipped_at=None)
    missing = {
        no
        for shop, no in shipped.values_list("trade__shop_id", "trade__trade_no").distinct()
        if (sellers[shop], no) not in ours
    }
    yield from _list("shipped trades were not to be uploaded", sorted(missing))
