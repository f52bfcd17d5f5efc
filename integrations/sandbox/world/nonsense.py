"""Ways in which a trade can be wrong. Each takes a good document and damages it in place."""

import random
from collections.abc import Callable
from typing import Any

Document = dict[str, Any]


def _first(doc: Document) -> Document:
    order: Document = doc["orders"]["order"][0]
    return order


def _no_receiver(doc: Document) -> None:
    for name in [name for name in doc if name.startswith("receiver_") or name == "oaid"]:
        del doc[name]


def _no_orders(doc: Document) -> None:
    del doc["orders"]


def _empty_orders(doc: Document) -> None:
    doc["orders"] = {"order": []}


def _negative_num(doc: Document) -> None:
    _first(doc)["num"] = -_first(doc)["num"]


def _zero_num(doc: Document) -> None:
    _first(doc)["num"] = 0


def _price_not_a_number(doc: Document) -> None:
    _first(doc)["price"] = "abc"


def _huge_price(doc: Document) -> None:
    _first(doc)["price"] = "1e400"


def _payment_does_not_add_up(doc: Document) -> None:
    doc["payment"] = "0.01" if doc["payment"] != "0.01" else "99999.99"


def _no_payment(doc: Document) -> None:
    del doc["payment"]


def _impossible_date(doc: Document) -> None:
    doc["created"] = "2026-02-30 25:61:00"


def _unknown_status(doc: Document) -> None:
    doc["status"] = "WAIT_FOR_GODOT"


def _same_oid_twice(doc: Document) -> None:
    doc["orders"]["order"].append(dict(_first(doc)))


def _no_oid(doc: Document) -> None:
    _first(doc).pop("oid")
    _first(doc).pop("oid_str")


def _nul_in_message(doc: Document) -> None:
    doc["buyer_message"] = "快点发货\x00谢谢"


def _orders_is_text(doc: Document) -> None:
    doc["orders"] = "暂无"


KINDS: dict[str, Callable[[Document], None]] = {
    "no_receiver": _no_receiver,
    "no_orders": _no_orders,
    "empty_orders": _empty_orders,
    "orders_is_text": _orders_is_text,
    "negative_num": _negative_num,
    "zero_num": _zero_num,
    "price_not_a_number": _price_not_a_number,
    "huge_price": _huge_price,
    "payment_does_not_add_up": _payment_does_not_add_up,
    "no_payment": _no_payment,
    "impossible_date": _impossible_date,
    "unknown_status": _unknown_status,
    "same_oid_twice": _same_oid_twice,
    "no_oid": _no_oid,
    "nul_in_message": _nul_in_message,
}


def damage(doc: Document, kind: str) -> None:
    """Raises KeyError for an unknown kind."""
    KINDS[kind](doc)


def draw_kind(rng: random.Random, kinds: list[str]) -> str:
    return rng.choice(kinds or sorted(KINDS))
