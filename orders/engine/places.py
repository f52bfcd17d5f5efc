"""The warehouses and carriers that rules may choose."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WarehouseFacts:
    """A warehouse that rules may choose."""

    id: int
    name: str
    enabled: bool
    priority: int = 100


@dataclass(frozen=True, slots=True)
class CarrierFacts:
    """A carrier that rules may choose. ``carries`` are restrictions of goods it is fit for; weight in grams, None: any."""

    id: int
    name: str
    enabled: bool
    cash_on_delivery: bool
    carries: frozenset[str] = frozenset()
    max_weight_g: int | None = None
    priority: int = 100
