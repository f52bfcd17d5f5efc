"""Fields with an order: amounts, whole numbers, moments. Ranges are written ``from..to``; either end may be left open."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.core.errors import UnableTo
from oms.core.numbering import BUSINESS_ZONE
from orders.filtering.base import PRESENT, WITHIN_OR_NOT, Asker, Choice, Field, Form, Op, Values

_NUMBER = re.compile(r"-?\d{1,10}(\.\d{1,2})?")
_WHOLE = re.compile(r"-?\d{1,9}")
_LAST = re.compile(r"(\d{1,3})([hd])")
_NEXT = re.compile(r"\+(\d{1,3})([hd])")
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
_DAY = dt.timedelta(days=1)


def _ends(text: str) -> tuple[str, str]:
    """Both ends of a range; one value alone is both."""
    low, dots, high = (part.strip() for part in text.partition(".."))
    if not dots:
        high = low
    if not low and not high:
        raise UnableTo(_("Give a lowest or a highest value."), code="filter_empty")
    return low, high


@dataclass(frozen=True, slots=True)
class Bounds:
    """Both ends included; None is open."""

    low: Any
    high: Any


@dataclass(frozen=True, slots=True)
class Numbers(Field):
    """A column of numbers. ``before`` and ``behind`` is what stands round them; ``places`` is 0 for whole numbers, or 2 for yuan.

    What is typed is multiplied by ``factor`` (1000 for kilograms typed where grams are stored).
    """

    column: str
    before: str = ""
    behind: str = ""
    places: int = 0
    factor: int = 1
    control: ClassVar[str] = "numbers"
    operators: ClassVar[Mapping[Op, Promise]] = WITHIN_OR_NOT

    def read(self, text: str, asker: Asker) -> Values:
        low, high = (self._number(end) for end in _ends(text))
        if low is not None and high is not None and low > high:
            raise UnableTo(_("The lowest value is above the highest."), code="filter_reversed")
        return (Bounds(low, high),)

    def _number(self, text: str) -> Decimal | None:
        plain = text.replace(",", "").replace("，", "").removeprefix("¥").removeprefix("￥")
        if not plain:
            return None
        if not (_NUMBER if self.places or self.factor > 1 else _WHOLE).fullmatch(plain):
            raise UnableTo(
                _("“%(text)s” is no number that can be compared here.") % {"text": text[:20]}, code="filter_number"
            )
        return Decimal(plain)

    def condition(self, values: Values, asker: Asker) -> Q:
        (bounds,) = values
        found = Q()
        if bounds.low is not None:
            found &= Q(**{f"{self.column}__gte": bounds.low * self.factor})
        if bounds.high is not None:
            found &= Q(**{f"{self.column}__lte": bounds.high * self.factor})
        return found

    def words(self, values: Values) -> str:
        (bounds,) = values
        low, high = (None if end is None else f"{self.before}{end:,}" for end in (bounds.low, bounds.high))
        if low is None:
            return _("at most %(high)s") % {"high": f"{high}{self.behind}"}
        if high is None:
            return _("at least %(low)s") % {"low": f"{low}{self.behind}"}
        return f"{low}{self.behind}" if low == high else f"{low}–{high}{self.behind}"

    def canonical(self, values: Values) -> str:
        (bounds,) = values
        low, high = ("" if end is None else str(end) for end in (bounds.low, bounds.high))
        return low if low == high else f"{low}..{high}"

    def compose(self, form: Form) -> str:
        return _range_of(form)

    def decompose(self, values: Values) -> Form:
        (bounds,) = values
        low, high = ("" if end is None else str(end) for end in (bounds.low, bounds.high))
        return {"low": [low], "high": [high]}


def _range_of(form: Form) -> str:
    low, high = ((form.get(end, ("",))[0]).strip() for end in ("low", "high"))
    return f"{low}..{high}" if low or high else ""


PAST: dict[str, Promise] = {
    "today": gettext_lazy("today"),
    "yesterday": gettext_lazy("yesterday"),
    "3d": gettext_lazy("the last 3 days"),
    "7d": gettext_lazy("the last 7 days"),
    "30d": gettext_lazy("the last 30 days"),
    "month": gettext_lazy("this month"),
    "1h": gettext_lazy("the last hour"),
    "24h": gettext_lazy("the last 24 hours"),
}
FUTURE: dict[str, Promise] = {
    "today": gettext_lazy("today"),
    "tomorrow": gettext_lazy("tomorrow"),
    "+2h": gettext_lazy("the next 2 hours"),
    "+8h": gettext_lazy("the next 8 hours"),
    "+24h": gettext_lazy("the next 24 hours"),
    "+3d": gettext_lazy("the next 3 days"),
    "past": gettext_lazy("already past"),
}


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment (included) until another (excluded); ``code`` is how it stands in the address."""

    since: dt.datetime | None
    until: dt.datetime | None
    code: str
    label: str | Promise


