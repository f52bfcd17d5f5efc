"""Calls of the Taobao open platform's gateway in a shop's name: parameters, signature, envelope, errors, pace.

Facts: developer.alibaba.com/docs/doc.htm?articleId=101617. Times are texts in GMT+8. HTTP status is 200 also for errors.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import threading
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from integrations.platforms.base import Misconfigured, ShopAccess, Throttled, Unreachable
from integrations.platforms.clock import PlatformClock
from integrations.platforms.http import READ_SECONDS, open_client, post_form
from integrations.platforms.taobao.errors import failure_of
from integrations.platforms.taobao.signing import METHODS, sign
from oms.core.outbox import TemporaryFailure

CHINA = dt.timezone(dt.timedelta(hours=8))
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
CALLS_PER_SECOND = 30.0
TRIES = 3
"""Attempts of a call that the platform's limits refused, and of a reading call, before the failure counts. Whether a writing call that
failed otherwise was carried out nobody knows: it is repeated by the outbox alone."""
RETRY_PAUSE_S = 0.25
"""Mean pause before a reading call is tried again, growing with each attempt."""
SHORT_BAN = dt.timedelta(seconds=5)
"""A call limit that ends within this time is waited for; a longer one ends the run."""


def china_time(moment: dt.datetime) -> str:
    """An aware moment as the platform writes it."""
    return moment.astimezone(CHINA).strftime(TIME_FORMAT)


class Pace:
    """Lets calls through at most at a given rate, whichever thread makes them."""

    def __init__(self, calls_per_second: float) -> None:
        self._gap = 1.0 / calls_per_second
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self) -> None:
        """Sleep until it is this call's turn."""
        with self._lock:
            now = time.monotonic()
            turn = max(self._next, now)
            self._next = turn + self._gap
        time.sleep(max(0.0, turn - now))

    def hold(self, seconds: float) -> None:
        """Let nothing through for some seconds: the platform said so to one of the threads."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)


class TaobaoClient:
    """One shop's calls; options ``sign_method``, ``calls_per_second``, ``timeout_seconds`` of the shop bear on it."""

    def __init__(self, access: ShopAccess) -> None:
        self._access = access
        options = access.options
        self._sign_method = str(options.get("sign_method") or METHODS[0])
        if self._sign_method not in METHODS:
            raise Misconfigured(
                _("The sign method %(method)s is unknown.") % {"method": self._sign_method}, code="sign_method"
            )
        self._pace = Pace(_positive(options.get("calls_per_second"), CALLS_PER_SECOND))
        self.clock = PlatformClock()
        seconds = _positive(options.get("timeout_seconds"), READ_SECONDS)
        self._http = open_client(read_seconds=seconds, hear=self.clock.hear)

    def close(self) -> None:
        """End the connections."""
        self._http.close()

    def call(self, method: str, business: Mapping[str, Any]) -> dict[str, Any]:
        """The inner answer of one call; a short ban is waited for. Raises DeliveryFailure."""
        return self._patiently(method, business, reads=False)[0]

    def once(self, method: str, business: Mapping[str, Any]) -> dict[str, Any]:
        """The inner answer of one attempt, whatever it met. Raises DeliveryFailure."""
        return self._attempt(method, business)[0]

    def _attempt(self, method: str, business: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        self._pace.wait()
        parameters = {
            "method": method,
            "app_key": self._access.app_key,
            "session": self._access.session,
            "timestamp": china_time(dt.datetime.now(dt.UTC)),
            "format": "json",
            "v": "2.0",
            "sign_method": self._sign_method,
            **{name: _text(value) for name, value in business.items()},
        }
        parameters = {name: value for name, value in parameters.items() if value}
        parameters["sign"] = sign(parameters, self._access.app_secret)
        text = _decode(post_form(self._http, self._access.gateway_url, parameters))
        return _open(text, method), text

    def read(self, method: str, business: Mapping[str, Any]) -> dict[str, Any]:
        """Like ``call`` for calls that change nothing: what may pass by itself is tried again after a short pause."""
        return self.read_text(method, business)[0]

    def read_text(self, method: str, business: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        """Like ``read``, with the whole text that the answer was read from. Raises DeliveryFailure."""
        return self._patiently(method, business, reads=True)

    def _patiently(self, method: str, business: Mapping[str, Any], *, reads: bool) -> tuple[dict[str, Any], str]:
        for attempt in range(1, TRIES):
            try:
                return self._attempt(method, business)
            except Throttled as failure:
                ban = failure.retry_after or dt.timedelta(seconds=1)
                if ban > SHORT_BAN:
                    raise
                self._pace.hold(ban.total_seconds())
            except TemporaryFailure as failure:
                if not reads or (failure.retry_after is not None and failure.retry_after > SHORT_BAN):
                    raise
                time.sleep(random.uniform(0.5, 1.5) * RETRY_PAUSE_S * attempt)  # noqa: S311 - jitter
        return self._attempt(method, business)


def _positive(value: object, default: float) -> float:
    number = float(value) if isinstance(value, int | float) else 0.0
    return number if number > 0 else default


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return china_time(value) if isinstance(value, dt.datetime) else str(value)


def _garbage(error: Exception | None = None) -> NoReturn:
    raise Unreachable(_("The answer of the platform cannot be read."), code="garbage") from error


def _decode(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        _garbage(error)


def parse(text: str) -> Any:
    """JSON with exact numbers. Raises ValueError, and RecursionError for what is nested beyond reason."""
    return json.loads(text, parse_float=Decimal)


def _open(text: str, method: str) -> dict[str, Any]:
    """The inner answer below the root that is named after the method. Raises DeliveryFailure for ``error_response``."""
    try:
        answer = parse(text)
    except (ValueError, RecursionError) as error:
        _garbage(error)
    if not isinstance(answer, dict):
        _garbage()
    refusal = answer.get("error_response")
    if isinstance(refusal, dict):
        raise failure_of(refusal)
    inner = answer.get(method.removeprefix("taobao.").replace(".", "_") + "_response")
    if not isinstance(inner, dict):
        _garbage()
    return inner
