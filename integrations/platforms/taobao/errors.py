"""What an ``error_response`` means for us (developer.alibaba.com/docs/doc.htm?articleId=102707 and business sub-codes).

4–8                        calls are limited: after the seconds that ``sub_msg`` names
26, 27, isv.invalid-session   the shop must be authorised again
11–13, 22, 24, 25, 28–34, 42, 53   keys, permissions, clock or address are wrong
40, 41, 43, isv.*          this one request is refused
everything else            a problem of the platform: again later
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from integrations.platforms.base import Misconfigured, NeedsAuthorisation, Throttled
from oms.core.outbox import DeliveryFailure, PermanentFailure, TemporaryFailure

LIMITED = frozenset({4, 5, 6, 7, 8})
UNAUTHORISED = frozenset({26, 27})
MISCONFIGURED = frozenset({9, 11, 12, 13, 21, 22, 23, 24, 25, *range(28, 35), 42, 53})
REFUSED = frozenset({40, 41, 43})
_BAN = re.compile(r"ban will last for (\d{1,6}) more second", re.IGNORECASE)
_SESSION = ("isv.invalid-session", "isv.missing-session", "isv.session-expired")
_AUTHORISE_EVERY = dt.timedelta(minutes=1)


def failure_of(error: Mapping[str, Any]) -> DeliveryFailure:
    """The failure to raise for an ``error_response``. Its text and code are the platform's own."""
    number = _number(error.get("code"))
    sub_code, sub_msg = str(error.get("sub_code") or ""), str(error.get("sub_msg") or "")
    text = (sub_msg or str(error.get("msg") or "") or str(number))[:500]
    code = (sub_code or str(number))[:128]
    if number in LIMITED or sub_code.startswith("accesscontrol."):
        return Throttled(text, code=code, retry_after=_ban(sub_msg))
    if number in UNAUTHORISED or sub_code.startswith(_SESSION):
        return NeedsAuthorisation(text, code=code, retry_after=_AUTHORISE_EVERY)
    if number in MISCONFIGURED:
        return Misconfigured(text, code=code)
    if sub_code.startswith("isp."):
        return TemporaryFailure(text, code=code)
    if number in REFUSED or sub_code.startswith("isv."):
        return PermanentFailure(text, code=code)
    return TemporaryFailure(text, code=code)


def _number(code: object) -> int:
    text = str(code)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _ban(text: str) -> dt.timedelta | None:
    """ "This ban will last for N more seconds": after them, and not at once when they are none."""
    found = _BAN.search(text)
    return dt.timedelta(seconds=int(found.group(1)) + 0.1) if found else None
