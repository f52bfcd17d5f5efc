"""The time on the platform's side, as its answers tell it.

A trade's times are the platform's and have a resolution of a second; ours is another clock. Whether what was fetched can still change
within the second that its version names must be asked of the platform's clock alone.
"""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime

import httpx
from django.utils import timezone


class PlatformClock:
    """``ahead`` is by how much the platform's clock is ahead of ours: never more than it truly is, and nothing before the first answer.

    The ``Date`` of an answer (RFC 9110 section 6.6.1) is cut to the second, and older than the moment at which it comes here. So each is
    a lower bound, and the greatest of them is the nearest.
    """

    def __init__(self) -> None:
        self._ahead: dt.timedelta | None = None

    @property
    def ahead(self) -> dt.timedelta:
        return self._ahead or dt.timedelta()

    def hear(self, response: httpx.Response) -> None:
        """Take in an answer, whatever its status; one without a readable date says nothing."""
        try:
            told = parsedate_to_datetime(response.headers.get("Date", ""))
        except ValueError:
            return
        if told.tzinfo is None:
            return
        ahead = told - timezone.now()
        # Threads share the clock: a bound that another one overwrites at this moment is only a little less near.
        if self._ahead is None or ahead > self._ahead:
            self._ahead = ahead
