"""The seller's memo and flag, written here and told to the platform.

    set_memo → a row for each trade of the order, with an outbox message → (a connector writes it) → accepted, or failed with the reason

A newer memo takes the place of an older one: messages name the revision that they were made for, and one that is out of date does
nothing. Writing the same memo twice is harmless, so a call whose answer was lost is simply made again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.core import outbox
from oms.core.actions import ActionResult, Refusal, chunks
from oms.core.bulk import update_rows
from oms.core.errors import UnableTo
from oms.core.history import HistoryRow, write_history
from oms.core.tasks import DELIVER_TASK, ring
from orders.actions import bump, check_rows, note
from orders.locks import DueTrade, lock_memo_messages, lock_memos, lock_orders, mark_due
from orders.models import MemoUpload, Order, OrderLine, Trade
from orders.states import BEFORE_CS_AUDIT, OPEN, ORDER

TOPIC = "orders.write_memo"
PROCESS_TASK = "orders.process_due"
CHANGED = "memo_changed"
State = MemoUpload.State
WAITING = (State.DUE, State.FAILED)
"""States in which the platform does not have our memo and nobody has taken it over."""


@dataclass(frozen=True, slots=True)
class MemoRequest:
    """What the platform is to be told."""

    memo_id: int
    revision: int
    shop_id: int
    trade_no: str
    memo: str
    flag: int


MEMO_LENGTH = 1000
"""Characters of a memo that is written here; those of platforms may be longer."""


def mark_of(memo: str, flag: int) -> str:
    """What tells a memo and flag that somebody looked at from those that took their place."""
    return hashlib.sha256(f"{flag} {memo}".encode()).hexdigest()[:16]


def set_memo(order_id: int, *, memo: str, flag: int, actor_id: int, seen: str) -> ActionResult:
    """Write the seller's memo and flag of one open order, and have every trade in it told to its platform.

    ``seen`` is the mark of the memo that the person had before them (``mark_of``): another one is not overwritten unseen.
    """
    with transaction.atomic():
        # A merged order's trades follow from the orders that they were born as: these must not be told of an echo as of news.
        trades = trades_of(order_id)
        born = list(Order.objects.filter(origin_trade_id__in=trades).values_list("id", flat=True))
        locked = lock_orders([order_id, *born])
        refused = check_rows([order_id], locked, OPEN, None)
        if refused:
            return ActionResult((), refused)
        before = Order.objects.values_list("seller_memo", "flag").get(id=order_id)
        if mark_of(*before) != seen and before != (memo, flag):
            return ActionResult((), {order_id: _changed(before[0])})
        bump([order_id], seller_memo=memo, flag=flag)
        Order.objects.filter(id__in=born).exclude(id=order_id).update(seller_memo=memo, flag=flag)
        note([order_id], "memo", actor_id=actor_id, memo=[before[0], memo], flag=[before[1], flag])
        if before != (memo, flag):
            _tell(dict.fromkeys(trades, (order_id, memo, flag)))
        if locked[order_id]["state"] in BEFORE_CS_AUDIT:
            mark_due([order_id])
            transaction.on_commit(lambda: ring(PROCESS_TASK))
    return ActionResult((order_id,), {})


def _changed(memo: str) -> Refusal:
    sentence = _(
        "Meanwhile the memo became “%(memo)s”, or its flag another. What you typed is still here: save again to put it in its place."
    )
    return Refusal(CHANGED, sentence % {"memo": memo[:200]})


def trades_of(order_id: int) -> list[int]:
    """The trades whose lines the order holds, ascending."""
    found = OrderLine.objects.filter(order_id=order_id, trade__isnull=False).order_by("trade_id")
    return [trade_id for trade_id in found.values_list("trade_id", flat=True).distinct() if trade_id is not None]


def told_with(order_ids: Sequence[int]) -> dict[int, list[int]]:
    """The orders that the trades of these were born as, by the order whose memo they take; a merge has several. Two queries."""
    trades = _trades_by_order(order_ids)
    wanted = {trade_id: order_id for order_id, found in trades.items() for trade_id in found}
    born: dict[int, list[int]] = {}
    found = Order.objects.filter(origin_trade_id__in=wanted).exclude(id__in=order_ids).order_by("id")
    for born_id, trade_id in found.values_list("id", "origin_trade_id"):
        born.setdefault(wanted[trade_id], []).append(born_id)
    return born


def tell_platforms(memos: Mapping[int, tuple[str, int]], born: Mapping[int, Sequence[int]]) -> None:
    """Have the memos and flags of many orders told to the platforms; the caller has written them and locked the orders and the born."""
    echoes = [(other, *memos[order_id]) for order_id, others in born.items() if order_id in memos for other in others]
    update_rows(Order, ("seller_memo", "flag"), echoes)
    trades = _trades_by_order(list(memos))
    _tell({trade_id: (order_id, *memos[order_id]) for order_id, found in trades.items() for trade_id in found})


def _trades_by_order(order_ids: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    lines = OrderLine.objects.filter(order_id__in=order_ids, trade__isnull=False).order_by("order_id", "trade_id")
    for order_id, trade_id in lines.values_list("order_id", "trade_id").distinct():
        if trade_id is not None:
            found.setdefault(order_id, []).append(trade_id)
    return found


def _tell(memos: Mapping[int, tuple[int, str, int]]) -> None:
    """Put the memos of trades (order, memo, flag) in the place of older ones, and ring."""
    if not memos:
        return
    now = timezone.now()
    update_rows(
        MemoUpload,
        ("order_id", "memo", "flag", "state", "will_retry", "reason", "reason_code", "created_at", "finished_at"),
        [
            (trade_id, order_id, memo, flag, State.DUE.value, True, "", "", now, None)
            for trade_id, (order_id, memo, flag) in sorted(memos.items())
        ],
        key=("trade_id",),
        assignments="revision = t.revision + 1",
    )
    there = set(MemoUpload.objects.filter(trade_id__in=memos).values_list("trade_id", flat=True))
    shops = dict(Trade.objects.filter(id__in=memos.keys() - there).values_list("id", "shop_id"))
    MemoUpload.objects.bulk_create(
        MemoUpload(trade_id=trade_id, order_id=order_id, shop_id=shops[trade_id], memo=memo, flag=flag, created_at=now)
        for trade_id, (order_id, memo, flag) in sorted(memos.items())
        if trade_id not in there
    )
    _put(MemoUpload.objects.filter(trade_id__in=memos).order_by("id").values_list("id", "revision"))


def _put(rows: Iterable[tuple[int, int]], again: str = "") -> None:
    outbox.put_many(
        TOPIC,
        [(f"{memo_id}:{revision}{again}", {"memo": memo_id, "revision": revision}) for memo_id, revision in rows],
    )
    transaction.on_commit(lambda: ring(DELIVER_TASK))


def load_request(memo_id: int, revision: int) -> MemoRequest | None:
    """What to tell the platform; None when a newer memo was written since, or this one needs no telling any more."""
    row = MemoUpload.objects.select_related("trade").get(id=memo_id)
    if row.revision != revision or row.state not in WAITING:
        return None
    return MemoRequest(row.id, revision, row.shop_id, row.trade.trade_no, row.memo, row.flag)


def record_accepted(memo_id: int, revision: int, message_id: int) -> None:
    """The platform has this revision. If a newer one was written meanwhile, that one goes out (again), whichever came last there."""
    row = lock_memos([memo_id])[memo_id]
    if row.revision != revision:
        if row.state == State.ACCEPTED:
            MemoUpload.objects.filter(id=memo_id).update(state=State.DUE, finished_at=None, will_retry=True)
        _put([(memo_id, row.revision)], f":{message_id}")
        return
    if row.state not in WAITING:
        return
    MemoUpload.objects.filter(id=memo_id).update(
        state=State.ACCEPTED, finished_at=timezone.now(), will_retry=False, reason="", reason_code=""
    )
    _note(row.order_id, "memo_written")


def record_handled(memo_id: int, revision: int, *, reason: str) -> None:
    """There is nothing to tell: the platform takes no memos. In the caller's transaction."""
    row = lock_memos([memo_id])[memo_id]
    if row.revision == revision and row.state in WAITING:
        MemoUpload.objects.filter(id=memo_id).update(
            state=State.HANDLED, finished_at=timezone.now(), will_retry=False, reason=reason, reason_code="no_memo"
        )


