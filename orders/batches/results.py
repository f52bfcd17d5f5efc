"""What became of each order of a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from orders.models import Order, OrderBatch, OrderBatchPart


class Outcome(StrEnum):
    """Done, refused with a sentence, or not reached: the job was stopped before."""

    DONE = "done"
    REFUSED = "refused"
    LEFT = "left"


OUTCOMES: dict[Outcome, Promise] = {
    Outcome.DONE: _("Done"),
    Outcome.REFUSED: _("Refused"),
    Outcome.LEFT: _("Not reached"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One order: its number (empty when the person may not see it), outcome, and code and sentence of a refusal."""

    order_id: int
    no: str
    outcome: Outcome
    code: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of refusals, and of how many."""

    code: str
    sentence: str
    count: int


def batches_of(staff: Staff) -> QuerySet[OrderBatch]:
    """The batches that the person started: what they tell was found within that person's shops and warehouses."""
    return OrderBatch.objects.filter(job__created_by=staff).select_related("job", "undoes", "undone_by")


def ids_with(batch: OrderBatch, outcome: Outcome) -> list[int]:
    """The orders of an outcome, in the order of the batch. One query."""
    return [order_id for part in _parts(batch) for order_id in part.order_ids if _outcome(part, order_id) == outcome]


def rows_of(batch: OrderBatch, staff: Staff) -> Iterator[Row]:
    """Every order with what became of it, part by part; two queries a part."""
    for part in _parts(batch):
        numbers = dict(scoped(Order.objects.filter(id__in=part.order_ids), staff).values_list("id", "no"))
        for order_id in part.order_ids:
            code, sentence = part.refused.get(str(order_id), ("", ""))
            yield Row(order_id, numbers.get(order_id, ""), _outcome(part, order_id), code, sentence)


def reasons_of(batch: OrderBatch) -> list[Reason]:
    """Why orders were refused, the most frequent reason first."""
    counts: Counter[tuple[str, str]] = Counter()
    for part in _parts(batch):
        counts.update((code, sentence) for code, sentence in part.refused.values())
    return [
        Reason(code, sentence, count)
        for (code, sentence), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def _parts(batch: OrderBatch) -> Iterator[OrderBatchPart]:
    return OrderBatchPart.objects.filter(batch=batch).order_by("seq").iterator(chunk_size=20)


def _outcome(part: OrderBatchPart, order_id: int) -> Outcome:
    if not part.finished:
        return Outcome.LEFT
    return Outcome.REFUSED if str(order_id) in part.refused else Outcome.DONE
