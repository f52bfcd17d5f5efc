"""From what a trade is about to the document the platform shows."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from integrations.sandbox import clock
from integrations.sandbox.store import Refund, Trade

from . import people
from .amounts import add_up, yuan
from .people import Buyer

UNPAID = ("WAIT_BUYER_PAY", "TRADE_NO_CREATE_PAY", "TRADE_CLOSED_BY_TAOBAO")
SHIPPED = ("WAIT_BUYER_CONFIRM_GOODS", "TRADE_BUYER_SIGNED", "TRADE_FINISHED")
CLOSED = ("TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO")


@dataclass
class LineSpec:
    """One order of a trade. Amounts in fen; `item` is an entry of the catalogue."""

    item: dict[str, Any]
    price: int
    num: int = 1
    discount: int = 0
    adjust: int = 0
    refund_status: str = "NO_REFUND"


@dataclass
class TradeSpec:
    """What a trade is about; `assemble` does the rest. Amounts in fen."""

    buyer: Buyer
    lines: list[LineSpec]
    created: datetime
    modified: datetime
    pay_time: datetime | None = None
    type: str = "fixed"
    status: str = "WAIT_SELLER_SEND_GOODS"
    trade_discount: int = 0
    post_fee: int = 0
    step_trade_status: str = ""
    step_paid: int = 0
    buyer_message: str = ""
    seller_memo: str = ""
    seller_flag: int = 0
    has_oaid: bool = True
    extra: dict[str, Any] = field(default_factory=dict)


def trade_number(sequence: int) -> int:
    """A trade number of 19 digits, larger than 2^53, different for every sequence number below 10^13."""
    scattered = sequence * 7_919_143_877 % 10**13
    return 42 * 10**17 + scattered * 10**4 + 1000 + sequence * 37 % 9000


def assemble(spec: TradeSpec, tid: int, oids: list[int], shop: str, title: str, options: dict[str, Any]) -> Trade:
    """The trade with all its amounts. `oids` are the numbers of its orders (one order has the trade's own number)."""
    amounts = add_up(
        [(line.price, line.num, line.discount, line.adjust) for line in spec.lines], spec.trade_discount, spec.post_fee
    )
    single = len(spec.lines) == 1
    paid = spec.pay_time is not None
    mjz = sum(line.part_mjz_discount for line in amounts.lines)
    orders = [
        _order(spec, line, money, tid if single else oid)
        for line, money, oid in zip(spec.lines, amounts.lines, oids, strict=True)
    ]
    doc: dict[str, Any] = {
        "tid": tid,
        "tid_str": str(tid),
        "status": spec.status,
        "type": spec.type,
        "title": title,
        "seller_nick": shop,
        "created": clock.text(spec.created),
        "pay_time": clock.text(spec.pay_time) if spec.pay_time else "",
        "modified": clock.text(spec.modified),
        "trade_from": "WAP,WAP",
        "payment": yuan(amounts.payment),
        "total_fee": yuan(amounts.total_fee),
        # Published answers leave the trade's own discount at 0.00 and tell it in promotion_details; some do not.
        "discount_fee": yuan(mjz if options.get("discount_in_trade") else 0),
        "adjust_fee": yuan(spec.lines[0].adjust if single else 0),
        "post_fee": yuan(spec.post_fee),
        "has_post_fee": spec.post_fee > 0,
        "received_payment": yuan(amounts.payment if spec.status == "TRADE_FINISHED" else 0),
        "point_fee": 0,
        "shipping_type": "express" if spec.post_fee else "free",
        "buyer_nick": people.mask_nick(spec.buyer.nick),
        "buyer_open_uid": spec.buyer.open_uid,
        "buyer_message": spec.buyer_message,
        "seller_memo": spec.seller_memo,
        "seller_flag": spec.seller_flag,
        **_receiver(spec, shop),
        **_cod(spec),
        **_step(spec, amounts.payment),
        "alipay_no": f"{spec.pay_time:%Y%m%d}22001{tid % 10**11:011d}" if paid and spec.pay_time else "",
        "orders": {"order": orders},
        **_promotions(spec, tid, orders, mjz),
        **spec.extra,
    }
    doc = {name: value for name, value in doc.items() if value != ""}
    return Trade(
        tid, shop, spec.status, spec.type, clock.text(spec.created), clock.text(spec.modified), visible_at(spec), doc
    )


def visible_at(spec: TradeSpec) -> float:
    """A trade that lies in the future shows up when its time has come."""
    moment = spec.modified.timestamp()
    return moment if moment > clock.epoch() else 0.0


def _order(spec: TradeSpec, line: LineSpec, money: Any, oid: int) -> dict[str, Any]:
    item = line.item
    status = spec.status
    if line.refund_status == "SUCCESS" and status not in CLOSED:
        status = "TRADE_CLOSED"
    order = {
        "oid": oid,
        "oid_str": str(oid),
        **{
            name: item[name]
            for name in ("num_iid", "sku_id", "outer_iid", "outer_sku_id", "title", "sku_properties_name", "cid")
            if item.get(name) not in (None, "")
        },
        "num": line.num,
        "price": yuan(line.price),
        "total_fee": yuan(money.total_fee),
        "payment": yuan(money.payment),
        "discount_fee": yuan(line.discount),
        "adjust_fee": yuan(line.adjust),
        "divide_order_fee": yuan(money.divide_order_fee),
        "part_mjz_discount": yuan(money.part_mjz_discount),
        "refund_status": line.refund_status,
        "status": status,
        "is_oversold": False,
        "is_free_gift": False,
    }
    if "sku_id" in order:
        order["sku_id"] = str(order["sku_id"])  # the documentation types an order's sku_id as a string
    return order


def _receiver(spec: TradeSpec, shop: str) -> dict[str, Any]:
    buyer, place = spec.buyer, spec.buyer.place
    return {
        "receiver_name": buyer.name,
        "receiver_country": "中国",
        "receiver_state": place.state,
        "receiver_city": place.city,
        "receiver_district": place.district,
        "receiver_town": place.town,
        "receiver_address": place.address,
        "receiver_zip": place.zip,
        "receiver_mobile": buyer.mobile,
        "receiver_phone": buyer.phone,
        "oaid": people.oaid(shop, buyer) if spec.has_oaid else "",
    }


def _cod(spec: TradeSpec) -> dict[str, Any]:
    if spec.type != "cod":
        return {}
    return {"cod_status": "NEW_CREATED", "cod_fee": "0.00", "buyer_cod_fee": "0.00", "seller_cod_fee": "5.00"}


def _step(spec: TradeSpec, payment: int) -> dict[str, Any]:
    if spec.type != "step":
        return {}
    paid = payment if spec.step_trade_status == "FRONT_PAID_FINAL_PAID" else min(spec.step_paid, payment)
    send = clock.text(spec.created + timedelta(days=15))
    return {"step_trade_status": spec.step_trade_status, "step_paid_fee": yuan(paid), "send_time": send}


def _promotions(spec: TradeSpec, tid: int, orders: list[dict[str, Any]], mjz: int) -> dict[str, Any]:
    details = []
    for line, order in zip(spec.lines, orders, strict=True):
        if line.discount:
            details.append(_promotion(order["oid"], "限时折扣", line.discount, f"Tmall$ltd-{order['oid'] % 10**6}_1"))
    if mjz:
        details.append(_promotion(tid, "店铺满减", mjz, f"Tmall$mjs-{tid % 10**6}_2"))
    return {"promotion_details": {"promotion_detail": details}} if details else {}


def _promotion(number: int, name: str, discount: int, promotion_id: str) -> dict[str, Any]:
    return {
        "id": number,
        "promotion_name": name,
        "promotion_desc": f"{name}：省{yuan(discount)}元",
        "discount_fee": yuan(discount),
        "promotion_id": promotion_id,
    }


def make_refund(trade: Trade, order: dict[str, Any], refund_id: str, status: str, **facts: Any) -> Refund:
    """A refund of one order; also marks the order. `facts` overrides fields of the refund's document."""
    modified = str(facts.get("modified", trade.modified))
    order["refund_status"], order["refund_id"] = status, int(refund_id)
    doc = {
        "refund_id": refund_id,
        "tid": trade.tid,
        "oid": order["oid"],
        "num_iid": order.get("num_iid"),
        "title": order.get("title"),
        "sku": order.get("sku_properties_name"),
        "outer_id": order.get("outer_sku_id") or order.get("outer_iid"),
        "num": order.get("num"),
        "price": order.get("price"),
        "payment": order.get("divide_order_fee"),
        "total_fee": order.get("total_fee"),
        "refund_fee": order.get("divide_order_fee"),
        "status": status,
        "order_status": order.get("status"),
        "good_status": "BUYER_NOT_RECEIVED",
        "has_good_return": False,
        "dispute_type": "REFUND",
        "refund_phase": "onsale",
        "refund_version": int(clock.parse(modified).timestamp() * 1000),
        "reason": "不想要了",
        "buyer_nick": trade.doc.get("buyer_nick"),
        "buyer_open_uid": trade.doc.get("buyer_open_uid"),
        "shipping_type": trade.doc.get("shipping_type"),
        "created": modified,
        **facts,
        "modified": modified,
    }
    doc = {name: value for name, value in doc.items() if value is not None}
    return Refund(refund_id, trade.shop, trade.tid, int(order["oid"]), status, modified, doc)
