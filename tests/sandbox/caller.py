"""A caller of the open platform for these tests, written from its documentation and sharing nothing with either side."""

import hashlib
import hmac
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx

CHINA = timezone(timedelta(hours=8))


def china_time(moment: datetime | None = None, **shift: float) -> str:
    moment = (moment or datetime.now(CHINA)) + timedelta(**shift)
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def sign(parameters: dict[str, str], secret: str) -> str:
    """The signature by the method that `sign_method` names."""
    text = ""
    for name in sorted(parameters):
        if name != "sign" and parameters[name]:
            text += name + parameters[name]
    how = parameters["sign_method"]
    if how == "md5":
        return hashlib.md5((secret + text + secret).encode()).hexdigest().upper()
    digest = {"hmac": hashlib.md5, "hmac-sha256": hashlib.sha256}[how]
    return hmac.new(secret.encode(), text.encode(), digest).hexdigest().upper()


class Refused(Exception):
    """The gateway answered `error_response`."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(str(answer))
        self.code: int = answer["code"]
        self.sub_code: str = answer.get("sub_code", "")
        self.sub_msg: str = answer.get("sub_msg", "")
        self.answer = answer


class Caller:
    """Calls methods of the gateway and gives the inner answer. Parameters with the value None are left out."""

    def __init__(self, gateway: str, app_key: str, secret: str, session: str, sign_method: str = "md5") -> None:
        self.gateway, self.secret = gateway, secret
        self.common = {"app_key": app_key, "session": session, "sign_method": sign_method, "format": "json", "v": "2.0"}
        self.client = httpx.Client(timeout=20)

    def parameters(self, method: str, /, **business: Any) -> dict[str, str]:
        """All parameters but the signature."""
        given = {"method": method, "timestamp": china_time(), **self.common, **business}
        return {name: str(value) for name, value in given.items() if value is not None}

    def post(self, parameters: dict[str, str]) -> httpx.Response:
        """Send parameters as they are, signed unless they hold a `sign`."""
        signed = {"sign": sign(parameters, self.secret)} if "sign" not in parameters else {}
        return self.client.post(self.gateway, data=parameters | signed)

    def call(self, method: str, /, **business: Any) -> dict[str, Any]:
        """Raises Refused for an `error_response`; anything but HTTP status 200 fails the test."""
        response = self.post(self.parameters(method, **business))
        assert response.status_code == 200
        answer: dict[str, Any] = response.json()
        if "error_response" in answer:
            raise Refused(answer["error_response"])
        ((root, inner),) = answer.items()
        assert root == method.removeprefix("taobao.").replace(".", "_") + "_response"
        assert isinstance(inner, dict)
        return inner

    def trades(self, method: str = "taobao.trades.sold.increment.get", /, **business: Any) -> list[dict[str, Any]]:
        """One page of trades; of the increment of the last day unless told otherwise."""
        if method.endswith("increment.get"):
            business = {"start_modified": china_time(hours=-23), "end_modified": china_time(minutes=10)} | business
        answer = self.call(method, **{"fields": "tid,modified,created,status,type", "page_size": 100} | business)
        return list(answer.get("trades", {}).get("trade", []))
