"""A small client of the control interface, for tests and the demo. Standard library only.

sandbox = ControlClient("http://127.0.0.1:40123")
sandbox.add_app("12345678", "secret")
sandbox.add_shop("旗舰店", session="6100…", app_key="12345678", options={"plain_receivers": True})
sandbox.set_catalogue([{"num_iid": 611, "sku_id": 411, "outer_sku_id": "A01-L", "title": "T恤", "price": "60.00"}])
sandbox.generate("旗舰店", 300, seed=7, mix={"nonsense": 0.02})
sandbox.add_fault("drift", shop="旗舰店", probability=0.3)
sandbox.record("旗舰店")["by_status"]
"""

import http.client
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

Json = dict[str, Any]


class ControlRefused(Exception):
    """The sandbox refused a control call; the text is its reason."""


class ControlClient:
    def __init__(self, url: str, timeout: float = 60) -> None:
        parts = urlsplit(url)
        self.url = f"{parts.scheme}://{parts.netloc}"
        self.gateway = f"{self.url}/router/rest"
        self._address, self._timeout = parts.netloc, timeout

    def call(self, verb: str, name: str, body: Json | None = None, **query: Any) -> Json:
        """One control call. Raises ControlRefused, OSError."""
        connection = http.client.HTTPConnection(self._address, timeout=self._timeout)
        path = f"/_control/{name}" + (f"?{urlencode(query)}" if query else "")
        try:
            connection.request(verb, path, None if body is None else json.dumps(body).encode())
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise ControlRefused(f"{verb} {name}: {response.status} {text.decode('utf-8', 'replace')}")
        answer: Json = json.loads(text)
        return answer

    # -- set-up ------------------------------------------------------------------------------------------------------

    def add_app(self, app_key: str, secret: str, **limits: Any) -> Json:
        """`limits`: rate (calls a second), burst, ban (seconds), denied_methods."""
        return self.call("POST", "apps", {"app_key": app_key, "secret": secret, **limits})

    def add_shop(
        self, nick: str, *, session: str, app_key: str, title: str | None = None, options: Json | None = None
    ) -> Json:
        """Add a shop or change it; another `session` makes the old one invalid."""
        body = {"nick": nick, "session": session, "app_key": app_key, "title": title, "options": options or {}}
        return self.call("POST", "shops", body)

    def set_catalogue(self, items: list[Json], shop: str = "") -> Json:
        return self.call("POST", "catalogue", {"shop": shop, "items": items})

    def reset(self, *, keep_setup: bool = False) -> Json:
        return self.call("POST", "reset", {"keep_setup": keep_setup})

    # -- trades ------------------------------------------------------------------------------------------------------

    def generate(
        self,
        shop: str,
        count: int,
        *,
        start: str | None = None,
        end: str | None = None,
        seed: int | None = None,
        mix: Json | None = None,
    ) -> list[str]:
        """Numbers of the trades made between `start` and `end` (GMT+8 texts; by default the last day)."""
        body = {"shop": shop, "count": count, "from": start, "to": end, "seed": seed, "mix": mix or {}}
        return list(self.call("POST", "generate", body)["tids"])

    def add_trades(self, shop: str, *trades: Json) -> list[str]:
        return list(self.call("POST", "trades", {"shop": shop, "trades": list(trades)})["tids"])

    def trade(self, shop: str, tid: str | int) -> Json:
        """The whole document, nothing masked."""
        return self.call("GET", "trade", shop=shop, tid=tid)

    def pay(self, shop: str, tid: str | int) -> Json:
        return self.call("POST", "pay", {"shop": shop, "tid": tid})

    def close(self, shop: str, tid: str | int) -> Json:
        return self.call("POST", "close", {"shop": shop, "tid": tid})

    def refund(self, shop: str, tid: str | int, oid: str | int | None = None, **facts: Any) -> Json:
        """`facts`: status (WAIT_SELLER_AGREE by default), and any field of the refund."""
        return self.call("POST", "refund", {"shop": shop, "tid": tid, "oid": oid, **facts})

    def change(self, shop: str, tid: str | int, **changes: Any) -> Json:
        """`changes`: receiver, seller_memo, seller_flag, buyer_message, prices, post_fee, fields."""
        return self.call("POST", "change", {"shop": shop, "tid": tid, **changes})

    # -- faults and truth --------------------------------------------------------------------------------------------

    def add_fault(self, kind: str, **rule: Any) -> Json:
        """`rule`: shop, method, probability, count, seed, and the kind's own options."""
        return self.call("POST", "faults", {"kind": kind, **rule})

    def clear_faults(self) -> Json:
        return self.call("DELETE", "faults")

    def record(self, shop: str, since: str = "") -> Json:
        """`since`: only trades created since then (GMT+8 text), and reports of shipments since then."""
        return self.call("GET", "record", shop=shop, since=since)

    def stats(self) -> Json:
        return self.call("GET", "stats")
