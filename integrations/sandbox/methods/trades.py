"""`taobao.trades.sold.get`, `.increment.get`, `taobao.trade.fullinfo.get`, `taobao.trade.memo.update`."""

from datetime import datetime, timedelta
from typing import Any

from integrations.sandbox import clock
from integrations.sandbox.envelope import select
from integrations.sandbox.errors import invalid, no_such_trade
from integrations.sandbox.protocol import Call
from integrations.sandbox.store import Store, Trade, Values
from integrations.sandbox.words import words
from integrations.sandbox.world import changes
from integrations.sandbox.world.people import mask_address, mask_mobile, mask_name

from .paging import Window, answer_page, one_of

HISTORY = timedelta(days=90)
DAY = timedelta(days=1)
DEFAULT_TYPES = "guarantee_trade,auto_delivery,ec,cod,step"
TYPES = frozenset(
    words(
        "fixed auction guarantee_trade auto_delivery independent_simple_trade independent_shop_trade ec cod fenxiao"
        " game_equipment shopex_trade netcn_trade external_trade o2o_offlinetrade step nopaid pre_auth_type"
    )
)
# Trades of the types "fixed" and "auction" are guaranteed ones, and listed as such: the filter's default names neither.
GUARANTEED = ("fixed", "auction", "guarantee_trade")
STATUSES = frozenset(
    words(
        "TRADE_NO_CREATE_PAY WAIT_BUYER_PAY SELLER_CONSIGNED_PART WAIT_SELLER_SEND_GOODS WAIT_BUYER_CONFIRM_GOODS"
        " TRADE_BUYER_SIGNED TRADE_FINISHED TRADE_CLOSED TRADE_CLOSED_BY_TAOBAO PAY_PENDING WAIT_PRE_AUTH_CONFIRM"
        " PAID_FORBID_CONSIGN"
    )
)
STATUS_GROUPS = {
    "ALL_WAIT_PAY": ("WAIT_BUYER_PAY", "TRADE_NO_CREATE_PAY"),
    "ALL_CLOSED": ("TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"),
}
# The receiver's id is only given to who asks for all of these.
OAID_NEEDS = {"receiver_name", "receiver_address", "created", "receiver_mobile", "receiver_phone"}
MEMO_BYTES = 1000


def sold_get(call: Call) -> dict[str, Any]:
    """Trades by the time they were created, within the last three months, newest first."""
    fields = call.fields()
    oldest = call.now - HISTORY
    start = max(oldest, call.time("start_created", oldest))
    end = call.time("end_created", call.now)
    if end < start:
        raise invalid("end_created", "must not lie before start_created")
    return _list(call, "created", start, end, fields)


def sold_increment_get(call: Call) -> dict[str, Any]:
    """Trades by the time they were last changed, newest first; the window spans one day at most, both ends included."""
    fields = call.fields()
    start, end = call.time("start_modified"), call.time("end_modified")
    if end < start:
        raise invalid("end_modified", "must not lie before start_modified")
    if end - start > DAY:
        raise invalid("end_modified", "the window must not span more than one day")
    return _list(call, "modified", start, end, fields)


def fullinfo_get(call: Call) -> dict[str, Any]:
    fields = call.fields()
    trade = find(call)
    return {"trade": present(trade, fields, call, call.text("include_oaid") not in ("", "false"))}


def memo_update(call: Call) -> dict[str, Any]:
    """Change the seller's memo and flag; `reset=true` empties the memo."""
    memo = call.text("memo")
    if len(memo.encode()) > MEMO_BYTES:
        raise invalid("memo", f"must not be longer than {MEMO_BYTES} bytes")
    with call.store.writing():
        trade = find(call)
        if memo or call.flag("reset"):
            trade.doc["seller_memo"] = "" if call.flag("reset") else memo
        if call.text("flag"):
            trade.doc["seller_flag"] = call.integer("flag", None, 0, 5)
        changes.touch(trade, call.now)
        call.store.save_trades([trade])
    return {"trade": {"tid": trade.tid, "modified": trade.modified}}


def find(call: Call) -> Trade:
    """The trade named by `tid`, if it is the seller's and exists by now. Raises TopError."""
    trade = call.store.trade(call.seller.nick, call.integer("tid"))
    if trade is None or trade.created > clock.text(call.now):
        raise no_such_trade()
    return trade