def record_failed(memo_id: int, revision: int, *, code: str, reason: str, will_retry: bool) -> None:
    """The platform refused, or could not be reached; code and reason are its own. In the caller's transaction."""
    row = lock_memos([memo_id])[memo_id]
    if row.revision != revision or row.state not in WAITING:
        return
    MemoUpload.objects.filter(id=memo_id).update(
        state=State.FAILED, reason_code=code[:128], reason=reason, will_retry=will_retry
    )
    if (row.state, row.reason_code, row.will_retry) != (State.FAILED, code[:128], will_retry):
        _note(row.order_id, "memo_refused", reason=reason)


def _note(order_id: int, action: str, *, reason: str = "", actor_id: int | None = None) -> None:
    write_history([HistoryRow(ORDER.kind, order_id, action, reason=reason, actor_id=actor_id)])


def retry(memo_ids: Sequence[int], *, actor_id: int) -> ActionResult:
    """Have memos written again now, whatever their failure said; those accepted or handled are refused."""
    return _act(memo_ids, WAITING, _retry, "", actor_id)


def hand_over(memo_ids: Sequence[int], *, actor_id: int, reason: str) -> ActionResult:
    """A person wrote the memo on the platform, or says why it need not be there. Raises UnableTo."""
    if not reason.strip():
        raise UnableTo(_("Give a reason."), code="no_reason")
    return _act(memo_ids, (State.FAILED,), _hand_over, reason.strip(), actor_id)


