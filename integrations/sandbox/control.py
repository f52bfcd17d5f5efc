"""The control interface: how tests and the demo arrange the sandbox's world and ask for its truth.

JSON over HTTP under `/_control/`; it is no part of the platform's protocol. docs/sandbox.md describes every call.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from . import clock, faults
from .explicit import make_trade
from .limits import CallLimits
from .record import make_record, make_stats
from .store import TABLES, Refund, Shop, Store, Trade
from .words import words
from .world import changes
from .world.assemble import trade_number
from .world.generate import Generator, Mix, Window

Body = dict[str, Any]
Answer = dict[str, Any]
APP_OPTIONS = words("rate burst ban denied_methods")
SHOP_OPTIONS = words("plain_receivers discount_in_trade closed_answers_b04 waybill_patterns session_expired")


class ControlError(Exception):
    """The control interface was used wrongly; the text says how."""

    def __init__(self, message: str, status: str = "400 Bad Request") -> None:
        super().__init__(message)
        self.status = status


class Control:
    def __init__(self, store: Store, limits: CallLimits, seed: int) -> None:
        self.store, self.limits, self.seed = store, limits, seed

    def handle(self, verb: str, name: str, query: dict[str, str], raw: bytes) -> Answer:
        """Raises ControlError for what cannot be done."""
        route = ROUTES.get((verb, name))
        if route is None:
            known = ", ".join(f"{verb} {name}" for verb, name in ROUTES)
            raise ControlError(f"no {verb} {name}; there is {known}", "404 Not Found")
        try:
            body = json.loads(raw) if raw else dict(query)
            if not isinstance(body, dict):
                raise ControlError("the body must be a JSON object")
            if verb == "GET":
                return route(self, body)
            with self.store.writing():
                return route(self, body)
        except KeyError as error:
            raise ControlError(f"{error.args[0]} is missing or unknown") from error
        except (ValueError, TypeError, changes.CannotChange) as error:
            raise ControlError(str(error)) from error

    # -- set-up ------------------------------------------------------------------------------------------------------

    def add_app(self, body: Body) -> Answer:
        options = {name: value for name, value in body.items() if name not in ("app_key", "secret")}
        if unknown := sorted(set(options) - set(APP_OPTIONS)):
            raise ControlError(f"an app does not know {', '.join(unknown)}")
        self.store.run(
            "INSERT OR REPLACE INTO apps VALUES (?, ?, ?)", (body["app_key"], body["secret"], json.dumps(options))
        )
        return {"app_key": body["app_key"]}

    def add_shop(self, body: Body) -> Answer:
        options = dict(body.get("options") or {})
        if unknown := sorted(set(options) - set(SHOP_OPTIONS)):
            raise ControlError(f"a shop does not know the options {', '.join(unknown)}")
        if self.store.app(body["app_key"]) is None:
            raise ControlError(f"there is no app {body['app_key']}")
        owner = self.store.shop_of_session(body["session"])
        if owner and owner.nick != body["nick"]:
            raise ControlError(f"the session belongs to {owner.nick}")
        title = body.get("title") or body["nick"]
        self.store.run(
            "INSERT OR REPLACE INTO shops (nick, session, app_key, title, options) VALUES (?, ?, ?, ?, ?)",
            (body["nick"], body["session"], body["app_key"], title, json.dumps(options)),
        )
        return {"nick": body["nick"]}

    def set_catalogue(self, body: Body) -> Answer:
        shop = body.get("shop") or ""
        for position, item in enumerate(body["items"]):
            if missing := [name for name in ("num_iid", "title", "price") if item.get(name) in (None, "")]:
                raise ControlError(f"item {position + 1} has no {', '.join(missing)}")
        self.store.run("DELETE FROM catalogue WHERE shop = ?", (shop,))
        rows = [(shop, position, json.dumps(item)) for position, item in enumerate(body["items"])]
        self.store.run_many("INSERT INTO catalogue VALUES (?, ?, ?)", rows)
        return {"items": len(rows)}

    def reset(self, body: Body) -> Answer:
        """Forget everything; with `keep_setup` applications, shops and catalogues stay."""
        kept = ("apps", "shops", "catalogue") if body.get("keep_setup") else ()
        self.store.clear([table for table in TABLES if table not in kept])
        self.limits.clear()
        return {"kept": list(kept)}

    # -- trades ------------------------------------------------------------------------------------------------------

    def add_trades(self, body: Body) -> Answer:
        shop = self._shop(body)
        catalogue = self.store.catalogue(shop.nick)
        made = [make_trade(spec, shop, catalogue, self._next_number) for spec in body["trades"]]
        self.store.save_trades(trade for trade, _ in made)
        self.store.save_refunds(refund for _, refunds in made for refund in refunds)
        return _numbers([trade for trade, _ in made])

    def generate(self, body: Body) -> Answer:
        shop = self._shop(body)
        catalogue = self.store.catalogue(shop.nick)
        if not catalogue:
            raise ControlError("there is no catalogue; give one first")
        end = clock.parse(body["to"]) if body.get("to") else clock.now()
        start = clock.parse(body["from"]) if body.get("from") else end - timedelta(days=1)
        if start >= end:
            raise ControlError("from must lie before to")
        run = self.store.reserve("generated")
        seed = int(body["seed"]) if body.get("seed") is not None else self.seed * 1_000_003 + run
        window = Window(shop.nick, shop.title, shop.options, start, end)
        mix = Mix.of(body.get("mix") or {})
        trades, refunds = Generator(window, catalogue, mix, seed, self.store.reserve).run(int(body["count"]))
        self.store.save_trades(trades)
        self.store.save_refunds(refunds)
        return _numbers(trades) | {"seed": seed}

    def show_trade(self, body: Body) -> Answer:
        """The whole document, nothing masked."""
        return self._trade(body).doc

    def pay(self, body: Body) -> Answer:
        trade = self._trade(body)
        changes.pay(trade, clock.now())
        return self._save(trade)

    def close(self, body: Body) -> Answer:
        trade = self._trade(body)
        changes.close(trade, clock.now())
        return self._save(trade)

    def refund(self, body: Body) -> Answer:
        trade = self._trade(body)
        existing = self.store.refunds("shop = ? AND tid = ?", (trade.shop, trade.tid))
        oids = [int(body["oid"])] if body.get("oid") else []
        known = {"shop", "tid", "oid", "status"}
        facts = {name: value for name, value in body.items() if name not in known}
        status = body.get("status") or "WAIT_SELLER_AGREE"
        saved = changes.refund(trade, existing, oids, status, self._next_number, clock.now(), facts)
        listed = [{"refund_id": item.refund_id, "oid": str(item.oid)} for item in saved]
        return self._save(trade, saved) | {"refunds": listed}

    def change(self, body: Body) -> Answer:
        """Change the receiver, memo, flag, message, prices or any field; `modified` moves on."""
        trade = self._trade(body)
        known = words("shop tid receiver seller_memo seller_flag buyer_message prices post_fee fields")
        if unknown := sorted(set(body) - set(known)):
            raise ControlError(f"a change does not know {', '.join(unknown)}")
        changes.touch(trade, clock.now())
        for name in ("seller_memo", "seller_flag", "buyer_message"):
            if name in body:
                trade.doc[name] = body[name]
        if body.get("receiver"):
            changes.readdress(trade, body["receiver"])
        if body.get("prices") or body.get("post_fee") is not None:
            prices = {int(oid): new for oid, new in (body.get("prices") or {}).items()}
            changes.reprice(trade, prices, body.get("post_fee"))
        for name, value in (body.get("fields") or {}).items():
            trade.doc.pop(name, None) if value is None else trade.doc.update({name: value})
        return self._save(trade)

    # -- faults and truth ------------------------------------------------------------------------------------------------------

    def record(self, body: Body) -> Answer:
        since = str(body.get("since") or "")
        if since:
            clock.parse(since)
        return make_record(self.store, self._shop(body).nick, since)

    def stats(self, _body: Body) -> Answer:
        return make_stats(self.store)

    def list_faults(self, _body: Body) -> Answer:
        return {"faults": faults.list_rules(self.store)}

    def add_faults(self, body: Body) -> Answer:
        rules = body.get("faults", [body])
        faults.add_rules(self.store, [faults.check_rule(rule) for rule in rules], self.seed)
        return self.list_faults(body)

    def clear_faults(self, body: Body) -> Answer:
        self.store.run("DELETE FROM faults WHERE ? IN ('', shop)", (body.get("shop") or "",))
        self.limits.clear()
        return self.list_faults(body)

    # -- helpers -----------------------------------------------------------------------------------------------------

    def _shop(self, body: Body) -> Shop:
        shop = self.store.shop(str(body["shop"]))
        if shop is None:
            raise ControlError(f"there is no shop {body['shop']}", "404 Not Found")
        return shop

    def _trade(self, body: Body) -> Trade:
        trade = self.store.trade(self._shop(body).nick, int(body["tid"]))
        if trade is None:
            raise ControlError(f"{body['shop']} has no trade {body['tid']}", "404 Not Found")
        return trade

    def _save(self, trade: Trade, refunds: list[Refund] | None = None) -> Answer:
        self.store.save_trades([trade])
        self.store.save_refunds(refunds or [])
        return {"tid": str(trade.tid), "status": trade.status, "modified": trade.modified}

    def _next_number(self) -> int:
        return trade_number(self.store.reserve("trade"))


def _numbers(trades: list[Trade]) -> Answer:
    """Trade numbers as text, since they are larger than what JavaScript counts to."""
    return {"count": len(trades), "tids": [str(trade.tid) for trade in trades]}


ROUTES: dict[tuple[str, str], Callable[[Control, Body], Answer]] = {
    ("POST", "apps"): Control.add_app,
    ("POST", "shops"): Control.add_shop,
    ("POST", "catalogue"): Control.set_catalogue,
    ("POST", "trades"): Control.add_trades,
    ("GET", "trade"): Control.show_trade,
    ("POST", "generate"): Control.generate,
    ("POST", "pay"): Control.pay,
    ("POST", "refund"): Control.refund,
    ("POST", "close"): Control.close,
    ("POST", "change"): Control.change,
    ("GET", "faults"): Control.list_faults,
    ("POST", "faults"): Control.add_faults,
    ("DELETE", "faults"): Control.clear_faults,
    ("GET", "record"): Control.record,
    ("GET", "stats"): Control.stats,
    ("POST", "reset"): Control.reset,
}
