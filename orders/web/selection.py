"""Which orders a form is about: those it names, or all that match the list it was sent from."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, QueryDict

from oms.accounts.models import Staff
from oms.accounts.who import asked_ids
from orders.batches.start import MOST, MOST_AT_ONCE, Seen
from orders.filtering.matching import orders_matching
from orders.models import Order


@dataclass(frozen=True, slots=True)
class Selection:
    """The orders with the versions that were seen, in the list's order; ``matching`` says that nobody named them one by one.

    ``asked`` are the ids as the form named them, foreign ones among them; empty for ``matching``.
    """

    orders: tuple[Seen, ...]
    matching: bool
    asked: tuple[int, ...] = ()

    @property
    def large(self) -> bool:
        """Whether a job does it, watched, instead of the answer waiting for it."""
        return self.matching or len(self.orders) > MOST_AT_ONCE


def list_query(request: HttpRequest, stage: str) -> str:
    """The conditions of the list that is shown, as a form sends them back."""
    query = request.GET.copy()
    query["stage"] = stage
    return query.urlencode()


def asked_selection(request: HttpRequest, staff: Staff) -> Selection:
    """The selection of a form: ``ids`` with ``version-ID``, or ``matching`` with the list's ``query``.

    Raises UnableTo for conditions that are not understood.
    """
    if request.POST.get("matching") == "1":
        query = QueryDict(request.POST.get("query", ""))
        # A form that has lost its list must not mean every order that there is: a missing stage is none.
        found = orders_matching(staff, query.get("stage", ""), dict(query.lists()))
        return Selection(tuple(found.values_list("id", "version")[: MOST + 1]), matching=True)
    ids = asked_ids(request)
    stored = dict(Order.objects.filter(id__in=ids).values_list("id", "version")) if ids else {}
    seen = asked_versions(request, ids)
    return Selection(
        tuple((order_id, seen.get(order_id, stored[order_id])) for order_id in ids if order_id in stored),
        matching=False,
        asked=tuple(ids),
    )


def asked_versions(request: HttpRequest, ids: list[int]) -> dict[int, int]:
    """The version of each order that the person looked at, where the page sent one."""
    texts = {order_id: request.POST.get(f"version-{order_id}", "") for order_id in ids}
    return {
        order_id: int(text) for order_id, text in texts.items() if text.isascii() and text.isdigit() and len(text) < 10
    }
