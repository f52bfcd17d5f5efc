"""The columns of an order that hold what the rules found out about it."""

from __future__ import annotations

from typing import Any

from orders.engine.rules import Terms

TERM_COLUMNS = ("freight_estimate", "margin_estimate", "department_id", "salesperson_id", "business_type")


def term_values(terms: Terms) -> tuple[Any, ...]:
    """The values of ``TERM_COLUMNS``."""
    return (terms.freight, terms.margin, terms.department_id, terms.salesperson_id, terms.business_type)
