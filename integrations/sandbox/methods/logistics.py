"""`taobao.logistics.offline.send`, `taobao.logistics.consign.resend`, `taobao.logistics.companies.get`."""

import re
from dataclasses import dataclass
from typing import Any

from integrations.sandbox import clock
from integrations.sandbox.envelope import select
from integrations.sandbox.errors import TopError, invalid, refused_shipping
from integrations.sandbox.protocol import Call
from integrations.sandbox.store import Trade
from integrations.sandbox.world import changes
from integrations.sandbox.world.assemble import SHIPPED

from .trades import find

RESEND = "isv.logistics-update-company-or-mailno-error"
# Codes and names are the platform's; the patterns are guesses that fit the carriers' published number ranges. A shop's
# option `waybill_patterns` ({code: pattern}) replaces them.
COMPANIES = (
    (505, "SF", "顺丰速运", r"^(SF\d{13}|\d{12}|\d{15})$"),
    (2, "EMS", "EMS", r"^([A-Z]{2}\d{9}[A-Z]{2}|1\d{12}|\d{13})$"),
    (1, "POSTB", "邮政快递包裹", r"^([A-Z]{2}\d{9}[A-Z]{2}|9\d{12}|\d{13})$"),
    (101, "YTO", "圆通速递", r"^(YT\d{13}|\d{10}|\d{12}|\d{18})$"),
    (500, "ZTO", "中通快递", r"^(7\d{13}|\d{12}|\d{14})$"),
    (100, "STO", "申通快递", r"^(\d{12}|\d{13}|77\d{13})$"),
    (102, "YUNDA", "韵达快递", r"^\d{13,15}$"),
    (502, "HTKY", "极兔速递（百世）", r"^(JT\d{13}|B\d{13}|\d{12,14})$"),
    (1216, "TTKDEX", "天天快递", r"^\d{12,14}$"),
    (5000000110730, "DBKD", "德邦快递", r"^(DPK\d{12}|DPL\d{12}|\d{8,10})$"),
    (200143, "ZJS", "宅急送", r"^(ZJS\d{12}|A\d{12}|\d{10})$"),
    (200734, "JD", "京东快递", r"^(JD[A-Z0-9]{13}|V[A-Z0-9]{13,14}|\d{12,13})$"),
)


@dataclass(frozen=True)
class Parcel:
    """What the seller reports: the parcel's carrier and number, and the orders in it (none: all that are left)."""

    tid: str
    company_code: str
    out_sid: str
    sub_tid: str
    is_split: bool

    @classmethod
    def of(cls, call: Call) -> "Parcel":
        call.integer("tid")
        split = call.integer("is_split", 0, 0, 1)
        return cls(
            call.required("tid"),
            call.required("company_code"),
            call.required("out_sid"),
            call.text("sub_tid"),
            bool(split),
        )

    @property
    def oids(self) -> list[int]:
        parts = [part.strip() for part in self.sub_tid.split(",")] if self.sub_tid else []
        if not all(part.isascii() and part.isdigit() for part in parts):
            raise invalid("sub_tid", "must be a list of order numbers")
        return [int(part) for part in parts]


def offline_send(call: Call) -> dict[str, Any]:
    """Report a parcel of a carrier of one's own choice: the whole trade, or some of its orders."""
    return _report(call, _plan_send)


def consign_resend(call: Call) -> dict[str, Any]:
    """Correct the carrier or number of what was shipped."""
    return _report(call, _plan_resend)


def companies_get(call: Call) -> dict[str, Any]:
    fields = call.fields()
    if call.text("order_mode", "all") not in ("offline", "online", "all"):
        raise invalid("order_mode", "must be offline, online or all")
    rows = [dict(zip(("id", "code", "name", "reg_mail_no"), row, strict=True)) for row in COMPANIES]
    return {"logistics_companies": {"logistics_company": [select(row, fields) for row in rows]}}


