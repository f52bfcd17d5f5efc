"""The orders of a batch that the person started, by what became of them: ``batch=12-refused``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db.models import Q

from orders.batches.results import OUTCOMES, Outcome, batches_of, ids_with
from orders.filtering.base import Asker, Choice, Values, no_such, split_values
from orders.filtering.lists import Chosen
from orders.models import OrderBatch

_CODE = re.compile(r"(\d{1,18})-([a-z]+)")
_OFFERED = 10
"""Batches that are offered, the latest first."""


def batch_code(batch: OrderBatch, outcome: Outcome) -> str:
    """How the orders of an outcome stand in an address."""
    return f"{batch.job_id}-{outcome.value}"


@dataclass(frozen=True, slots=True)
class OfBatch(Chosen):
    """Nobody can ask for another person's batches: they were made within that one's shops and warehouses."""

    def read(self, text: str, asker: Asker) -> Values:
        return tuple(self._choice(code, asker) for code in split_values(text, most=10))

    def _choice(self, code: str, asker: Asker) -> Choice:
        parts = _CODE.fullmatch(code)
        if parts is None or parts[2] not in list(Outcome):
            raise no_such(code)
        batch = batches_of(asker.staff).filter(job_id=int(parts[1])).first()
        if batch is None:
            raise no_such(code)
        return _offer(batch, Outcome(parts[2]))

    def condition(self, values: Values, asker: Asker) -> Q:
        return Q(id__in=[order_id for choice in values for order_id in ids_with(*choice.key)])

    def choices(self, asker: Asker, text: str = "") -> list[Choice]:
        latest = batches_of(asker.staff).order_by("-id")[:_OFFERED]
        offered = [_offer(batch, outcome) for batch in latest for outcome in Outcome]
        return [choice for choice in offered if text.strip().lower() in str(choice.label).lower()]


def _offer(batch: OrderBatch, outcome: Outcome) -> Choice:
    return Choice(batch_code(batch, outcome), f"{batch.job.title} · {OUTCOMES[outcome]}", (batch, outcome))
