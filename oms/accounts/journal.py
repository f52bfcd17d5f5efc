"""The journal: what somebody does at a door, page or API, is an entry of the audit log, whether or not its view thought of one.

    1. A request that may change something is watched by the gate (pages) and by the viewsets (API): did it write into the database?
    2. What wrote and was not refused is an entry under the name of its door, unless the view wrote one of its own (``record``).
    3. Views that keep nothing but how somebody likes their own pages are ``quiet``.

So nobody who adds a page has to remember the audit log. The entry follows the deed: when the process dies between the two, the deed
stands in the history of its object, which is written in its transaction. Of what was sent only what the address names, how many rows
were chosen and the reason are kept: no names, no addresses, no passwords.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponseBase

from oms.accounts.audit_log import record, was_recorded
from oms.accounts.models import Staff

V = TypeVar("V", bound=Callable[..., HttpResponseBase])

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
LONGEST_REASON = 500
_WRITES = re.compile(
    r"\s*(?:WITH\b.*?\b)?(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(?:ONLY\s+)?\"?(\w+)", re.IGNORECASE | re.DOTALL
)
_NO_DEED = ("django_session", "accounts_idempotentcall", "accounts_apitoken", "axes_")
"""Tables that are written by being there: the session, a call that is repeated, when a token was used last."""


def quiet(view: V) -> V:
    """Decorator, below the one of the gate: the view keeps how somebody likes their own pages, which needs no answering for."""
    view.quiet = True  # type: ignore[attr-defined]
    return view


class Watch:
    """Whether something was written that counts, and was not taken back (a dry run ends in a rollback)."""

    def __init__(self) -> None:
        self._committed = False

    @property
    def wrote(self) -> bool:
        """Whether a write was committed, or will be with the transaction that is open."""
        return self._committed or any(self._commit in waiting for waiting in connection.run_on_commit)

    def _commit(self) -> None:
        self._committed = True

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Mapping[str, Any]
    ) -> Any:
        answer = execute(sql, params, many, context)
        found = _WRITES.match(sql)
        if found and not found.group(1).startswith(_NO_DEED) and context["cursor"].rowcount and not self.wrote:
            # Of a savepoint that is rolled back Django forgets what was to follow its commit.
            transaction.on_commit(self._commit)
        return answer


@contextmanager
def watched(request: HttpRequest) -> Iterator[Watch]:
    """Watch what the request writes; requests that may not change anything are let be."""
    watch = Watch()
    if request.method in SAFE:
        yield watch
        return
    with connection.execute_wrapper(watch):
        yield watch


def note_deed(request: HttpRequest, watch: Watch, status: int, *, staff: Staff | None = None) -> None:
    """Write the entry of a request that was answered with this status, where one is due."""
    if not watch.wrote or status >= 400 or was_recorded(request):
        return
    match = request.resolver_match
    name = match.view_name if match is not None else ""
    where = {key: value for key, value in (match.kwargs if match is not None else {}).items() if value is not None}
    rows = {"rows": count} if (count := len(set(request.POST.getlist("ids")))) else {}
    everything = {"matching": True} if request.POST.get("matching") == "1" else {}
    reason = request.POST.get("reason", "").replace("\0", "").strip()[:LONGEST_REASON]
    record(request, name[:64], reason=reason, details={**where, **rows, **everything}, staff=staff)