@dataclass(frozen=True, slots=True)
class Moments(Field):
    """A column of moments: days in China (both included), moments to the minute, or relative to now (``presets`` and ``5d``, ``+3h``)."""

    column: str
    presets: Mapping[str, Promise]
    control: ClassVar[str] = "moments"
    operators: ClassVar[Mapping[Op, Promise]] = {**WITHIN_OR_NOT, **PRESENT}

    def read(self, text: str, asker: Asker) -> Values:
        text = text.strip()
        return (_relative(text, asker.now, self.presets) or _absolute(text),)

    def condition(self, values: Values, asker: Asker) -> Q:
        (span,) = values
        found = Q(**{f"{self.column}__isnull": False})
        if span.since is not None:
            found &= Q(**{f"{self.column}__gte": span.since})
        if span.until is not None:
            found &= Q(**{f"{self.column}__lt": span.until})
        return found

    def q(self, op: Op, values: Values, asker: Asker) -> Q:
        if op in {Op.SOME, Op.NONE}:
            return Q(**{f"{self.column}__isnull": op == Op.NONE})
        return super(Moments, self).q(op, values, asker)

    def words(self, values: Values) -> str:
        return str(values[0].label)

    def canonical(self, values: Values) -> str:
        return str(values[0].code)

    def compose(self, form: Form) -> str:
        preset = form.get("preset", ("",))[0].strip()
        return preset or _range_of(form)

    def decompose(self, values: Values) -> Form:
        code = values[0].code
        if _is_relative(code, self.presets):
            return {"preset": [code]}
        low, dots, high = code.partition("..")
        return {"low": [low], "high": [high if dots else low]}

    def choices(self, asker: Asker, text: str = "") -> list[Choice]:
        return [Choice(code, label) for code, label in self.presets.items()]


def _is_relative(code: str, presets: Mapping[str, Promise]) -> bool:
    return code in presets or bool(_LAST.fullmatch(code) or _NEXT.fullmatch(code))


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), BUSINESS_ZONE)


def _relative(text: str, now: dt.datetime, presets: Mapping[str, Promise]) -> Span | None:
    """What is said relative to now; None for anything else."""
    today = _midnight(now.astimezone(BUSINESS_ZONE).date())
    label: str | Promise = presets.get(text, "")
    if text == "today":
        return Span(today, today + _DAY, text, label or PAST[text])
    if text == "yesterday":
        return Span(today - _DAY, today, text, label or PAST[text])
    if text == "tomorrow":
        return Span(today + _DAY, today + 2 * _DAY, text, label or FUTURE[text])
    if text == "month":
        return Span(today.replace(day=1), None, text, label or PAST[text])
    if text == "past":
        return Span(None, now, text, label or FUTURE[text])
    if found := _LAST.fullmatch(text):
        count, unit = int(found[1]), found[2]
        if unit == "h":
            return Span(
                now - dt.timedelta(hours=count), now, text, label or _("the last %(count)s hours") % {"count": count}
            )
        since = today - (max(count, 1) - 1) * _DAY
        return Span(since, today + _DAY, text, label or _("the last %(count)s days") % {"count": count})
    if found := _NEXT.fullmatch(text):
        count, unit = int(found[1]), found[2]
        if unit == "h":
            return Span(
                now, now + dt.timedelta(hours=count), text, label or _("the next %(count)s hours") % {"count": count}
            )
        return Span(now, now + count * _DAY, text, label or _("the next %(count)s days") % {"count": count})
    return None


def _absolute(text: str) -> Span:
    low, high = _ends(text)
    since, until = _moment(low, last=False), _moment(high, last=True)
    if since is not None and until is not None and since >= until:
        raise UnableTo(_("The beginning lies after the end."), code="filter_reversed")
    shown = [end.replace("T", " ") for end in (low, high)]
    if not low:
        label = _("until %(moment)s") % {"moment": shown[1]}
    elif not high:
        label = _("from %(moment)s") % {"moment": shown[0]}
    else:
        label = shown[0] if low == high else f"{shown[0]} – {shown[1]}"
    return Span(since, until, low if low == high else f"{low}..{high}", label)


def _moment(text: str, *, last: bool) -> dt.datetime | None:
    """The moment of an end: a day's begin, or as the last end the begin of the day after; the same with minutes."""
    if not text:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise UnableTo(
            _("“%(text)s” is no day. Write 2026-11-24, 2026-11-01..2026-11-24, today, or 3d for the last three days.")
            % {"text": text[:40]},
            code="filter_moment",
        )
    if found.tzinfo is None:
        found = found.replace(tzinfo=BUSINESS_ZONE)
    if not last:
        return found
    return found + (_DAY if len(text) <= len("2026-11-24") else dt.timedelta(minutes=1))
