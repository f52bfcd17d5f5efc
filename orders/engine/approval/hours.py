"""When the decision is taken: days of the week and hours in China."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self
from zoneinfo import ZoneInfo

from orders.engine.approval.base import BadCondition, Condition, words_of
from orders.engine.texts import N_, Sentence

if TYPE_CHECKING:
    from orders.engine.approval.applicant import Applicant


ZONE = ZoneInfo("Asia/Shanghai")
DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours(Condition):
    """On the days (1 is Monday; empty: every day) from ``start`` to before ``end``, minutes after midnight; over midnight if end < start.

    A window over midnight belongs to the day on which it begins.
    """

    KIND: ClassVar[str] = "hours"
    LABEL: ClassVar[str] = N_("Hours")
    RANK: ClassVar[int] = 0
    FIELDS: ClassVar[tuple[str, ...]] = ("start", "end", "days")
    CODES: ClassVar[Mapping[str, str]] = {"outside_hours": N_("it is outside the hours")}

    start: int
    end: int
    days: tuple[int, ...] = ()

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        days = words_of(data, "days")
        if any(day not in {"1", "2", "3", "4", "5", "6", "7"} for day in days):
            raise BadCondition(Sentence(N_("Days are given as 1 (Monday) to 7 (Sunday)."), {}))
        start, end = _minutes(data.get("start", "00:00")), _minutes(data.get("end", "24:00"))
        return cls(start, end, tuple(sorted(map(int, days))))

    def failure(self, applicant: Applicant) -> str | None:
        return None if self.holds(applicant.now) else "outside_hours"

    def holds(self, moment: dt.datetime) -> bool:
        """Whether the moment lies in the hours."""
        local = moment.astimezone(ZONE)
        minute, day = local.hour * 60 + local.minute, local.isoweekday()
        if self.start < self.end:
            return self.start <= minute < self.end and self._on(day)
        yesterday = day - 1 or 7
        return (minute >= self.start and self._on(day)) or (minute < self.end and self._on(yesterday))

    def _on(self, day: int) -> bool:
        return not self.days or day in self.days

    def flaw(self) -> Sentence | None:
        if self.start == self.end:
            return Sentence(N_("The hours end when they begin."), {})
        return None

    def clash(self, other: Condition) -> Sentence | None:
        if isinstance(other, Hours) and not self._minutes_of_week() & other._minutes_of_week():
            return Sentence(N_("The hours do not overlap."), {})
        return None

    def _minutes_of_week(self) -> set[int]:
        length = (self.end - self.start) % DAY or DAY
        days = self.days or tuple(range(1, 8))
        return {((day - 1) * DAY + self.start + minute) % (7 * DAY) for day in days for minute in range(length)}

    def sentence(self) -> Sentence:
        values = {"start": _clock(self.start), "end": _clock(self.end), "days": "、".join(map(str, self.days))}
        if self.days:
            return Sentence(N_("it is from %(start)s to %(end)s on the weekdays %(days)s"), values)
        return Sentence(N_("it is from %(start)s to %(end)s"), values)


def _minutes(value: object) -> int:
    hours, _colon, minutes = str(value).partition(":")
    if not (hours.isdecimal() and minutes.isdecimal()) or int(minutes) > 59 or int(hours) * 60 + int(minutes) > DAY:
        raise BadCondition(Sentence(N_("“%(value)s” is no time of day such as 09:30."), {"value": str(value)}))
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