def _report(call: Call, plan: Any) -> dict[str, Any]:
    """Decide, write down what was decided, and do it: one transaction, so that two reports cannot both be accepted."""
    parcel = Parcel.of(call)
    refusal: TopError | None = None
    with call.store.writing():
        try:
            trade, oids = plan(call, parcel)
        except TopError as error:
            refusal = error
        else:
            _, name = _company(call, parcel)
            changes.ship(trade, oids, name, parcel.out_sid, call.now)
            call.store.save_trades([trade])
        call.store.run(
            "INSERT INTO sends (shop, tid, method, company_code, out_sid, sub_tid, accepted, sub_code, at)"
            " VALUES (?,?,?,?,?,?,?,?,?)",
            (
                *(call.seller.nick, parcel.tid, call.method, parcel.company_code, parcel.out_sid, parcel.sub_tid),
                *(refusal is None, refusal.sub_code if refusal else "", clock.text(call.now)),
            ),
        )
    if refusal:
        raise refusal
    return {"shipping": {"is_success": True}}


def _plan_send(call: Call, parcel: Parcel) -> tuple[Trade, list[int]]:
    """The trade and the orders this parcel ships. Raises TopError with the platform's reason."""
    trade = _load(call)
    _check_number(call, parcel, "isv.logistics-offline-service-error")
    if trade.status in SHIPPED:
        raise refused_shipping("B04")
    if trade.status.startswith("TRADE_CLOSED") and call.seller.options.get("closed_answers_b04"):
        raise refused_shipping("B04")
    if trade.status not in ("WAIT_SELLER_SEND_GOODS", "SELLER_CONSIGNED_PART"):
        raise refused_shipping("B02")
    rows = {order["oid"]: order for order in changes.orders(trade) if "oid" in order}
    oids = _chosen(parcel, rows)
    if any(rows[oid].get("status") in SHIPPED for oid in oids):
        raise refused_shipping("B04")
    if any(rows[oid].get("refund_status") in changes.REFUND_PENDING for oid in oids):
        raise refused_shipping("B27")
    if any(rows[oid].get("status") != "WAIT_SELLER_SEND_GOODS" for oid in oids):
        raise refused_shipping("B02")
    return trade, oids


def _plan_resend(call: Call, parcel: Parcel) -> tuple[Trade, list[int]]:
    trade = _load(call)
    _check_number(call, parcel, RESEND)
    shipped = {order["oid"]: order for order in changes.orders(trade) if order.get("consign_time") and "oid" in order}
    if not shipped:
        raise refused_shipping("CD19", RESEND)
    oids = parcel.oids or list(shipped)
    if not set(oids) <= set(shipped):
        raise refused_shipping("CD24", RESEND)
    _, name = _company(call, parcel)
    if all((shipped[oid]["invoice_no"], shipped[oid]["logistics_company"]) == (parcel.out_sid, name) for oid in oids):
        raise refused_shipping("P07", RESEND)
    return trade, oids


def _load(call: Call) -> Trade:
    try:
        return find(call)
    except TopError:
        raise refused_shipping("B01") from None


def _chosen(parcel: Parcel, rows: dict[int, dict[str, Any]]) -> list[int]:
    """The orders of a split parcel, or every order that still waits (refunded ones do not)."""
    if parcel.is_split:
        if not parcel.oids:
            raise refused_shipping("CD26")
        if not set(parcel.oids) <= set(rows):
            raise refused_shipping("CD24")
        return parcel.oids
    if parcel.oids:
        raise refused_shipping("CD25")
    return [oid for oid, order in rows.items() if order.get("status") == "WAIT_SELLER_SEND_GOODS"]


def _company(call: Call, parcel: Parcel) -> tuple[str, str]:
    """Number pattern and name of the carrier. Raises TopError for an unknown one."""
    for _, code, name, pattern in COMPANIES:
        if code == parcel.company_code:
            return call.seller.options.get("waybill_patterns", {}).get(code, pattern), name
    raise refused_shipping("B57")


def _check_number(call: Call, parcel: Parcel, group: str) -> None:
    pattern, _ = _company(call, parcel)
    if not re.fullmatch(pattern, parcel.out_sid, re.ASCII):
        raise refused_shipping("B60", group)
