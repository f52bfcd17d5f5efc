"""Single values of a trade as the platform writes them, read strictly: what is not what it should be raises Unreadable.

A sentence may name the field and, for amounts, numbers, times and states, the value; never what tells who receives the parcel.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from integrations.platforms.taobao.client import CHINA, TIME_FORMAT

_AMOUNT = re.compile(r"-?\d{1,9}(\.\d{1,2})?")
_WHOLE = re.compile(r"\d{1,19}")
MOST_UNITS = 1_000_000
LONG_TEXT = 20_000


class Unreadable(Exception):
    """A trade cannot be understood: a stable reason code, and a sentence that a person can act on."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def _shown(value: object) -> str:
    return repr(str(value)[:40])


def text_of(data: Mapping[str, Any], name: str, *, longest: int = LONG_TEXT) -> str:
    """A text, empty when missing. Raises Unreadable for characters that cannot be stored and for what is too long."""
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str | int | Decimal) or isinstance(value, bool):
        raise Unreadable("bad_text", _("The field %(field)s holds no text.") % {"field": name})
    text = str(value)
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Unreadable(
            "bad_character",
            _(
                "The field %(field)s holds a character that cannot be stored. Ask the buyer or change it on the platform."
            )
            % {"field": name},
        )
    if len(text) > longest:
        raise Unreadable("too_long", _("The field %(field)s is longer than any platform allows.") % {"field": name})
    return text


def amount_of(data: Mapping[str, Any], name: str) -> Decimal | None:
    """An amount in yuan with two places, None when missing. Raises Unreadable."""
    value = data.get(name)
    if value is None or value == "":
        return None
    text = str(value)
    if isinstance(value, bool | list | dict) or not (text.isascii() and _AMOUNT.fullmatch(text)):
        raise Unreadable(
            "bad_amount",
            _("The field %(field)s holds %(value)s, which is no amount.") % {"field": name, "value": _shown(value)},
        )
    return Decimal(text).quantize(Decimal("0.01"))


def amount_or_zero(data: Mapping[str, Any], name: str) -> Decimal:
    """An amount in yuan, nothing when missing. Raises Unreadable."""
    return amount_of(data, name) or Decimal("0.00")


def units_of(data: Mapping[str, Any], name: str) -> int:
    """A quantity of one or more. Raises Unreadable."""
    text = str(data.get(name, ""))
    if not (text.isascii() and _WHOLE.fullmatch(text)) or not 0 < int(text) <= MOST_UNITS:
        raise Unreadable(
            "bad_quantity",
            _("A line orders %(value)s units, which is no quantity that can be shipped.") % {"value": _shown(text)},
        )
    return int(text)


def number_of(data: Mapping[str, Any], name: str) -> str:
    """An id as text: ``name_str`` or ``name``, empty when missing or no whole number."""
    for key in (f"{name}_str", name):
        text = str(data.get(key, ""))
        if text.isascii() and _WHOLE.fullmatch(text) and int(text):
            return text
    return ""


def time_of(data: Mapping[str, Any], name: str) -> dt.datetime | None:
    """A moment in UTC of a text in GMT+8, None when missing. Raises Unreadable."""
    value = data.get(name)
    if value is None or value == "":
        return None
    try:
        moment = dt.datetime.strptime(str(value), TIME_FORMAT).replace(tzinfo=CHINA)
        return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise Unreadable(
            "bad_time",
            _("The field %(field)s holds %(value)s, which is no time.") % {"field": name, "value": _shown(value)},
        ) from None


def needed_time(data: Mapping[str, Any], name: str) -> dt.datetime:
    """A moment that must be there. Raises Unreadable."""
    moment = time_of(data, name)
    if moment is None:
        raise Unreadable("bad_time", _("The trade does not say when (%(field)s).") % {"field": name})
    return moment


def rows_of(data: Mapping[str, Any], name: str, element: str) -> list[Mapping[str, Any]]:
    """The elements of a nested list, none when it is missing or is none. Raises Unreadable for elements that are no objects."""
    nested = data.get(name)
    rows = nested.get(element) if isinstance(nested, Mapping) else nested
    if not isinstance(rows, list):
        return []
    if not all(isinstance(row, Mapping) for row in rows):
        raise Unreadable("bad_lines", _("The lines of the trade cannot be read."))
    return rows


def is_on(data: Mapping[str, Any], name: str) -> bool:
    """Whether a flag is set; the platform writes true, 1, "1" and "true"."""
    return str(data.get(name, "")).lower() in {"1", "true"}