def _act(memo_ids: Sequence[int], states: Sequence[str], do: object, reason: str, actor_id: int) -> ActionResult:
    result = ActionResult()
    for ids in chunks(memo_ids):
        with transaction.atomic():
            messages = lock_memo_messages(TOPIC, ids)
            locked = lock_memos(ids)
            refused: dict[int, Refusal] = {}
            for memo_id in ids:
                if memo_id not in locked:
                    refused[memo_id] = Refusal("not_found", _("This memo does not exist any more."))
                elif locked[memo_id].state not in states:
                    refused[memo_id] = Refusal("finished", _("It is accepted or handled already."))
            ready = [memo_id for memo_id in ids if memo_id not in refused]
            waiting = [message for memo_id in ready for message in messages.get(memo_id, ())]
            if do is _retry:
                _retry(ready, waiting)
            else:
                _hand_over(ready, waiting)
            write_history(
                HistoryRow(ORDER.kind, locked[memo_id].order_id, "memo_handled", reason=reason, actor_id=actor_id)
                for memo_id in ready
                if do is _hand_over
            )
            result += ActionResult(tuple(ready), refused)
    return result


def _retry(ready: Sequence[int], messages: Sequence[int]) -> None:
    MemoUpload.objects.filter(id__in=ready).update(state=State.DUE, will_retry=True, reason="", reason_code="")
    outbox.revive(messages)
    outbox.hurry(messages)
    transaction.on_commit(lambda: ring(DELIVER_TASK))


def _hand_over(ready: Sequence[int], messages: Sequence[int]) -> None:
    MemoUpload.objects.filter(id__in=ready).update(state=State.HANDLED, will_retry=False, finished_at=timezone.now())
    outbox.settle(messages)


def with_own_memos(trades: Sequence[DueTrade]) -> list[DueTrade]:
    """The trades with the memo and flag that people wrote here and the platform does not have yet, in the place of its own.

    A version of the trade that comes in between is an echo of the past and no change. One query, none for new trades.
    """
    changed = [trade.id for trade in trades if trade.order_id is not None]
    if not changed:
        return list(trades)
    rows = MemoUpload.objects.filter(trade_id__in=changed, state__in=WAITING)
    own = {trade_id: (memo, flag) for trade_id, memo, flag in rows.values_list("trade_id", "memo", "flag")}
    return [
        trade._replace(document={**trade.document, "seller_memo": own[trade.id][0], "flag": own[trade.id][1]})
        if trade.id in own and trade.document
        else trade
        for trade in trades
    ]
