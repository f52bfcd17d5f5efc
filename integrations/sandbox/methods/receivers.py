"""`taobao.top.oaid.merge`: which trades may be packed together, although the caller cannot read who receives them."""

import json
from typing import Any

from integrations.sandbox.errors import invalid
from integrations.sandbox.protocol import Call
from integrations.sandbox.words import words

MOST = 100
WHO = words(
    "receiver_name receiver_mobile receiver_phone receiver_state receiver_city receiver_district receiver_town receiver_address"
)


def oaid_merge(call: Call) -> dict[str, Any]:
    """Groups of trade numbers, each one text with commas. A pair that does not fit (a stale OAID, another seller's trade) is left out."""
    together: dict[tuple[str, ...], list[str]] = {}
    for entry in _entries(call):
        tid = str(entry.get("tid", ""))
        trade = call.store.trade(call.seller.nick, int(tid)) if tid.isascii() and tid.isdigit() else None
        if trade is None or not entry.get("oaid") or trade.doc.get("oaid") != entry["oaid"]:
            continue
        who = tuple(str(trade.doc.get(name, "")) for name in WHO)
        if tid not in together.setdefault(who, []):
            together[who].append(tid)
    return {"tid_list": {"string": [",".join(tids) for tids in together.values()]}}


def _entries(call: Call) -> list[dict[str, Any]]:
    try:
        entries = json.loads(call.required("merge_list"))
    except ValueError:
        raise invalid("merge_list", "must be a list of objects") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise invalid("merge_list", "must be a list of objects")
    if not 0 < len(entries) <= MOST:
        raise invalid("merge_list", f"must hold 1 to {MOST} pairs")
    return entries