def present(trade: Trade, fields: list[str], call: Call, with_oaid: bool = False) -> dict[str, Any]:
    """What the caller gets to see: the fields asked for, personal data masked unless the shop says otherwise."""
    asked = list(fields)
    if with_oaid:
        asked.append("oaid")
    if "oaid" in asked and not set(asked) >= OAID_NEEDS:
        asked = [name for name in asked if name != "oaid"]
    document = select(trade.doc, asked)
    if not call.seller.options.get("plain_receivers"):
        _mask(document)
    return document


def _mask(document: dict[str, Any]) -> None:
    masks = {
        "receiver_name": mask_name,
        "receiver_address": mask_address,
        "receiver_mobile": mask_mobile,
        "receiver_phone": mask_mobile,
    }
    for name, mask in masks.items():
        if name in document:
            document[name] = mask(str(document[name]))


def _list(call: Call, column: str, start: datetime, end: datetime, fields: list[str]) -> dict[str, Any]:
    window = _window(call, column, start, end)
    for fault in call.struck("late"):
        _hide_rows(call, window, fault.options, fault.rng.sample)

    def show(rows: list[Values], offset: int) -> list[dict[str, Any]]:
        trades = [Store.as_trade(row) for row in rows]
        for fault in call.struck("duplicate"):
            before = window.rows(call, 1, offset - 1) if offset else []
            copies = fault.rng.choices(trades, k=int(fault.options["rows"])) if trades else []
            trades += copies + [Store.as_trade(row) for row in before]
        for fault in call.struck("reorder"):
            fault.rng.shuffle(trades)
        return [present(trade, fields, call) for trade in trades]

    answer = answer_page(call, window, ("trades", "trade"), show)
    for fault in call.struck("drift"):
        _move_rows(call, window, fault.options, fault.rng.sample)
    return answer


def _window(call: Call, column: str, start: datetime, end: datetime) -> Window:
    conditions = [f"shop = ? AND {column} BETWEEN ? AND ? AND visible_at <= ?"]
    values: tuple[Any, ...] = (call.seller.nick, clock.text(start), clock.text(end), clock.epoch())
    if status := call.text("status"):
        if status not in STATUSES and status not in STATUS_GROUPS:
            raise invalid("status", "is not a known status")
        condition, listed = one_of("status", STATUS_GROUPS.get(status, (status,)))
        conditions.append(condition)
        values += listed
    condition, listed = one_of("type", _types(call))
    conditions.append(condition)
    values += listed
    if nick := call.text("buyer_nick"):
        conditions.append("json_extract(doc, '$.buyer_nick') = ?")
        values += (nick,)
    return Window("trades", Store.TRADE, " AND ".join(conditions), values, f"{column} DESC, tid DESC")


def _types(call: Call) -> list[str]:
    wanted = {name.strip() for name in call.text("type", DEFAULT_TYPES).split(",")}
    if unknown := wanted - TYPES:
        raise invalid("type", f"{min(unknown)} is not a known type")
    if "guarantee_trade" in wanted:
        wanted.update(GUARANTEED)
    return sorted(wanted)


def _hide_rows(call: Call, window: Window, options: dict[str, Any], sample: Any) -> None:
    """Some trades of the window show up in lists only later, with the `modified` they have. Each at most once."""
    with call.store.writing():
        fresh = window.keys(call, "tid", "delayed = 0")
        chosen = _load(call, sample(fresh, min(int(options["rows"]), len(fresh))))
        for trade in chosen:
            trade.delayed, trade.visible_at = 1, clock.epoch() + float(options["seconds"])
        call.store.save_trades(chosen)


def _move_rows(call: Call, window: Window, options: dict[str, Any], sample: Any) -> None:
    """Some trades of the window are changed once the page has been answered, so that the pages after it shift."""
    with call.store.writing():
        found = window.keys(call, "tid")
        chosen = _load(call, sample(found, min(int(options["rows"]), len(found))))
        for trade in chosen:
            changes.touch(trade, clock.now())
        call.store.save_trades(chosen)


def _load(call: Call, tids: list[int]) -> list[Trade]:
    return [trade for tid in tids if (trade := call.store.trade(call.seller.nick, tid)) is not None]
