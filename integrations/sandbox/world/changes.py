"""What happens to a trade after it was made. Each function changes the trade (and refunds) given to it in memory.

Whoever calls holds the write lock and saves. Trades whose document is nonsense are treated as far as they go.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from integrations.sandbox import clock
from integrations.sandbox.store import Refund, Trade

from .amounts import add_up, fen, yuan
from .assemble import SHIPPED, make_refund

REFUND_PENDING = ("WAIT_SELLER_AGREE", "WAIT_BUYER_RETURN_GOODS", "WAIT_SELLER_CONFIRM_GOODS")
REFUND_STATUSES = (*REFUND_PENDING, "SELLER_REFUSE_BUYER", "CLOSED", "SUCCESS")


class CannotChange(Exception):
    """The trade's state does not allow this; the text says why."""


def orders(trade: Trade) -> list[dict[str, Any]]:
    nested = trade.doc.get("orders")
    return list(nested.get("order", ())) if isinstance(nested, dict) else []


def touch(trade: Trade, now: datetime) -> None:
    """Move `modified` on to now, and always forward: two changes in a second differ by one."""
    stamp = max(clock.text(now), clock.text(clock.parse(trade.modified) + timedelta(seconds=1)))
    trade.modified = trade.doc["modified"] = stamp


def set_status(trade: Trade, status: str) -> None:
    trade.status = trade.doc["status"] = status


def pay(trade: Trade, now: datetime) -> None:
    if trade.status not in ("WAIT_BUYER_PAY", "TRADE_NO_CREATE_PAY"):
        raise CannotChange(f"{trade.tid} is {trade.status}, not waiting for payment")
    set_status(trade, "WAIT_SELLER_SEND_GOODS")
    for order in orders(trade):
        order["status"] = "WAIT_SELLER_SEND_GOODS"
    trade.doc["pay_time"] = clock.text(now)
    if trade.type == "step":
        trade.doc |= {"step_trade_status": "FRONT_PAID_FINAL_PAID", "step_paid_fee": trade.doc["payment"]}
    touch(trade, now)


def close(trade: Trade, now: datetime) -> None:
    """Close before payment (the buyer or the platform) or after it (everything was refunded)."""
    if trade.status.startswith("TRADE_CLOSED") or trade.status == "TRADE_FINISHED":
        raise CannotChange(f"{trade.tid} is {trade.status}")
    paid = "pay_time" in trade.doc
    set_status(trade, "TRADE_CLOSED" if paid else "TRADE_CLOSED_BY_TAOBAO")
    touch(trade, now)
    trade.doc["end_time"] = trade.modified
    for order in orders(trade):
        order |= {"status": trade.status, "end_time": trade.modified}


def refund(
    trade: Trade,
    existing: list[Refund],
    oids: list[int],
    status: str,
    new_id: Callable[[], int],
    now: datetime,
    facts: dict[str, Any],
) -> list[Refund]:
    """Open or move on the refunds of the orders named (none: all of the trade). Gives back the refunds to save."""
    if status not in REFUND_STATUSES:
        raise CannotChange(f"unknown refund status {status!r}; known: {', '.join(REFUND_STATUSES)}")
    chosen = [order for order in orders(trade) if not oids or order.get("oid") in oids]
    if not chosen or (oids and len(chosen) != len(set(oids))):
        raise CannotChange(f"{trade.tid} has no such order")
    touch(trade, now)
    by_oid = {item.oid: item for item in existing}
    saved = []
    for order in chosen:
        old = by_oid.get(order["oid"])
        kept = {"created": old.doc["created"]} if old else {}
        facts_now = {**kept, **_phase(order), **facts, "modified": trade.modified}
        number = old.refund_id if old else str(new_id())
        saved.append(make_refund(trade, order, number, status, **facts_now))
        if status == "SUCCESS":
            order |= {"status": "TRADE_CLOSED", "end_time": trade.modified}
            saved[-1].doc["order_status"] = "TRADE_CLOSED"
    if all(order.get("status") == "TRADE_CLOSED" for order in orders(trade)):
        set_status(trade, "TRADE_CLOSED")
        trade.doc["end_time"] = trade.modified
    return saved


def _phase(order: dict[str, Any]) -> dict[str, Any]:
    if order.get("status") in SHIPPED:
        return {"good_status": "BUYER_RECEIVED", "has_good_return": True, "dispute_type": "REFUND_AND_RETURN"}
    return {}


def reprice(trade: Trade, prices: dict[int, dict[str, str]], post_fee: str | None) -> None:
    """Give orders (by oid) another price, discount_fee, adjust_fee, and the trade another post_fee; add up anew."""
    rows = orders(trade)
    if unknown := set(prices) - {order.get("oid") for order in rows}:
        raise CannotChange(f"{trade.tid} has no order {min(unknown)}")
    for order in rows:
        order |= {name: yuan(fen(value)) for name, value in prices.get(order["oid"], {}).items()}
    if post_fee is not None:
        trade.doc["post_fee"] = yuan(fen(post_fee))
    discount = sum(fen(order["part_mjz_discount"]) for order in rows)
    money = add_up(
        [(fen(row["price"]), int(row["num"]), fen(row["discount_fee"]), fen(row["adjust_fee"])) for row in rows],
        discount,
        fen(trade.doc["post_fee"]),
    )
    for order, line in zip(rows, money.lines, strict=True):
        order |= {
            "total_fee": yuan(line.total_fee),
            "payment": yuan(line.payment),
            "part_mjz_discount": yuan(line.part_mjz_discount),
            "divide_order_fee": yuan(line.divide_order_fee),
        }
    trade.doc |= {"payment": yuan(money.payment), "total_fee": yuan(money.total_fee)}
    if len(rows) == 1:
        trade.doc["adjust_fee"] = rows[0]["adjust_fee"]


def readdress(trade: Trade, receiver: dict[str, str]) -> None:
    """Another receiver (`receiver_…` fields); the platform gives a new oaid and says so on the orders."""
    trade.doc |= receiver
    if "oaid" in trade.doc:
        trade.doc["oaid"] = trade.doc["oaid"][:-4] + f"{int(clock.parse(trade.modified).timestamp()) % 10**4:04d}"
    for order in orders(trade):
        order["modify_address"] = 1 if "pay_time" in trade.doc else 2


def ship(trade: Trade, oids: list[int], company: str, out_sid: str, now: datetime) -> None:
    """Ship the orders named: their state, the trade's state (whole or in part), the times."""
    touch(trade, now)
    rows = orders(trade)
    for order in rows:
        if order.get("oid") in oids:
            order |= {
                "status": "WAIT_BUYER_CONFIRM_GOODS",
                "consign_time": trade.modified,
                "logistics_company": company,
                "invoice_no": out_sid,
            }
    waiting = any(order.get("status") == "WAIT_SELLER_SEND_GOODS" for order in rows)
    set_status(trade, "SELLER_CONSIGNED_PART" if waiting else "WAIT_BUYER_CONFIRM_GOODS")
    trade.doc["consign_time"] = trade.modified
    if trade.type == "cod":
        trade.doc["cod_status"] = "ACCEPTED_BY_COMPANY"
